//! One connection to a namespace: who it is, what it may be sent now, and how a prepared payload reaches it.
//! Its id is our own: the library's session id is a polling client's only credential and is shown to nobody.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use serde::Serialize;
use serde_json::value::RawValue;
use socketioxide::extract::SocketRef;
use socketioxide::socket::{Sid, Socket};
use socketioxide::{SendError, SocketError, TransportType};
use tokio::time::Instant;
use uuid::Uuid;

use super::hear::Heard;
use super::line::{Line, Lines, MARK, Mark};
use super::look::Looks;
use super::packet::{self, Packet};
use super::payload;
use super::space::{Audience, Space};
use crate::clock::Clock;
use crate::error::Error;
use crate::id::{ChatId, OrganizationId, UserId};
use crate::inbox::live::Typist;
use crate::meter::Meter;
use crate::operator::{Caller, Who};
use crate::presence::Connection;
use crate::time::Millis;

/// Bytes that may wait for a peer; past them it is as full as with all of the library's places taken.
const MOST_UNSENT_BYTES: usize = 512 * 1024;
/// How long a peer may take nothing before it is let go.
const PATIENCE: Duration = Duration::from_secs(5);
const NEXT_LOOK: Duration = Duration::from_millis(20);

/// Where a connection stands in its organization's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Not in the live flow: it has just come, or is being replayed to.
    Apart,
    /// Told every event after `after`, as it comes.
    Live { after: i64 },
    /// Its buffer was full: it has seen all up to `after`, and is given the rest as it reads.
    Lagging { after: i64 },
}

/// Why something was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// As much waits for the peer as may.
    Full,
    Gone,
}

/// Which of some events were sent, and why not the rest.
pub struct Passed {
    pub first: usize,
    pub end: usize,
    pub unsent: Option<Unsent>,
}

pub struct Client {
    pub id: Uuid,
    pub space: Space,
    /// The transport connection, which may be in several namespaces; a polling client's credential: shown to nobody.
    pub session: Sid,
    pub organization_id: OrganizationId,
    /// Weak, since the socket keeps its handlers and they keep the client.
    socket: Weak<Socket>,
    /// Held while something is sent, so that there is one order.
    direct: Mutex<Option<Direct>>,
    lines: Lines,
    clock: Clock,
    caller: RwLock<Arc<Caller>>,
    gone: AtomicBool,
    pub flow: Mutex<Flow>,
    /// Held by whoever replays.
    pub replaying: tokio::sync::Mutex<()>,
    /// The chats whose members it looks at.
    pub looks: Looks,
    pub heard: Mutex<Heard>,
    pub meter: Mutex<Meter>,
    /// The user's name as others see it, once it was needed.
    pub name: tokio::sync::OnceCell<String>,
}

impl Client {
    pub fn new(socket: &Arc<Socket>, space: Space, caller: Caller, lines: Lines, clock: Clock) -> Self {
        Self {
            id: Uuid::now_v7(),
            space,
            session: socket.id,
            organization_id: caller.organization_id,
            socket: Arc::downgrade(socket),
            direct: Mutex::default(),
            lines,
            clock,
            caller: RwLock::new(Arc::new(caller)),
            gone: AtomicBool::new(false),
            flow: Mutex::new(Flow::Apart),
            replaying: tokio::sync::Mutex::default(),
            looks: Looks::default(),
            heard: Mutex::default(),
            meter: Mutex::default(),
            name: tokio::sync::OnceCell::new(),
        }
    }

    pub fn caller(&self) -> Arc<Caller> {
        Arc::clone(&self.caller.read())
    }

    /// Those who are told the same.
    pub fn audience(&self) -> Audience {
        self.space.audience(&self.caller.read())
    }

    /// Whether it is a web-chat visitor's.
    pub fn is_visitor(&self) -> bool {
        self.visited_chat().is_some()
    }

    /// The chat of a web-chat visitor.
    pub fn visited_chat(&self) -> Option<ChatId> {
        match self.caller.read().who {
            Who::Guest { chat_id, .. } => Some(chat_id),
            Who::User { .. } | Who::ApiKey { .. } => None,
        }
    }

    /// Who it is to others: a user's id, a visitor's contact id; `None` for API keys.
    pub fn person(&self) -> Option<Uuid> {
        match self.caller.read().who {
            Who::User { id, .. } => Some(id.0),
            Who::Guest { contact_id, .. } => Some(contact_id.0),
            Who::ApiKey { .. } => None,
        }
    }

    /// The connection as presence knows it; visitors and API keys are nobody there.
    pub fn connection(&self) -> Option<Connection> {
        let (id, organization_id) = (self.id, self.organization_id);
        self.user_id().map(|user_id| Connection { id, organization_id, user_id })
    }

