//! The namespaces: their names, and how each speaks of what happened.

use std::borrow::Cow;

use contract::ChannelStatus;
use serde::Deserialize;

use crate::event::Journalled;
use crate::id::ChannelId;
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

impl Space {
    pub const ALL: [Self; 1] = [Self::Operators];

    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Operators => "/",
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
