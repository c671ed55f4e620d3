//! How a connection begins and ends: the token is proven before the namespace answers, then the welcome, what was
//! missed, and the live flow, in this order.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::SocketRef;
use socketioxide::handler::{ConnectHandler, FromConnectParts};
use socketioxide::socket::Socket;

use super::Door;
use super::client::{Client, Unsent};
use super::crowd::{Crowd, Start};
use super::hear::{self, Ears};
use super::line::Line;
use super::payload::{
    Connected, ConnectedInSnake, ErrorInSnake, Refusal, SyncReason, SyncRequired, SyncRequiredInSnake,
};
use super::replay::{Missed, Sees};
use super::space::{Audience, Space};
use crate::chat;
use crate::error::Error;
use crate::event::room;
use crate::id::UserId;
use crate::operator::{Caller, Who};
use crate::time::Millis;

/// How long a peer that was turned away may stay on the line.
const LINGER: Duration = Duration::from_secs(5);

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

/// Noted with a connection whose token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TurnedAway(Refused);

impl Door {
    async fn admit(self: &Arc<Self>, space: Space, arrival: &Arrival) -> Result<(), Refused> {
        let proven = self.prove(space, arrival).await.inspect_err(|refused| {
            let whose = arrival.token().and_then(|token| self.gate.signed_for(token));
            self.inbox.counts.refused(whose, refused.reason());
        });
        let caller = match proven {
            Ok(caller) => caller,
            Err(refused) if space.refuses_by_event() && refused != Refused::Unavailable => {
                arrival.socket.extensions.insert(TurnedAway(refused));
                return Ok(());
            }
            Err(refused) => return Err(refused),
        };
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
        match &caller.who {
            Who::Guest { .. } if !space.lets_visitors_in() => Err(Refused::Forbidden),
            Who::Guest { .. } | Who::User { .. } | Who::ApiKey { .. } => Ok(caller),
        }
    }

    /// Says why, and goodbye; a peer that stays on the line without any namespace is cut off.
    async fn turn_away(&self, arrival: &Arrival) {
        let timestamp = Millis(self.inbox.clock.now());
        let refusal = Refusal::of(Space::Conversation, &Error::Unauthorized);
        let socket = &arrival.socket;
        let line = socket.req_parts().extensions.get::<Arc<Line>>().cloned();
        let told = socket.emit("error", &ErrorInSnake { refusal, timestamp });
        if told.is_err() || SocketRef::from(Arc::clone(socket)).disconnect().is_err() {
            line.iter().for_each(|line| line.cut());
            return;
        }
        tokio::time::sleep(LINGER).await;
        if !self.registry.has_session(socket.id) {
            line.iter().for_each(|line| line.cut());
        }
    }

    async fn welcome(self: &Arc<Self>, arrival: &Arrival) {
        if arrival.socket.extensions.get::<TurnedAway>().is_some() {
            return self.turn_away(arrival).await;
        }
        let Some(client) = arrival.socket.extensions.get::<Arc<Client>>() else { return };
        let Some(crowd) = self.registry.enter(&client, &first_rooms(&client)) else { return };
        self.inbox.counts.connected(client.organization_id, arrival.cursor().is_some());
        match self.bring_up_to_date(&crowd, &client, arrival).await {
            Ok(()) => {
                self.come(&client).await;
                hear::begin(self, &client).await;
            }
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
        arrival: &Arrival,
    ) -> Result<(), Failed> {
        let _turn = client.replaying.lock().await;
        self.listen(crowd).await?;
        if let Some(chat_id) = client.visited_chat() {
            let chat =
                chat::store::find(&self.inbox.pool, client.organization_id, chat_id).await.map_err(Error::from)?;
            crowd.assign_visitor(client, chat.and_then(|chat| chat.assigned_user_id).map(UserId));
        }
        client.patiently(|| self.tell_connected(client)).await?;
        let renewed = client.space.refuses_by_event() && arrival.auth["reason"] == "token_refresh";
        let reason = |usual| if renewed { SyncReason::TokenRefresh } else { usual };
        let (start, reason) = match arrival.cursor() {
            None => (Start::Now { at_least: 0 }, reason(SyncReason::ConnectionEstablished)),
            Some(cursor) => match self.missed(client, &cursor).await? {
                Missed::After(after) => {
                    let reason = reason(SyncReason::Reconnection);
                    let last = |position, sent| self.tell_sync(client, reason, Some(sent), position);
                    self.replay(crowd, client, after, Sees::All, last).await?;
                    return Ok(());
                }
                Missed::Gap { now } => (Start::Now { at_least: now }, SyncReason::Gap),
            },
        };
        let last = |position| self.tell_sync(client, reason, None, position);
        client.patiently(|| crowd.go_live(client, start, last)).await?;
        Ok(())
    }

    fn tell_connected(&self, client: &Client) -> Result<(), Unsent> {
        let (socket_id, timestamp) = (client.id, Millis(self.inbox.clock.now()));
        match client.space {
            Space::Operators => {
                client.tell("connected", &Connected { socket_id, user_id: client.user_id(), timestamp })
            }
            Space::Conversation | Space::Notifications => {
                client.tell("connected", &ConnectedInSnake { socket_id, user_id: client.person(), timestamp })
            }
        }
    }

    /// Says `sync:required` to a connection that has seen everything up to a position.
    ///
    /// # Errors
    /// [`Unsent`].
    pub fn tell_sync(
        &self,
        client: &Client,
        reason: SyncReason,
        replayed: Option<u64>,
        position: i64,
    ) -> Result<(), Unsent> {
        let (cursor, timestamp) = (self.cursor(client, position), Millis(self.inbox.clock.now()));
        match client.space {
            Space::Operators => {
                let user_id = client.user_id();
                client.tell("sync:required", &SyncRequired { user_id, reason, replayed, cursor, timestamp })
            }
            Space::Conversation | Space::Notifications => {
                let user_id = client.person();
                client.tell("sync:required", &SyncRequiredInSnake { user_id, reason, replayed, cursor, timestamp })
            }
        }
    }

    /// A position as this connection may hold it.
    pub fn cursor(&self, client: &Client, position: i64) -> String {
        match client.visited_chat() {
            Some(chat_id) => self.inbox.cursors.seal(chat_id, position),
            None => self.inbox.cursors.write(client.organization_id, position),
        }
    }

    /// Forgets a connection that has ended.
    fn part(&self, client: &Client) {
        if let Some(crowd) = self.registry.leave(client) {
            self.release(&crowd);
        }
        self.inbox.typists.leave(client.id);
        self.go(client);
    }

    /// Ends a connection. A polling session that is not polled ends by its missing heartbeat, 25 s later at the most; it
    /// is forgotten at once.
    pub fn hang_up(&self, client: &Client) {
        if !client.hang_up() {
            self.part(client);
        }
    }
}

/// The rooms that a connection is in without asking: a visitor's is its chat, and notifications are a user's own.
fn first_rooms(client: &Client) -> Vec<String> {
    let own = client.user_id().map(room::user);
    match client.audience() {
        Audience::Operators | Audience::Members => {
            [room::organization(client.organization_id)].into_iter().chain(own).collect()
        }
        Audience::Visitors => client.visited_chat().map(room::chat).into_iter().collect(),
        Audience::Notified => own.into_iter().collect(),
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
