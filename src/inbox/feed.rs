//! The feed: tells this node's listeners every event of their organization, in journal order and without holes.
//!
//! Commits of this node hand their events over in memory. What another node wrote (it says so over the bus), and what was
//! handed over out of order, is read from the journal: a hole is given 3 ms to close by itself, and a silent second is
//! checked with one query.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use sqlx::PgPool;
use tokio::sync::{Notify, broadcast, watch};

use super::journal;
use crate::background::Background;
use crate::bus::{Bus, Packet};
use crate::error::Result;
use crate::event::{Cursors, Journalled, store};
use crate::id::OrganizationId;

/// How long a hole may stay before the journal is read: commits of one node arrive out of order by about a fsync.
const HOLE_PATIENCE: Duration = Duration::from_millis(3);
/// How often organizations are checked for events that nobody handed over.
const SILENCE: Duration = Duration::from_secs(1);
/// Events read from the journal at once.
const RANGE: i64 = 1_000;
/// Events that may wait behind a hole; past it they are forgotten here and read from the journal.
const PENDING: usize = 10_000;
/// Events that may wait for whoever listens to this node's commits.
const COMMITS: usize = 8_192;
/// Events told in one go before other tasks get their turn.
const BURST: usize = 32;

/// Someone who wants all events of an organization. Called in order, under a lock: it must not block.
pub trait Listener: Send + Sync {
    fn tell(&self, event: &Arc<Journalled>);
}

/// Names an attached listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerId(u64);

/// Whether a listener was attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    /// It hears everything after `position`.
    At { listener: ListenerId, position: i64 },
    /// It has to catch up first; the feed stands at `position`.
    Behind { position: i64 },
}

/// The readers of all organizations that someone on this node listens to. Cheap to clone.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

struct Inner {
    pool: PgPool,
    cursors: Cursors,
    background: Background,
    bus: Bus,
    streams: Mutex<HashMap<OrganizationId, Arc<Stream>>>,
    listener_ids: AtomicU64,
    commits: broadcast::Sender<Arc<Journalled>>,
}

struct Stream {
    organization_id: OrganizationId,
    state: Mutex<State>,
    wake: Notify,
    /// The last position that was told, for those who only wait for news.
    told: watch::Sender<i64>,
}

struct State {
    /// The position that comes next.
    next: i64,
    /// The newest position that is known to exist.
    known: i64,
    /// A newer one that may exist; 0: none.
    hinted: i64,
    pending: BTreeMap<i64, Arc<Journalled>>,
    listeners: Vec<(ListenerId, Arc<dyn Listener>)>,
    /// Taken out of the map: nobody may attach any more.
    closed: bool,
}

impl Feed {
    #[must_use]
    pub fn new(pool: PgPool, cursors: Cursors, background: Background, bus: Bus) -> Self {
        Self(Arc::new(Inner {
            pool,
            cursors,
            background,
            bus,
            streams: Mutex::default(),
            listener_ids: AtomicU64::new(1),
            commits: broadcast::Sender::new(COMMITS),
        }))
    }

    /// Hands over what a transaction of this node has committed, and wakes the other nodes.
    pub fn committed(&self, events: Vec<Journalled>) {
        for event in events.into_iter().map(Arc::new) {
            self.0.bus.publish(Packet::Journal(event.organization_id, event.position));
            // nobody listening is no error
            let _ = self.0.commits.send(Arc::clone(&event));
            if let Some(stream) = self.existing(event.organization_id) {
                stream.offer(event);
            }
        }
    }

    /// What this node commits from now on, whatever the organization: for those who tell others once, whichever node it is.
    /// Transactions of one organization may come out of order.
    #[must_use]
    pub fn commits(&self) -> broadcast::Receiver<Arc<Journalled>> {
        self.0.commits.subscribe()
    }

    /// Says that an organization's journal reaches this position.
    pub fn heard(&self, organization_id: OrganizationId, position: i64) {
        if let Some(stream) = self.existing(organization_id) {
            let mut state = stream.state.lock();
            if position > state.known {
                state.known = position;
                drop(state);
                stream.wake.notify_one();
            }
        }
    }

