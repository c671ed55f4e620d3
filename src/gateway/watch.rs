//! Ends connections whose token has expired or whose bearer may no longer enter, within five seconds.

use std::time::Duration;

use super::Door;
use super::connection::Ending;
use crate::operator::review::Standing;

const EVERY: Duration = Duration::from_millis(1_500);

impl Door {
    /// Runs until it is dropped.
    pub async fn watch(&self) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let crowds = self.registry.crowds();
            let connections: Vec<_> = crowds.iter().flat_map(|crowd| crowd.connections()).collect();
            let callers: Vec<_> = connections.iter().map(|connection| connection.caller()).collect();
            for (connection, standing) in connections.iter().zip(self.gate.review(&callers).await) {
                match standing {
                    Standing::Stays => {}
                    Standing::Changed(caller) => connection.set_caller(caller),
                    Standing::Goes => _ = connection.end(Ending::InvalidToken),
                }
            }
        }
    }
}
