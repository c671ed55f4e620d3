//! What crosses nodes and may be lost: wake-ups of journals, typing, presence, codes to scan. Over Redis where there is
//! one, else over Postgres' LISTEN and NOTIFY. Never holds up who publishes, never carries a fact: those are journalled.

mod outbox;
mod postgres;
mod redis;
pub mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sqlx::PgPool;
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

pub use self::redis::Redis;

use self::outbox::{Letter, Outbox};
use crate::background::Background;
use crate::config::Secret;
use crate::error::{Error, Result};
use crate::id::{ChannelId, OrganizationId};

/// Packets that may wait for a slow listener.
const WAITING: usize = 8_192;
/// A letter that is longer is junk.
const LONGEST_BYTES: usize = 1024 * 1024;
/// Waits before the other side is tried again, the first and the longest.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(1);
/// How often a silent line is asked whether it still leads somewhere, and how long it may take to answer.
const SILENCE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(2);

/// What crosses. A packet that a node does not know is dropped there, so new ones may be added at any time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Packet {
    /// A node has come; the others answer with [`Packet::Here`].
    Hello,
    Here,
    /// An organization's journal reaches this position.
    Journal(OrganizationId, i64),
    /// Something passing in an organization, in the words of `inbox::live`.
    Passing(Box<RawValue>),
    /// Who is here has changed, in the words of `presence`: said where it was decided, so all nodes hear it in one order.
    Presence(Box<RawValue>),
    /// The code to scan for a channel, or that there is none any more.
    Pairing(ChannelId, Option<String>),
    /// All nodes are asked for their figures, of an organization or all of them; each answers with [`Packet::Counted`].
    Count {
        question: Uuid,
        organization_id: Option<OrganizationId>,
    },
    /// A node's figures, in the words of `inbox::monitor`.
    Counted {
        question: Uuid,
        answer: Box<RawValue>,
    },
}

/// A packet and the node that it came from.
#[derive(Debug, Clone)]
pub struct Heard {
    pub from: Uuid,
    pub packet: Packet,
}

/// This node's place on the bus; cheap to clone.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    node: Uuid,
    /// Names the installation, so that two of them on one Redis do not hear each other.
    channel: String,
    line: Line,
    outbox: Outbox,
    heard: broadcast::Sender<Arc<Heard>>,
    listening: watch::Sender<bool>,
    /// Whether other nodes live: a lone one tells nobody.
    company: AtomicBool,
    junk: AtomicU64,
}

enum Line {
    Redis(Box<Redis>),
    Postgres { pool: PgPool, url: Secret },
}

impl Bus {
    /// A place on the bus of the installation with this fingerprint. Nothing is connected before [`Bus::start`].
    ///
    /// # Errors
    /// Where the address of Redis cannot be used.
    pub fn open(redis_url: Option<&Secret>, pool: PgPool, database_url: &Secret, fingerprint: &str) -> Result<Self> {
        let line = match redis_url {
            Some(url) => Line::Redis(Box::new(Redis::open(url)?)),
            None => Line::Postgres { pool, url: database_url.clone() },
        };
        Ok(Self(Arc::new(Inner {
            node: Uuid::now_v7(),
            channel: format!("switchboard:{fingerprint}"),
            line,
            outbox: Outbox::default(),
            heard: broadcast::Sender::new(WAITING),
            listening: watch::Sender::new(false),
            company: AtomicBool::new(false),
            junk: AtomicU64::new(0),
        })))
    }

    /// Starts listening and telling; both end with the background tasks.
    pub fn start(&self, background: &Background) {
        let (listening, telling) = (self.clone(), self.clone());
        background.spawn_until_stop(async move {
            match &listening.0.line {
                Line::Redis(redis) => redis.listen(&listening).await,
                Line::Postgres { url, .. } => postgres::listen(url, &listening).await,
            }
        });
        background.spawn_until_stop(async move {
            match &telling.0.line {
                Line::Redis(redis) => redis.tell(&telling).await,
                Line::Postgres { pool, .. } => postgres::tell(pool, &telling).await,
            }
        });
    }

    /// This run of this process.
    #[must_use]
    pub fn node(&self) -> Uuid {
        self.0.node
    }

    /// The channel that letters go to; unique to the installation.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.0.channel
    }

    /// The connection to Redis that all of this node share.
    #[must_use]
    pub fn redis(&self) -> Option<&Redis> {
        match &self.0.line {
            Line::Redis(redis) => Some(redis),
            Line::Postgres { .. } => None,
        }
    }

    /// Hands a packet to the other nodes. Never waits: where too much waits already, or nobody else lives, it is dropped.
    pub fn publish(&self, packet: Packet) {
        if self.0.company.load(Ordering::Relaxed) {
            self.0.outbox.put(packet);
        }
    }

    /// The packets of all nodes, in the order in which the line brings them; this node's own come back too.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<Heard>> {
        self.0.heard.subscribe()
    }

    /// Whether packets come. While they do not, they are lost.
    #[must_use]
    pub fn listening(&self) -> watch::Receiver<bool> {
        self.0.listening.subscribe()
    }

    /// Says whether other nodes live.
    pub fn set_company(&self, company: bool) {
        self.0.company.store(company, Ordering::Relaxed);
    }

    /// Called when the line has begun to bring packets.
    fn begin(&self) {
        self.0.outbox.put(Packet::Hello);
        self.0.listening.send_replace(true);
    }

    /// Called when it has ceased to.
    fn cease(&self) {
        self.0.listening.send_if_modified(std::mem::take);
    }

    /// Takes a letter as it came; what cannot be read is dropped and counted.
    fn take(&self, text: &str) {
        let letter = if text.len() > LONGEST_BYTES { None } else { serde_json::from_str::<Letter>(text).ok() };
        let Some(Letter { from, packets }) = letter else { return self.drop_junk("a letter") };
        let others = from != self.0.node;
        if others {
            self.set_company(true);
        }
        for packet in packets {
            match serde_json::from_str(packet.get()) {
                Ok(Packet::Hello) if others => self.0.outbox.put(Packet::Here),
                Ok(Packet::Hello | Packet::Here) => {}
                // nobody listening is no error
                Ok(packet) => drop(self.0.heard.send(Arc::new(Heard { from, packet }))),
                Err(_) => self.drop_junk("a packet"),
            }
        }
    }

    fn drop_junk(&self, what: &str) {
        let count = self.0.junk.fetch_add(1, Ordering::Relaxed) + 1;
        // the first one, and then ever fewer of a flood
        if count.is_power_of_two() {
            tracing::warn!(count, "{what} from the bus could not be read and was dropped");
        }
    }
}

/// A wait that doubles from 100 ms to a second.
struct Retry(Duration);

impl Retry {
    const fn new() -> Self {
        Self(FIRST_RETRY)
    }

    async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(LAST_RETRY);
    }
}

/// A line that does not answer, as the callers' error.
fn silent(_: tokio::time::error::Elapsed) -> Error {
    Error::Unavailable("no answer in time".into())
}
