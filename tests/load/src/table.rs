//! Figures for people.

use std::time::Duration;

pub fn row(name: &str, value: &str) {
    println!("{name:<48} {value}");
}

/// Latencies, shortest first.
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self(latencies)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// `p50 / p99` in milliseconds.
    pub fn quantiles(&self) -> String {
        format!("{:.1} / {:.1} ms", self.millis(50), self.millis(99))
    }

    /// How many times as long the slowest hundredth took.
    pub fn p99_ratio(&self, other: &Self) -> f64 {
        self.millis(99) / other.millis(99)
    }

    fn millis(&self, percent: usize) -> f64 {
        let place = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1_000.0)
    }
}
