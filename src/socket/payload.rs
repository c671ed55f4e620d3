//! What `/` says beside the journal's events, and what it is told: the shapes on the wire, also of the documents.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::space::Space;
use crate::error::Error;
use crate::event::Profile;
use crate::id::{ChatId, ContactId, MessageId, UserId};
use crate::time::Millis;

/// `connected`: the first event of a connection.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connected {
    /// The connection's public id; not the session's, which is a credential.
    pub socket_id: Uuid,
    /// `null` for API keys.
    pub user_id: Option<UserId>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub timestamp: Millis,
}

/// Why a client is told to look at what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncReason {
    ConnectionEstablished,
    /// What was missed has just been replayed.
    Reconnection,
    /// What was missed cannot be replayed: load it by REST.
    Gap,
    TokenRefresh,
}

/// `sync:required`: live events follow after `cursor`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncRequired {
    pub user_id: Option<UserId>,
    pub reason: SyncReason,
    /// How many missed events came before this one; with `reconnection` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub replayed: Option<u64>,
    pub cursor: String,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub timestamp: Millis,
}

/// `connected` on `/chat` and `/notifications`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConnectedInSnake {
    pub socket_id: Uuid,
    /// A visitor's is its contact id; `null` for API keys.
    pub user_id: Option<Uuid>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub timestamp: Millis,
}

/// `sync:required` on `/chat` and `/notifications`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SyncRequiredInSnake {
    pub user_id: Option<Uuid>,
    pub reason: SyncReason,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub replayed: Option<u64>,
    pub cursor: String,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub timestamp: Millis,
}

/// `error` on `/chat` and `/notifications`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorInSnake {
    #[serde(flatten)]
    pub refusal: Refusal,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub timestamp: Millis,
}

/// `app:error`, and `chat:error` where a chat was named.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocketError {
    /// As the client wrote it; with `chat:error` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub chat_id: Option<String>,
    pub code: &'static str,
    pub message: String,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub timestamp: Millis,
}

/// `typing:start` and `typing:stop` as others in the chat get them: an operator types, or the chat's visitor.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Typing<'a> {
    pub chat_id: ChatId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub user_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contact_id: Option<ContactId>,
    pub name: &'a str,
}

/// `chat:member:joined`: a user has come into a chat.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberJoined<'a> {
    pub chat_id: ChatId,
    pub user_id: UserId,
    pub profile: &'a Profile,
    /// Grows by one with every change of the chat's member set.
    pub version: i64,
}

/// `chat:member:left`: a user's last connection has left a chat.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberLeft {
    pub chat_id: ChatId,
    pub user_id: UserId,
    pub version: i64,
}

/// `chat:online:updated`: how many users are in a chat; repeats the version of the change before it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OnlineUpdated {
    pub chat_id: ChatId,
    pub count: u64,
    pub version: i64,
}

/// `chat:online:snapshot`: who is in a chat now.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OnlineSnapshot {
    pub chat_id: ChatId,
    /// The same as `memberIds`.
    pub members: Vec<UserId>,
    pub member_ids: Vec<UserId>,
    pub count: u64,
    /// Changes with a higher version follow.
    pub version: i64,
}

/// `online:total:updated`: how many users of the organization are online.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OnlineTotal {
    pub total: u64,
}

/// `me:joined:chat` and `me:left:chat`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnChat {
    pub chat_id: ChatId,
}

/// `chat:delta:new`: a new message, in short; not journalled.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatDelta {
    pub chat_id: ChatId,
    pub message_id: MessageId,
    #[serde(rename = "type")]
    #[schema(schema_with = crate::schema::message_types)]
    pub kind: String,
    /// The first 200 characters of the text.
    pub preview: String,
    pub unread_count: i64,
    pub created_at: String,
}

/// Names a chat: `subscribe:chat`, `unsubscribe:chat`, `subscribe:chat:delta`, `unsubscribe:chat:delta`, `typing:start`,
/// `typing:stop`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatNamed {
    #[schema(value_type = ChatId)]
    pub chat_id: String,
}

/// `messages:read`: without `messageId` all are read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadUpTo {
    #[schema(value_type = ChatId)]
    pub chat_id: String,
    #[schema(value_type = Option<MessageId>)]
    pub message_id: Option<String>,
}

/// `resync`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Resync {
    pub cursor: String,
}

/// `auth:refresh`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AuthRefresh {
    pub token: String,
}

/// An acknowledgement, as JSON.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Ack(Value);

/// It was done: `{ok:true}`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Done {
    #[schema(example = true)]
    pub ok: bool,
}

/// It was done in this chat.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatAck {
    #[schema(example = true)]
    pub ok: bool,
    pub chat_id: ChatId,
}

/// It was done, and who is in the chat.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Present {
    #[schema(example = true)]
    pub ok: bool,
    #[serde(flatten)]
    pub snapshot: OnlineSnapshot,
}

/// The missed events have been sent before this acknowledgement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Resynced {
    #[schema(example = true)]
    pub ok: bool,
    pub replayed: u64,
    pub cursor: String,
    /// The cursor could not be served and nothing was replayed: load by REST.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gap: bool,
}

/// It was not done: `{ok:false, error}`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Refused {
    #[schema(example = false)]
    pub ok: bool,
    pub error: Refusal,
}

/// It was not done, on `/chat` and `/notifications`: `{error}`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefusedInSnake {
    pub error: Refusal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refusal {
    /// `UNAUTHORIZED`, `FORBIDDEN`, `INVALID_DATA`, `CHAT_NOT_FOUND`, `MESSAGE_TOO_LARGE`, `RATE_LIMIT`, `INTERNAL` …
    pub code: &'static str,
    pub message: String,
}

impl Refusal {
    /// An error in the words of a namespace.
    #[must_use]
    pub fn of(space: Space, error: &Error) -> Self {
        let message = match error {
            Error::Invalid(fields) => {
                let named = fields.iter().map(|field| format!("`{}` {}", field.field, field.message));
                named.collect::<Vec<_>>().join("; ")
            }
            Error::Unauthorized if space.refuses_by_event() => "Invalid token".into(),
            other => other.to_string(),
        };
        Self { code: space.code(error), message }
    }
}

impl Ack {
    /// `null` where it is no JSON: a defect.
    #[must_use]
    pub fn of(ack: &impl Serialize) -> Self {
        Self(serde_json::to_value(ack).unwrap_or_else(|error| {
            tracing::error!(%error, "an acknowledgement is no JSON");
            Value::Null
        }))
    }

    #[must_use]
    pub fn done() -> Self {
        Self::of(&Done { ok: true })
    }

    #[must_use]
    pub fn chat(chat_id: ChatId) -> Self {
        Self::of(&ChatAck { ok: true, chat_id })
    }

    #[must_use]
    pub fn refused(space: Space, error: &Error) -> Self {
        let error = Refusal::of(space, error);
        match space {
            Space::Operators => Self::of(&Refused { ok: false, error }),
            Space::Conversation | Space::Notifications => Self::of(&RefusedInSnake { error }),
        }
    }
}
