//! The result: a table on the terminal and in a page, a chart, and JSON for programs.

use std::path::Path;

use serde_json::{Value, json};

use crate::Failure;
use crate::bench::Bench;
use crate::chart;
use crate::figures::{Goal, Row, Unit};
use crate::machine::Machine;

const HEADS: [&str; 8] = ["load", "figure", "ours", "other", "who", "ratio", "goal", ""];

/// The table.
pub fn text(rows: &[Row]) -> String {
    let lines: Vec<[String; 8]> = std::iter::once(HEADS.map(str::to_owned)).chain(rows.iter().map(cells)).collect();
    let widths: [usize; 8] =
        std::array::from_fn(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0));
    let mut text = String::new();
    for line in &lines {
        let padded: Vec<String> = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn cells(row: &Row) -> [String; 8] {
    let (other, name) =
        row.other.map_or_else(Default::default, |(name, value)| (amount(value, row.unit), name.to_owned()));
    let verdict = row.is_met().map_or("", |met| if met { "met" } else { "MISSED" });
    let ratio = row.ratio.map(|ratio| format!("{ratio:.2}x")).unwrap_or_default();
    let what = row.what.clone();
    [row.load.to_owned(), what, amount(row.ours, row.unit), other, name, ratio, wanted(row), verdict.to_owned()]
}

/// The goal in words.
pub fn wanted(row: &Row) -> String {
    match row.goal {
        None => String::new(),
        Some(Goal::AtLeast(goal)) => format!("≥ {}", plain(goal, judged(row))),
        Some(Goal::AtMost(goal)) => format!("≤ {}", plain(goal, judged(row))),
    }
}

/// What the goal is counted in.
pub fn judged(row: &Row) -> Unit {
    if row.ratio.is_some() { Unit::Times } else { row.unit }
}

/// A figure with three digits that mean something, and its unit.
pub fn amount(value: f64, unit: Unit) -> String {
    let digits = match value.abs() {
        _ if unit == Unit::Count => 0,
        large if large >= 100.0 => 0,
        middle if middle >= 10.0 => 1,
        _ => 2,
    };
    with_unit(&format!("{value:.digits$}"), unit)
}

/// A goal, which is as round as it was written.
fn plain(value: f64, unit: Unit) -> String {
    with_unit(&value.to_string(), unit)
}

fn with_unit(number: &str, unit: Unit) -> String {
    let number = grouped(number);
    match unit {
        Unit::Count => number,
        Unit::PerSecond | Unit::Times => format!("{number}{}", unit.name()),
        _ => format!("{number} {}", unit.name()),
    }
}

/// `1234567.8` as `1,234,567.8`.
fn grouped(number: &str) -> String {
    let (whole, rest) =
        number.split_once('.').map_or((number, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text + &rest
}

/// The table, for a page.
fn markdown(machine: &Machine, rows: &[Row]) -> String {
    let line = |cells: [String; 8]| format!("| {} |\n", cells.join(" | "));
    let rule =
        line(std::array::from_fn(|column| if [2, 3, 5, 6].contains(&column) { "--:" } else { "---" }.to_owned()));
    let body: String = rows.iter().map(|row| line(cells(row))).collect();
    format!("{}\n\n{}{rule}{body}", machine.text(), line(HEADS.map(str::to_owned)))
}

/// Writes the scale's JSON, its chart and its table in `performance.md` into a folder.
pub fn write(folder: &Path, bench: &Bench, machine: &Machine, rows: &[Row]) -> Result<(), Failure> {
    let name = bench.scale.document;
    let document = json!({"rounds": bench.scale.rounds,
        "machine": machine.object(), "rows": rows.iter().map(object).collect::<Vec<_>>()});
    std::fs::write(folder.join(format!("{name}.json")), serde_json::to_string_pretty(&document)? + "\n")?;
    std::fs::write(folder.join(format!("{name}.svg")), chart::svg(rows))?;

    let page = folder.join("performance.md");
    let text = std::fs::read_to_string(&page)?;
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let missing = || format!("{} has no place for the table, between {begin} and {end}", page.display());
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    std::fs::write(&page, format!("{before}{begin}\n{}\n{end}{after}", markdown(machine, rows)))?;
    Ok(())
}

fn object(row: &Row) -> Value {
    let goal = row.goal.map(|goal| match goal {
        Goal::AtLeast(goal) => json!({"atLeast": goal}),
        Goal::AtMost(goal) => json!({"atMost": goal}),
    });
    let other = row.other.map(|(name, value)| json!({"name": name, "value": value}));
    json!({"load": row.load, "figure": row.what, "unit": row.unit.name(), "ours": row.ours, "other": other,
        "ratio": row.ratio, "goal": goal, "met": row.is_met()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_exact_as_they_mean_something() {
        let written =
            [(1_234_567.8, Unit::PerSecond), (12.345, Unit::Millis), (1.234, Unit::Times), (40.0, Unit::Count)];
        assert_eq!(written.map(|(value, unit)| amount(value, unit)), ["1,234,568/s", "12.3 ms", "1.23x", "40"]);
        assert_eq!((plain(10.0, Unit::Times), plain(0.6, Unit::Times)), ("10x".to_owned(), "0.6x".to_owned()));
    }

    #[test]
    fn a_missed_goal_is_seen_in_the_table_and_in_the_chart() {
        let row = |value| Row::of("a figure", Unit::PerSecond, &[value]).goal(Goal::AtLeast(10.0));
        assert!(text(&[row(10.0)]).contains("≥ 10/s  met"));
        assert!(text(&[row(9.0)]).contains("≥ 10/s  MISSED"));
        assert!(chart::svg(&[row(9.0)]).contains("<rect class=\"missed\""));
        assert!(!chart::svg(&[row(10.0), row(f64::NAN)]).contains("NaN\""));
    }
}
