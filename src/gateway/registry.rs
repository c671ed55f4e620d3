//! Who is connected to this node: a crowd per organization, from its first connection to its last.

use std::collections::HashMap;
use std::sync::Arc;

use metrics::gauge;
use parking_lot::Mutex;

use super::connection::Connection;
use super::crowd::Crowd;
use super::redis::Hold;
use crate::id::OrganizationId;
use crate::telemetry::names::WEBSOCKET_CONNECTIONS;

/// How this door is named among the namespaces.
pub const NAMESPACE: &str = "/ws";

#[derive(Default)]
pub struct Registry(Mutex<HashMap<OrganizationId, Arc<Crowd>>>);

impl Registry {
    pub fn enter(&self, connection: &Arc<Connection>, own: Option<Hold>) -> Arc<Crowd> {
        let mut crowds = self.0.lock();
        let organization_id = connection.organization_id;
        let crowd = crowds.entry(organization_id).or_insert_with(|| Arc::new(Crowd::new(organization_id)));
        crowd.enter(connection, own);
        gauge!(WEBSOCKET_CONNECTIONS, "namespace" => NAMESPACE).increment(1);
        Arc::clone(crowd)
    }

    pub fn leave(&self, crowd: &Crowd, connection: &Connection) {
        let mut crowds = self.0.lock();
        gauge!(WEBSOCKET_CONNECTIONS, "namespace" => NAMESPACE).decrement(1);
        if crowd.leave(connection) {
            crowd.abandoned.cancel();
            crowds.remove(&crowd.organization_id);
        }
    }

    #[must_use]
    pub fn crowd(&self, organization_id: OrganizationId) -> Option<Arc<Crowd>> {
        self.0.lock().get(&organization_id).cloned()
    }

    #[must_use]
    pub fn crowds(&self) -> Vec<Arc<Crowd>> {
        self.0.lock().values().cloned().collect()
    }
}
