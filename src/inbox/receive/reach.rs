//! What jobs touch, which tells whether one may be stored while another is under way.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use contract::Incoming;

use super::{Item, columns};

/// The chats of plain messages, or more than can be told before it is stored: a status and an edit look for their message, a
/// move joins chats, and must see whatever came before them.
#[derive(Debug)]
pub(super) enum Reach {
    /// By hashes of their outside ids. Two chats that share one wait for each other without need.
    Chats(HashSet<u64>),
    Everything,
}

impl Default for Reach {
    fn default() -> Self {
        Self::Chats(HashSet::new())
    }
}

impl Reach {
    pub(super) fn of(items: &[Item]) -> Self {
        items.iter().map(chat_of).collect::<Option<_>>().map_or(Self::Everything, Self::Chats)
    }

    pub(super) fn is_apart_from(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Chats(own), Self::Chats(others)) => own.is_disjoint(others),
            _ => false,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Chats(own), Self::Chats(others)) => own.extend(others),
            _ => *self = Self::Everything,
        }
    }
}

/// The only chat that an item touches; `None` where it may touch others.
fn chat_of(item: &Item) -> Option<u64> {
    let (Some(channel), Incoming::Message(message)) = (&item.channel, &item.incoming) else { return None };
    if message.chat.also_known_as.is_some() {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    columns::chat_key(channel, message).hash(&mut hasher);
    Some(hasher.finish())
}
