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
