//! The namespaces: their names, and how each speaks of what happened.

use std::borrow::Cow;

use crate::event::Journalled;

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
    pub fn say(self, event: &Journalled) -> Option<Saying<'_>> {
        match self {
            Self::Operators => Some(Saying { event: Cow::Borrowed(&event.name), data: Cow::Borrowed(&event.data) }),
        }
    }
}
