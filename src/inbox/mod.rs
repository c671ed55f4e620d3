//! The use cases. Everything that spans nouns, or that anyone watches, is written here: one transaction, its events as the
//! last statement, then the feed. Doors call it; it knows no HTTP and no Socket.IO.

pub mod feed;
pub mod journal;

use std::ops::Deref;
use std::sync::Arc;

use sqlx::PgPool;

use crate::channel::Networks;
use crate::clock::Clock;
use crate::config::Config;
use crate::event::Cursors;
use crate::keys::Keys;

pub use feed::Feed;

/// One handle for all doors; cheap to clone.
#[derive(Clone)]
pub struct Inbox(Arc<Parts>);

/// What the use cases work with.
pub struct Parts {
    pub pool: PgPool,
    pub config: Config,
    pub keys: Keys,
    pub clock: Clock,
    pub networks: Networks,
    pub cursors: Cursors,
    pub feed: Feed,
}

impl Deref for Inbox {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
