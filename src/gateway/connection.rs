//! One connection: who it is, what waits for its peer, and how it ends.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio::sync::{OnceCell, mpsc};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::id::{ChatId, OrganizationId};
use crate::inbox::live::Typist;
use crate::meter::Meter;
use crate::operator::{Caller, Who};
use crate::presence;

/// Texts that may wait for a peer, and their bytes; with more it is let go, and comes back with its cursor.
const MOST_WAITING: usize = 1_024;
const MOST_WAITING_BYTES: usize = 512 * 1024;

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The peer left, or its line broke.
    Gone,
    /// No sign of life after a ping.
    Silent,
    InvalidToken,
    TooManyMessages,
    TooLarge,
    /// It broke the protocol of WebSockets.
    Broken,
    /// It takes less than it is told.
    TooSlow,
    /// The store cannot be asked.
    Unavailable,
    Stopping,
}

impl Ending {
    /// What the peer is told, where it is told anything.
    #[must_use]
    pub fn goodbye(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Gone | Self::Silent => return None,
            Self::InvalidToken => (CloseCode::Policy, "Invalid token"),
            Self::TooManyMessages => (CloseCode::Policy, "Too many messages"),
            Self::TooLarge => (CloseCode::Size, "Message too large"),
            Self::Broken => (CloseCode::Protocol, "Protocol error"),
            Self::TooSlow | Self::Unavailable => (CloseCode::Again, "Try again later"),
            Self::Stopping => (CloseCode::Away, "Going away"),
        };
        Some(CloseFrame { code, reason: reason.into() })
    }
}

pub struct Connection {
    /// Our own: clients never see it.
    pub id: Uuid,
    pub organization_id: OrganizationId,
    caller: RwLock<Arc<Caller>>,
    waiting: mpsc::Sender<Message>,
    waiting_bytes: AtomicUsize,
    ending: OnceLock<Ending>,
    ended: CancellationToken,
    pub meter: Mutex<Meter>,
    /// The user's or visitor's name as others see it, once it was needed.
    pub name: OnceCell<String>,
}

impl Connection {
    /// A connection and what it has to send; the receiver calls [`Connection::took`].
    #[must_use]
    pub fn new(caller: Caller) -> (Arc<Self>, mpsc::Receiver<Message>) {
        let (waiting, outgoing) = mpsc::channel(MOST_WAITING);
        let connection = Self {
            id: Uuid::now_v7(),
            organization_id: caller.organization_id,
            caller: RwLock::new(Arc::new(caller)),
            waiting,
            waiting_bytes: AtomicUsize::new(0),
            ending: OnceLock::new(),
            ended: CancellationToken::new(),
            meter: Mutex::default(),
            name: OnceCell::new(),
        };
        (Arc::new(connection), outgoing)
    }

    #[must_use]
    pub fn caller(&self) -> Arc<Caller> {
        Arc::clone(&self.caller.read())
    }

    pub fn set_caller(&self, caller: Arc<Caller>) {
        *self.caller.write() = caller;
    }

    /// The only chat that a visitor may see; `None` for everybody else.
    #[must_use]
    pub fn own_chat(&self) -> Option<ChatId> {
        match self.caller.read().who {
            Who::Guest { chat_id, .. } => Some(chat_id),
            Who::User { .. } | Who::ApiKey { .. } => None,
        }
    }

    /// Who types here; nobody with an API key.
    #[must_use]
    pub fn typist(&self) -> Option<Typist> {
        match self.caller.read().who {
            Who::User { id, .. } => Some(Typist::User(id)),
            Who::Guest { contact_id, .. } => Some(Typist::Contact(contact_id)),
            Who::ApiKey { .. } => None,
        }
    }

    /// How this connection counts as present: a user's alone.
    #[must_use]
    pub fn present(&self) -> Option<presence::Connection> {
        let user_id = self.caller.read().user_id()?;
        Some(presence::Connection { id: self.id, organization_id: self.organization_id, user_id })
    }

    /// Sends a text as soon as the peer reads; `false` where the connection ends, which it does when too much waits.
    pub fn say(&self, text: Utf8Bytes) -> bool {
        self.send(Message::Text(text))
    }

    /// Asks for a sign of life.
    pub fn ping(&self) {
        self.send(Message::Ping(Vec::new().into()));
    }

    fn send(&self, message: Message) -> bool {
        let bytes = message.len();
        let waiting = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if self.ended.is_cancelled() || waiting > MOST_WAITING_BYTES || self.waiting.try_send(message).is_err() {
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            if self.end(Ending::TooSlow) {
                tracing::debug!(connection = %self.id, waiting, "a connection reads too slowly");
            }
            return false;
        }
        true
    }

    /// A message was handed to the line.
    pub fn took(&self, message: &Message) {
        self.waiting_bytes.fetch_sub(message.len(), Ordering::Relaxed);
    }

    /// Ends the connection; `false` where it ends already, for another reason perhaps.
    pub fn end(&self, ending: Ending) -> bool {
        let first = self.ending.set(ending).is_ok();
        self.ended.cancel();
        first
    }

    /// Waits for [`Connection::end`].
    pub async fn ended(&self) -> Ending {
        self.ended.cancelled().await;
        self.ending.get().copied().unwrap_or(Ending::Gone)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
pub mod tests {
    use super::*;
    use crate::id::ApiKeyId;
    use crate::operator::Role;

    pub fn caller() -> Caller {
        let who = Who::ApiKey { id: ApiKeyId::new(), role: Role::User };
        Caller { organization_id: OrganizationId::new(), who, expires_at: None }
    }

    #[tokio::test]
    async fn a_peer_for_whom_too_many_or_too_large_texts_wait_is_let_go() {
        let (many, _outgoing) = Connection::new(caller());
        assert!((0..MOST_WAITING).all(|_| many.say("x".into())));
        assert!(!many.say("x".into()));
        assert_eq!(many.ended().await, Ending::TooSlow);

        let (large, mut outgoing) = Connection::new(caller());
        let text = Utf8Bytes::from("x".repeat(MOST_WAITING_BYTES / 2));
        assert!(large.say(text.clone()) && large.say(text.clone()));
        large.took(&outgoing.recv().await.unwrap());
        assert!(large.say(text.clone()), "what was taken waits no longer");
        assert!(!large.say(text));
        assert!(!large.end(Ending::Stopping), "the first reason stays");
        assert_eq!(large.ended().await, Ending::TooSlow);
    }
}
