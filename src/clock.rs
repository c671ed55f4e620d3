//! What time it is: the machine's, or one that a test moves. Nothing else asks the machine.
//! Leases and elapsed times never come from here: the wall clock may jump.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// The time of day, cheap to clone and hand around.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds added to the machine's time.
    ahead_ms: Option<Arc<AtomicI64>>,
}

/// Moves the [`Clock`] that was made with it.
#[derive(Debug, Clone)]
pub struct Hand(Arc<AtomicI64>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that runs like the machine's and is moved by its hand.
    #[must_use]
    pub fn moved() -> (Self, Hand) {
        let ahead_ms = Arc::new(AtomicI64::new(0));
        (Self { ahead_ms: Some(Arc::clone(&ahead_ms)) }, Hand(ahead_ms))
    }

    /// Now, in whole milliseconds: what the contract's times carry and the store keeps.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    pub fn now(&self) -> DateTime<Utc> {
        let ahead_ms = self.ahead_ms.as_ref().map_or(0, |ahead_ms| ahead_ms.load(Ordering::Relaxed));
        (Utc::now() + TimeDelta::milliseconds(ahead_ms)).trunc_subsecs(3)
    }
}

impl Hand {
    /// Moves the clock forward, or back by a negative `by`.
    pub fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_milliseconds() {
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1_000_000, 0);
    }

    #[test]
    fn a_hand_moves_every_copy_of_its_clock_and_no_other() {
        let (clock, hand) = Clock::moved();
        let copy = clock.clone();
        hand.advance(TimeDelta::days(30));
        hand.advance(TimeDelta::days(-10));
        let ahead = copy.now() - Clock::system().now();
        assert!(ahead > TimeDelta::days(19) && ahead < TimeDelta::days(21), "{ahead}");
    }
}
