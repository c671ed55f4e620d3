//! What is no fact (typing, a pairing code) and may be lost: passed to the doors of this node, never journalled.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::id::OrganizationId;

/// Events that may wait for a slow door.
const WAITING: usize = 1_024;

/// Something passing.
#[derive(Debug, Clone)]
pub struct LiveEvent {
    pub organization_id: OrganizationId,
    pub name: &'static str,
    /// Rooms of the organization; a socket in any of them is told once.
    pub rooms: Vec<String>,
    /// JSON text of an object.
    pub data: Arc<str>,
    /// The connection that caused it, and is not told.
    pub except: Option<uuid::Uuid>,
}

#[derive(Clone)]
pub struct Live(broadcast::Sender<Arc<LiveEvent>>);

impl Default for Live {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}

impl Live {
    /// Passes an event to all doors; nobody listening is no error.
    pub fn tell(&self, event: LiveEvent) {
        let _ = self.0.send(Arc::new(event));
    }

    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<LiveEvent>> {
        self.0.subscribe()
    }
}
