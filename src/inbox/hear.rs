//! What the bus brings from other nodes, and from presence: journals wake, what passes is passed on to this node's doors,
//! and when somebody was last seen is written down, once a second for all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::broadcast::{self, error::RecvError};

use super::Inbox;
use super::live::{Passing, What};
use crate::bus::{Heard, Packet};
use crate::id::UserId;
use crate::operator::store::user;
use crate::presence::Change;

/// How often it is written who was seen.
const EVERY: Duration = Duration::from_secs(1);
/// Users that may wait for that.
const MOST_WAITING: usize = 10_000;

impl Inbox {
    /// Hears the bus until it is dropped.
    pub(super) async fn hear_nodes(&self, mut bus: broadcast::Receiver<Arc<Heard>>) {
        loop {
            match bus.recv().await {
                Ok(heard) => self.hear(&heard),
                Err(RecvError::Lagged(lost)) => tracing::warn!(lost, "too much came over the bus at once"),
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn hear(&self, heard: &Heard) {
        let own = heard.from == self.bus.node();
        match &heard.packet {
            // presence is told where it was decided, so this node's own comes this way too
            Packet::Presence(text) => match serde_json::from_str(text.get()) {
                Ok(change) => self.pass_presence(change, own),
                Err(error) => tracing::debug!(%error, "a change of presence could not be read"),
            },
            _ if own => {}
            Packet::Journal(organization_id, position) => self.feed.hinted(*organization_id, *position),
            Packet::Passing(text) => match serde_json::from_str(text.get()) {
                Ok(passing) => self.live.tell_here(passing),
                Err(error) => tracing::debug!(%error, "something passing could not be read"),
            },
            Packet::Pairing(channel_id, code) => self.pairing.heard(*channel_id, code.as_deref()),
            Packet::Count { question, organization_id } => self.answer_count(*question, *organization_id),
            Packet::Counted { question, answer } => self.monitor.take(heard.from, *question, answer),
            Packet::Hello | Packet::Here => {}
        }
    }

    fn pass_presence(&self, change: Change, own: bool) {
        let (organization_id, what) = match change {
            Change::Joined { organization_id, chat_id, user_id, profile, count, version } => {
                (organization_id, What::Member { chat_id, user_id, joined: Some(profile), count, version })
            }
            Change::Left { organization_id, chat_id, user_id, count, version } => {
                (organization_id, What::Member { chat_id, user_id, joined: None, count, version })
            }
            Change::Total { organization_id, total } => (organization_id, What::OnlineTotal { total }),
            Change::User { organization_id, user_id, online, at_ms } => {
                let last_seen = DateTime::from_timestamp_millis(at_ms).unwrap_or_else(|| self.clock.now());
                if own {
                    self.last_seen.note(user_id, last_seen);
                }
                (organization_id, What::User { user_id, online, last_seen })
            }
        };
        self.live.tell_here(Passing { organization_id, what });
    }

    /// Writes down who was seen, until the process stops.
    pub(super) async fn note_last_seen(&self) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = self.background.stopping() => {}
            }
            let seen = self.last_seen.take();
            if !seen.is_empty()
                && let Err(error) = user::note_seen(&self.pool, &seen).await
            {
                tracing::debug!(%error, "it was not written who was last seen");
            }
            if self.background.is_stopping() {
                return;
            }
        }
    }
}

/// Users whose first connection came or whose last one ended here, and when.
#[derive(Default)]
pub struct LastSeen(parking_lot::Mutex<HashMap<UserId, DateTime<Utc>>>);

impl LastSeen {
    fn note(&self, user_id: UserId, at: DateTime<Utc>) {
        let mut seen = self.0.lock();
        if seen.len() < MOST_WAITING {
            seen.insert(user_id, at);
        }
    }

    fn take(&self) -> Vec<(UserId, DateTime<Utc>)> {
        let mut seen: Vec<_> = self.0.lock().drain().collect();
        seen.sort_unstable();
        seen
    }
}
