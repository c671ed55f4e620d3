//! Notifications: what a member of an organization is told personally. Raised by the use cases and by other backends; a row
//! each, so that it is there when the member comes.

pub mod mention;
pub mod store;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::id::NotificationId;
use crate::time::Millis;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $text:literal),* $(,)?) => {
        /// What a notification is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = NotificationType)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

kinds! {
    BookingRequest => "booking_request",
    BookingConfirmed => "booking_confirmed",
    BookingCancelled => "booking_cancelled",
    FriendRequest => "friend_request",
    FriendAccepted => "friend_accepted",
    PostLiked => "post_liked",
    PostCommented => "post_commented",
    PostReposted => "post_reposted",
    Mention => "mention",
    ReviewReceived => "review_received",
    AutoBookingProposal => "auto_booking_proposal",
    /// A colleague or a program gave the member a chat.
    ChatAssigned => "chat_assigned",
    /// A private note names the member.
    ChatMentioned => "chat_mentioned",
    SlaBreached => "sla_breached",
    /// A channel that worked does not any more; to administrators.
    ChannelDisconnected => "channel_disconnected",
}

impl Kind {
    /// `None` for what is no type.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// A notification as its member sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    pub id: NotificationId,
    /// A [`Kind`]; text, since a later version of the server may have written another.
    #[serde(rename = "type")]
    #[schema(value_type = Kind)]
    pub kind: String,
    pub title: String,
    pub body: String,
    /// An object, as it was given: what the notification is about.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
    pub is_read: bool,
    /// When it was read first.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub read_at: Option<Millis>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_one_name_everywhere() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(Kind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!((Kind::ALL.len(), Kind::parse("chat_assigned "), Kind::parse("")), (15, None, None));
    }
}
