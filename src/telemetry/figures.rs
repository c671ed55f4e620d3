//! What this node's doors do, by organization: counted where it happens, for Prometheus and for the monitoring page alike.
//! Who is connected is not counted up and down: the doors are asked, so it cannot drift from the truth.

use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use metrics::{counter, gauge, histogram};
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use super::names::*;
use crate::id::OrganizationId;

/// Rates and averages are those of the last minute, in parts of five seconds.
const PART: Duration = Duration::from_secs(5);
const PARTS: usize = 12;
/// Organizations that are counted by themselves; what others do is in the whole alone.
const MOST_ORGANIZATIONS: usize = 100_000;

/// A door that knows who is connected through it.
pub trait Door: Send + Sync {
    /// Adds what it sees now: of an organization, or everything.
    fn count(&self, organization_id: Option<OrganizationId>, figures: &mut Figures);
}

/// Figures of a node, or of several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Connections now, each namespace for itself.
    pub by_namespace: BTreeMap<String, u64>,
    /// Transport connections now; one may be in several namespaces.
    pub clients: u64,
    /// Rooms with somebody in them now.
    pub rooms: u64,
    /// Connections that were made since the node started, and those that were refused.
    pub total_connections: u64,
    pub failed_connections: u64,
    /// What clients said and were told since the node started, and each second of the last minute.
    pub total_messages: u64,
    pub messages_per_second: f64,
    /// From receipt to emit, in the last minute.
    pub latencies: u64,
    pub latency_secs: f64,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            by_namespace: NAMESPACES.iter().map(|namespace| ((*namespace).to_owned(), 0)).collect(),
            clients: 0,
            rooms: 0,
            total_connections: 0,
            failed_connections: 0,
            total_messages: 0,
            messages_per_second: 0.0,
            latencies: 0,
            latency_secs: 0.0,
        }
    }
}

impl Figures {
    /// Counts connections of a namespace.
    pub fn connected(&mut self, namespace: &str, many: u64) {
        *self.by_namespace.entry(namespace.to_owned()).or_default() += many;
    }
}

impl AddAssign<&Self> for Figures {
    fn add_assign(&mut self, other: &Self) {
        for (namespace, many) in &other.by_namespace {
            self.connected(namespace, *many);
        }
        self.clients += other.clients;
        self.rooms += other.rooms;
        self.total_connections += other.total_connections;
        self.failed_connections += other.failed_connections;
        self.total_messages += other.total_messages;
        self.messages_per_second += other.messages_per_second;
        self.latencies += other.latencies;
        self.latency_secs += other.latency_secs;
    }
}

/// Counts; cheap to clone.
#[derive(Clone)]
pub struct Counts(Arc<Inner>);

struct Inner {
    since: Instant,
    doors: RwLock<Vec<Weak<dyn Door>>>,
    all: Mutex<Tally>,
    own: Mutex<HashMap<OrganizationId, Tally>>,
}

impl Default for Counts {
    fn default() -> Self {
        let (doors, all, own) = (RwLock::default(), Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { since: Instant::now(), doors, all, own }))
    }
}

impl Counts {
    /// Asks a door too from now on, as long as it is there.
    pub fn add_door(&self, door: Weak<dyn Door>) {
        self.0.doors.write().push(door);
    }

    /// A connection was made; `again` where it goes on from a cursor.
    pub fn connected(&self, organization_id: OrganizationId, again: bool) {
        if again {
            counter!(WEBSOCKET_RECONNECTIONS_TOTAL).increment(1);
        }
        self.note(Some(organization_id), |tally, _| tally.connections += 1);
    }

    /// A connection was refused; whose it would have been, where that is known.
    pub fn refused(&self, organization_id: Option<OrganizationId>, reason: &'static str) {
        counter!(WEBSOCKET_CONNECTION_FAILURES_TOTAL, "reason" => reason).increment(1);
        self.note(organization_id, |tally, _| tally.failures += 1);
    }

    /// A client said something, which was taken (`ok`) or `refused`. `event` is a name of a bounded list.
    pub fn heard(&self, organization_id: OrganizationId, event: &'static str, status: &'static str) {
        counter!(WEBSOCKET_MESSAGES_TOTAL, "event" => event, "status" => status).increment(1);
        self.note(Some(organization_id), |tally, part| tally.add_messages(part, 1));
    }

    /// So many connections were told an event. `event` is a name of a bounded list.
    pub fn emitted(&self, organization_id: OrganizationId, event: &'static str, many: u64) {
        counter!(WEBSOCKET_MESSAGES_TOTAL, "event" => event, "status" => "emitted").increment(many);
        self.note(Some(organization_id), |tally, part| tally.add_messages(part, many));
    }

    /// How long after its receipt an event was emitted.
    pub fn delivered(&self, organization_id: OrganizationId, latency: Duration) {
        histogram!(WEBSOCKET_MESSAGE_LATENCY_SECONDS).record(latency);
        self.note(Some(organization_id), |tally, part| tally.add_latency(part, latency));
    }

