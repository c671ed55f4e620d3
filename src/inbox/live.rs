//! What is no fact (typing, who is here) and may be lost: passed to the doors of this node and, over the bus, of the others,
//! never journalled. Every door says it in its own words.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::bus::{Bus, Packet};
use crate::event::Profile;
use crate::id::{ChatId, ContactId, OrganizationId, UserId};

/// Events that may wait for a slow door.
const WAITING: usize = 1_024;

/// Something that passes in an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passing {
    pub organization_id: OrganizationId,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody types in a chat, or has stopped. Never told to the typist.
    Typing { chat_id: ChatId, typist: Typist, name: String, is_typing: bool },
    /// A user came into a chat (then `joined` is its profile) or left it; `count` and `version` are those after the change.
    Member { chat_id: ChatId, user_id: UserId, joined: Option<Profile>, count: u64, version: i64 },
    /// How many users of the organization are online now.
    OnlineTotal { total: u64 },
    /// A user's first connection came, or its last one ended.
    User { user_id: UserId, online: bool, last_seen: DateTime<Utc> },
}

/// Who types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Typist {
    User(UserId),
    Contact(ContactId),
}

#[derive(Clone)]
pub struct Live {
    doors: broadcast::Sender<Arc<Passing>>,
    /// `None`: this node is alone.
    bus: Option<Bus>,
}

impl Default for Live {
    fn default() -> Self {
        Self { doors: broadcast::Sender::new(WAITING), bus: None }
    }
}

impl Live {
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { bus: Some(bus), ..Self::default() }
    }

    /// Passes it to the doors of all nodes: here at once, elsewhere if it is not lost.
    pub fn tell(&self, passing: Passing) {
        if let Some(bus) = &self.bus {
            match serde_json::value::to_raw_value(&passing) {
                Ok(text) => bus.publish(Packet::Passing(text)),
                Err(error) => tracing::error!(%error, "something passing is no JSON"),
            }
        }
        self.tell_here(passing);
    }

    /// Passes it to the doors of this node; nobody listening is no error.
    pub fn tell_here(&self, passing: Passing) {
        let _ = self.doors.send(Arc::new(passing));
    }

    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<Passing>> {
        self.doors.subscribe()
    }
}
