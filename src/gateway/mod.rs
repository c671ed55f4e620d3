//! The gateway's door: plain WebSockets at `/ws`, and the Redis channels by which other backends talk to those connections.
//! It reads the journal through the feed, decides nothing about the inbox, and stores nothing of what others publish.

mod answer;
mod connection;
mod converse;
mod crowd;
mod entrance;
mod present;
mod pump;
mod redis;
mod registry;
mod said;
mod watch;
mod words;

use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use crate::id::OrganizationId;
use crate::inbox::Inbox;
use crate::operator::gate::Gate;
use crate::origin::Origins;
use crate::telemetry::figures;

/// How long connections have to say goodbye when the node stops.
const GOODBYE: Duration = Duration::from_millis(2_000);

/// The door; cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Door>);

/// What everything behind the door works with.
struct Door {
    inbox: Inbox,
    gate: Gate,
    origins: Origins,
    registry: registry::Registry,
    /// With `REDIS_URL`.
    relay: Option<redis::Relay>,
    closing: CancellationToken,
}

impl figures::Door for Door {
    fn count(&self, organization_id: Option<OrganizationId>, figures: &mut figures::Figures) {
        self.registry.count(organization_id, figures);
    }
}

impl Gateway {
    /// Builds the door and starts what it runs; all of it ends with the inbox's background tasks.
    #[must_use]
    pub fn open(inbox: Inbox, gate: Gate) -> Self {
        let relay = redis::Relay::open(&inbox);
        let (origins, background) = (Origins::new(&inbox.config), inbox.background.clone());
        let registry = registry::Registry::default();
        let door = Arc::new(Door { inbox, gate, origins, registry, relay, closing: CancellationToken::new() });
        let counted: Weak<Door> = Arc::downgrade(&door);
        door.inbox.counts.add_door(counted);
        let (live, watch) = (Arc::clone(&door), Arc::clone(&door));
        background.spawn_until_stop(async move { live.carry_live().await });
        background.spawn_until_stop(async move { watch.watch().await });
        door.start_relay();
        let (gateway, stopping) = (Self(door), background.clone());
        let closing = gateway.clone();
        background.spawn(async move {
            stopping.stopping().await;
            closing.close().await;
        });
        gateway
    }

    /// The route of `/ws`.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let door = Arc::clone(&self.0);
        Router::new().route("/ws", get(move |request: Request| std::future::ready(door.enter(request))))
    }

    /// Ends all connections, those of peers that do not read included; called when the process stops.
    pub async fn close(&self) {
        self.0.closing.cancel();
        let all_left = async {
            loop {
                let crowds = self.0.registry.crowds();
                for connection in crowds.iter().flat_map(|crowd| crowd.connections()) {
                    connection.end(connection::Ending::Stopping);
                }
                let Some(crowd) = crowds.first() else { return };
                crowd.abandoned.cancelled().await;
            }
        };
        tokio::time::timeout(GOODBYE, all_left).await.ok();
    }
}
