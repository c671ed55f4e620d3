//! How many events a connection may send: 50 a second, and ten seconds of more ends it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

const PER_SECOND: usize = 50;
const SECOND: Duration = Duration::from_secs(1);
const MOST_PATIENCE: Duration = Duration::from_secs(10);

/// Whether an event may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    /// `first` within a second: the client is told once, its other events are only acknowledged.
    Refuse {
        first: bool,
    },
    /// It has not slowed down for ten seconds.
    Disconnect,
}

/// The events that passed within the last second.
#[derive(Debug, Default)]
pub struct Meter {
    passed: VecDeque<Instant>,
    refusing_since: Option<Instant>,
    refused_last: Option<Instant>,
    told_last: Option<Instant>,
}

impl Meter {
    /// Counts an event.
    pub fn count(&mut self, now: Instant) -> Verdict {
        while self.passed.front().is_some_and(|at| now.duration_since(*at) >= SECOND) {
            self.passed.pop_front();
        }
        if self.refused_last.is_some_and(|at| now.duration_since(at) >= SECOND) {
            self.refusing_since = None;
        }
        if self.passed.len() < PER_SECOND {
            self.passed.push_back(now);
            return Verdict::Pass;
        }
        self.refused_last = Some(now);
        let since = *self.refusing_since.get_or_insert(now);
        if now.duration_since(since) >= MOST_PATIENCE {
            return Verdict::Disconnect;
        }
        let first = self.told_last.is_none_or(|at| now.duration_since(at) >= SECOND);
        if first {
            self.told_last = Some(now);
        }
        Verdict::Refuse { first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flood(meter: &mut Meter, start: Instant, secs: u64, per_second: u32) -> Vec<Verdict> {
        let step = SECOND / per_second;
        let many = u32::try_from(secs).unwrap_or(0) * per_second;
        (0..many).map(|n| meter.count(start + step * n)).collect()
    }

    #[test]
    fn fifty_a_second_pass_for_ever() {
        let verdicts = flood(&mut Meter::default(), Instant::now(), 60, 50);
        assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Pass));
    }

    #[test]
    fn the_fifty_first_within_a_second_is_refused_and_told_once() {
        let (mut meter, now) = (Meter::default(), Instant::now());
        let verdicts: Vec<_> = (0..60).map(|_| meter.count(now)).collect();
        assert!(verdicts[..50].iter().all(|verdict| *verdict == Verdict::Pass));
        assert_eq!(verdicts[50], Verdict::Refuse { first: true });
        assert_eq!(verdicts[51], Verdict::Refuse { first: false });
        assert_eq!(meter.count(now + SECOND), Verdict::Pass);
    }

    #[test]
    fn ten_seconds_of_too_many_end_the_connection_and_a_pause_forgives() {
        let (mut meter, now) = (Meter::default(), Instant::now());
        assert!(!flood(&mut meter, now, 9, 100).contains(&Verdict::Disconnect));
        let later = now + Duration::from_secs(12);
        assert!(!flood(&mut meter, later, 9, 100).contains(&Verdict::Disconnect), "it had slowed down");
        assert!(flood(&mut meter, later + Duration::from_secs(9), 3, 100).contains(&Verdict::Disconnect));
    }
}
