//! People and groups on the other side of a channel.

pub mod store;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::id::{ChannelId, ContactId, ContactNoteId, UserId};
use crate::time::Millis;

/// Who a chat is with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    pub id: ContactId,
    pub name: Option<String>,
    pub username: Option<String>,
    /// E.164, with the plus sign.
    pub phone: Option<String>,
    pub email: Option<String>,
    pub avatar_url: Option<String>,
}

/// A person, with how networks know them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    #[serde(flatten)]
    pub contact: Contact,
    /// Itself first, then those that were merged into it.
    pub identities: Vec<Identity>,
    /// The contact that stands for this one, where it was merged.
    pub merged_into_id: Option<ContactId>,
    /// Since when the team does not want to hear it, as this contact or as another one of the person's.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub blocked_at: Option<Millis>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
}

/// How one network knows a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    pub contact_id: ContactId,
    pub channel_id: ChannelId,
    pub provider: String,
    /// The network's id of the person.
    pub external_id: String,
    pub name: Option<String>,
    pub username: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// What an operator wrote down of a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactNote {
    pub id: ContactNoteId,
    /// The contact that it was written at; seen at all of the person's.
    pub contact_id: ContactId,
    /// `null` where an API key wrote it.
    pub user_id: Option<UserId>,
    pub content: String,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
}

/// Somebody who may be the same person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Suggestion {
    pub contact: Person,
    /// What both have: `phone`, `email`.
    pub shares: Vec<String>,
}

/// A contact as stored.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub name: Option<String>,
    pub username: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub avatar_url: Option<String>,
    /// Fields that operators wrote: networks leave them alone.
    pub edited: Vec<String>,
    pub merged_into: Option<Uuid>,
    /// The earliest of the person's contacts.
    pub blocked_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub is_group: bool,
}

impl Row {
    /// The person as clients see it.
    #[must_use]
    pub fn present(self, mut identities: Vec<Identity>) -> Person {
        identities.sort_by_key(|identity| (identity.contact_id.0 != self.id, identity.contact_id.0));
        Person {
            contact: Contact {
                id: ContactId(self.id),
                name: self.name,
                username: self.username,
                phone: self.phone,
                email: self.email,
                avatar_url: self.avatar_url,
            },
            identities,
            merged_into_id: self.merged_into.map(ContactId),
            blocked_at: self.blocked_at.map(Millis),
            created_at: Millis(self.created_at),
        }
    }
}
