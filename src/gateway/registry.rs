//! Who is connected to this node: a crowd per organization, from its first connection to its last.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::connection::Connection;
use super::crowd::Crowd;
use super::redis::Hold;
use crate::id::OrganizationId;
use crate::telemetry::figures::Figures;

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
        Arc::clone(crowd)
    }

    pub fn leave(&self, crowd: &Crowd, connection: &Connection) {
        let mut crowds = self.0.lock();
        if crowd.leave(connection) {
            crowd.abandoned.cancel();
            crowds.remove(&crowd.organization_id);
        }
    }

    #[must_use]
    pub fn crowd(&self, organization_id: OrganizationId) -> Option<Arc<Crowd>> {
        self.0.lock().get(&organization_id).cloned()
    }

    /// Counts who is connected now: of an organization, or everybody.
    pub fn count(&self, organization_id: Option<OrganizationId>, figures: &mut Figures) {
        let crowds = match organization_id {
            Some(id) => self.crowd(id).into_iter().collect(),
            None => self.crowds(),
        };
        for crowd in crowds {
            crowd.count(figures);
        }
    }

    #[must_use]
    pub fn crowds(&self) -> Vec<Arc<Crowd>> {
        self.0.lock().values().cloned().collect()
    }
}
