//! Removes what dead nodes left, on whichever node comes first: their connections part as if they had ended.

use super::Presence;
use crate::error::Result;

/// Heartbeats between two cleanings.
const CLEANING: u64 = 200;

impl Presence {
    /// Runs until it is dropped.
    pub(super) async fn sweep_the_dead(&self) {
        let mut beats = self.0.nodes.beats();
        let mut count = 0_u64;
        while beats.changed().await.is_ok() {
            if let Err(error) = self.sweep_round(count.is_multiple_of(CLEANING)).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "what dead nodes left cannot be removed now");
            }
            count += 1;
        }
    }

    async fn sweep_round(&self, clean: bool) -> Result<()> {
        let Some(living) = self.0.nodes.certain() else { return Ok(()) };
        for node in self.0.shelf.nodes().await? {
            if !living.contains(&node) {
                tracing::info!(%node, "a node has died; its users are shown as gone");
                self.sweep(node).await?;
            }
        }
        if clean { self.0.shelf.clean().await } else { Ok(()) }
    }
}
