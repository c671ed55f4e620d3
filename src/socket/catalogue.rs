//! All that is told and said on each namespace, each with the type of its payload: what the documents and the figures are
//! made from.

use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::conversation::payload as conversation;
use super::notifications;
use super::payload::{
    AuthRefresh, ChatAck, ChatDelta, ChatNamed, Connected, ConnectedInSnake, Done, ErrorInSnake, MemberJoined,
    MemberLeft, OnlineSnapshot, OnlineTotal, OnlineUpdated, OwnChat, Present, ReadUpTo, Refused, RefusedInSnake,
    Resync, Resynced, SocketError, SyncRequired, SyncRequiredInSnake, Typing,
};
use super::space::Space;
use crate::channel::Channel;
use crate::chat::Chat;
use crate::event::{ChatDeleted, MessageNew, MessageStatusChange, MessagesRead, ProfileUpdated};
use crate::message::Message;
use crate::notification::Notification;
use crate::ticket::Ticket;

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

/// A namespace's events.
pub struct Catalogue {
    pub space: Space,
    pub title: &'static str,
    pub told: &'static [Told],
    pub asked: &'static [Asked],
    /// What every refusal looks like.
    pub refused: Shape,
}

pub const CATALOGUES: [Catalogue; 3] = [
    Catalogue {
        space: Space::Operators,
        title: "Operators",
        told: TOLD,
        asked: ASKED,
        refused: Shape::of::<Refused>(),
    },
    Catalogue {
        space: Space::Conversation,
        title: "Conversation: visitors and operators of customer-facing apps",
        told: TOLD_IN_CONVERSATION,
        asked: ASKED_IN_CONVERSATION,
        refused: Shape::of::<RefusedInSnake>(),
    },
    Catalogue {
        space: Space::Notifications,
        title: "Notifications of a user",
        told: TOLD_OF_NOTIFICATIONS,
        asked: ASKED_OF_NOTIFICATIONS,
        refused: Shape::of::<RefusedInSnake>(),
    },
];

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
const USER: &str = "user_{userId}";
const SOCKET: &str = "the socket";
const WATCHED: &str = "chat_{chatId}, chat_delta_{chatId}";

