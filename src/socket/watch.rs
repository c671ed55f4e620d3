//! Ends connections whose token has expired or whose bearer may no longer enter: everyone is looked at again every two
//! seconds, with one round of questions to the store for all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::Door;
use super::client::Client;
use crate::error::Error;
use crate::operator::{Caller, Who};

const EVERY: Duration = Duration::from_millis(1_500);

impl Door {
    /// Runs until it is dropped.
    pub async fn watch(self: &Arc<Self>) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let clients = self.registry.clients();
            if !clients.is_empty() {
                self.look_at(&clients).await;
            }
        }
    }

    async fn look_at(&self, clients: &[Arc<Client>]) {
        let now = self.inbox.clock.now();
        // one question for all connections of a session or key
        let mut callers: Vec<Caller> = Vec::new();
        let mut index: HashMap<_, usize> = HashMap::new();
        let mut current = Vec::with_capacity(clients.len());
        for client in clients {
            let caller = client.caller();
            if caller.expires_at.is_some_and(|expires_at| expires_at <= now) {
                self.expel(client);
                continue;
            }
            let place = *index.entry(key(&caller)).or_insert_with(|| {
                callers.push(Caller { expires_at: None, ..Caller::clone(&caller) });
                callers.len() - 1
            });
            current.push((client, caller, place));
        }
        let standing = match self.gate.recheck(&callers).await {
            Ok(standing) => standing,
            // nothing is known; the next look is soon
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "connections cannot be checked");
                return;
            }
        };
        for (client, before, place) in current {
            let now = standing.get(place).and_then(Option::as_ref);
            match now.filter(|now| now.role() >= before.role()) {
                Some(now) if now.who == before.who => {}
                Some(now) => client.set_caller(Caller { expires_at: before.expires_at, ..now.clone() }),
                // removed, logged out, deleted or demoted; a token that was renewed meanwhile is looked at next time
                None if Arc::ptr_eq(&client.caller(), &before) => self.expel(client),
                None => {}
            }
        }
    }

    fn expel(&self, client: &Client) {
        client.complain(None, &Error::Unauthorized);
        self.hang_up(client);
    }
}

/// Callers that stand and fall together, apart from the end of their tokens.
fn key(caller: &Caller) -> (uuid::Uuid, uuid::Uuid, Option<uuid::Uuid>) {
    let organization_id = caller.organization_id.0;
    match caller.who {
        Who::User { id, session_id, .. } => (organization_id, id.0, session_id.map(|id| id.0)),
        Who::ApiKey { id, .. } => (organization_id, id.0, None),
        Who::Guest { contact_id, chat_id } => (organization_id, contact_id.0, Some(chat_id.0)),
    }
}
