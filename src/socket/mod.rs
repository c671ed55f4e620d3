//! The Socket.IO door: connections, their rooms, what they are told and what they say. It reads the journal through the
//! feed and decides nothing about the inbox. Every node speaks to its own sockets only.

pub mod asyncapi;
mod catalogue;
mod client;
mod common;
mod connect;
mod conversation;
mod crowd;
mod delta;
mod face;
mod hear;
mod line;
mod look;
mod notifications;
mod operators;
mod packet;
pub mod payload;
mod present;
mod pump;
mod registry;
mod replay;
mod space;
mod upgrade;
mod watch;

use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use socketioxide::SocketIo;

use crate::id::OrganizationId;
use crate::inbox::Inbox;
use crate::operator::gate::Gate;
use crate::telemetry::figures;

/// A second and a half for goodbyes; whoever does not read is cut off then.
const GOODBYE: Duration = Duration::from_millis(1_500);
/// Above the 64 KiB that a payload may have, so that too much can be answered.
const MOST_MESSAGE_BYTES: usize = 256 * 1024;
/// Packets that may wait for a connection.
const MOST_PACKETS: usize = 1_024;

/// The door; cheap to clone.
#[derive(Clone)]
pub struct Sockets {
    door: Arc<Door>,
    io: SocketIo,
    entrance: upgrade::Entrance,
}

/// What everything behind the door works with.
struct Door {
    inbox: Inbox,
    gate: Gate,
    registry: registry::Registry,
    lines: line::Lines,
    faces: face::Faces,
}

impl figures::Door for Door {
    fn count(&self, organization_id: Option<OrganizationId>, figures: &mut figures::Figures) {
        self.registry.count(organization_id, figures);
    }
}

impl Sockets {
    /// Builds the door and starts what it runs; all of it ends with the inbox's background tasks.
    #[must_use]
    pub fn open(inbox: Inbox, gate: Gate) -> Self {
        let (engine, io) = SocketIo::builder()
            .req_path("/socket.io")
            .ping_interval(Duration::from_secs(25))
            .ping_timeout(Duration::from_secs(60))
            .connect_timeout(Duration::from_secs(10))
            .max_buffer_size(MOST_PACKETS)
            .max_payload(MOST_MESSAGE_BYTES as u64)
            .ws_max_message_size(MOST_MESSAGE_BYTES)
            .ws_max_frame_size(MOST_MESSAGE_BYTES)
            // each connection at rest holds one; what clients send is mostly shorter, and anything longer grows it
            .ws_read_buffer_size(128)
            .build_with_inner_svc(Router::new());
        let lines = line::Lines::default();
        let background = inbox.background.clone();
        let entrance = upgrade::Entrance::new(engine, lines.clone(), background.clone(), &inbox.config);
        let faces = face::Faces::new(inbox.pool.clone());
        let door = Arc::new(Door { inbox, gate, registry: registry::Registry::default(), lines, faces });
        for space in space::Space::ALL {
            connect::serve(&io, &door, space);
        }
        let counted: Weak<Door> = Arc::downgrade(&door);
        door.inbox.counts.add_door(counted);
        let (live, watch, present) = (Arc::clone(&door), Arc::clone(&door), Arc::clone(&door));
        background.spawn_until_stop(async move { live.carry_live().await });
        background.spawn_until_stop(async move { watch.watch().await });
        background.spawn_until_stop(async move { present.make_up_for_lost_presence().await });
        let sockets = Self { door, io, entrance };
        let (closing, stopping) = (sockets.clone(), background.clone());
        background.spawn(async move {
            stopping.stopping().await;
            closing.close().await;
        });
        sockets
    }

    /// The routes of `/socket.io`. CORS headers are set by a layer around them.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let entrance = self.entrance.clone();
        let answer = any(move |request: Request| entrance.clone().answer(request));
        Router::new()
            .route("/socket.io", answer.clone())
            .route("/socket.io/", answer.clone())
            .route("/socket.io/{*rest}", answer)
    }

    /// Ends all connections within two seconds, those of peers that do not read included; called when the process stops.
    pub async fn close(&self) {
        let clients = self.door.registry.clients();
        if tokio::time::timeout(GOODBYE, self.io.close()).await.is_err() {
            for client in &clients {
                client.cut();
            }
        }
    }
}
