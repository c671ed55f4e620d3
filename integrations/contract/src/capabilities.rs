//! How networks differ, as data: the core reads this instead of asking a channel its name.

use std::time::Duration;

use crate::MessageType;

/// What a network can do and how fast it may be asked to.
#[derive(Debug, Clone)]
pub struct Capabilities {
    /// Family shown as `channel`: `telegram`, `whatsapp`, `webchat` or `api`.
    pub family: &'static str,
    /// Longest text, in UTF-16 code units.
    pub text_limit: usize,
    /// Longest caption of a media message, in UTF-16 code units.
    pub caption_limit: usize,
    /// Types that an operator may send.
    pub sends: &'static [MessageType],
    /// Types that come in.
    pub receives: &'static [MessageType],
    /// What operators can do to messages, and what reaches the customer besides them.
    pub does: &'static [Feature],
    /// What the network tells us besides messages.
    pub reports: &'static [Feature],
    /// Files that may be sent, first fit by type; a media type that is not named takes none.
    pub files: &'static [FileRule],
    /// Most files of one message.
    pub album: usize,
    /// `true`: [`crate::Network::templates`] lists what may be sent outside the window.
    pub templates: bool,
    /// `true`: an answer has to name things of the message that it answers ([`crate::Outgoing::context`]).
    pub context: bool,
    /// How often [`crate::Network::check_up`] is asked.
    pub checkup: Option<Duration>,
    /// `true`: there is no outside network, a message is sent once it is stored (`webchat`, `api`).
    pub instant: bool,
    /// `true`: a repeat with the same message id is the same message, so an unknown outcome may be tried again.
    pub repeats_safely: bool,
    /// `true`: a lost outcome may still be settled by a status that carries our message id.
    pub settles_by_status: bool,
    /// Free-form answers are allowed this long after the customer's last message, by provider time.
    pub window: Option<Duration>,
    /// `true`: a chat can be opened by an operator (`{channelId, to}`).
    pub opens_chats: bool,
    /// `true`: visitors of a web page write here, each let in by a session of the channel.
    pub visitors: bool,
    /// Modes in which messages come in; the first is the default. Empty: neither (`api`, `webchat`).
    pub modes: &'static [crate::Mode],
    pub pace: Pace,
}

/// Something that happens to messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    Reply,
    Edit,
    Delete,
    Reaction,
    Album,
    /// Marks of forwarded messages.
    Forward,
    Delivered,
    Read,
    Typing,
}

impl Feature {
    pub const ALL: [Self; 9] = [
        Self::Reply,
        Self::Edit,
        Self::Delete,
        Self::Reaction,
        Self::Album,
        Self::Forward,
        Self::Delivered,
        Self::Read,
        Self::Typing,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::Reaction => "reaction",
            Self::Album => "album",
            Self::Forward => "forward",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Typing => "typing",
        }
    }
}

/// Files that a network takes as one message type.
#[derive(Debug, Clone, Copy)]
pub struct FileRule {
    pub kind: MessageType,
    /// `type/subtype`, or `type/*`; empty: any.
    pub mime_types: &'static [&'static str],
    pub max_bytes: u64,
}

impl FileRule {
    #[must_use]
    pub fn takes(&self, mime_type: &str) -> bool {
        self.mime_types.is_empty()
            || self.mime_types.iter().any(|rule| match rule.strip_suffix("/*") {
                Some(family) => mime_type.split('/').next() == Some(family),
                None => *rule == mime_type,
            })
    }
}

impl Capabilities {
    /// A network that carries texts and nothing else: what others are written as a difference to.
    pub const PLAIN: Self = Self {
        family: "unknown",
        text_limit: 4096,
        caption_limit: 1024,
        sends: &[],
        receives: &[],
        does: &[],
        reports: &[],
        files: &[],
        album: 1,
        templates: false,
        context: false,
        checkup: None,
        instant: false,
        repeats_safely: false,
        settles_by_status: false,
        window: None,
        opens_chats: false,
        visitors: false,
        modes: &[],
        pace: Pace::UNLIMITED,
    };
}

/// Sending rates that the network publishes.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Messages a second over the whole channel; 0 means no limit.
    pub channel_per_second: u32,
    /// In one private chat.
    pub chat: Option<ChatPace>,
    /// In one group.
    pub group: Option<ChatPace>,
}

/// `burst` messages at once, then one per `every`.
#[derive(Debug, Clone, Copy)]
pub struct ChatPace {
    pub every: Duration,
    pub burst: u32,
}

impl Pace {
    pub const UNLIMITED: Self = Self { channel_per_second: 0, chat: None, group: None };
}
