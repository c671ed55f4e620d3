//! How a connection begins and ends: the token is proven before the namespace answers, then the welcome, what was
//! missed, and the live flow, in this order.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use metrics::counter;
use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::adapter::LocalAdapter;
use socketioxide::handler::{ConnectHandler, FromConnectParts};
use socketioxide::socket::Socket;

use super::Door;
use super::client::{Client, Unsent};
use super::crowd::{Crowd, Start};
use super::hear::{self, Ears};
use super::payload::{Connected, SyncReason, SyncRequired};
use super::replay::{Missed, Sees};
use super::space::Space;
use crate::error::Error;
use crate::event::room;
use crate::operator::{Caller, Who};
use crate::telemetry::names::{WEBSOCKET_CONNECTION_FAILURES_TOTAL, WEBSOCKET_RECONNECTIONS_TOTAL};
use crate::time::Millis;

/// Serves a namespace.
pub fn serve(io: &SocketIo, door: &Arc<Door>, space: Space) {
    let entering = Arc::clone(door);
    let welcome = move |arrival: Arrival| {
        let door = Arc::clone(&entering);
        async move { door.welcome(&arrival).await }
    };
    let proving = Arc::clone(door);
    let prove = move |arrival: Arrival| {
        let door = Arc::clone(&proving);
        async move { door.admit(space, &arrival).await }
    };
    io.ns(space.path(), welcome.with(prove));
}

/// A connection that is being made, with its `auth`.
struct Arrival {
    socket: Arc<Socket>,
    auth: Value,
}

impl FromConnectParts<LocalAdapter> for Arrival {
    type Error = Infallible;

    fn from_connect_parts(socket: &Arc<Socket>, auth: &Option<socketioxide_core::Value>) -> Result<Self, Infallible> {
        let auth = match auth {
            Some(socketioxide_core::Value::Str(text, _)) => serde_json::from_str(text).unwrap_or(Value::Null),
            _ => Value::Null,
        };
        Ok(Self { socket: Arc::clone(socket), auth })
    }
}

impl Arrival {
    /// The token of `auth.token`, else of the header.
    fn token(&self) -> Option<&str> {
        match &self.auth["token"] {
            Value::String(token) if !token.is_empty() => Some(token),
            Value::Null | Value::String(_) => {
                let header = self.socket.req_parts().headers.get(AUTHORIZATION)?.to_str().ok()?;
                let (scheme, token) = header.split_once(' ')?;
                Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
            }
            // there is one, and it is no token
            _ => Some(""),
        }
    }

    fn cursor(&self) -> Option<String> {
        match &self.auth["cursor"] {
            Value::Null => None,
            Value::String(cursor) if cursor.is_empty() => None,
            Value::String(cursor) => Some(cursor.clone()),
            // no cursor of ours: a gap
            other => Some(other.to_string()),
        }
    }
}

/// Why a connection is refused; its text is what the client gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    NoToken,
    InvalidToken,
    /// A visitor, for whom this namespace is not.
    Forbidden,
    Unavailable,
}

impl Refused {
    /// The label of the figure.
    const fn reason(self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::InvalidToken => "invalid_token",
            Self::Forbidden => "forbidden",
            Self::Unavailable => "internal",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoToken => "Authentication failed: No token provided",
            Self::InvalidToken | Self::Forbidden => "Authentication failed: Invalid token",
            Self::Unavailable => "The server cannot answer right now; try again",
        })
    }
}

impl Door {
    async fn admit(self: &Arc<Self>, space: Space, arrival: &Arrival) -> Result<(), Refused> {
        let caller = self.prove(space, arrival).await.inspect_err(|refused| {
            counter!(WEBSOCKET_CONNECTION_FAILURES_TOTAL, "reason" => refused.reason()).increment(1);
        })?;
        let client =
            Arc::new(Client::new(&arrival.socket, space, caller, self.lines.clone(), self.inbox.clock.clone()));
        // handlers are set before the client hears that it is connected, so that none of its events is lost
        arrival.socket.extensions.insert(Arc::clone(&client));
        arrival.socket.on_fallback(Ears { door: Arc::clone(self), client: Arc::clone(&client) });
        let door = Arc::clone(self);
        arrival.socket.on_disconnect(move || async move { door.part(&client) });
        Ok(())
    }

