//! Facts that are told: one variant per event, and the journal's row that each becomes.

pub mod cursor;
mod reserved;
pub mod store;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

pub use reserved::is_reserved;

pub use cursor::{Cursor, Cursors};

use crate::channel::Channel;
use crate::chat::{Chat, ChatDigest};
use crate::id::{ChatId, EventId, MessageId, OrganizationId, UserId};
use crate::message::{Message, MessageError, MessageStatus};
use crate::notification::Notification;
use crate::operator::User;
use crate::ticket::Ticket;
use crate::time::Millis;

/// Something that became true, with the payload that clients get. Adding one here makes the compiler ask for its name,
/// its rooms and who may see it.
#[derive(Debug, Clone)]
pub enum Event {
    ChatNew(Box<Chat>),
    MessageNew(Box<MessageNew>),
    /// An edit, a reaction, a deletion, a file that became ready.
    MessageUpdated(Box<Message>),
    MessageStatus(MessageStatusChange),
    ChatUpdated(Box<Chat>),
    MessagesRead(MessagesRead),
    ChatDeleted(OrganizationId, ChatDeleted),
    ChannelUpdated(OrganizationId, Box<Channel>),
    TicketNew(OrganizationId, Box<Ticket>),
    TicketUpdated(OrganizationId, Box<Ticket>),
    /// Another backend's, under its own name.
    Custom(Box<CustomEvent>),
    ProfileUpdated(OrganizationId, ProfileUpdated),
    /// A member's own: nobody else sees it.
    UserNotification(OrganizationId, UserId, Box<Notification>),
}

/// `message:new`: the message, and what it changed in its chat.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageNew {
    #[serde(flatten)]
    pub message: Message,
    pub chat: ChatDigest,
    /// Who the chat is assigned to; named in the rooms, not in the payload.
    #[serde(skip)]
    pub assigned_user_id: Option<UserId>,
}

impl MessageNew {
    /// A payload before and behind the chat's unread count, for a count that is not known yet.
    #[must_use]
    pub fn around_unread_count(payload: &str) -> Option<(&str, &str)> {
        // the last one: what a message holds comes before its chat
        const COUNT: &str = "\"chat\":{\"unreadCount\":";
        let (head, tail) = payload.split_at(payload.rfind(COUNT)? + COUNT.len());
        Some((head, tail.trim_start_matches(|digit: char| digit.is_ascii_digit())))
    }
}

/// `message:status`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageStatusChange {
    pub message_id: MessageId,
    pub chat_id: ChatId,
    pub status: MessageStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<MessageError>,
    #[schema(value_type = DateTime<Utc>)]
    pub timestamp: Millis,
    #[serde(skip)]
    pub organization_id: OrganizationId,
    #[serde(skip)]
    pub assigned_user_id: Option<UserId>,
}

/// `messages:read`: all up to this message was read by an operator.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessagesRead {
    pub chat_id: ChatId,
    pub read_by_user_id: Option<UserId>,
    pub last_read_message_id: Option<MessageId>,
    #[schema(value_type = DateTime<Utc>)]
    pub read_at: Millis,
    #[serde(skip)]
    pub organization_id: OrganizationId,
}

/// `chat:deleted`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatDeleted {
    pub chat_id: ChatId,
}

/// `user:profile:updated`: how a member looks now.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileUpdated {
    pub user_id: UserId,
    pub profile: Profile,
}

/// How a user looks to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    pub username: Option<String>,
    pub avatar_url: Option<String>,
}

impl ProfileUpdated {
    #[must_use]
    pub fn of(user: &User) -> Self {
        let profile = Profile { username: user.username.clone(), avatar_url: user.avatar_url.clone() };
        Self { user_id: user.id, profile }
    }
}

/// An event that another backend published.
#[derive(Debug, Clone)]
pub struct CustomEvent {
    pub organization_id: OrganizationId,
    pub name: String,
    /// Rooms of the organization, as [`room`] names them, or names of the publisher's own.
    pub rooms: Vec<String>,
    pub data: Box<RawValue>,
}

