//! The nodes of this installation: each shows a sign of life every three seconds, by the database's clock, and is taken for
//! dead after twelve silent ones.

pub mod store;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use parking_lot::RwLock;
use sqlx::PgPool;
use tokio::sync::watch;
use uuid::Uuid;

use crate::background::Background;
use crate::bus::Bus;

const HEARTBEAT: Duration = Duration::from_secs(3);
/// A node that was silent for so long is dead.
pub const LEASE: Duration = Duration::from_secs(12);
/// How long the last word may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A node that lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    pub id: Uuid,
    pub started_at: DateTime<Utc>,
}

/// Who lives, as of the last heartbeat; cheap to clone.
#[derive(Clone)]
pub struct Nodes(Arc<Inner>);

struct Inner {
    pool: PgPool,
    bus: Bus,
    state: RwLock<State>,
    /// Counts heartbeats.
    beats: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    living: Vec<Node>,
    /// Since when no heartbeat of ours has failed.
    unbroken_since: Option<Instant>,
}

impl Nodes {
    #[must_use]
    pub fn new(pool: PgPool, bus: Bus) -> Self {
        Self(Arc::new(Inner { pool, bus, state: RwLock::default(), beats: watch::Sender::new(0) }))
    }

    /// Starts the heartbeat, which ends with a goodbye.
    pub fn start(&self, background: &Background) {
        let (nodes, stopping) = (self.clone(), background.clone());
        background.spawn(async move {
            tokio::select! {
                () = nodes.beat() => {}
                () = stopping.stopping() => {}
            }
        });
    }

    async fn beat(&self) {
        let mut tick = tokio::time::interval(HEARTBEAT);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let beaten = tokio::time::timeout(HEARTBEAT, store::beat(&self.0.pool, self.0.bus.node(), LEASE)).await;
            let mut state = self.0.state.write();
            match beaten {
                Ok(Ok(living)) => {
                    self.0.bus.set_company(living.len() > 1);
                    state.living = living;
                    state.unbroken_since.get_or_insert_with(Instant::now);
                }
                Ok(Err(error)) => {
                    state.unbroken_since = None;
                    tracing::warn!(%error, "this node cannot show that it lives");
                }
                Err(_) => state.unbroken_since = None,
            }
            drop(state);
            self.0.beats.send_modify(|beats| *beats += 1);
        }
    }

    /// Takes this node off the list, as the last thing that it does.
    pub async fn leave(&self) {
        let gone = store::delete(&self.0.pool, self.0.bus.node());
        if !matches!(tokio::time::timeout(FAREWELL, gone).await, Ok(Ok(()))) {
            tracing::info!("this node is still on the list of nodes; it is taken off after {} s", LEASE.as_secs());
        }
    }

    #[must_use]
    pub fn living(&self) -> Vec<Node> {
        self.0.state.read().living.clone()
    }

    /// Who may be taken for living, others being dead. `None` while this node cannot know: whoever has been away from the
    /// database itself has not seen the others' signs.
    #[must_use]
    pub fn certain(&self) -> Option<HashSet<Uuid>> {
        let state = self.0.state.read();
        let sure = state.unbroken_since.is_some_and(|since| since.elapsed() >= LEASE);
        sure.then(|| state.living.iter().map(|node| node.id).collect())
    }

    /// Wakes with each heartbeat.
    #[must_use]
    pub fn beats(&self) -> watch::Receiver<u64> {
        self.0.beats.subscribe()
    }
}
