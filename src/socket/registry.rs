//! Who is connected to this node, and in which rooms: a crowd per organization. A connection is in its crowd from its
//! entry to its end, and in the live flow only once it has seen what came before.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use socketioxide::socket::Sid;

use super::client::Client;
use super::crowd::Crowd;
use crate::id::OrganizationId;
use crate::telemetry::figures::Figures;

/// All crowds of this node.
#[derive(Default)]
pub struct Registry {
    crowds: Mutex<HashMap<OrganizationId, Arc<Crowd>>>,
    /// How many namespaces each transport connection is in.
    sessions: Mutex<HashMap<Sid, usize>>,
}

impl Registry {
    /// Takes a connection in, with its first rooms; `None` where it has ended already.
    pub fn enter(&self, client: &Arc<Client>, rooms: &[String]) -> Option<Arc<Crowd>> {
        let mut crowds = self.crowds.lock();
        if client.is_gone() {
            return None;
        }
        let organization_id = client.organization_id;
        let crowd = crowds.entry(organization_id).or_insert_with(|| Arc::new(Crowd::new(organization_id)));
        crowd.enter(client, rooms);
        *self.sessions.lock().entry(client.session).or_default() += 1;
        Some(Arc::clone(crowd))
    }

    /// Lets a connection go, with its rooms. Its crowd is returned where it was the last one.
    pub fn leave(&self, client: &Client) -> Option<Arc<Crowd>> {
        let mut crowds = self.crowds.lock();
        client.set_gone();
        let crowd = crowds.get(&client.organization_id)?;
        if !crowd.leave(client) {
            return None;
        }
        self.end_session(client.session);
        if crowd.abandon() { crowds.remove(&client.organization_id) } else { None }
    }

    fn end_session(&self, session: Sid) {
        let mut sessions = self.sessions.lock();
        if let Some(namespaces) = sessions.get_mut(&session) {
            *namespaces -= 1;
            if *namespaces == 0 {
                sessions.remove(&session);
            }
        }
    }

    /// Whether a transport connection is in any namespace.
    #[must_use]
    pub fn has_session(&self, session: Sid) -> bool {
        self.sessions.lock().contains_key(&session)
    }

    #[must_use]
    pub fn crowd(&self, organization_id: OrganizationId) -> Option<Arc<Crowd>> {
        self.crowds.lock().get(&organization_id).cloned()
    }

    #[must_use]
    pub fn crowds(&self) -> Vec<Arc<Crowd>> {
        self.crowds.lock().values().cloned().collect()
    }

    /// Counts who is connected now: of an organization, or everybody.
    pub fn count(&self, organization_id: Option<OrganizationId>, figures: &mut Figures) {
        let crowds = match organization_id {
            Some(id) => self.crowd(id).into_iter().collect(),
            None => self.crowds(),
        };
        let mut sessions = HashSet::new();
        for crowd in crowds {
            crowd.count(figures, &mut sessions);
        }
        figures.clients += sessions.len() as u64;
    }

    /// Everyone.
    #[must_use]
    pub fn clients(&self) -> Vec<Arc<Client>> {
        let crowds: Vec<_> = self.crowds.lock().values().cloned().collect();
        crowds.iter().flat_map(|crowd| crowd.clients()).collect()
    }
}
