//! What a network tells us, in our words.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{ChannelStatus, MessageType};

/// One thing out of a delivered body, in the order of the body.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Whose it is where a body mixes accounts (Meta's `phone_number_id`); `None`: the channel of the address.
    pub account: Option<String>,
    /// In place of `account`, where news concern all accounts of a business ([`crate::Validated::business`]).
    pub business: Option<String>,
    /// What the network calls it, for tables and metrics: `message:photo`, `status:read`, `edited_message:text`.
    pub kind: String,
    pub item: Incoming,
    pub source: Source,
}

/// The raw JSON that a parcel came from, kept when it becomes a dead letter.
#[derive(Debug, Clone)]
pub enum Source {
    /// The whole body.
    Body,
    /// A body of its own, made of the batch's envelope and this item alone, that [`crate::Network::parse`] reads again.
    Part(Box<str>),
}

#[derive(Debug, Clone)]
pub enum Incoming {
    Message(Box<IncomingMessage>),
    /// The newest text of a message; an unknown one is stored as if it had just come. `edited_at` orders edits.
    Edit {
        message: Box<IncomingMessage>,
        edited_at: Option<DateTime<Utc>>,
    },
    Deletion(IncomingDeletion),
    Reaction(IncomingReaction),
    Status(IncomingStatus),
    Connection(IncomingConnection),
    /// A chat lives under another id now, or two ids turned out to be one.
    Moved(IncomingMove),
    /// News of a template.
    Template(TemplateNews),
    /// News of the account.
    Account(AccountNews),
    /// Understood, and nothing an inbox has to keep (an engine's heartbeat, a starred message). The raw body is kept.
    Ignored {
        reason: String,
    },
    /// Not understood: becomes a dead letter with this reason.
    Unknown {
        reason: String,
    },
}

#[derive(Debug, Clone)]
pub struct IncomingMessage {
    pub chat: IncomingChat,
    /// Who wrote it, where that is not the chat's contact: a member of a group.
    pub sender: Option<IncomingContact>,
    /// The network's id, unique within its chat at least.
    pub external_id: String,
    /// Written by the business itself, on its own phone or another client.
    pub from_me: bool,
    /// Our message id where the network hands it back with an echo.
    pub client_id: Option<Uuid>,
    /// Old history, or a service note: stored, but raises no unread and reopens nothing.
    pub quiet: bool,
    pub kind: MessageType,
    /// Text, caption, or the form that the contract gives for the type.
    pub content: String,
    pub metadata: Map<String, Value>,
    pub attachments: Vec<IncomingAttachment>,
    /// The network's id of the message that this one answers.
    pub reply_to: Option<String>,
    /// The provider's own time; `None` where it gave none that makes sense.
    pub provider_at: Option<DateTime<Utc>>,
    /// To hand to [`crate::Network::acknowledge`] once the message is stored.
    pub acknowledge: Option<String>,
}

#[derive(Debug, Clone)]
pub struct IncomingChat {
    /// The network's id of the chat.
    pub external_id: String,
    pub is_group: bool,
    /// Title of a group; `None` leaves what is stored, a private chat is titled after its contact.
    pub title: Option<String>,
    /// The customer, or the group itself (with the chat's id and title).
    pub contact: IncomingContact,
    /// Another id under which the network may name the same chat one day: what comes under it is this chat's too.
    pub also_known_as: Option<String>,
}

/// A person as the network shows them. `None` leaves what is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncomingContact {
    pub external_id: String,
    pub name: Option<String>,
    pub username: Option<String>,
    /// E.164 with the plus sign.
    pub phone: Option<String>,
    pub email: Option<String>,
}

#[derive(Debug, Clone)]
pub struct IncomingAttachment {
    /// The message type that fits the file: image, video, voice, audio, document, sticker.
    pub kind: MessageType,
    pub source: MediaSource,
    /// The sender's claim.
    pub mime_type: Option<String>,
    pub file_name: Option<String>,
    pub size_bytes: Option<i64>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_secs: Option<i32>,
    /// As the network writes it (Meta: base64); checked after the download.
    pub sha256: Option<String>,
}

/// What was known as `from` is `to` from now on: the chat, and the contact of a private chat. Where both are known they
/// become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingMove {
    pub from: String,
    pub to: String,
    /// E.164 with the plus sign, where the person has a new number.
    pub phone: Option<String>,
    /// `true`: ids of messages start over, so that those of `from` mean others in `to`.
    pub restarts_ids: bool,
}

/// What changed of a template; `None` leaves what is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TemplateNews {
    pub name: String,
    pub language: String,
    pub status: Option<String>,
    pub category: Option<String>,
    pub quality: Option<String>,
    pub reason: Option<String>,
}

/// What changed of an account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccountNews {
    /// Only the account with this number, as the network writes it; `None`: all that the parcel concerns.
    pub phone: Option<String>,
    pub status: Option<ChannelStatus>,
    /// For operators; goes with `status`.
    pub error: Option<String>,
    /// Merged into what is known; null removes.
    pub facts: Map<String, Value>,
}

/// Where the file is fetched from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum MediaSource {
    /// The network's own id: Telegram's `file_id`, Meta's media id.
    Id { id: String },
    /// An address of the network or the bridge.
    Url { url: String },
    /// The bytes came in the body.
    Base64 { data: String },
    /// The network said that it has no file.
    Missing { reason: String },
}

#[derive(Debug, Clone)]
pub struct IncomingDeletion {
    /// `None` where the network names messages without their chat.
    pub chat_external_id: Option<String>,
    pub message_external_id: String,
    pub at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
pub struct IncomingReaction {
    pub chat_external_id: Option<String>,
    pub message_external_id: String,
    /// Who reacted; replaces everything this actor had on the message.
    pub actor: IncomingContact,
    pub from_me: bool,
    /// The actor's reactions now; empty: removed.
    pub emojis: Vec<String>,
    pub at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IncomingStatus {
    /// `None` where the network names messages without their chat, or names the chat in another form.
    pub chat_external_id: Option<String>,
    pub message_external_id: String,
    /// Our message id where the network hands it back; settles sends whose outcome was unknown.
    pub client_id: Option<Uuid>,
    pub status: DeliveryStatus,
    pub error: Option<DeliveryError>,
    pub at: Option<DateTime<Utc>>,
}

/// How far a message of ours came, by the network's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    Failed,
    Sent,
    Delivered,
    /// `played` of a voice message counts as read.
    Read,
}

impl DeliveryStatus {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryError {
    /// The provider's code as text (`131047`), or one of ours.
    pub code: String,
    pub message: String,
}

/// The state of a channel's own connection.
#[derive(Debug, Clone)]
pub struct IncomingConnection {
    pub status: ChannelStatus,
    /// What to show for pairing; never stored in the journal.
    pub qr: Option<String>,
    pub phone: Option<String>,
    pub error: Option<String>,
}
