//! All that is told and said on `/`, each with the type of its payload: what the documents and the figures are made from.

use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::payload::{
    AuthRefresh, ChatAck, ChatDelta, ChatNamed, Connected, Done, OwnChat, ReadUpTo, Refused, Resync, Resynced,
    SocketError, SyncRequired, Typing,
};
use crate::channel::Channel;
use crate::chat::Chat;
use crate::event::{ChatDeleted, MessageNew, MessageStatusChange, MessagesRead, ProfileUpdated};
use crate::message::Message;

/// The schema of a payload, with those that it names.
#[derive(Clone, Copy)]
pub struct Shape(fn() -> Vec<(String, RefOr<Schema>)>);

impl Shape {
    const fn of<T: ToSchema>() -> Self {
        Self(|| {
            let mut schemas = vec![(T::name().into_owned(), T::schema())];
            T::schemas(&mut schemas);
            schemas
        })
    }

    /// The payload's own schema first.
    pub fn schemas(self) -> Vec<(String, RefOr<Schema>)> {
        (self.0)()
    }
}

/// What servers tell.
pub struct Told {
    pub event: &'static str,
    pub to: &'static str,
    pub journalled: bool,
    pub shape: Shape,
    pub summary: &'static str,
}

/// What clients say, and how it is acknowledged where it is not refused.
pub struct Asked {
    pub event: &'static str,
    pub shape: Shape,
    pub ack: Shape,
    pub summary: &'static str,
}

/// What every refusal looks like.
pub const REFUSED: Shape = Shape::of::<Refused>();

const fn fact(event: &'static str, to: &'static str, shape: Shape, summary: &'static str) -> Told {
    Told { event, to, journalled: true, shape, summary }
}

const fn passing(event: &'static str, to: &'static str, shape: Shape, summary: &'static str) -> Told {
    Told { event, to, journalled: false, shape, summary }
}

const fn asked(event: &'static str, shape: Shape, ack: Shape, summary: &'static str) -> Asked {
    Asked { event, shape, ack, summary }
}

const ORGANIZATION: &str = "org_{organizationId}";
const WITH_CHAT: &str = "org_{organizationId}, chat_{chatId}";
const CHAT: &str = "chat_{chatId}";
const SOCKET: &str = "the socket";

pub const TOLD: &[Told] = &[
    passing("connected", SOCKET, Shape::of::<Connected>(), "The connection is made"),
    passing("sync:required", SOCKET, Shape::of::<SyncRequired>(), "Look at what you have: live events follow"),
    fact("chat:new", ORGANIZATION, Shape::of::<Chat>(), "A chat was begun"),
    fact("message:new", WITH_CHAT, Shape::of::<MessageNew>(), "A message came or was sent"),
    fact("message:updated", WITH_CHAT, Shape::of::<Message>(), "An edit, a reaction, a file that is ready, a deletion"),
    fact("message:status", WITH_CHAT, Shape::of::<MessageStatusChange>(), "An answer came further, or failed"),
    fact("chat:updated", ORGANIZATION, Shape::of::<Chat>(), "Status, assignee, labels or the like changed"),
    fact("messages:read", ORGANIZATION, Shape::of::<MessagesRead>(), "All up to a message was read"),
    fact("chat:deleted", ORGANIZATION, Shape::of::<ChatDeleted>(), "A chat is gone"),
    fact("channel:updated", ORGANIZATION, Shape::of::<Channel>(), "A channel changed; `qr` while it is paired"),
    fact("user:profile:updated", ORGANIZATION, Shape::of::<ProfileUpdated>(), "A member looks different"),
    passing("typing:start", CHAT, Shape::of::<Typing<'static>>(), "Somebody types; it ends by itself after 10 s"),
    passing("typing:stop", CHAT, Shape::of::<Typing<'static>>(), "Somebody types no more"),
    passing("me:joined:chat", SOCKET, Shape::of::<OwnChat>(), "This socket follows a chat"),
    passing("me:left:chat", SOCKET, Shape::of::<OwnChat>(), "This socket follows a chat no more"),
    passing("chat:delta:new", "chat_delta_{chatId}", Shape::of::<ChatDelta>(), "A new message, in short"),
    passing("app:error", SOCKET, Shape::of::<SocketError>(), "Something was refused, or the token is no longer good"),
    passing("chat:error", SOCKET, Shape::of::<SocketError>(), "Something was refused that named a chat"),
];

pub const ASKED: &[Asked] = &[
    asked("subscribe:chat", Shape::of::<ChatNamed>(), Shape::of::<ChatAck>(), "Follow a chat"),
    asked("unsubscribe:chat", Shape::of::<ChatNamed>(), Shape::of::<ChatAck>(), "Follow a chat no more"),
    asked("subscribe:chat:delta", Shape::of::<ChatNamed>(), Shape::of::<ChatAck>(), "Watch a chat without being in it"),
    asked("unsubscribe:chat:delta", Shape::of::<ChatNamed>(), Shape::of::<ChatAck>(), "Watch a chat no more"),
    asked("typing:start", Shape::of::<ChatNamed>(), Shape::of::<Done>(), "Tell the others in the chat that you type"),
    asked("typing:stop", Shape::of::<ChatNamed>(), Shape::of::<Done>(), "Tell them that you do not"),
    asked("messages:read", Shape::of::<ReadUpTo>(), Shape::of::<Done>(), "Read all up to a message, or all"),
    asked("resync", Shape::of::<Resync>(), Shape::of::<Resynced>(), "Send again what came after a cursor"),
    asked("auth:refresh", Shape::of::<AuthRefresh>(), Shape::of::<Done>(), "Go on with a newer token"),
];

/// A name of the list, or one for all others: a figure has a bounded number of labels, and anybody may invent events.
#[must_use]
pub fn label(event: &str) -> &'static str {
    let told = TOLD.iter().map(|told| told.event);
    told.chain(ASKED.iter().map(|asked| asked.event)).find(|known| *known == event).unwrap_or("other")
}
