//! The use cases. Everything that spans nouns, or that anyone watches, is written here: one transaction, its events as the
//! last statement, then the feed. Doors call it; it knows no HTTP and no Socket.IO.

pub mod attend;
mod block;
pub mod change;
pub mod channels;
pub mod chats;
pub mod contacts;
pub mod customer;
pub mod deliver;
pub mod directory;
pub mod feed;
pub mod guest;
mod hear;
pub mod housekeeping;
pub mod journal;
pub mod live;
pub mod media;
pub mod monitor;
pub mod notify;
pub mod pairing;
pub mod present;
pub mod profile;
pub mod publish;
pub mod read;
pub mod receive;
pub mod replay;
pub mod reports;
pub mod send;
pub mod tail;
pub mod teams;
mod templates;
pub mod tickets;
pub mod typing;
mod upstream;
pub mod visit;

use std::ops::Deref;
use std::sync::Arc;

use sqlx::PgPool;

use crate::background::Background;
use crate::bus::Bus;
use crate::channel::Networks;
use crate::clock::Clock;
use crate::config::Config;
use crate::database::Database;
use crate::error::Result;
use crate::event::Cursors;
use crate::keys::Keys;
use crate::media::Media;
use crate::node::Nodes;
use crate::presence::Presence;
use crate::telemetry::figures::Counts;

pub use feed::Feed;

/// How transactions that write begin. Their statements look rows up by index, also where a plan is made while the tables are
/// still empty: a plan that reads a whole table would be kept while it grows. Plans are made once for each connection: with
/// arrays for parameters PostgreSQL would go on making new ones, which takes longer than what they do. Those who store what
/// comes in have connections that begin so (`crate::database`).
macro_rules! begin {
    ($patience:literal) => {
        concat!(
            "begin; set local lock_timeout = '",
            $patience,
            "'; set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off; \
             set local plan_cache_mode = force_generic_plan"
        )
    };
}

/// Who cannot have a lock soon lets go of those it has and tries again.
pub(crate) const BEGIN: &str = begin!("200ms");

/// The transaction of somebody who waits for the answer: patient, since nobody tries again for them.
pub(crate) const BEGIN_PATIENTLY: &str = begin!("3s");

/// One handle for all doors; cheap to clone.
#[derive(Clone)]
pub struct Inbox(Arc<Parts>);

/// What the use cases work with.
pub struct Parts {
    pub pool: PgPool,
    /// Of those who store what comes in.
    writers: PgPool,
    pub config: Config,
    pub keys: Keys,
    pub clock: Clock,
    pub networks: Networks,
    pub cursors: Cursors,
    pub background: Background,
    pub bus: Bus,
    pub nodes: Nodes,
    pub presence: Presence,
    pub feed: Feed,
    pub live: live::Live,
    pub media: Media,
    pub counts: Counts,
    pub monitor: monitor::Monitor,
    pub typists: typing::Typists,
    pub customers: customer::Customers,
    last_seen: hear::LastSeen,
    pub directory: directory::Directory,
    pub pairing: pairing::Pairing,
    pub gatherer: receive::Gatherer,
    pub known_chats: receive::KnownChats,
    /// Lets few reports at a time have a connection.
    reports: tokio::sync::Semaphore,
    /// Something is due to be delivered.
    pub due: tokio::sync::Notify,
    /// A channel was added, changed or deleted.
    pub attention: tokio::sync::Notify,
}

impl Deref for Inbox {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Inbox {
    /// Opens the inbox over a migrated database.
    ///
    /// # Errors
    /// Those of the database; an address of Redis that cannot be used.
    pub async fn open(
        database: &Database,
        config: Config,
        keys: Keys,
        clock: Clock,
        networks: Networks,
        media: Media,
        background: Background,
    ) -> Result<Self> {
        let pool = database.pool.clone();
        let incarnation = crate::event::store::find_incarnation(&pool).await?;
        let digest = crate::keys::sha256_hex(incarnation);
        let epoch = u32::from_str_radix(&digest[..8], 16).unwrap_or_default();
        let cursors = Cursors::new(&keys.secrets.derive("journal cursors"), epoch);
        let bus = Bus::open(config.redis_url.as_ref(), pool.clone(), &database.url, &digest[..16])?;
        let nodes = Nodes::new(pool.clone(), bus.clone());
        let presence = Presence::new(pool.clone(), bus.clone(), nodes.clone(), clock.clone());
        let feed = Feed::new(pool.clone(), cursors.clone(), background.clone(), bus.clone());
        let live = live::Live::new(bus.clone());
        let monitor = monitor::Monitor::new(clock.now());
        let inbox = Self(Arc::new(Parts {
            pool,
            writers: database.writers.clone(),
            config,
            keys,
            clock,
            networks,
            cursors,
            background: background.clone(),
            pairing: pairing::Pairing::new(bus.clone()),
            bus,
            nodes,
            presence,
            feed,
            typists: typing::Typists::new(live.clone()),
            live,
            media,
            counts: Counts::default(),
            monitor,
            customers: customer::Customers::default(),
            last_seen: hear::LastSeen::default(),
            directory: directory::Directory::default(),
            gatherer: receive::Gatherer::default(),
            known_chats: receive::KnownChats::default(),
            reports: tokio::sync::Semaphore::new(reports::AT_ONCE),
            due: tokio::sync::Notify::new(),
            attention: tokio::sync::Notify::new(),
        }));
        Ok(inbox)
    }

    /// Starts what the inbox runs beside requests: the bus, presence, writers, couriers, the watch over silent journals,
    /// channels, the house.
    pub fn start(&self) {
        let inbox = self.clone();
        let heard = self.bus.listen();
        self.background.spawn_until_stop(async move { inbox.hear_nodes(heard).await });
        let inbox = self.clone();
        self.background.spawn(async move { inbox.note_last_seen().await });
        self.bus.start(&self.background);
        self.nodes.start(&self.background);
        self.presence.start(&self.background);
        for _ in 0..crate::database::WRITERS {
            let inbox = self.clone();
            self.background.spawn(async move { inbox.write_deliveries().await });
        }
        let inbox = self.clone();
        self.background.spawn(async move { inbox.deliver().await });
        let inbox = self.clone();
        self.background.spawn(async move { inbox.fetch_files().await });
        let inbox = self.clone();
        self.background.spawn(async move { inbox.attend().await });
        let feed = self.feed.clone();
        self.background.spawn_until_stop(async move { feed.watch_silence().await });
        let inbox = self.clone();
        self.background.spawn_until_stop(async move { inbox.typists.sweep().await });
        let inbox = self.clone();
        self.background.spawn_until_stop(async move { inbox.tell_typing().await });
        let inbox = self.clone();
        self.background.spawn_until_stop(async move { inbox.keep_house().await });
    }
}
