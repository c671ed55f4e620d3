//! What an administrator watches: the figures of all nodes, asked for over the bus when somebody looks, since figures that
//! are gathered beforehand are never those of now. A node that does not answer within a second is named and left out.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Inbox;
use crate::bus::Packet;
use crate::error::{Error, Result};
use crate::id::OrganizationId;
use crate::operator::store::membership;
use crate::operator::{Caller, Role, Who};
use crate::outbound::store as outbound;
use crate::telemetry::figures::Figures;
use crate::time::Millis;

/// How long the other nodes may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Answers of one question that may wait to be read.
const MOST_ANSWERS: usize = 1_024;

/// Whose figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The caller's organization.
    #[default]
    Organization,
    /// All organizations: for administrators made with `create-admin --server`.
    Server,
}

/// The figures of all nodes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Monitoring {
    pub connections: Connections,
    /// Rooms with somebody in them, on each node and in each namespace.
    pub rooms: u64,
    /// Users with a connection, whatever the number of tabs; with `scope=server` those of each organization, added up.
    pub users_online: u64,
    /// What sockets said and were told, in each second of the last minute.
    pub messages_per_second: f64,
    /// From the receipt of what is told to its emission, in the last minute; 0 where nothing was told.
    pub average_response_time_ms: f64,
    /// Connections that were refused since the nodes started, as far as their token says whose they were.
    pub failed_connections: u64,
    /// Connections that were made since the nodes started, each namespace for itself.
    pub total_connections: u64,
    /// What sockets said and were told since the nodes started.
    pub total_messages: u64,
    /// Messages that wait to be handed to their networks.
    pub outbound_queue_depth: u64,
    /// When the oldest of the nodes started.
    #[schema(value_type = DateTime<Utc>)]
    pub started_at: Millis,
    pub uptime_seconds: u64,
    /// Oldest first.
    pub nodes: Vec<NodeFigures>,
}

/// Connections now.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connections {
    /// Sum over the namespaces and `/ws`.
    pub total: u64,
    /// Transport connections; one may be in several namespaces.
    pub clients: u64,
    /// `/`, `/chat`, `/notifications`, `/ws`.
    pub by_namespace: std::collections::BTreeMap<String, u64>,
}

/// A living node.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeFigures {
    pub id: Uuid,
    #[schema(value_type = DateTime<Utc>)]
    pub started_at: Millis,
    pub uptime_seconds: u64,
    /// `false`: it did not answer within a second, and its figures are missing everywhere.
    pub answered: bool,
    pub connections: Connections,
}

impl From<&Figures> for Connections {
    fn from(figures: &Figures) -> Self {
        let by_namespace = figures.by_namespace.clone();
        Self { total: by_namespace.values().sum(), clients: figures.clients, by_namespace }
    }
}

/// A node's answer on the bus.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    started_at: DateTime<Utc>,
    figures: Figures,
}

/// Questions that other nodes were asked and that wait for their answers.
pub struct Monitor {
    started_at: DateTime<Utc>,
    asked: Mutex<HashMap<Uuid, mpsc::Sender<(Uuid, Answer)>>>,
}

impl Monitor {
    #[must_use]
    pub fn new(started_at: DateTime<Utc>) -> Self {
        Self { started_at, asked: Mutex::default() }
    }

    /// Takes the answer of a node; one that nobody waits for any more is dropped.
    pub(super) fn take(&self, node: Uuid, question: Uuid, answer: &RawValue) {
        let Some(waiting) = self.asked.lock().get(&question).cloned() else { return };
        match serde_json::from_str(answer.get()) {
            Ok(answer) => drop(waiting.try_send((node, answer))),
            Err(error) => tracing::debug!(%error, "a node's figures could not be read"),
        }
    }
}

/// A question; nobody waits for its answers once it is dropped.
struct Question<'a> {
    monitor: &'a Monitor,
    id: Uuid,
    answers: mpsc::Receiver<(Uuid, Answer)>,
}

impl<'a> Question<'a> {
    fn new(monitor: &'a Monitor) -> Self {
        let (sender, answers) = mpsc::channel(MOST_ANSWERS);
        let id = Uuid::now_v7();
        monitor.asked.lock().insert(id, sender);
        Self { monitor, id, answers }
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.monitor.asked.lock().remove(&self.id);
    }
}