    /// The user of this connection; `None` for API keys and visitors.
    pub fn user_id(&self) -> Option<UserId> {
        self.caller.read().user_id()
    }

    /// Whether it is somebody's connection.
    pub fn is(&self, typist: Typist) -> bool {
        match (&self.caller.read().who, typist) {
            (Who::User { id, .. }, Typist::User(user_id)) => *id == user_id,
            (Who::Guest { contact_id, .. }, Typist::Contact(id)) => *contact_id == id,
            _ => false,
        }
    }

    pub fn set_caller(&self, caller: Arc<Caller>) {
        *self.caller.write() = caller;
    }

    /// Sends a payload that is JSON already: it is copied, never read.
    ///
    /// # Errors
    /// [`Unsent`]; nothing waits.
    pub fn say(&self, event: &str, data: &RawValue) -> Result<(), Unsent> {
        self.send(&Packet::new(self.space, event, data))
    }

    /// Sends what is told to others as well.
    ///
    /// # Errors
    /// As [`Client::say`].
    pub fn send(&self, packet: &Packet<'_>) -> Result<(), Unsent> {
        match self.send_all([packet]) {
            (_, Some(unsent)) => Err(unsent),
            (_, None) => Ok(()),
        }
    }

    /// Sends events of the journal where this connection is live and has not seen them, by their positions. Without room it
    /// falls behind.
    pub fn pass_on(&self, events: &[(i64, &Packet<'_>)]) -> Passed {
        let mut flow = self.flow.lock();
        let Flow::Live { after } = *flow else { return Passed { first: 0, end: 0, unsent: None } };
        let first = events.partition_point(|(position, _)| *position <= after);
        let (sent, unsent) = self.send_all(events[first..].iter().map(|(_, packet)| *packet));
        if unsent == Some(Unsent::Full) {
            *flow = Flow::Lagging { after: events[first + sent].0 - 1 };
        }
        Passed { first, end: first + sent, unsent }
    }

    /// Sends packets in order: how many, and why not all.
    fn send_all<'a, 'b: 'a>(&self, packets: impl IntoIterator<Item = &'a Packet<'b>>) -> (usize, Option<Unsent>) {
        let Some(socket) = self.socket.upgrade() else { return (0, Some(Unsent::Gone)) };
        let mut direct = self.direct.lock();
        match self.direct(&mut direct, &socket) {
            Ok(Some(direct)) => direct.send(packets.into_iter().map(Packet::frame)),
            Ok(None) => {
                let mut sent = 0;
                for packet in packets {
                    if let Err(error) = socket.emit(packet.event, packet.data) {
                        return (sent, Some(unsent(error)));
                    }
                    sent += 1;
                }
                (sent, None)
            }
            Err(unsent) => (0, Some(unsent)),
        }
    }

    pub fn is_live(&self) -> bool {
        matches!(*self.flow.lock(), Flow::Live { .. })
    }

    /// Whether the connection has ended; it never comes back.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    pub fn set_gone(&self) {
        self.gone.store(true, Ordering::Release);
    }

    /// Sends something small.
    ///
    /// # Errors
    /// As [`Client::say`].
    pub fn tell(&self, event: &str, data: &impl Serialize) -> Result<(), Unsent> {
        match serde_json::value::to_raw_value(data) {
            Ok(data) => self.say(event, &data),
            Err(error) => {
                tracing::error!(%error, event, "a payload is no JSON");
                Ok(())
            }
        }
    }

    /// Says what went wrong: on `/` as `chat:error` where a chat was named, else as `app:error`; as `error` elsewhere.
    pub fn complain(&self, chat_id: Option<String>, error: &Error) {
        let refusal = payload::Refusal::of(self.space, error);
        let timestamp = Millis(self.clock.now());
        // an error that finds no room is no loss: the acknowledgement says the same
        let _ = match self.space {
            Space::Operators => {
                let event = if chat_id.is_some() { "chat:error" } else { "app:error" };
                let payload::Refusal { code, message } = refusal;
                self.tell(event, &payload::SocketError { chat_id, code, message, timestamp })
            }
            Space::Conversation | Space::Notifications => {
                self.tell("error", &payload::ErrorInSnake { refusal, timestamp })
            }
        };
    }

