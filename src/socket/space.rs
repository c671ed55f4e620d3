//! The namespaces: their names, and how each speaks of what happened.

use std::borrow::Cow;

use contract::ChannelStatus;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::operators;
use crate::event::Journalled;
use crate::id::ChannelId;
use crate::inbox::live::{Passing, Typist};
use crate::inbox::pairing::Pairing;

/// A namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// `/`: operators.
    Operators,
}

/// An event in the words of a namespace: made once per event, however many sockets are told.
#[derive(Debug, Clone)]
pub struct Saying<'a> {
    pub event: Cow<'a, str>,
    /// JSON text of an object.
    pub data: Cow<'a, str>,
}

/// Something passing in the words of a namespace.
#[derive(Debug, Clone)]
pub struct Whisper {
    pub event: &'static str,
    /// A socket in any of them is told, once.
    pub rooms: Vec<String>,
    pub data: Box<RawValue>,
    /// Who causes it, and is not told.
    pub except: Option<Typist>,
}

impl Whisper {
    /// Nothing where the payload is no JSON: a defect.
    pub fn new(event: &'static str, rooms: Vec<String>, data: &impl Serialize, except: Option<Typist>) -> Option<Self> {
        let data = serde_json::value::to_raw_value(data)
            .inspect_err(|error| tracing::error!(%error, event, "a live event's payload is no JSON"))
            .ok()?;
        Some(Self { event, rooms, data, except })
    }
}

impl Space {
    pub const ALL: [Self; 1] = [Self::Operators];

    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Operators => "/",
        }
    }

    /// What the namespace says of something passing, in this order.
    #[must_use]
    pub fn whisper(self, passing: &Passing) -> Vec<Whisper> {
        match self {
            Self::Operators => operators::whisper(passing),
        }
    }

    /// `None` where the namespace does not speak of such a thing.
    #[must_use]
    pub fn say<'a>(self, event: &'a Journalled, pairing: &Pairing) -> Option<Saying<'a>> {
        match self {
            Self::Operators => {
                let data = with_code(event, pairing).map_or(Cow::Borrowed(&*event.data), Cow::Owned);
                Some(Saying { event: Cow::Borrowed(&event.name), data })
            }
        }
    }
}

/// `channel:updated` shows the code to scan while there is one; the journal never holds it.
fn with_code(event: &Journalled, pairing: &Pairing) -> Option<String> {
    #[derive(Deserialize)]
    struct Waiting {
        id: ChannelId,
        status: ChannelStatus,
    }
    if &*event.name != "channel:updated" {
        return None;
    }
    let channel: Waiting = serde_json::from_str(&event.data).ok()?;
    let code = pairing.code(channel.id).filter(|_| channel.status == ChannelStatus::Qr)?;
    let code = serde_json::to_string(&code).ok()?;
    Some(format!("{},\"qr\":{code}}}", event.data.strip_suffix('}')?))
}
