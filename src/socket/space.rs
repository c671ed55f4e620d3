//! The namespaces: their names, who is in them, and how each speaks of what happened.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::face::Face;
use super::look::Change;
use super::{conversation, notifications, operators};
use crate::error::Error;
use crate::event::{Cursors, Journalled, room};
use crate::id::{ChatId, MessageId};
use crate::inbox::live::{Passing, Typist};
use crate::inbox::pairing::Pairing;
use crate::operator::{Caller, Who};

/// A namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// `/`: operators.
    Operators,
    /// `/chat`: operators and visitors, in the words of customer-facing apps.
    Conversation,
    /// `/notifications`: a user's own.
    Notifications,
}

/// Those who are told the same in the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    Operators,
    /// Operators on `/chat`.
    Members,
    /// Visitors on `/chat`: their own chat, without what is for operators alone.
    Visitors,
    Notified,
}

/// An event in the words of an audience: made once per event, however many sockets are told.
#[derive(Debug, Clone)]
pub struct Saying<'a> {
    pub event: Cow<'a, str>,
    /// JSON text of an object.
    pub data: Cow<'a, str>,
    /// The operator's message that whoever is told has got by this.
    pub delivers: Option<MessageId>,
}

/// What it takes to say an event.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    pub event: &'a Journalled,
    pub pairing: &'a Pairing,
    pub cursors: &'a Cursors,
    /// Who the event's chat and sender are; empty where nobody asks.
    pub face: &'a Face,
    /// Before signed paths, so that they are absolute.
    pub public_url: &'a str,
}

/// Something passing in the words of an audience.
#[derive(Debug, Clone)]
pub struct Whisper {
    pub event: &'static str,
    /// A socket in any of them is told, once.
    pub rooms: Vec<String>,
    pub data: Box<RawValue>,
    /// Who causes it, and is not told.
    pub except: Option<Typist>,
    /// The chat whose members it changes, and the version of that.
    pub change: Option<(ChatId, i64)>,
}

impl Whisper {
    /// Nothing where the payload is no JSON: a defect.
    pub fn new(event: &'static str, rooms: Vec<String>, data: &impl Serialize, except: Option<Typist>) -> Option<Self> {
        let data = serde_json::value::to_raw_value(data)
            .inspect_err(|error| tracing::error!(%error, event, "a live event's payload is no JSON"))
            .ok()?;
        Some(Self { event, rooms, data, except, change: None })
    }

    /// It is a change of a chat's members.
    #[must_use]
    pub fn changes(self, chat_id: ChatId, version: i64) -> Self {
        Self { change: Some((chat_id, version)), ..self }
    }
}

impl Whisper {
    /// The same, to be told later.
    #[must_use]
    pub fn as_change(&self) -> Change {
        let version = self.change.map_or(0, |(_, version)| version);
        Change { version, event: self.event, data: self.data.clone() }
    }
}

impl Space {
    pub const ALL: [Self; 3] = [Self::Operators, Self::Conversation, Self::Notifications];

    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Operators => "/",
            Self::Conversation => "/chat",
            Self::Notifications => "/notifications",
        }
    }

    /// Whether a token that is not good is answered by the event `error` and a goodbye, not by a refused connection.
    #[must_use]
    pub const fn refuses_by_event(self) -> bool {
        match self {
            Self::Operators => false,
            Self::Conversation | Self::Notifications => true,
        }
    }

    /// Whether a visitor may come in.
    #[must_use]
    pub const fn lets_visitors_in(self) -> bool {
        self.refuses_by_event()
    }

    /// What is understood.
    #[must_use]
    pub const fn events(self) -> &'static [&'static str] {
        match self {
            Self::Operators => operators::EVENTS,
            Self::Conversation => conversation::EVENTS,
            Self::Notifications => notifications::EVENTS,
        }
    }

    #[must_use]
    pub const fn audience(self, caller: &Caller) -> Audience {
        match (self, &caller.who) {
            (Self::Operators, _) => Audience::Operators,
            (Self::Conversation, Who::Guest { .. }) => Audience::Visitors,
            (Self::Conversation, _) => Audience::Members,
            (Self::Notifications, _) => Audience::Notified,
        }
    }

    /// The code of an error: `/` speaks of all, the others of the six of their design, and of our own trouble.
    #[must_use]
    pub const fn code(self, error: &Error) -> &'static str {
        match (self, error) {
            (Self::Operators, error) => error.code(),
            (_, Error::Conflict { .. } | Error::NotFound(_) | Error::WindowClosed(_)) => "INVALID_DATA",
            (_, Error::ChannelUnavailable(_)) => "INTERNAL",
            (_, error) => error.code(),
        }
    }
}

impl Audience {
    pub const ALL: [Self; 4] = [Self::Operators, Self::Members, Self::Visitors, Self::Notified];

    /// Where it is.
    #[must_use]
    pub const fn space(self) -> Space {
        match self {
            Self::Operators => Space::Operators,
            Self::Members | Self::Visitors => Space::Conversation,
            Self::Notified => Space::Notifications,
        }
    }

    /// Whether its words need to know who the people are.
    #[must_use]
    pub const fn sees_faces(self) -> bool {
        matches!(self, Self::Members | Self::Visitors)
    }

    /// What it is told of something passing, in this order.
    #[must_use]
    pub fn whisper(self, passing: &Passing) -> Vec<Whisper> {
        match self {
            Self::Operators => operators::whisper(passing),
            Self::Members | Self::Visitors => conversation::whisper(passing, self),
            Self::Notified => Vec::new(),
        }
    }

    /// The rooms in which it hears of an event: a visitor is told of all that its chat's event is about in its chat's room.
    #[must_use]
    pub fn rooms(self, event: &Journalled) -> Cow<'_, [String]> {
        match (self, event.chat_id) {
            (Self::Visitors, Some(chat_id)) => Cow::Owned(vec![room::chat(chat_id)]),
            (Self::Visitors, None) => Cow::Owned(Vec::new()),
            _ => Cow::Borrowed(&event.rooms),
        }
    }

    /// `None` where it is not told of such a thing.
    #[must_use]
    pub fn say<'a>(self, telling: &Telling<'a>) -> Option<Saying<'a>> {
        match self {
            Self::Operators => Some(operators::say(telling)),
            Self::Members | Self::Visitors => conversation::say(telling, self),
            Self::Notified => notifications::say(telling),
        }
    }
}
