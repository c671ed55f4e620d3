//! What handlers work with; cheap to clone.

use axum::extract::FromRef;

use tokio_util::sync::CancellationToken;

use super::limit::Limits;
use super::webhooks::Room;
use crate::inbox::Inbox;
use crate::operator::gate::Gate;
use crate::operator::password::Passwords;

/// The parts of the HTTP door; a handler takes `State<HttpState>`, or one part alone.
#[derive(Clone, FromRef)]
pub struct HttpState {
    pub inbox: Inbox,
    pub gate: Gate,
    pub limits: Limits,
    pub passwords: Passwords,
    pub room: Room,
    /// Cancelled when the node stops: who waits for something else than work in flight, waits no longer.
    pub draining: CancellationToken,
}

impl HttpState {
    /// The gate is handed in, since the socket door has the same.
    #[must_use]
    pub fn new(inbox: Inbox, gate: Gate) -> Self {
        let limits = Limits::new(inbox.config.rate_limit, inbox.config.trusted_proxies.clone());
        Self {
            inbox,
            gate,
            limits,
            passwords: Passwords::default(),
            room: Room::default(),
            draining: CancellationToken::new(),
        }
    }
}