    /// Takes another node's word for it that the journal reaches this position: worth a look, but nobody waits for what is
    /// not there.
    pub fn hinted(&self, organization_id: OrganizationId, position: i64) {
        if let Some(stream) = self.existing(organization_id) {
            let mut state = stream.state.lock();
            if position > state.known.max(state.hinted) {
                state.hinted = position;
                drop(state);
                stream.wake.notify_one();
            }
        }
    }

    /// Attaches a listener that has seen everything up to `after`, or one that starts now (`None`).
    ///
    /// # Errors
    /// Those of the database, where the organization has no listener yet.
    pub async fn attach(
        &self,
        organization_id: OrganizationId,
        listener: Arc<dyn Listener>,
        after: Option<i64>,
    ) -> Result<Attached> {
        loop {
            let stream = self.open(organization_id).await?;
            let mut state = stream.state.lock();
            if state.closed {
                continue;
            }
            let position = state.next - 1;
            if after.is_some_and(|after| after < position) {
                return Ok(Attached::Behind { position });
            }
            let id = ListenerId(self.0.listener_ids.fetch_add(1, Ordering::Relaxed));
            state.listeners.push((id, listener));
            return Ok(Attached::At { listener: id, position });
        }
    }

    pub fn detach(&self, organization_id: OrganizationId, listener: ListenerId) {
        if let Some(stream) = self.existing(organization_id) {
            stream.state.lock().listeners.retain(|(id, _)| *id != listener);
        }
    }

    /// Watches the position that was told last, for long polling.
    ///
    /// # Errors
    /// Those of the database, where the organization has no listener yet.
    pub async fn watch(&self, organization_id: OrganizationId) -> Result<watch::Receiver<i64>> {
        loop {
            let stream = self.open(organization_id).await?;
            let state = stream.state.lock();
            if !state.closed {
                return Ok(stream.told.subscribe());
            }
        }
    }

