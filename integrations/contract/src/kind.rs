//! The types of message that Switchboard knows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A message's type, spelled on the wire as in [`MessageType::as_str`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageType {
    Text,
    Image,
    Video,
    Voice,
    Audio,
    Document,
    Sticker,
    Location,
    Contacts,
    Template,
    Interactive,
    ProfileShare,
    PostShare,
    BookingProposal,
    System,
    Unsupported,
}

impl MessageType {
    pub const ALL: [Self; 16] = [
        Self::Text,
        Self::Image,
        Self::Video,
        Self::Voice,
        Self::Audio,
        Self::Document,
        Self::Sticker,
        Self::Location,
        Self::Contacts,
        Self::Template,
        Self::Interactive,
        Self::ProfileShare,
        Self::PostShare,
        Self::BookingProposal,
        Self::System,
        Self::Unsupported,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Voice => "voice",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
            Self::Location => "location",
            Self::Contacts => "contacts",
            Self::Template => "template",
            Self::Interactive => "interactive",
            Self::ProfileShare => "profile_share",
            Self::PostShare => "post_share",
            Self::BookingProposal => "booking_proposal",
            Self::System => "system",
            Self::Unsupported => "unsupported",
        }
    }

    /// The file of such a message is in its attachments, and `content` is a caption.
    #[must_use]
    pub const fn is_media(self) -> bool {
        matches!(self, Self::Image | Self::Video | Self::Voice | Self::Audio | Self::Document | Self::Sticker)
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no message type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a message type")]
pub struct UnknownMessageType;

impl FromStr for MessageType {
    type Err = UnknownMessageType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownMessageType)
    }
}