    /// Acknowledges what was asked for with this id.
    ///
    /// # Errors
    /// As [`Client::say`].
    pub fn acknowledge(&self, id: Option<i64>, ack: &impl Serialize) -> Result<(), Unsent> {
        use socketioxide::extract::AckSender;
        use socketioxide::handler::FromMessageParts;
        let Some(asked) = id else { return Ok(()) };
        let ack = match serde_json::value::to_raw_value(ack) {
            Ok(ack) => ack,
            Err(error) => {
                tracing::error!(%error, "an acknowledgement is no JSON");
                return Ok(());
            }
        };
        let socket = self.socket.upgrade().ok_or(Unsent::Gone)?;
        let mut direct = self.direct.lock();
        if let Some(direct) = self.direct(&mut direct, &socket)? {
            return direct.send([packet::acknowledgement(self.space, asked, &ack)]).1.map_or(Ok(()), Err);
        }
        // the library takes a sender by value, so a new one is made for each attempt
        let mut nothing = socketioxide_core::Value::Str("".into(), None);
        match AckSender::from_message_parts(&socket, &mut nothing, &id) {
            Ok(sender) => sender.send(&ack).map_err(unsent),
            Err(never) => match never {},
        }
    }

    /// Tries again while there is no room, until the peer has taken nothing for 5 s.
    ///
    /// # Errors
    /// [`Unsent::Full`] after that; the caller lets the connection go.
    pub async fn patiently<T>(&self, mut attempt: impl FnMut() -> Result<T, Unsent>) -> Result<T, Unsent> {
        let mut full_since = None;
        loop {
            match attempt() {
                Err(Unsent::Full) => {
                    let since = *full_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > PATIENCE {
                        return Err(Unsent::Full);
                    }
                    tokio::time::sleep(NEXT_LOOK).await;
                }
                done => return done,
            }
        }
    }

    /// Ends the connection to the namespace; `false` where the library has no room for the goodbye and there is no line
    /// to cut: a polling session whose client does not poll.
    pub fn hang_up(&self) -> bool {
        let Some(socket) = self.socket.upgrade() else { return true };
        match SocketRef::from(Arc::clone(&socket)).disconnect() {
            Ok(()) => true,
            Err(_) => {
                let line = self.line(&socket);
                line.iter().for_each(|line| line.cut());
                line.is_some() || !socket.connected()
            }
        }
    }

    /// Breaks the transport without a goodbye.
    pub fn cut(&self) {
        if let Some(line) = self.socket.upgrade().as_ref().and_then(|socket| self.line(socket)) {
            line.cut();
        }
    }

    fn line(&self, socket: &Socket) -> Option<Arc<Line>> {
        self.direct.lock().as_ref().map(|direct| Arc::clone(&direct.line)).or_else(|| self.find_line(socket))
    }

    fn find_line(&self, socket: &Socket) -> Option<Arc<Line>> {
        let born_with = || socket.req_parts().extensions.get::<Arc<Line>>().cloned();
        let upgraded = socket.transport_type() == TransportType::Websocket;
        upgraded.then(|| born_with().or_else(|| self.lines.of(socket.id))).flatten()
    }

    /// The way past the library; `None` for whoever polls. It begins where the library has written a mark, so that nothing
    /// overtakes what was sent before.
    fn direct<'a>(&self, direct: &'a mut Option<Direct>, socket: &Socket) -> Result<Option<&'a Direct>, Unsent> {
        if direct.is_none()
            && let Some(line) = self.find_line(socket)
        {
            let mark = line.mark();
            if let Err(error) = socket.emit(MARK.as_str(), &mark.0) {
                line.unmark(mark);
                return Err(unsent(error));
            }
            *direct = Some(Direct { line, mark });
        }
        Ok(direct.as_ref())
    }
}

/// A connection's line, on which it sends under a mark.
struct Direct {
    line: Arc<Line>,
    mark: Mark,
}

impl Direct {
    /// Sends frames in order while there is room: how many, and why not all.
    fn send(&self, frames: impl IntoIterator<Item = Bytes>) -> (usize, Option<Unsent>) {
        let mut room = MOST_UNSENT_BYTES.checked_sub(self.line.unsent_bytes());
        let (mut sent, mut full) = (0, None);
        let fitting = frames.into_iter().map_while(|frame| {
            let Some(left) = room else {
                full = Some(Unsent::Full);
                return None;
            };
            room = left.checked_sub(frame.len());
            sent += 1;
            Some(frame)
        });
        self.line.send(self.mark, fitting);
        (sent, full)
    }
}

fn unsent(error: SendError) -> Unsent {
    match error {
        SendError::Socket(SocketError::InternalChannelFull) => Unsent::Full,
        SendError::Socket(SocketError::Closed) => Unsent::Gone,
        SendError::Serialize(error) => {
            tracing::error!(%error, "a payload could not be encoded");
            Unsent::Gone
        }
    }
}
