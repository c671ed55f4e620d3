//! Ends connections whose token has expired or whose bearer may no longer enter: everyone is looked at again every second and
//! a half, with one round of questions to the store for all.

use std::sync::Arc;
use std::time::Duration;

use super::Door;
use super::client::Client;
use crate::error::Error;
use crate::operator::review::Standing;

const EVERY: Duration = Duration::from_millis(1_500);

impl Door {
    /// Runs until it is dropped.
    pub async fn watch(self: &Arc<Self>) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let clients = self.registry.clients();
            let callers: Vec<_> = clients.iter().map(|client| client.caller()).collect();
            let standings = self.gate.review(&callers).await;
            for ((client, before), standing) in clients.iter().zip(callers).zip(standings) {
                match standing {
                    Standing::Stays => {}
                    Standing::Changed(caller) => client.set_caller(caller),
                    // a token that was renewed meanwhile is looked at next time
                    Standing::Goes if Arc::ptr_eq(&client.caller(), &before) => self.expel(client),
                    Standing::Goes => {}
                }
            }
        }
    }

    fn expel(&self, client: &Client) {
        client.complain(None, &Error::Unauthorized);
        self.hang_up(client);
    }
}