impl Inbox {
    /// The figures of the caller's organization, or of the whole server, over all nodes.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who is no administrator, and for the server's figures also for who was not made one of the
    /// server; those of the database.
    pub async fn monitor(&self, caller: &Caller, scope: Scope) -> Result<Monitoring> {
        caller.require(Role::Admin)?;
        let server_admin = matches!(caller.who, Who::User { server_admin: true, .. });
        if scope == Scope::Server && !server_admin {
            return Err(Error::Forbidden("This needs an administrator made with `create-admin --server`.".into()));
        }
        let organization_id = (scope == Scope::Organization).then_some(caller.organization_id);
        let (answers, users_online, waiting) = tokio::join!(
            self.ask_nodes(organization_id),
            self.count_online(organization_id),
            self.count_waiting(organization_id),
        );
        let now = self.clock.now();
        let uptime = |since: DateTime<Utc>| u64::try_from((now - since).num_seconds()).unwrap_or_default();
        let mut sum = Figures::default();
        let mut nodes: Vec<NodeFigures> = Vec::with_capacity(answers.len());
        for (id, started_at, figures) in answers {
            let answered = figures.is_some();
            let figures = figures.unwrap_or_default();
            sum += &figures;
            let (connections, uptime_seconds) = (Connections::from(&figures), uptime(started_at));
            nodes.push(NodeFigures { id, started_at: Millis(started_at), uptime_seconds, answered, connections });
        }
        nodes.sort_unstable_by_key(|node| (node.started_at, node.id));
        let started_at = nodes.first().map_or(self.monitor.started_at, |node| node.started_at.0);
        let average = if sum.latencies == 0 { 0.0 } else { sum.latency_secs * 1_000.0 / sum.latencies as f64 };
        Ok(Monitoring {
            connections: Connections::from(&sum),
            rooms: sum.rooms,
            users_online: users_online?,
            messages_per_second: rounded(sum.messages_per_second),
            average_response_time_ms: rounded(average),
            failed_connections: sum.failed_connections,
            total_connections: sum.total_connections,
            total_messages: sum.total_messages,
            outbound_queue_depth: waiting?,
            started_at: Millis(started_at),
            uptime_seconds: uptime(started_at),
            nodes,
        })
    }

    /// This node's figures, and those of the others that live; `None` where one does not answer.
    async fn ask_nodes(&self, organization_id: Option<OrganizationId>) -> Vec<(Uuid, DateTime<Utc>, Option<Figures>)> {
        let own = self.bus.node();
        let mut missing: HashMap<Uuid, DateTime<Utc>> = self
            .nodes
            .living()
            .into_iter()
            .map(|node| (node.id, node.started_at))
            .filter(|(id, _)| *id != own)
            .collect();
        let mut nodes = vec![(own, self.monitor.started_at, Some(self.counts.figures(organization_id)))];
        if missing.is_empty() {
            return nodes;
        }
        let mut question = Question::new(&self.monitor);
        self.bus.publish(Packet::Count { question: question.id, organization_id });
        let deadline = Instant::now() + PATIENCE;
        while !missing.is_empty() {
            let Ok(Some((id, answer))) = timeout_at(deadline, question.answers.recv()).await else { break };
            if missing.remove(&id).is_some() {
                nodes.push((id, answer.started_at, Some(answer.figures)));
            }
        }
        nodes.extend(missing.into_iter().map(|(id, started_at)| (id, started_at, None)));
        nodes
    }

    /// Answers another node.
    pub(super) fn answer_count(&self, question: Uuid, organization_id: Option<OrganizationId>) {
        let answer = Answer { started_at: self.monitor.started_at, figures: self.counts.figures(organization_id) };
        match serde_json::value::to_raw_value(&answer) {
            Ok(answer) => self.bus.publish(Packet::Counted { question, answer }),
            Err(error) => tracing::error!(%error, "the figures of this node are no JSON"),
        }
    }

    async fn count_online(&self, organization_id: Option<OrganizationId>) -> Result<u64> {
        match organization_id {
            Some(id) => self.presence.total(id).await,
            None => self.presence.total_of(&membership::list_organizations(&self.pool).await?).await,
        }
    }

    async fn count_waiting(&self, organization_id: Option<OrganizationId>) -> Result<u64> {
        let count: i64 =
            outbound::count_waiting(&self.pool, organization_id).await?.iter().map(|(_, count)| count).sum();
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

/// To a thousandth.
fn rounded(figure: f64) -> f64 {
    (figure * 1_000.0).round() / 1_000.0
}