    async fn prove(&self, space: Space, arrival: &Arrival) -> Result<Caller, Refused> {
        let token = arrival.token().ok_or(Refused::NoToken)?;
        let caller = self.gate.authenticate(token).await.map_err(|error| match error {
            Error::Unauthorized => Refused::InvalidToken,
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "a token could not be checked");
                Refused::Unavailable
            }
        })?;
        match (space, &caller.who) {
            (Space::Operators, Who::Guest { .. }) => Err(Refused::Forbidden),
            (Space::Operators, Who::User { .. } | Who::ApiKey { .. }) => Ok(caller),
        }
    }

    async fn welcome(self: &Arc<Self>, arrival: &Arrival) {
        let Some(client) = arrival.socket.extensions.get::<Arc<Client>>() else { return };
        let caller = client.caller();
        let mut rooms = vec![room::organization(client.organization_id)];
        rooms.extend(caller.user_id().map(room::user));
        let Some(crowd) = self.registry.enter(&client, &rooms) else { return };
        match self.bring_up_to_date(&crowd, &client, arrival.cursor()).await {
            Ok(()) => hear::begin(self, &client).await,
            Err(Failed::Unsent(Unsent::Gone)) => {}
            Err(Failed::Unsent(Unsent::Full)) => self.hang_up(&client),
            Err(Failed::Ours(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a connection could not be welcomed");
                client.complain(None, &error);
                self.hang_up(&client);
            }
        }
    }

    async fn bring_up_to_date(
        self: &Arc<Self>,
        crowd: &Arc<Crowd>,
        client: &Arc<Client>,
        cursor: Option<String>,
    ) -> Result<(), Failed> {
        let _turn = client.replaying.lock().await;
        self.listen(crowd).await?;
        let connected =
            Connected { socket_id: client.id, user_id: client.user_id(), timestamp: Millis(self.inbox.clock.now()) };
        client.patiently(|| client.tell("connected", &connected)).await?;
        let sync =
            |reason, replayed, position| client.tell("sync:required", &self.sync(client, reason, replayed, position));
        let (start, reason) = match cursor {
            None => (Start::Now { at_least: 0 }, SyncReason::ConnectionEstablished),
            Some(cursor) => {
                counter!(WEBSOCKET_RECONNECTIONS_TOTAL).increment(1);
                match self.missed(client, &cursor).await? {
                    Missed::After(after) => {
                        let last = |position, sent| sync(SyncReason::Reconnection, Some(sent), position);
                        self.replay(crowd, client, after, Sees::All, last).await?;
                        return Ok(());
                    }
                    Missed::Gap { now } => (Start::Now { at_least: now }, SyncReason::Gap),
                }
            }
        };
        client.patiently(|| crowd.go_live(client, start, |position| sync(reason, None, position))).await?;
        Ok(())
    }

    /// A `sync:required` for what a connection has seen up to a position.
    pub fn sync(&self, client: &Client, reason: SyncReason, replayed: Option<u64>, position: i64) -> SyncRequired {
        SyncRequired {
            user_id: client.user_id(),
            reason,
            replayed,
            cursor: self.inbox.cursors.write(client.organization_id, position),
            timestamp: Millis(self.inbox.clock.now()),
        }
    }

    /// Forgets a connection that has ended.
    fn part(&self, client: &Client) {
        if let Some(crowd) = self.registry.leave(client) {
            self.release(&crowd);
        }
        self.typists.leave(client.id);
    }

    /// Ends a connection. A polling session that is not polled ends by its missing heartbeat, 25 s later at the most; it
    /// is forgotten at once.
    pub fn hang_up(&self, client: &Client) {
        if !client.hang_up() {
            self.part(client);
        }
    }
}

/// Why a connection was not brought up to date.
enum Failed {
    Unsent(Unsent),
    Ours(Error),
}

impl From<Unsent> for Failed {
    fn from(unsent: Unsent) -> Self {
        Self::Unsent(unsent)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}
