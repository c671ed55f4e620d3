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
        let at = |percent: usize| {
            let place = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
            self.0.get(place).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1_000.0)
        };
        format!("{:.1} / {:.1} ms", at(50), at(99))
    }
}
