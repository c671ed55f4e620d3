//! What can go wrong, without a transport: doors choose the HTTP status or the socket's acknowledgement once, at the last step.

use std::time::Duration;

use serde_json::{Map, Value};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Sign in and send the access token as `Authorization: Bearer`.")]
    Unauthorized,
    #[error("{0}")]
    Forbidden(String),
    /// The body could not be read at all.
    #[error("{0}")]
    Malformed(String),
    /// Fields that are wrong, each with what to do.
    #[error("Some fields are not valid.")]
    Invalid(Vec<FieldError>),
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    #[error("There is no such chat.")]
    ChatNotFound,
    /// `members` are added to the answer: who won a race, for example.
    #[error("{detail}")]
    Conflict { detail: String, members: Map<String, Value> },
    #[error("{0}")]
    TooLarge(String),
    #[error("Too many requests; try again in {} s.", .0.as_secs().max(1))]
    RateLimited(Duration),
    #[error("{0}")]
    WindowClosed(String),
    #[error("{0}")]
    ChannelUnavailable(String),
    /// The store, or this node, cannot take it now; nothing was done.
    #[error("The server cannot answer right now; nothing was changed, try again.")]
    Unavailable(#[source] Cause),
    #[error("Something went wrong on our side; the request id names the log line.")]
    Internal(#[source] Cause),
}

/// The cause of a failure, for one log line; never shown to a client.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A wrong field: `{field, message}`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

impl Error {
    #[must_use]
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }

    #[must_use]
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::Conflict { detail: detail.into(), members: Map::new() }
    }

    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// The contract's code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::Malformed(_) | Self::Invalid(_) => "INVALID_DATA",
            Self::NotFound(_) => "NOT_FOUND",
            Self::ChatNotFound => "CHAT_NOT_FOUND",
            Self::Conflict { .. } => "CONFLICT",
            Self::TooLarge(_) => "MESSAGE_TOO_LARGE",
            Self::RateLimited(_) => "RATE_LIMIT",
            Self::WindowClosed(_) => "WINDOW_CLOSED",
            Self::ChannelUnavailable(_) => "CHANNEL_UNAVAILABLE",
            Self::Unavailable(_) | Self::Internal(_) => "INTERNAL",
        }
    }
}

impl From<sqlx::Error> for Error {
    /// A store that is away, full or too slow is a passing state; anything else is a defect of ours.
    fn from(error: sqlx::Error) -> Self {
        if is_passing(&error) { Self::Unavailable(error.into()) } else { Self::Internal(error.into()) }
    }
}

/// Whether the same statement may succeed later: no connection, shutting down, out of space, timed out, lost a lock.
#[must_use]
pub fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // connection, resources, operator intervention, system errors; serialization, deadlock, lock timeout; read-only standby
            ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class))
                || ["40001", "40P01", "55P03", "25006", "25P03"].contains(&code.as_ref())
        }),
        _ => false,
    }
}