    /// Events after a position, from the journal.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read(&self, organization_id: OrganizationId, after: i64, limit: i64) -> Result<Vec<Arc<Journalled>>> {
        let rows = store::list_after(&self.0.pool, organization_id, after, limit).await?;
        Ok(rows.into_iter().map(|row| Arc::new(journal::read(row, &self.0.cursors))).collect())
    }

    /// Looks for events that nobody handed over, and lets go of organizations that nobody listens to. Runs until it is dropped.
    pub async fn watch_silence(&self) {
        let mut tick = tokio::time::interval(SILENCE);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.let_go();
            let ids: Vec<_> = self.0.streams.lock().keys().map(|id| id.0).collect();
            if ids.is_empty() {
                continue;
            }
            match store::list_positions(&self.0.pool, &ids).await {
                Ok(positions) => {
                    for (id, position) in positions {
                        self.heard(OrganizationId(id), position);
                    }
                }
                Err(error) => tracing::warn!(%error, "the journal cannot be checked for news"),
            }
        }
    }

    fn existing(&self, organization_id: OrganizationId) -> Option<Arc<Stream>> {
        self.0.streams.lock().get(&organization_id).cloned()
    }

    async fn open(&self, organization_id: OrganizationId) -> Result<Arc<Stream>> {
        if let Some(stream) = self.existing(organization_id) {
            return Ok(stream);
        }
        let position = store::find_position(&self.0.pool, organization_id).await?;
        let (stream, made) = {
            let mut streams = self.0.streams.lock();
            match streams.get(&organization_id) {
                Some(stream) => (Arc::clone(stream), false),
                None => {
                    let stream = Arc::new(Stream::new(organization_id, position));
                    streams.insert(organization_id, Arc::clone(&stream));
                    (stream, true)
                }
            }
        };
        if made {
            let (feed, running) = (self.clone(), Arc::clone(&stream));
            self.0.background.spawn_until_stop(async move { feed.run(running).await });
            // what was committed between the read and the insert was handed to nobody
            let position = store::find_position(&self.0.pool, organization_id).await?;
            self.heard(organization_id, position);
        }
        Ok(stream)
    }

    fn let_go(&self) {
        self.0.streams.lock().retain(|_, stream| {
            let mut state = stream.state.lock();
            state.closed = state.listeners.is_empty() && stream.told.receiver_count() == 0;
            if state.closed {
                stream.wake.notify_one();
            }
            !state.closed
        });
    }

    async fn run(&self, stream: Arc<Stream>) {
        loop {
            stream.wake.notified().await;
            let mut patient = true;
            loop {
                match stream.tell_next() {
                    Progress::More => tokio::task::yield_now().await,
                    Progress::Done => break,
                    Progress::Closed => return,
                    Progress::Hole if patient => {
                        patient = false;
                        tokio::time::sleep(HOLE_PATIENCE).await;
                    }
                    progress @ (Progress::Hole | Progress::Hint) => {
                        let after = stream.state.lock().next - 1;
                        match self.read(stream.organization_id, after, RANGE).await {
                            Ok(events) if events.is_empty() && progress == Progress::Hint => {}
                            Ok(events) => stream.fill(after, events),
                            Err(error) => {
                                tracing::warn!(error = &error as &dyn std::error::Error, "the journal cannot be read");
                                tokio::time::sleep(SILENCE).await;
                            }
                        }
                    }
                }
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Progress {
    More,
    Done,
    Hole,
    Hint,
    Closed,
}

impl Stream {
    fn new(organization_id: OrganizationId, position: i64) -> Self {
        let state = State {
            next: position + 1,
            known: position,
            hinted: 0,
            pending: BTreeMap::new(),
            listeners: Vec::new(),
            closed: false,
        };
        Self { organization_id, state: Mutex::new(state), wake: Notify::new(), told: watch::Sender::new(position) }
    }

    fn offer(&self, event: Arc<Journalled>) {
        let mut state = self.state.lock();
        state.known = state.known.max(event.position);
        if event.position >= state.next && state.pending.len() < PENDING {
            state.pending.insert(event.position, event);
        }
        drop(state);
        self.wake.notify_one();
    }

    /// Takes a range that was read after `after`. An empty one means that the known position is not there to be read: the
    /// journal was cut or restored, and waiting for it would never end.
    fn fill(&self, after: i64, events: Vec<Arc<Journalled>>) {
        let mut state = self.state.lock();
        if state.next - 1 != after {
            return;
        }
        match events.first() {
            Some(first) => {
                // rows that retention dropped will never come
                state.next = state.next.max(first.position);
                for event in events {
                    state.pending.insert(event.position, event);
                }
            }
            None => state.next = state.pending.keys().next().copied().unwrap_or(state.known + 1),
        }
    }

    /// Tells a burst of events that are next in order.
    fn tell_next(&self) -> Progress {
        let mut state = self.state.lock();
        let mut newest = None;
        for _ in 0..BURST {
            let next = state.next;
            let Some(event) = state.pending.remove(&next) else { break };
            for (_, listener) in &state.listeners {
                listener.tell(&event);
            }
            state.next += 1;
            newest = Some(event);
        }
        let (next, known) = (state.next, state.known);
        state.pending = state.pending.split_off(&next);
        let progress = if state.closed {
            Progress::Closed
        } else if state.pending.first_key_value().is_some_and(|(position, _)| *position == next) {
            Progress::More
        } else if next <= known {
            Progress::Hole
        } else if std::mem::take(&mut state.hinted) >= next {
            Progress::Hint
        } else {
            Progress::Done
        };
        drop(state);
        if let Some(event) = newest {
            let lag = chrono::TimeDelta::to_std(&(crate::clock::Clock::system().now() - event.created_at));
            metrics::histogram!(crate::telemetry::names::EVENT_JOURNAL_LAG_SECONDS)
                .record(lag.unwrap_or_default().as_secs_f64());
            self.told.send_replace(event.position);
        }
        progress
    }
}
