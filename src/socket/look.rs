//! How a connection looks at who is in a chat: a snapshot, then the changes that follow it. While the snapshot is fetched
//! changes wait; those that it holds already are never told.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::id::ChatId;

/// Changes that may wait for a snapshot; past it the oldest are lost, which the client sees by the version.
const MOST_WAITING: usize = 256;
/// How long changes that are older than the snapshot may straggle in. A version that is still lower then has been lost and
/// begun anew, which the client has to see.
const STRAGGLING: Duration = Duration::from_secs(5);

/// The chats that a connection looks at.
#[derive(Default)]
pub struct Looks(Mutex<HashMap<ChatId, Look>>);

enum Look {
    /// The snapshot is being fetched.
    Fetching(VecDeque<Change>),
    /// The snapshot had this version.
    Since { version: i64, until: Instant },
}

/// A change of a chat's members in the connection's words.
pub struct Change {
    pub version: i64,
    pub event: &'static str,
    pub data: Box<RawValue>,
}

impl Looks {
    /// Holds changes back from now on.
    pub fn hold(&self, chat_id: ChatId) {
        self.0.lock().insert(chat_id, Look::Fetching(VecDeque::new()));
    }

    /// Whether a change may be told now; one that has to wait is kept.
    pub fn admits(&self, chat_id: ChatId, change: impl FnOnce() -> Change, version: i64) -> bool {
        let mut looks = self.0.lock();
        match looks.get_mut(&chat_id) {
            None => true,
            Some(Look::Fetching(waiting)) => {
                if waiting.len() >= MOST_WAITING {
                    waiting.pop_front();
                }
                waiting.push_back(change());
                false
            }
            Some(Look::Since { version: seen, until }) => {
                let straggler = version < *seen && Instant::now() < *until;
                if !straggler {
                    looks.remove(&chat_id);
                }
                !straggler
            }
        }
    }

    /// Tells the snapshot of this version by `first`, then the changes that waited and are not in it. Where `first` fails
    /// they go on waiting.
    ///
    /// # Errors
    /// Those of `first`.
    pub fn release<E>(
        &self,
        chat_id: ChatId,
        version: i64,
        first: impl FnOnce() -> Result<(), E>,
        mut then: impl FnMut(Change),
    ) -> Result<(), E> {
        let mut looks = self.0.lock();
        first()?;
        let Some(Look::Fetching(waiting)) = looks.remove(&chat_id) else { return Ok(()) };
        let mut fresh = waiting.into_iter().filter(|change| change.version >= version).peekable();
        if fresh.peek().is_none() {
            looks.insert(chat_id, Look::Since { version, until: Instant::now() + STRAGGLING });
        }
        fresh.for_each(&mut then);
        Ok(())
    }

    pub fn forget(&self, chat_id: ChatId) {
        self.0.lock().remove(&chat_id);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn change(version: i64) -> Change {
        Change { version, event: "chat:online:updated", data: RawValue::from_string("{}".into()).unwrap() }
    }

    fn release(looks: &Looks, chat_id: ChatId, version: i64) -> Vec<i64> {
        let mut told = Vec::new();
        looks.release(chat_id, version, || Ok::<_, ()>(()), |change| told.push(change.version)).unwrap();
        told
    }

    fn admits(looks: &Looks, chat_id: ChatId, version: i64) -> bool {
        looks.admits(chat_id, || change(version), version)
    }

    #[test]
    fn changes_wait_for_the_snapshot_and_older_ones_are_dropped() {
        let (looks, chat_id) = (Looks::default(), ChatId::new());
        looks.hold(chat_id);
        for version in [5, 6, 7, 8] {
            assert!(!admits(&looks, chat_id, version));
        }
        assert_eq!(release(&looks, chat_id, 7), [7, 8]);
        assert!(admits(&looks, chat_id, 9), "and then they flow");
    }

    #[test]
    fn stragglers_are_dropped_until_one_is_new_enough() {
        let (looks, chat_id) = (Looks::default(), ChatId::new());
        looks.hold(chat_id);
        assert_eq!(release(&looks, chat_id, 7), [0_i64; 0]);
        assert!(!admits(&looks, chat_id, 6));
        assert!(admits(&looks, chat_id, 7));
        assert!(admits(&looks, chat_id, 3), "a version that begins anew is told, so that the client sees it");
    }

    #[test]
    fn a_snapshot_that_could_not_be_told_goes_on_holding() {
        let (looks, chat_id) = (Looks::default(), ChatId::new());
        looks.hold(chat_id);
        assert!(!admits(&looks, chat_id, 2));
        assert_eq!(looks.release(chat_id, 1, || Err(()), |_| panic!("nothing is told")), Err(()));
        assert_eq!(release(&looks, chat_id, 1), [2]);
    }
}