    /// The figures of this node now: of an organization, or all of them.
    #[must_use]
    pub fn figures(&self, organization_id: Option<OrganizationId>) -> Figures {
        let mut figures = Figures::default();
        let doors: Vec<_> = self.0.doors.read().iter().filter_map(Weak::upgrade).collect();
        for door in doors {
            door.count(organization_id, &mut figures);
        }
        let since = self.0.since.elapsed();
        match organization_id {
            None => self.0.all.lock().add_to(&mut figures, since),
            Some(id) => self.0.own.lock().get(&id).into_iter().for_each(|tally| tally.add_to(&mut figures, since)),
        }
        figures
    }

    /// Shows Prometheus who is connected now.
    pub fn show(&self) {
        let figures = self.figures(None);
        for (namespace, many) in figures.by_namespace {
            gauge!(WEBSOCKET_CONNECTIONS, "namespace" => namespace).set(many as f64);
        }
        gauge!(WEBSOCKET_ROOMS).set(figures.rooms as f64);
    }

    fn note(&self, organization_id: Option<OrganizationId>, note: impl Fn(&mut Tally, u64)) {
        let part = part(self.0.since.elapsed());
        note(&mut self.0.all.lock(), part);
        let Some(organization_id) = organization_id else { return };
        let mut own = self.0.own.lock();
        if own.len() < MOST_ORGANIZATIONS || own.contains_key(&organization_id) {
            note(own.entry(organization_id).or_default(), part);
        }
    }
}

fn part(since: Duration) -> u64 {
    since.as_secs() / PART.as_secs()
}

#[derive(Debug, Default)]
struct Tally {
    connections: u64,
    failures: u64,
    messages: u64,
    recent: [Part; PARTS],
}

/// Five seconds of the last minute.
#[derive(Debug, Default, Clone, Copy)]
struct Part {
    number: u64,
    messages: u64,
    latencies: u64,
    latency: Duration,
}

impl Tally {
    fn part(&mut self, number: u64) -> &mut Part {
        let place = usize::try_from(number).unwrap_or_default() % PARTS;
        let part = &mut self.recent[place];
        if part.number != number {
            *part = Part { number, ..Part::default() };
        }
        part
    }

    fn add_messages(&mut self, number: u64, many: u64) {
        self.messages += many;
        self.part(number).messages += many;
    }

    fn add_latency(&mut self, number: u64, latency: Duration) {
        let part = self.part(number);
        part.latencies += 1;
        part.latency += latency;
    }

    fn add_to(&self, figures: &mut Figures, since: Duration) {
        figures.total_connections += self.connections;
        figures.failed_connections += self.failures;
        figures.total_messages += self.messages;
        let oldest = (part(since) + 1).saturating_sub(PARTS as u64);
        // the part that is now has only begun
        let span = since.saturating_sub(PART * u32::try_from(oldest).unwrap_or_default());
        let mut messages = 0;
        for part in self.recent.iter().filter(|part| part.number >= oldest) {
            messages += part.messages;
            figures.latencies += part.latencies;
            figures.latency_secs += part.latency.as_secs_f64();
        }
        figures.messages_per_second += messages as f64 / span.as_secs_f64().max(1.0);
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "small whole numbers")]
mod tests {
    use super::*;

    fn at(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn recent(tally: &Tally, since: u64) -> (f64, u64) {
        let mut figures = Figures::default();
        tally.add_to(&mut figures, at(since));
        (figures.messages_per_second, figures.latencies)
    }

    #[test]
    fn a_rate_is_that_of_the_last_minute() {
        let mut tally = Tally::default();
        for second in 0..120 {
            tally.add_messages(part(at(second)), 3);
            tally.add_latency(part(at(second)), at(1));
        }
        assert_eq!(recent(&tally, 120), (165.0 / 55.0, 55), "the newest part has just begun");
        assert_eq!(recent(&tally, 150), (75.0 / 55.0, 25));
        assert_eq!(recent(&tally, 1_000), (0.0, 0));
        assert_eq!(tally.messages, 360);
    }

    #[test]
    fn a_young_node_has_a_rate_too() {
        let mut tally = Tally::default();
        tally.add_messages(0, 10);
        assert_eq!(recent(&tally, 0).0, 10.0);
        assert_eq!(recent(&tally, 4).0, 2.5);
    }

    #[test]
    fn an_organization_has_its_own_figures_and_the_whole_has_all() {
        let counts = Counts::default();
        let (one, other) = (OrganizationId::new(), OrganizationId::new());
        counts.connected(one, false);
        counts.emitted(other, "message:new", 5);
        counts.refused(None, "invalid_token");
        let (of_one, all) = (counts.figures(Some(one)), counts.figures(None));
        assert_eq!((of_one.total_connections, of_one.total_messages, of_one.failed_connections), (1, 0, 0));
        assert_eq!((all.total_connections, all.total_messages, all.failed_connections), (1, 5, 1));
        assert_eq!(counts.figures(Some(OrganizationId::new())), Figures::default());
    }
}
