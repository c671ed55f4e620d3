//! The queue of what waits to be handed to networks: one per chat, in order, one message under way at a time.

pub mod store;

use std::time::Duration;

use rand::Rng;

/// How long a chat's queue is held by the node that serves it; a network must answer within 30 s.
pub const LEASE: Duration = Duration::from_secs(40);
/// After this long a message that could not be sent is given up.
pub const GIVE_UP: chrono::TimeDelta = chrono::TimeDelta::hours(24);
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(300);
/// First pause of a channel whose network gave no hint.
pub const FIRST_PAUSE_SECS: i32 = 5;

/// Waiting time after the attempt of this number (from 1): 1 s, doubling to 5 min, 20 % jitter.
#[must_use]
pub fn backoff(attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt.clamp(1, 16) - 1).unwrap_or(0);
    let wait = FIRST_RETRY.saturating_mul(1 << doublings).min(LONGEST_RETRY);
    wait.mul_f64(rand::rng().random_range(0.8..=1.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_double_to_five_minutes_within_their_jitter() {
        for (attempt, secs) in [(1, 1.0), (2, 2.0), (5, 16.0), (9, 256.0), (10, 300.0), (1000, 300.0)] {
            let wait = backoff(attempt).as_secs_f64();
            assert!((secs * 0.79..=secs * 1.21).contains(&wait), "attempt {attempt}: {wait} s");
        }
    }
}
