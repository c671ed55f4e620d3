//! Conversations: one per channel and outside chat.

pub mod store;

use chrono::{DateTime, Utc};
use contract::Capabilities;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::contact::Contact;
use crate::id::{ChannelId, ChatId, ContactId, MessageId, OrganizationId, TeamId, UserId};
use crate::time::Millis;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatStatus {
    Open,
    Pending,
    Snoozed,
    Resolved,
}

impl ChatStatus {
    pub const ALL: [Self; 4] = [Self::Open, Self::Pending, Self::Snoozed, Self::Resolved];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Snoozed => "snoozed",
            Self::Resolved => "resolved",
        }
    }

    /// As stored; the column's check allows nothing else.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == text).unwrap_or(Self::Open)
    }

    /// A customer's message brings such a chat back.
    #[must_use]
    pub const fn reopens(self) -> bool {
        matches!(self, Self::Snoozed | Self::Resolved)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    Normal,
    High,
    Urgent,
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// As stored; the column's check allows nothing else.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self::ALL.into_iter().find(|priority| priority.as_str() == text).unwrap_or(Self::Normal)
    }
}

/// A conversation as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    pub id: ChatId,
    pub organization_id: OrganizationId,
    pub channel_id: ChannelId,
    /// Family of the network: `telegram`, `whatsapp`, `webchat` or `api`.
    #[schema(schema_with = crate::schema::families)]
    pub channel: &'static str,
    #[schema(schema_with = crate::schema::providers)]
    pub provider: String,
    /// The network's id of the chat.
    pub external_id: String,
    pub is_group: bool,
    pub title: Option<String>,
    pub contact: Contact,
    pub status: ChatStatus,
    pub priority: Priority,
    pub labels: Vec<String>,
    pub assigned_user_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    /// Customer messages since an operator last read or answered: the team's.
    pub unread_count: i64,
    /// The caller's own; in answers to a caller only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub my_unread_count: Option<i64>,
    pub last_message: Option<LastMessage>,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub last_message_at: Option<Millis>,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub snoozed_until: Option<Millis>,
    /// Until when free-form answers are allowed, where the network has such a rule.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub window_expires_at: Option<Millis>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
    #[schema(value_type = DateTime<Utc>)]
    pub updated_at: Millis,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastMessage {
    pub id: MessageId,
    #[serde(rename = "type")]
    #[schema(schema_with = crate::schema::message_types)]
    pub kind: String,
    /// The first 200 characters of the text.
    pub preview: String,
    pub from_me: bool,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
}

/// What a new message changes in its chat's line of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatDigest {
    pub unread_count: i64,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub last_message_at: Option<Millis>,
    pub status: ChatStatus,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub window_expires_at: Option<Millis>,
}

/// When the window for free-form answers ends that a customer's message opened, where the network has one.
#[must_use]
pub fn window_after(customer_at: DateTime<Utc>, capabilities: &Capabilities) -> Option<DateTime<Utc>> {
    let window = chrono::TimeDelta::from_std(capabilities.window?).ok()?;
    Some(customer_at + window)
}

/// A chat as stored, with its activity, contact, channel and last message.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub channel_id: Uuid,
    pub provider: String,
    pub external_id: String,
    pub is_group: bool,
    pub title: Option<String>,
    pub contact_id: Uuid,
    pub contact_external_id: String,
    /// Fields of the contact that operators wrote.
    pub contact_edited: Vec<String>,
    /// The contact that stands for this one: another where it was merged.
    pub person_id: Uuid,
    pub contact_name: Option<String>,
    pub contact_username: Option<String>,
    pub contact_phone: Option<String>,
    pub contact_email: Option<String>,
    pub contact_avatar_url: Option<String>,
    /// What the contact itself is called, whoever stands for it: all that its visitor may see.
    pub own_name: Option<String>,
    pub own_username: Option<String>,
    pub own_phone: Option<String>,
    pub own_email: Option<String>,
    pub own_avatar_url: Option<String>,
    /// The person is blocked, as this contact or as another one of its.
    pub is_blocked: bool,
    pub status: String,
    pub priority: String,
    pub labels: Vec<String>,
    pub assigned_user_id: Option<Uuid>,
    pub team_id: Option<Uuid>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Rises with each change of the chat and of its contact; counters and times move without it.
    pub version: i64,
    pub last_seq: i64,
    pub incoming_count: i64,
    pub read_count: i64,
    pub active_at: DateTime<Utc>,
    pub customer_at: Option<DateTime<Utc>>,
    pub last_message_id: Option<Uuid>,
    pub last_message_type: Option<String>,
    pub last_message_preview: Option<String>,
    pub last_message_from_me: Option<bool>,
    pub last_message_created_at: Option<DateTime<Utc>>,
}

