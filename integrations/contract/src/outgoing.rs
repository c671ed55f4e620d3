//! What operators write, on its way to a network, and how a network can answer.

use std::time::Duration;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{File, MessageType};

#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Ours; handed to the network as the idempotency key or callback data where it has one.
    pub message_id: Uuid,
    /// Which try this is, from 1.
    pub attempt: i32,
    pub chat_external_id: String,
    pub is_group: bool,
    pub kind: MessageType,
    pub content: String,
    pub metadata: Map<String, Value>,
    pub attachments: Vec<OutgoingAttachment>,
    /// The network's id of the message that is answered.
    pub reply_to: Option<String>,
    /// Metadata of the customer's message that this answers: the one of `reply_to`, else the newest of the chat. Empty unless
    /// [`crate::Capabilities::context`].
    pub context: Map<String, Value>,
}

#[derive(Debug, Clone)]
pub struct OutgoingAttachment {
    pub kind: MessageType,
    pub mime_type: String,
    pub file_name: Option<String>,
    pub file: File,
    /// Where the file can be loaded without credentials for a while, for networks that fetch it themselves.
    pub url: Option<String>,
}

/// A change to a message that the network has.
#[derive(Debug, Clone)]
pub struct OutgoingChange {
    pub chat_external_id: String,
    pub is_group: bool,
    pub message_external_id: String,
    /// Whether the changed message is ours.
    pub from_me: bool,
    /// Who wrote it, in a group.
    pub sender_external_id: Option<String>,
    pub kind: MessageType,
    /// Metadata of the changed message.
    pub context: Map<String, Value>,
    /// Of a message of ours: metadata of the customer's message before it, which may say where the chat is reached. Empty
    /// unless [`crate::Capabilities::context`].
    pub answered: Map<String, Value>,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The new text, or caption.
    Edit {
        content: String,
    },
    Delete,
    /// `None`: our reaction is removed.
    React {
        emoji: Option<String>,
    },
}

/// A chat as far as a receipt or a typing indicator needs it.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    pub chat_external_id: String,
    pub is_group: bool,
    /// The network's id of the customer's newest message (of those that were read, for a receipt).
    pub message_external_id: Option<String>,
    /// Who wrote it, in a group.
    pub sender_external_id: Option<String>,
    /// Its metadata.
    pub context: Map<String, Value>,
}

/// A message that the network approved beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub name: String,
    pub language: String,
    /// As the network writes it in capitals: `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, `DISABLED` …
    pub status: String,
    pub category: Option<String>,
    pub quality: Option<String>,
    /// As the network has them: `[{type, format?, text?, buttons?, example?}]`.
    pub components: Value,
}

/// The network took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The network's id of the message.
    pub external_id: String,
    /// The chat's id where the network answered with another one than it was asked for.
    pub chat_external_id: Option<String>,
    /// The network's ids of the further messages that it became, such as the other files of an album. Kept as `partIds` in
    /// the message's metadata, where a change finds them.
    pub parts: Vec<String>,
}

/// Why a message was not sent, decided where the cause is known. Texts never hold a credential or an address that holds one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It surely did not go out and may later: 5xx, rate limits, no connection.
    #[error("{code}: {message}")]
    Retry { code: String, message: String, after: Option<Duration>, scope: Scope },
    /// The network said no for good.
    #[error("{code}: {message}")]
    Refused { code: String, message: String },
    /// The network said no for good, and the account is in trouble besides: this message fails, others may go, the channel shows
    /// the error.
    #[error("{code}: {message}")]
    Alarming { code: String, message: String },
    /// The account itself is refused (revoked token, restricted number): the queue waits, the channel shows the error.
    #[error("{code}: {message}")]
    AccountRefused { code: String, message: String },
    /// The request left and no answer came: it may have been sent.
    #[error("outcome unknown: {message}")]
    Unknown { message: String },
    /// The chat lives under another id now (a Telegram group became a supergroup): write it down and send again.
    #[error("chat moved to {to}")]
    ChatMoved { to: String },
}

/// What has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This chat alone.
    Chat,
    /// All that the channel sends.
    Channel,
}