const TOLD: &[Told] = &[
    passing("connected", SOCKET, Shape::of::<Connected>(), "The connection is made"),
    passing("sync:required", SOCKET, Shape::of::<SyncRequired>(), "Look at what you have: live events follow"),
    fact("chat:new", ORGANIZATION, Shape::of::<Chat>(), "A chat was begun"),
    fact("message:new", WITH_CHAT, Shape::of::<MessageNew>(), "A message came or was sent"),
    fact("message:updated", WITH_CHAT, Shape::of::<Message>(), "An edit, a reaction, a file that is ready, a deletion"),
    fact("message:status", WITH_CHAT, Shape::of::<MessageStatusChange>(), "An answer came further, or failed"),
    fact("chat:updated", ORGANIZATION, Shape::of::<Chat>(), "Status, assignee, labels or the like changed"),
    fact("messages:read", ORGANIZATION, Shape::of::<MessagesRead>(), "All up to a message was read"),
    fact("chat:deleted", ORGANIZATION, Shape::of::<ChatDeleted>(), "A chat is gone"),
    fact("ticket:new", ORGANIZATION, Shape::of::<Ticket>(), "A ticket was made"),
    fact("ticket:updated", ORGANIZATION, Shape::of::<Ticket>(), "A ticket changed, or its chat is gone"),
    fact("channel:updated", ORGANIZATION, Shape::of::<Channel>(), "A channel changed; `qr` while it is paired"),
    fact("user:profile:updated", ORGANIZATION, Shape::of::<ProfileUpdated>(), "A member looks different"),
    fact("user:notification", USER, Shape::of::<Notification>(), "A member is told something personally"),
    passing("typing:start", CHAT, Shape::of::<Typing<'static>>(), "Somebody types; it ends by itself after 10 s"),
    passing("typing:stop", CHAT, Shape::of::<Typing<'static>>(), "Somebody types no more"),
    passing("me:joined:chat", SOCKET, Shape::of::<OwnChat>(), "This socket follows a chat"),
    passing("me:left:chat", SOCKET, Shape::of::<OwnChat>(), "This socket follows a chat no more"),
    passing("chat:online:snapshot", SOCKET, Shape::of::<OnlineSnapshot>(), "Who is in a chat; changes follow"),
    passing("chat:member:joined", WATCHED, Shape::of::<MemberJoined<'static>>(), "A user has come into a chat"),
    passing("chat:member:left", WATCHED, Shape::of::<MemberLeft>(), "A user's last connection has left a chat"),
    passing("chat:online:updated", WATCHED, Shape::of::<OnlineUpdated>(), "How many users are in a chat"),
    passing("online:total:updated", ORGANIZATION, Shape::of::<OnlineTotal>(), "How many users are online"),
    passing("chat:delta:new", "chat_delta_{chatId}", Shape::of::<ChatDelta>(), "A new message, in short"),
    passing("app:error", SOCKET, Shape::of::<SocketError>(), "Something was refused, or the token is no longer good"),
    passing("chat:error", SOCKET, Shape::of::<SocketError>(), "Something was refused that named a chat"),
];

const ASKED: &[Asked] = &[
    asked("subscribe:chat", Shape::of::<ChatNamed>(), Shape::of::<Present>(), "Follow a chat and be present there"),
    asked("unsubscribe:chat", Shape::of::<ChatNamed>(), Shape::of::<ChatAck>(), "Follow a chat no more"),
    asked("subscribe:chat:delta", Shape::of::<ChatNamed>(), Shape::of::<Present>(), "Watch a chat without being in it"),
    asked("unsubscribe:chat:delta", Shape::of::<ChatNamed>(), Shape::of::<ChatAck>(), "Watch a chat no more"),
    asked("typing:start", Shape::of::<ChatNamed>(), Shape::of::<Done>(), "Tell the others in the chat that you type"),
    asked("typing:stop", Shape::of::<ChatNamed>(), Shape::of::<Done>(), "Tell them that you do not"),
    asked("messages:read", Shape::of::<ReadUpTo>(), Shape::of::<Done>(), "Read all up to a message, or all"),
    RESYNC,
    REFRESH,
];

const TOLD_IN_CONVERSATION: &[Told] = &[
    passing("connected", SOCKET, Shape::of::<ConnectedInSnake>(), "The connection is made"),
    passing("sync:required", SOCKET, Shape::of::<SyncRequiredInSnake>(), "Look at what you have: live events follow"),
    fact(
        "chat:message:new",
        WITH_CHAT,
        Shape::of::<conversation::Message<'static>>(),
        "A message came or was sent; operators are in their organization's room, visitors in their chat's",
    ),
    fact(
        "chat:message:updated",
        WITH_CHAT,
        Shape::of::<conversation::Message<'static>>(),
        "An edit, a deletion, a file that is ready",
    ),
    fact(
        "chat:message:delivered",
        WITH_CHAT,
        Shape::of::<conversation::Delivered<'static>>(),
        "An answer has reached the contact's device",
    ),
    fact("chat:message:read", WITH_CHAT, Shape::of::<conversation::Read<'static>>(), "All up to a message was read"),
    fact(
        "chat:message:failed",
        WITH_CHAT,
        Shape::of::<conversation::Failed<'static>>(),
        "The network did not take an answer",
    ),
    passing("chat:typing", CHAT, Shape::of::<conversation::Typing<'static>>(), "Somebody types, or no more"),
    passing("user:online", ORGANIZATION, Shape::of::<conversation::UserOnline>(), "A user's first connection came"),
    passing("user:offline", ORGANIZATION, Shape::of::<conversation::UserOnline>(), "A user's last connection ended"),
    fact("notification:new", USER, Shape::of::<notifications::New<'static>>(), "A notification of yours"),
    passing("error", SOCKET, Shape::of::<ErrorInSnake>(), "Something was refused, or the token is no longer good"),
];

const ASKED_IN_CONVERSATION: &[Asked] = &[
    asked(
        "chat:join",
        Shape::of::<conversation::ChatNamed>(),
        Shape::of::<conversation::Membership>(),
        "Be in a chat: typing is told there",
    ),
    asked(
        "chat:leave",
        Shape::of::<conversation::ChatNamed>(),
        Shape::of::<conversation::Membership>(),
        "Be there no more",
    ),
    asked(
        "chat:message:send",
        Shape::of::<conversation::Send>(),
        Shape::of::<conversation::Taken>(),
        "Say something in a chat",
    ),
    asked(
        "chat:typing",
        Shape::of::<conversation::Types>(),
        Shape::of::<conversation::Done>(),
        "Tell the others in the chat that you type, or no more",
    ),
    asked(
        "chat:message:read",
        Shape::of::<conversation::Reads>(),
        Shape::of::<conversation::Done>(),
        "Read all up to a message, or all",
    ),
    READ_NOTIFICATION,
    RESYNC,
    REFRESH,
];

const TOLD_OF_NOTIFICATIONS: &[Told] = &[
    passing("connected", SOCKET, Shape::of::<ConnectedInSnake>(), "The connection is made"),
    passing("sync:required", SOCKET, Shape::of::<SyncRequiredInSnake>(), "Look at what you have: live events follow"),
    fact("notification:new", USER, Shape::of::<notifications::New<'static>>(), "A notification of yours"),
    passing("error", SOCKET, Shape::of::<ErrorInSnake>(), "Something was refused, or the token is no longer good"),
];

const ASKED_OF_NOTIFICATIONS: &[Asked] = &[READ_NOTIFICATION, RESYNC, REFRESH];

const READ_NOTIFICATION: Asked = asked(
    "notification:read",
    Shape::of::<notifications::Named>(),
    Shape::of::<notifications::Read>(),
    "Mark a notification as read",
);
const RESYNC: Asked =
    asked("resync", Shape::of::<Resync>(), Shape::of::<Resynced>(), "Send again what came after a cursor");
const REFRESH: Asked =
    asked("auth:refresh", Shape::of::<AuthRefresh>(), Shape::of::<Done>(), "Go on with a newer token");

/// A name of the list, or one for all others: a figure has a bounded number of labels, and anybody may invent events.
#[must_use]
pub fn label(event: &str) -> &'static str {
    let told = CATALOGUES.iter().flat_map(|catalogue| catalogue.told).map(|told| told.event);
    let asked = CATALOGUES.iter().flat_map(|catalogue| catalogue.asked).map(|asked| asked.event);
    told.chain(asked).find(|known| *known == event).unwrap_or("other")
}