impl Row {
    #[must_use]
    pub const fn unread_count(&self) -> i64 {
        let unread = self.incoming_count - self.read_count;
        if unread > 0 { unread } else { 0 }
    }

    /// When the window for free-form answers ends, where the network has one.
    #[must_use]
    pub fn window_expires_at(&self, capabilities: &Capabilities) -> Option<DateTime<Utc>> {
        window_after(self.customer_at?, capabilities)
    }

    #[must_use]
    pub fn digest(&self, capabilities: &Capabilities) -> ChatDigest {
        ChatDigest {
            unread_count: self.unread_count(),
            last_message_at: self.last_message_at().map(Millis),
            status: ChatStatus::stored(&self.status),
            window_expires_at: self.window_expires_at(capabilities).map(Millis),
        }
    }

    fn last_message_at(&self) -> Option<DateTime<Utc>> {
        self.last_message_id.map(|_| self.active_at)
    }

    /// The contact itself, and not who stands for it.
    #[must_use]
    pub fn own_contact(&self) -> Contact {
        Contact {
            id: ContactId(self.contact_id),
            name: self.own_name.clone(),
            username: self.own_username.clone(),
            phone: self.own_phone.clone(),
            email: self.own_email.clone(),
            avatar_url: self.own_avatar_url.clone(),
        }
    }

    /// The chat as its visitor sees it: what operators know of the person from elsewhere is not told.
    #[must_use]
    pub fn present_to_guest(&self, capabilities: &Capabilities) -> Chat {
        let contact = self.own_contact();
        let title = self.title.clone().or_else(|| contact.name.clone());
        Chat { title, contact, ..self.present(capabilities) }
    }

    /// The chat as operators see it.
    #[must_use]
    pub fn present(&self, capabilities: &Capabilities) -> Chat {
        let last_message = self.last_message_id.map(|id| LastMessage {
            id: MessageId(id),
            kind: self.last_message_type.clone().unwrap_or_default(),
            preview: self.last_message_preview.clone().unwrap_or_default(),
            from_me: self.last_message_from_me.unwrap_or_default(),
            created_at: Millis(self.last_message_created_at.unwrap_or(self.active_at)),
        });
        Chat {
            id: ChatId(self.id),
            organization_id: OrganizationId(self.organization_id),
            channel_id: ChannelId(self.channel_id),
            channel: capabilities.family,
            provider: self.provider.clone(),
            external_id: self.external_id.clone(),
            is_group: self.is_group,
            title: self.title.clone().or_else(|| self.contact_name.clone()),
            contact: Contact {
                id: ContactId(self.person_id),
                name: self.contact_name.clone(),
                username: self.contact_username.clone(),
                phone: self.contact_phone.clone(),
                email: self.contact_email.clone(),
                avatar_url: self.contact_avatar_url.clone(),
            },
            status: ChatStatus::stored(&self.status),
            priority: Priority::stored(&self.priority),
            labels: self.labels.clone(),
            assigned_user_id: self.assigned_user_id.map(UserId),
            team_id: self.team_id.map(TeamId),
            unread_count: self.unread_count(),
            my_unread_count: None,
            last_message,
            last_message_at: self.last_message_at().map(Millis),
            snoozed_until: self.snoozed_until.map(Millis),
            window_expires_at: self.window_expires_at(capabilities).map(Millis),
            created_at: Millis(self.created_at),
            updated_at: Millis(self.updated_at),
        }
    }
}
