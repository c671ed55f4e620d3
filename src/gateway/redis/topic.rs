//! The names of channels. Only ids ever stand in a name, so that none can hold a pattern, a separator or a line's end.

use uuid::Uuid;

use crate::id::{ChatId, ContactId, UserId};

/// What a connection wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A chat: what is said in it, and who types.
    Thread(ChatId),
    Client(ContactId),
    Manager(UserId),
}

impl Topic {
    /// Its channels.
    pub fn channels(self) -> impl Iterator<Item = String> {
        let (first, second) = match self {
            Self::Thread(id) => (Channel::Thread(id), Some(Channel::Typing(id))),
            Self::Client(id) => (Channel::Client(id), None),
            Self::Manager(id) => (Channel::Manager(id), None),
        };
        [Some(first), second].into_iter().flatten().map(Channel::name)
    }
}

/// Where something is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    Thread(ChatId),
    Typing(ChatId),
    Client(ContactId),
    Manager(UserId),
    /// Of a user or a contact.
    Read(Uuid),
}

/// Everybody's [`Channel::Read`]: who has read is not known before it is heard.
pub const READS: &str = "chat.user.*.read";

impl Channel {
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Thread(id) => format!("chat.thread.{id}"),
            Self::Typing(id) => format!("chat.thread.{id}.typing"),
            Self::Client(id) => format!("chat.client.{id}"),
            Self::Manager(id) => format!("chat.manager.{id}"),
            Self::Read(id) => format!("chat.user.{}.read", id.as_hyphenated()),
        }
    }

    /// `None` for a name that we would not give.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let rest = name.strip_prefix("chat.")?;
        let (kind, rest) = rest.split_once('.')?;
        let channel = match (kind, rest.split_once('.')) {
            ("thread", None) => Self::Thread(rest.parse().ok()?),
            ("thread", Some((id, "typing"))) => Self::Typing(id.parse().ok()?),
            ("client", None) => Self::Client(rest.parse().ok()?),
            ("manager", None) => Self::Manager(rest.parse().ok()?),
            ("user", Some((id, "read"))) => Self::Read(id.parse::<UserId>().ok()?.0),
            _ => return None,
        };
        Some(channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_known_by_its_name_alone() {
        let (chat, contact, user) = (ChatId::new(), ContactId::new(), UserId::new());
        for channel in [
            Channel::Thread(chat),
            Channel::Typing(chat),
            Channel::Client(contact),
            Channel::Manager(user),
            Channel::Read(user.0),
        ] {
            assert_eq!(Channel::parse(&channel.name()), Some(channel));
        }
        assert_eq!(Channel::Thread(chat).name(), format!("chat.thread.{chat}"));
        let names: Vec<_> = Topic::Thread(chat).channels().collect();
        assert_eq!(names, [format!("chat.thread.{chat}"), format!("chat.thread.{chat}.typing")]);
    }

    #[test]
    fn h9_no_other_name_is_a_channel() {
        let id = ChatId::new();
        for odd in [
            "",
            "chat.thread.",
            "chat.thread.15",
            "chat.thread.*",
            "chat.user.*.read",
            &format!("chat.thread.{id}.read"),
            &format!("chat.thread.{id}.typing.typing"),
            &format!("chat.thread.{id}\n"),
            &format!("chat.thread.{{{id}}}"),
            &format!("xchat.thread.{id}"),
            &format!("chat.user.{id}"),
        ] {
            assert_eq!(Channel::parse(odd), None, "{odd}");
        }
    }
}
