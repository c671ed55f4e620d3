//! Tickets: what is to be done beyond a conversation, numbered per organization.

pub mod store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::chat::Priority;
use crate::id::{ChatId, TicketId, UserId};
use crate::time::Millis;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketStatus {
    Open,
    InProgress,
    Resolved,
    Closed,
}

impl TicketStatus {
    pub const ALL: [Self; 4] = [Self::Open, Self::InProgress, Self::Resolved, Self::Closed];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// As stored; the column's check allows nothing else.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == text).unwrap_or(Self::Open)
    }
}

/// A ticket as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    pub id: TicketId,
    /// From 1, without holes within the organization: what people call it.
    pub number: i64,
    /// Null where it belongs to no chat, or the chat was deleted.
    pub chat_id: Option<ChatId>,
    pub title: String,
    pub description: String,
    pub status: TicketStatus,
    pub priority: Priority,
    pub assigned_user_id: Option<UserId>,
    /// Null where a program made it.
    pub created_by: Option<UserId>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
    #[schema(value_type = DateTime<Utc>)]
    pub updated_at: Millis,
    /// When it was closed; null while it is not.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub closed_at: Option<Millis>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_one_name_everywhere() {
        for status in TicketStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(TicketStatus::stored(status.as_str()), status);
        }
    }
}
