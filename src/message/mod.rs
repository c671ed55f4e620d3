//! Messages, both ways, with their attachments and reactions.

pub mod store;

use chrono::{DateTime, Utc};
use contract::Capabilities;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::id::{AttachmentId, ChannelId, ChatId, MessageId, OrganizationId, UserId};
use crate::time::Millis;

/// How far a message came. `received` is for incoming ones; the others rise in this order and never fall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    Received,
    Queued,
    Sent,
    Delivered,
    Read,
    Failed,
}

/// Code of a send whose outcome nobody knows.
pub const OUTCOME_UNKNOWN: &str = "OUTCOME_UNKNOWN";

impl MessageStatus {
    pub const ALL: [Self; 6] = [Self::Received, Self::Queued, Self::Sent, Self::Delivered, Self::Read, Self::Failed];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }

    /// As stored; the column's check allows nothing else.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == text).unwrap_or(Self::Received)
    }

    /// Whether the network's word changes this status. It only rises; `failed` is believed before proof of delivery, and
    /// gives way to such proof; with an unknown outcome `sent` is proof enough.
    #[must_use]
    pub fn yields_to(self, next: Self, error_code: Option<&str>) -> bool {
        match (self, next) {
            (Self::Received, _) | (_, Self::Received | Self::Queued) => false,
            (Self::Queued, _) | (Self::Sent, Self::Delivered | Self::Read | Self::Failed) => true,
            (Self::Delivered, Self::Read) | (Self::Failed, Self::Delivered | Self::Read) => true,
            (Self::Failed, Self::Sent) => error_code == Some(OUTCOME_UNKNOWN),
            _ => false,
        }
    }
}

impl From<contract::DeliveryStatus> for MessageStatus {
    fn from(status: contract::DeliveryStatus) -> Self {
        match status {
            contract::DeliveryStatus::Failed => Self::Failed,
            contract::DeliveryStatus::Sent => Self::Sent,
            contract::DeliveryStatus::Delivered => Self::Delivered,
            contract::DeliveryStatus::Read => Self::Read,
        }
    }
}

/// A message as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub id: MessageId,
    pub organization_id: OrganizationId,
    pub chat_id: ChatId,
    pub channel_id: ChannelId,
    /// Family of the network: `telegram`, `whatsapp`, `webchat` or `api`.
    #[schema(schema_with = crate::schema::families)]
    pub channel: &'static str,
    #[schema(schema_with = crate::schema::providers)]
    pub provider: String,
    pub from_me: bool,
    pub sender_user_id: Option<UserId>,
    pub sender_name: Option<String>,
    #[serde(rename = "type")]
    #[schema(schema_with = crate::schema::message_types)]
    pub kind: String,
    pub content: String,
    #[schema(value_type = Object)]
    pub metadata: Box<RawValue>,
    pub attachments: Vec<Attachment>,
    pub reply_to_id: Option<MessageId>,
    pub reactions: Vec<Reaction>,
    pub private: bool,
    pub status: MessageStatus,
    pub error: Option<MessageError>,
    pub external_id: Option<String>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub provider_at: Option<Millis>,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub sent_at: Option<Millis>,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub delivered_at: Option<Millis>,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub read_at: Option<Millis>,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub edited_at: Option<Millis>,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub deleted_at: Option<Millis>,
}

/// Why a message failed: the provider's code as text, or one of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageError {
    pub code: String,
    pub message: String,
}

/// A file of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    pub id: AttachmentId,
    #[serde(rename = "type")]
    #[schema(schema_with = crate::schema::file_types)]
    pub kind: String,
    /// Null until the file is `ready`.
    pub url: Option<String>,
    pub thumbnail_url: Option<String>,
    pub mime_type: Option<String>,
    pub file_name: Option<String>,
    /// Bytes.
    pub size: Option<i64>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// Seconds.
    pub duration: Option<i32>,
    /// `pending`, `ready` or `failed`.
    #[schema(schema_with = crate::schema::file_statuses)]
    pub status: String,
    pub error: Option<String>,
}

/// One emoji of one person on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    pub emoji: String,
    /// `user:ID` of an operator, or `contact:EXTERNAL_ID`.
    pub actor: String,
    pub name: Option<String>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
}

/// A message as stored.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub chat_id: Uuid,
    pub channel_id: Uuid,
    pub provider: String,
    pub seq: i64,
    pub incoming_count: i64,
    pub from_me: bool,
    pub sender_user_id: Option<Uuid>,
    pub sender_contact_id: Option<Uuid>,
    pub sender_name: Option<String>,
    pub kind: String,
    pub content: String,
    /// JSON text of an object.
    pub metadata: String,
    pub reply_to_id: Option<Uuid>,
    pub reply_to_external_id: Option<String>,
    pub private: bool,
    pub status: String,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub external_id: Option<String>,
    pub created_at: DateTime<Utc>,
    pub provider_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub read_at: Option<DateTime<Utc>>,
    pub edited_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
}

impl Row {
    #[must_use]
    pub fn status(&self) -> MessageStatus {
        MessageStatus::stored(&self.status)
    }

    /// The message as clients see it.
    #[must_use]
    pub fn present(
        self,
        capabilities: &Capabilities,
        attachments: Vec<Attachment>,
        reactions: Vec<Reaction>,
    ) -> Message {
        let status = self.status();
        Message {
            id: MessageId(self.id),
            organization_id: OrganizationId(self.organization_id),
            chat_id: ChatId(self.chat_id),
            channel_id: ChannelId(self.channel_id),
            channel: capabilities.family,
            provider: self.provider,
            from_me: self.from_me,
            sender_user_id: self.sender_user_id.map(UserId),
            sender_name: self.sender_name,
            kind: self.kind,
            content: self.content,
            metadata: RawValue::from_string(self.metadata).unwrap_or_else(|_| RawValue::NULL.to_owned()),
            attachments,
            reply_to_id: self.reply_to_id.map(MessageId),
            reactions,
            private: self.private,
            status,
            error: self
                .error_code
                .map(|code| MessageError { code, message: self.error_message.unwrap_or_default() })
                .filter(|_| status == MessageStatus::Failed),
            external_id: self.external_id,
            created_at: Millis(self.created_at),
            provider_at: self.provider_at.map(Millis),
            sent_at: self.sent_at.map(Millis),
            delivered_at: self.delivered_at.map(Millis),
            read_at: self.read_at.map(Millis),
            edited_at: self.edited_at.map(Millis),
            deleted_at: self.deleted_at.map(Millis),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MessageStatus::{Delivered, Failed, Queued, Read, Received, Sent};
    use super::*;

    #[test]
    fn a_status_only_rises_and_failure_gives_way_to_proof() {
        for (from, to, changes) in [
            (Queued, Sent, true),
            (Queued, Read, true),
            (Sent, Failed, true),
            (Sent, Sent, false),
            (Delivered, Sent, false),
            (Delivered, Failed, false),
            (Read, Delivered, false),
            (Failed, Sent, false),
            (Failed, Delivered, true),
            (Failed, Read, true),
            (Received, Read, false),
        ] {
            assert_eq!(from.yields_to(to, None), changes, "{from:?} -> {to:?}");
        }
        assert!(Failed.yields_to(Sent, Some(OUTCOME_UNKNOWN)));
        assert!(!Failed.yields_to(Sent, Some("131026")));
    }
}
