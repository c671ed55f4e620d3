//! The one trait that a network implements.

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use serde_json::{Map, Value};

use crate::{
    Account, Capabilities, ChannelStatus, LocateError, MediaLocation, MediaSource, Outgoing, OutgoingChange, Parcel,
    SendError, Sent, Template, Thread,
};

/// A connection to one kind of outside network. Built once per process; accounts are passed to each call.
#[async_trait]
pub trait Network: Send + Sync + 'static {
    /// Name in `channels.provider` and in webhook paths: `telegram`, `waba`, `bridge`, `webchat`, `api`.
    fn provider(&self) -> &'static str;

    fn capabilities(&self) -> &Capabilities;

    /// Checks the form of credentials, with no input or output.
    ///
    /// # Errors
    /// One entry per wrong field, for the user.
    fn validate(&self, credentials: &Value) -> Result<Validated, Vec<CredentialError>>;

    /// Decides whether a delivery is genuine, over its raw bytes and in constant time. `account` is `None` on an
    /// address that serves all accounts of the network.
    ///
    /// # Errors
    /// [`Rejection::Unauthorized`] for anything that is not proven.
    fn verify(&self, request: &WebhookRequest<'_>, account: Option<&Account>) -> Result<(), Rejection>;

    /// Answers a subscription challenge (Meta's GET): the text to send back.
    ///
    /// # Errors
    /// [`Rejection::Malformed`] where parameters are missing or doubled, [`Rejection::Forbidden`] where the token is wrong.
    fn challenge(&self, _query: &str, _account: Option<&Account>) -> Result<String, Rejection> {
        Err(Rejection::NotFound)
    }

    /// Reads a body. Pure, total and bounded: strange items come out as `Incoming::Unknown`, in their place. Also used for
    /// polled updates and for replaying dead letters.
    ///
    /// # Errors
    /// [`Rejection::NotJson`] only.
    fn parse(&self, body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection>;

    /// The body as it may be kept: without the credentials that some products write into it.
    fn redact(&self, body: Bytes) -> Bytes {
        body
    }

    /// Asks the network whether the account works, and tells it where to deliver. Called after a channel is created or
    /// changed and at start-up; must be repeatable.
    async fn open(&self, account: &Account) -> Result<Opened, OpenError>;

    /// Tells the network to stop delivering. Called once when a channel is deleted; failing is not fatal.
    async fn close(&self, _account: &Account) {}

    /// Asks for updates once, waiting at the network for up to 25 s. `offset` is what the last stored batch returned.
    /// Calling it again confirms what came before, so the caller stores first.
    async fn poll(&self, _account: &Account, _offset: Option<i64>) -> Result<Polled, PollError> {
        Err(PollError::Stopped { message: "this network is not polled".into() })
    }

    /// Hands one message over. Must not try again by itself, and must give up within 30 s.
    async fn send(&self, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError>;

    /// Tells the network that all up to the thread's newest message was read. Best effort.
    async fn mark_read(&self, _account: &Account, _thread: &Thread) {}

    /// Shows the customer that somebody types, or no longer does. Best effort; repeated every 4 s while it lasts.
    async fn typing(&self, _account: &Account, _thread: &Thread, _is_typing: bool) {}

    /// Answers what the network waits for an answer to, such as a pressed button
    /// ([`crate::IncomingMessage::acknowledge`]). Called once the message is stored. Best effort.
    async fn acknowledge(&self, _account: &Account, _token: &str) {}

    /// Changes a message that the network has: edits or deletes ours, reacts to any. Repeating it does no harm. Called only
    /// for what [`Capabilities::does`] names.
    async fn change(&self, _account: &Account, _change: &OutgoingChange) -> Result<(), SendError> {
        Err(SendError::Refused { code: "UNSUPPORTED".into(), message: "this network changes no messages".into() })
    }

    /// Says where an incoming file is fetched from. Asked again before every try, since addresses expire. Credentials go
    /// into the headers of addresses whose origin was configured, or that the network's documentation names, and no others.
    async fn locate(&self, _account: &Account, source: &MediaSource) -> Result<MediaLocation, LocateError> {
        MediaLocation::plain(source)
    }

    /// The templates of the account, all of them.
    async fn templates(&self, _account: &Account) -> Result<Vec<Template>, OpenError> {
        Ok(Vec::new())
    }

    /// How the account is, asked every [`Capabilities::checkup`].
    async fn check_up(&self, account: &Account) -> Result<Opened, OpenError> {
        self.open(account).await
    }
}

/// A delivery as it came over HTTP.
#[derive(Debug, Clone, Copy)]
pub struct WebhookRequest<'a> {
    pub headers: &'a HeaderMap,
    pub body: &'a Bytes,
    pub now: DateTime<Utc>,
}

/// Why a delivery is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("signature or secret is missing or wrong")]
    Unauthorized,
    #[error("wrong verify token")]
    Forbidden,
    #[error("parameters are missing or repeated")]
    Malformed,
    #[error("body is not JSON")]
    NotJson,
    #[error("this network has no such address")]
    NotFound,
}

/// Credentials in the form that is stored.
#[derive(Debug, Clone)]
pub struct Validated {
    pub credentials: Value,
    /// What the account is called at the network (bot id, phone number id): one channel each, over all organizations.
    pub identity: Option<String>,
    /// What several accounts share at the network (Meta's WABA id): news of it concern them all.
    pub business: Option<String>,
}

/// A wrong field of the credentials; `field` without the `credentials.` prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialError {
    pub field: &'static str,
    pub message: String,
}

/// What the network said when an account was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    pub status: ChannelStatus,
    /// Something the administrator should mend though the channel works.
    pub warning: Option<String>,
    /// What to show for pairing.
    pub qr: Option<String>,
    /// What is worth showing of the account (`name`, `phone`, `quality`, `pendingUpdates` …): merged into what is known,
    /// null removes.
    pub facts: Map<String, Value>,
}

impl Opened {
    /// An account of which there is nothing to say but its state.
    #[must_use]
    pub fn plain(status: ChannelStatus) -> Self {
        Self { status, warning: None, qr: None, facts: Map::new() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The network said no: shown until the channel is changed.
    #[error("{message}")]
    Refused { message: String },
    /// Could not be asked: tried again.
    #[error("{message}")]
    Unreachable { message: String },
}

/// Updates of one poll, oldest first, each a body for [`Network::parse`].
#[derive(Debug, Clone)]
pub struct Polled {
    pub bodies: Vec<Bytes>,
    /// To store with the bodies and to hand to the next poll.
    pub next_offset: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// Try again, not before `after`.
    #[error("{message}")]
    Retry { message: String, after: Option<std::time::Duration> },
    /// Another poller or a webhook has the account: back off and say so.
    #[error("{message}")]
    Conflict { message: String },
    /// The account is refused: stop until the channel is changed.
    #[error("{message}")]
    Stopped { message: String },
}
