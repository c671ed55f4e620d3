//! What `/chat` says and is told: the shapes of its design, snake_case on the wire, also of the documents.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::id::{ChatId, EventId, MessageId};
use crate::time::Millis;

/// `chat:message:new`, and `chat:message:updated` after an edit, a deletion, or when a file is ready.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConversationMessage)]
pub struct Message<'a> {
    pub id: MessageId,
    pub chat_id: ChatId,
    /// A user's id; the contact's for what the customer wrote.
    pub sender_id: Option<Uuid>,
    pub sender_name: Option<&'a str>,
    pub sender_avatar: Option<&'a str>,
    /// The eight types of the design, and those of the inbox; an `image` is a `photo` here.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// The text; of a file its address, and the caption is in `metadata.caption`.
    pub content: String,
    #[schema(value_type = Object)]
    pub metadata: Box<RawValue>,
    pub created_at: &'a str,
    /// `sent`, `delivered`, `read` or `failed`.
    pub status: &'a str,
    /// Only operators are told of notes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub edited_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deleted_at: Option<&'a str>,
    pub event_id: EventId,
    pub cursor: String,
}

/// `chat:message:delivered`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Delivered<'a> {
    pub message_id: MessageId,
    pub chat_id: ChatId,
    /// The contact.
    pub delivered_to: Option<Uuid>,
    pub delivered_at: &'a str,
    pub event_id: EventId,
    pub cursor: String,
}

/// `chat:message:read`: all up to this message were read, by an operator or by the contact.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConversationRead)]
pub struct Read<'a> {
    pub message_id: MessageId,
    pub chat_id: ChatId,
    pub read_by: Option<Uuid>,
    pub read_at: &'a str,
    pub event_id: EventId,
    pub cursor: String,
}

/// `chat:message:failed`: the network did not take an answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConversationFailed)]
pub struct Failed<'a> {
    pub message_id: MessageId,
    pub chat_id: ChatId,
    #[schema(value_type = Option<Object>)]
    pub error: Option<&'a RawValue>,
    pub event_id: EventId,
    pub cursor: String,
}

/// `chat:typing` as the others in the chat get it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConversationTyping)]
pub struct Typing<'a> {
    pub chat_id: ChatId,
    /// A user's id, or the contact's.
    pub user_id: Uuid,
    pub user_name: &'a str,
    pub is_typing: bool,
}

/// `user:online` and `user:offline`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserOnline {
    pub user_id: Uuid,
    pub online: bool,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub last_seen: Millis,
}

/// Names a chat: `chat:join`, `chat:leave`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ConversationChat)]
pub struct ChatNamed {
    #[schema(value_type = ChatId)]
    pub chat_id: String,
}

/// `chat:typing` of a client.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ConversationTypes)]
pub struct Types {
    #[schema(value_type = ChatId)]
    pub chat_id: String,
    pub is_typing: bool,
}

/// `chat:message:read` of a client; without `message_id` all are read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ConversationReads)]
pub struct Reads {
    #[schema(value_type = ChatId)]
    pub chat_id: String,
    #[schema(value_type = Option<MessageId>)]
    pub message_id: Option<String>,
}

/// `chat:message:send`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ConversationSend)]
pub struct Send {
    #[schema(value_type = ChatId)]
    pub chat_id: String,
    /// `text`, `photo`, `video`, `voice`, `location`, `profile_share`, `post_share` or `booking_proposal`; `text` unless given.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    #[serde(default)]
    pub content: String,
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// With the same key the first answer is given again and nothing is sent.
    #[serde(alias = "idempotencyKey")]
    pub idempotency_key: Option<String>,
}

/// The acknowledgement of `chat:join` and `chat:leave`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Membership {
    /// `joined` or `left`.
    pub status: &'static str,
    pub chat_id: ChatId,
}

/// The acknowledgement of `chat:message:send`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Taken {
    /// `sent`: stored, and on its way.
    pub status: &'static str,
    pub message_id: MessageId,
    pub created_at: String,
}

/// The acknowledgement of `chat:typing` and `chat:message:read`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ConversationDone)]
pub struct Done {
    /// `ok`
    pub status: &'static str,
}
