//! What jobs touch, which tells whether one may be stored while another is under way.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use contract::Incoming;

use super::columns::{self, ChatKey};
use super::{Item, KnownChats};

/// The chats of plain messages, or more than can be told before it is stored: a status and an edit look for their message, a
/// move joins chats, and must see whatever came before them.
#[derive(Debug)]
pub(super) enum Reach {
    /// By hashes of their outside ids, of which a chat may have two. Chats that share a hash wait for each other without need.
    Chats(HashSet<u64>),
    Everything,
}

impl Default for Reach {
    fn default() -> Self {
        Self::Chats(HashSet::new())
    }
}

impl Reach {
    pub(super) fn of(items: &[Item], known: &KnownChats) -> Self {
        let ids = items.iter().map(|item| ids_of(item, known)).collect::<Option<Vec<_>>>();
        ids.map_or(Self::Everything, |ids| Self::Chats(ids.into_iter().flatten().flatten().collect()))
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

/// The ids of the only chat that an item touches: its own, and the other one by which the network knows it. `None` where it may
/// touch more, as one does that names the other id for the first time: there may be a chat of that.
fn ids_of(item: &Item, known: &KnownChats) -> Option<[Option<u64>; 2]> {
    let (Some(channel), Incoming::Message(message)) = (&item.channel, &item.incoming) else { return None };
    let key = columns::chat_key(channel, message);
    let other = message.chat.also_known_as.as_deref().map(|id| (key.0, columns::outside_id(id)));
    if other.is_some() && !known.has_heard(&key, message) {
        return None;
    }
    Some([Some(hash_of(&key)), other.as_ref().map(hash_of)])
}

fn hash_of(key: &ChatKey) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
