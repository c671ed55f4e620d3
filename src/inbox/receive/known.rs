//! What this node remembers of chats, so that a plain message of one needs no look at it. It is never trusted: the statement
//! that stores the message compares the chat's version, which rises with any change of what is kept here.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use chrono::{DateTime, Utc};
use contract::IncomingMessage;
use moka::sync::Cache;
use uuid::Uuid;

use super::columns::ChatKey;
use crate::chat::{ChatStatus, Row};

const KEPT: Duration = Duration::from_secs(3_600);
const MOST_KEPT: u64 = 20_000;

/// A chat in which a message changes nothing but the counters.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) chat_id: Uuid,
    pub(super) version: i64,
    pub(super) status: ChatStatus,
    pub(super) assigned_user_id: Option<Uuid>,
    /// What its messages said of it and of whom it is with, which was taken over already.
    said: u64,
    /// The customer's newest message at that time.
    customer_at: Option<DateTime<Utc>>,
}

impl Known {
    /// `None` where a message like this one may change more.
    pub(super) fn of(chat: &Row, message: &IncomingMessage) -> Option<Self> {
        let status = ChatStatus::stored(&chat.status);
        let is_plain = !status.reopens() && !chat.is_blocked && !message.quiet && !message.from_me;
        is_plain.then(|| Self {
            chat_id: chat.id,
            version: chat.version,
            status,
            assigned_user_id: chat.assigned_user_id,
            said: said(message),
            customer_at: chat.customer_at,
        })
    }

    /// Whether a message has nothing new to say of its chat, and comes in its turn.
    pub(super) fn is_told_nothing_by(&self, message: &IncomingMessage) -> bool {
        self.said == said(message) && (message.provider_at.is_none() || self.customer_at <= message.provider_at)
    }
}

fn said(message: &IncomingMessage) -> u64 {
    let contact = &message.chat.contact;
    let mut hasher = DefaultHasher::new();
    (&message.chat.title, &message.chat.also_known_as, &contact.external_id, &contact.name).hash(&mut hasher);
    (&contact.username, &contact.phone, &contact.email).hash(&mut hasher);
    hasher.finish()
}

/// By the outside id that the network names.
pub struct KnownChats(Cache<ChatKey, Known>);

impl Default for KnownChats {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST_KEPT).time_to_live(KEPT).build())
    }
}

impl KnownChats {
    pub(super) fn get(&self, key: &ChatKey) -> Option<Known> {
        self.0.get(key)
    }

    /// Whether a message says of its chat what was taken over already, so that the other id it names leads there.
    pub(super) fn has_heard(&self, key: &ChatKey, message: &IncomingMessage) -> bool {
        self.0.get(key).is_some_and(|known| known.said == said(message))
    }

    pub(super) fn remember(&self, key: ChatKey, chat: Known) {
        self.0.insert(key, chat);
    }

    pub(super) fn forget(&self, key: &ChatKey) {
        self.0.invalidate(key);
    }
}