impl Event {
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ChatNew(_) => "chat:new",
            Self::MessageNew(_) => "message:new",
            Self::MessageUpdated(_) => "message:updated",
            Self::MessageStatus(_) => "message:status",
            Self::ChatUpdated(_) => "chat:updated",
            Self::MessagesRead(_) => "messages:read",
            Self::ChatDeleted(..) => "chat:deleted",
            Self::ChannelUpdated(..) => "channel:updated",
            Self::TicketNew(..) => "ticket:new",
            Self::TicketUpdated(..) => "ticket:updated",
            Self::ProfileUpdated(..) => "user:profile:updated",
            Self::UserNotification(..) => "user:notification",
            Self::Custom(event) => &event.name,
        }
    }

    #[must_use]
    pub fn organization_id(&self) -> OrganizationId {
        match self {
            Self::ChatNew(chat) | Self::ChatUpdated(chat) => chat.organization_id,
            Self::MessageNew(new) => new.message.organization_id,
            Self::MessageUpdated(message) => message.organization_id,
            Self::MessageStatus(change) => change.organization_id,
            Self::MessagesRead(read) => read.organization_id,
            Self::ChatDeleted(organization_id, _)
            | Self::ChannelUpdated(organization_id, _)
            | Self::TicketNew(organization_id, _)
            | Self::TicketUpdated(organization_id, _)
            | Self::ProfileUpdated(organization_id, _)
            | Self::UserNotification(organization_id, ..) => *organization_id,
            Self::Custom(event) => event.organization_id,
        }
    }

    /// The chat it speaks of.
    #[must_use]
    pub const fn chat_id(&self) -> Option<ChatId> {
        match self {
            Self::ChatNew(chat) | Self::ChatUpdated(chat) => Some(chat.id),
            Self::MessageNew(new) => Some(new.message.chat_id),
            Self::MessageUpdated(message) => Some(message.chat_id),
            Self::MessageStatus(change) => Some(change.chat_id),
            Self::MessagesRead(read) => Some(read.chat_id),
            Self::ChatDeleted(_, deleted) => Some(deleted.chat_id),
            Self::TicketNew(_, ticket) | Self::TicketUpdated(_, ticket) => ticket.chat_id,
            Self::ChannelUpdated(..) | Self::ProfileUpdated(..) | Self::UserNotification(..) | Self::Custom(_) => None,
        }
    }

    /// Whether the chat's guest may see it.
    #[must_use]
    pub const fn public(&self) -> bool {
        match self {
            Self::MessageNew(new) => !new.message.private,
            Self::MessageUpdated(message) => !message.private,
            Self::MessageStatus(_) | Self::MessagesRead(_) => true,
            Self::ChatNew(_)
            | Self::ChatUpdated(_)
            | Self::ChatDeleted(..)
            | Self::ChannelUpdated(..)
            | Self::TicketNew(..)
            | Self::TicketUpdated(..)
            | Self::ProfileUpdated(..)
            | Self::UserNotification(..)
            | Self::Custom(_) => false,
        }
    }

    /// `org_{id}` first, then the chat's room and the assignee's where the contract names them; a member's own has the
    /// member's room alone.
    #[must_use]
    pub fn rooms(&self) -> Vec<String> {
        match self {
            Self::Custom(event) => return event.rooms.clone(),
            Self::UserNotification(_, user_id, _) => return vec![room::user(*user_id)],
            _ => {}
        }
        let mut rooms = vec![room::organization(self.organization_id())];
        let (chat_id, assigned_user_id) = match self {
            Self::ChatNew(chat) | Self::ChatUpdated(chat) => (None, chat.assigned_user_id),
            Self::MessageNew(new) => (Some(new.message.chat_id), new.assigned_user_id),
            Self::MessageUpdated(message) => (Some(message.chat_id), None),
            Self::MessageStatus(change) => (Some(change.chat_id), change.assigned_user_id),
            Self::MessagesRead(_)
            | Self::ChatDeleted(..)
            | Self::ChannelUpdated(..)
            | Self::TicketNew(..)
            | Self::TicketUpdated(..)
            | Self::ProfileUpdated(..)
            | Self::UserNotification(..)
            | Self::Custom(_) => (None, None),
        };
        rooms.extend(chat_id.map(room::chat));
        rooms.extend(assigned_user_id.map(room::user));
        rooms
    }

    /// The payload as JSON text of an object.
    ///
    /// # Errors
    /// Where a value cannot be written as JSON: a defect.
    pub fn payload(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::ChatNew(chat) | Self::ChatUpdated(chat) => serde_json::to_string(chat),
            Self::MessageNew(new) => serde_json::to_string(new),
            Self::MessageUpdated(message) => serde_json::to_string(message),
            Self::MessageStatus(change) => serde_json::to_string(change),
            Self::MessagesRead(read) => serde_json::to_string(read),
            Self::ChatDeleted(_, deleted) => serde_json::to_string(deleted),
            Self::ChannelUpdated(_, channel) => serde_json::to_string(channel),
            Self::TicketNew(_, ticket) | Self::TicketUpdated(_, ticket) => serde_json::to_string(ticket),
            Self::ProfileUpdated(_, profile) => serde_json::to_string(profile),
            Self::UserNotification(_, _, notification) => serde_json::to_string(notification),
            Self::Custom(event) => Ok(event.data.get().to_owned()),
        }
    }
}

