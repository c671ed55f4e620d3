//! Who may enter: organizations, the people in them, sessions and keys.

pub mod create;
pub mod gate;
pub mod login;
pub mod password;
pub mod review;
pub mod session;
pub mod setup;
pub mod store;
pub mod token;
pub mod user;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use user::{Member, MemberChange, ProfileChange, User};

use crate::error::{Error, Result};
use crate::id::{ApiKeyId, ChatId, ContactId, OrganizationId, SessionId, UserId};

/// What a member may do; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An operator: sees and answers every chat of the organization.
    User,
    /// Also deletes chats, merges contacts, reads reports.
    Moderator,
    /// Also channels, users, API keys, webhooks, monitoring, audit.
    Admin,
}

impl Role {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }

    /// As stored; the column's check allows nothing else.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        match text {
            "admin" => Self::Admin,
            "moderator" => Self::Moderator,
            _ => Self::User,
        }
    }
}

/// Whoever made a request or opened a socket, as proven by a token; the role is the database's, never the token's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub organization_id: OrganizationId,
    pub who: Who,
    /// When the token ends; `None` for API keys.
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    User {
        id: UserId,
        role: Role,
        /// `None` where another backend signed the token.
        session_id: Option<SessionId>,
        server_admin: bool,
    },
    ApiKey {
        id: ApiKeyId,
        role: Role,
    },
    /// A web-chat visitor: its own chat, never private notes.
    Guest {
        contact_id: ContactId,
        chat_id: ChatId,
    },
}

impl Caller {
    /// `None` for API keys and guests.
    #[must_use]
    pub const fn user_id(&self) -> Option<UserId> {
        match self.who {
            Who::User { id, .. } => Some(id),
            Who::ApiKey { .. } | Who::Guest { .. } => None,
        }
    }

    /// `None` for guests.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        match self.who {
            Who::User { role, .. } | Who::ApiKey { role, .. } => Some(role),
            Who::Guest { .. } => None,
        }
    }

    /// Lets pass whoever has at least this role.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require(&self, role: Role) -> Result<()> {
        if self.role().is_some_and(|own| own >= role) {
            return Ok(());
        }
        Err(Error::Forbidden(format!("This needs the role `{}`.", role.as_str())))
    }
}
