//! A picture of the goals: each row's ratio to what is wanted of it, on a logarithmic axis, for light and dark pages.

use std::fmt::Write;

use crate::figures::Row;
use crate::report::{amount, judged, wanted};

const WIDTH: f64 = 880.0;
/// Where names end and the axis begins, and where it ends.
const LEFT: f64 = 400.0;
const RIGHT: f64 = 740.0;
const TOP: f64 = 58.0;
const LINE: f64 = 26.0;
/// What the axis shows at least, to both sides of 1.
const SPAN: f64 = 4.0;
/// Worse is drawn no longer.
const LEAST: f64 = 0.01;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328}.dim{fill:#656d76}.grid{stroke:#d0d7de}.goal{stroke:#1f2328;\
stroke-width:1.5}.met{fill:#1a7f37}.missed{fill:#cf222e}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.dim{fill:#8d96a0}\
.grid{stroke:#30363d}.goal{stroke:#e6edf3}.met{fill:#3fb950}.missed{fill:#f85149}}";

/// The rows that have a goal.
pub fn svg(rows: &[Row]) -> String {
    let bars: Vec<(&Row, f64, bool)> =
        rows.iter().filter_map(|row| Some((row, row.goal?.score(row.judged()).max(LEAST), row.is_met()?))).collect();
    let span = bars.iter().fold(SPAN, |span, (_, score, _)| span.max(*score).max(score.recip()));
    // room at both ends, so that the longest bar does not touch the edge
    let x = |score: f64| LEFT + (RIGHT - LEFT) * (0.5 + score.ln() / (span * 1.1).ln() / 2.0);
    let height = bars.iter().fold(TOP + 14.0, |height, _| height + LINE);

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"Measured figures against their goals\">\n<style>{STYLE}</style>\n"
    );
    let bottom = height - 10.0;
    text(&mut svg, LEFT - 12.0, 22.0, "end", "", "How many times as good as its goal");
    for power in -6..=6 {
        let score = 2_f64.powi(power);
        if score <= span && score.recip() <= span {
            let class = if power == 0 { "goal" } else { "grid" };
            let at = x(score);
            let _ = writeln!(svg, "<line class=\"{class}\" x1=\"{at:.1}\" y1=\"40\" x2=\"{at:.1}\" y2=\"{bottom}\"/>");
            let label = if power < 0 { format!("1/{}", 1 << -power) } else { (1 << power).to_string() };
            text(&mut svg, at, 32.0, "middle", "dim", &label);
        }
    }
    let mut y = TOP;
    for (row, score, met) in bars {
        let (from, to) = (x(1.0).min(x(score)), x(1.0).max(x(score)));
        let class = if met { "met" } else { "missed" };
        text(&mut svg, LEFT - 12.0, y + 11.0, "end", "", &format!("{}: {}", row.load, row.what));
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{y}\" width=\"{:.1}\" height=\"14\" rx=\"2\"/>",
            (to - from).max(2.0)
        );
        let said = format!("{} ({})", amount(row.judged(), judged(row)), wanted(row));
        text(&mut svg, RIGHT + 8.0, y + 11.0, "start", "dim", &said);
        y += LINE;
    }
    svg + "</svg>\n"
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, class: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}