/// Names of rooms.
pub mod room {
    use crate::id::{ChatId, OrganizationId, UserId};

    #[must_use]
    pub fn organization(id: OrganizationId) -> String {
        format!("org_{id}")
    }

    #[must_use]
    pub fn user(id: UserId) -> String {
        format!("user_{id}")
    }

    #[must_use]
    pub fn chat(id: ChatId) -> String {
        format!("chat_{id}")
    }
}

/// A row of the journal: an event with its place.
#[derive(Debug, Clone)]
pub struct Journalled {
    pub organization_id: OrganizationId,
    /// Without holes within the organization, from 1.
    pub position: i64,
    pub id: EventId,
    pub name: Arc<str>,
    pub rooms: Vec<String>,
    pub chat_id: Option<ChatId>,
    pub public: bool,
    /// The payload with `eventId` and `cursor`: JSON text of an object, made once and shared by all who are told.
    pub data: Arc<str>,
    pub created_at: DateTime<Utc>,
    /// When this node received what made it; `None` where another node did, or nobody remembers.
    pub received: Option<Instant>,
}

impl Journalled {
    /// Adds `eventId` and `cursor` to a stored payload, without reading it again.
    #[must_use]
    pub fn stamp(payload: &str, id: EventId, cursor: &str) -> Arc<str> {
        let open = payload.trim_end().strip_suffix('}').unwrap_or("{");
        let comma = if open.trim_end().ends_with('{') { "" } else { "," };
        format!("{open}{comma}\"eventId\":\"{id}\",\"cursor\":\"{cursor}\"}}").into()
    }

    /// The payload with another cursor: a guest gets a sealed one.
    #[must_use]
    pub fn data_with_cursor(&self, cursor: &str) -> String {
        const LAST: &str = ",\"cursor\":\"";
        let open = self.data.rsplit_once(LAST).map_or("{", |(open, _)| open);
        format!("{open}{LAST}{cursor}\"}}")
    }

    /// The payload as it was written, with the names that the snake_case surfaces have for what is added to it.
    #[must_use]
    pub fn data_in_snake(&self, cursor: &str) -> String {
        let open = self.data.rfind("\"eventId\":\"").map_or("{", |at| &self.data[..at]);
        format!("{open}\"event_id\":\"{}\",\"cursor\":\"{cursor}\"}}", self.id)
    }

    /// How long ago it was received; as far as this node knows, since it was written.
    #[must_use]
    pub fn age(&self, now: DateTime<Utc>) -> Duration {
        let written = || (now - self.created_at).to_std().unwrap_or_default();
        self.received.map_or_else(written, |received| received.elapsed())
    }

    /// Whether the guest of this chat may see it.
    #[must_use]
    pub fn visible_to_guest(&self, chat_id: ChatId) -> bool {
        self.public && self.chat_id == Some(chat_id)
    }

    /// Whether an operator who is in the organization's room may see it: everything but other people's own events.
    #[must_use]
    pub fn visible_to(&self, user_id: Option<UserId>) -> bool {
        self.rooms
            .iter()
            .any(|room| !room.starts_with("user_") || user_id.is_some_and(|user_id| *room == self::room::user(user_id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_stamped_in_place() {
        let id = EventId::new();
        assert_eq!(
            &*Journalled::stamp("{\"a\":1}", id, "c"),
            format!("{{\"a\":1,\"eventId\":\"{id}\",\"cursor\":\"c\"}}")
        );
        assert_eq!(&*Journalled::stamp("{}", id, "c"), format!("{{\"eventId\":\"{id}\",\"cursor\":\"c\"}}"));
    }

    #[test]
    fn the_unread_count_is_found_whatever_a_message_holds() {
        let metadata = r#"{"chat":{"unreadCount":7,"status":"x"}}"#;
        let payload = format!(
            r#"{{"content":"\"chat\":{{\"unreadCount\":5","metadata":{metadata},"chat":{{"unreadCount":0,"status":"open"}}}}"#
        );
        let around = MessageNew::around_unread_count(&payload);
        let head = payload.strip_suffix(r#"0,"status":"open"}}"#);
        assert_eq!(around, head.map(|head| (head, r#","status":"open"}}"#)));
        assert!(head.is_some() && MessageNew::around_unread_count("{}").is_none());
    }
}
