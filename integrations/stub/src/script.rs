//! What the scripted network answers to a send, and what it writes down.

use std::time::Duration;

use contract::{Outgoing, Scope, SendError, Sent};
use tokio::time::Instant;
use uuid::Uuid;

/// How sends are answered from now on.
#[derive(Debug, Clone, Default)]
pub enum Answer {
    /// Sent, under the id `stub-{message id}`.
    #[default]
    Deliver,
    /// Not this time; after `times` such answers everything is delivered.
    Retry { times: u32, after: Option<Duration>, scope: Scope },
    /// Refused for good with this code.
    Refuse { code: String },
    /// The account itself is refused with this code.
    RefuseAccount { code: String },
    /// Taken, and nothing is heard of it.
    NeverAnswer,
    /// Delivered, but only after this long.
    Slow(Duration),
}

/// One call of `send`.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub channel_id: Uuid,
    pub outgoing: Outgoing,
    /// When it began.
    pub at: Instant,
    /// `None` while it is under way.
    pub result: Option<Result<Sent, SendError>>,
}

impl Answer {
    /// The answer to one send, which a counted script has one less of afterwards.
    pub(crate) fn next(&mut self) -> Self {
        match self {
            Self::Retry { times: 0, .. } => *self = Self::Deliver,
            Self::Retry { times, .. } => *times -= 1,
            _ => {}
        }
        self.clone()
    }

    pub(crate) fn result(self, outgoing: &Outgoing) -> Result<Sent, SendError> {
        let message = "as scripted".to_owned();
        match self {
            Self::Deliver | Self::Slow(_) => Ok(Sent {
                external_id: format!("stub-{}", outgoing.message_id),
                chat_external_id: None,
                parts: Vec::new(),
            }),
            Self::Retry { after, scope, .. } => {
                Err(SendError::Retry { code: "STUB_RETRY".into(), message, after, scope })
            }
            Self::Refuse { code } => Err(SendError::Refused { code, message }),
            Self::RefuseAccount { code } => Err(SendError::AccountRefused { code, message }),
            Self::NeverAnswer => Err(SendError::Unknown { message }),
        }
    }
}
