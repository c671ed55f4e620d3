//! What was measured: figures of several rounds, compared round by round, and what is wanted of them.

use std::time::Duration;

use crate::Failure;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// Things a second.
    PerSecond,
    Millis,
    MiB,
    KiB,
    /// Processor time of a thousand things, in milliseconds.
    CpuMillis,
    Count,
    /// How many times something.
    Times,
    Percent,
}

impl Unit {
    pub fn name(self) -> &'static str {
        match self {
            Self::PerSecond => "/s",
            Self::Millis | Self::CpuMillis => "ms",
            Self::MiB => "MiB",
            Self::KiB => "KiB",
            Self::Count => "",
            Self::Times => "x",
            Self::Percent => "%",
        }
    }
}

/// What is wanted of a row: of its ratio where it has one, else of its own figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    pub fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(goal) => value >= goal,
            Self::AtMost(goal) => value <= goal,
        }
    }

    /// How many times as good as wanted.
    pub fn score(self, value: f64) -> f64 {
        match self {
            Self::AtLeast(goal) => value / goal,
            Self::AtMost(goal) => goal / value,
        }
    }
}

/// One line of the result.
#[derive(Clone, Debug)]
pub struct Row {
    /// The load's name; written by whoever runs it.
    pub load: &'static str,
    pub what: String,
    pub unit: Unit,
    /// Median of the rounds.
    pub ours: f64,
    /// Who it is compared with, and its median.
    pub other: Option<(&'static str, f64)>,
    /// Median of the rounds' ratios, ours to the other.
    pub ratio: Option<f64>,
    pub goal: Option<Goal>,
}

impl Row {
    pub fn of(what: impl Into<String>, unit: Unit, rounds: &[f64]) -> Self {
        Self { load: "", what: what.into(), unit, ours: median(rounds), other: None, ratio: None, goal: None }
    }

    /// Compares with what another did in the same rounds.
    pub fn against(mut self, other: &'static str, ours: &[f64], rounds: &[f64]) -> Self {
        let ratios: Vec<f64> = ours.iter().zip(rounds).map(|(ours, other)| ours / other).collect();
        self.other = Some((other, median(rounds)));
        self.ratio = Some(median(&ratios));
        self
    }

    /// A figure of ours against another's, round by round.
    pub fn compare(what: impl Into<String>, unit: Unit, ours: &[f64], other: (&'static str, &[f64])) -> Self {
        Self::of(what, unit, ours).against(other.0, ours, other.1)
    }

    pub fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }

    /// What the goal is about.
    pub fn judged(&self) -> f64 {
        self.ratio.unwrap_or(self.ours)
    }

    pub fn is_met(&self) -> Option<bool> {
        self.goal.map(|goal| goal.is_met(self.judged()))
    }
}

/// The middle one, or the mean of the two middle ones.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        even if even % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

/// Latencies, shortest first.
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self(latencies)
    }

    /// Those of several turns together.
    pub fn of_all<'a>(turns: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::of(turns.into_iter().flat_map(|turn| turn.0.iter().copied()).collect())
    }

    /// In milliseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        let place = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1_000.0)
    }
}

/// A whole number as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub fn figure(count: usize) -> f64 {
    count as f64
}

/// What a list of phases holds in one of its fields.
pub fn each<T>(phases: &[T], field: impl Fn(&T) -> f64) -> Vec<f64> {
    phases.iter().map(field).collect()
}

/// An error where a count is another than it must be.
pub fn same(what: &str, wanted: usize, counted: usize) -> Result<(), Failure> {
    if wanted == counted {
        Ok(())
    } else {
        Err(format!("{what}: {counted} instead of {wanted}: lost or doubled").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_and_not_the_ratio_of_the_medians() {
        // the second round was disturbed on both sides
        let row = Row::compare("x", Unit::PerSecond, &[100.0, 10.0, 120.0], ("peer", &[10.0, 1.0, 60.0]));
        assert_eq!((row.ours, row.other, row.ratio), (100.0, Some(("peer", 10.0)), Some(10.0)));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
    }

    #[test]
    fn a_goal_is_about_the_ratio_where_there_is_one() {
        let row = Row::compare("x", Unit::Millis, &[30.0], ("floor", &[20.0])).goal(Goal::AtMost(2.0));
        assert_eq!((row.is_met(), row.judged()), (Some(true), 1.5));
        assert_eq!(row.goal(Goal::AtMost(1.0)).is_met(), Some(false));
        assert_eq!(Row::of("x", Unit::MiB, &[65.0]).goal(Goal::AtMost(64.0)).is_met(), Some(false));
        assert_eq!((Goal::AtLeast(4.0).score(8.0), Goal::AtMost(4.0).score(8.0)), (2.0, 0.5));
    }

    #[test]
    fn what_is_counted_twice_or_not_at_all_is_an_error() {
        assert!(same("stored", 3, 3).is_ok());
        assert!(same("stored", 3, 2).is_err() && same("stored", 3, 4).is_err());
    }
}
