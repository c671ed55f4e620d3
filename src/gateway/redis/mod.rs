//! The Redis channels by which other backends talk to the gateway's connections, both ways. Redis away never harms what is
//! told here; what is published meanwhile is lost, as publications are.

mod body;
mod inward;
mod outward;
mod topic;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio::sync::mpsc;

use super::Door;
use crate::bus::Redis;
use crate::id::OrganizationId;
use crate::inbox::Inbox;
use crate::telemetry::names::GATEWAY_DROPPED_TOTAL;

pub use topic::Topic;
pub use wanted::Hold;

/// How long Redis may take for an answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Publications that may wait for the store to be asked.
const MOST_WAITING: usize = 1_024;

/// Both ways; cheap to clone.
#[derive(Clone)]
pub struct Relay {
    redis: Redis,
    /// Marks what we publish: the same on all nodes of this installation, and of no other.
    origin: Arc<str>,
    wanted: wanted::Wanted,
}

impl Relay {
    /// `None` without `REDIS_URL`.
    #[must_use]
    pub fn open(inbox: &Inbox) -> Option<Self> {
        let redis = inbox.bus.redis()?.clone();
        // all nodes of an installation share the name of their bus, and no other one has it
        Some(Self { redis, origin: inbox.bus.channel().into(), wanted: wanted::Wanted::default() })
    }

    /// Hears a topic for an organization until this is dropped.
    #[must_use]
    pub fn hold(&self, topic: Topic, organization_id: OrganizationId) -> Hold {
        self.wanted.hold(topic, organization_id)
    }
}

impl Door {
    /// Starts to hear and to publish, where there is a Redis.
    pub fn start_relay(self: &Arc<Self>) {
        let Some(relay) = self.relay.clone() else { return };
        let background = &self.inbox.background;
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        let (hearing, looking, publishing) = (Arc::clone(self), Arc::clone(self), Arc::clone(self));
        let (ear, mouth) = (relay.clone(), relay);
        background.spawn_until_stop(async move { hearing.hear_redis(&ear, &sender).await });
        background.spawn_until_stop(async move { looking.look_up(receiver).await });
        background.spawn_until_stop(async move { publishing.publish(&mouth).await });
    }
}

/// Why a publication goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    TooLarge,
    /// Not JSON, no object, or a field of the wrong form.
    Malformed,
    UnknownType,
    /// It names another chat than its channel, or none that its channel's owner may see.
    Foreign,
    /// Ours, heard back or sent on by somebody.
    Own,
    /// More came than could be looked up, or was committed than could be published.
    Overflow,
    /// More channels are wanted than are heard at once.
    Unheard,
    /// The connection broke: whatever was published until it was made again.
    Disconnected,
    /// Redis did not take it.
    Unpublished,
}

impl Dropped {
    const fn reason(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::UnknownType => "unknown_type",
            Self::Foreign => "foreign",
            Self::Own => "own",
            Self::Overflow => "overflow",
            Self::Unheard => "unheard",
            Self::Disconnected => "disconnected",
            Self::Unpublished => "unpublished",
        }
    }

    pub fn count(self, many: u64) {
        counter!(GATEWAY_DROPPED_TOTAL, "reason" => self.reason()).increment(many);
    }
}
