//! Writes this node's changes to the shelf, in their order. After a failure, and every ten seconds, all that is held here is
//! compared with what is written, and what differs is mended: so nothing is lost, and a shelf that came back empty fills.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::Presence;
use super::desk::{Held, Kind, Op};
use crate::error::Result;

/// Changes that are written together.
const AT_ONCE: usize = 64;
const COMPARE: Duration = Duration::from_secs(10);
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(1);
/// How long the last words may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// Connections of a node that are looked at together where it is gone.
const SWEPT_AT_ONCE: usize = 100;

impl Presence {
    /// Runs until it is dropped.
    pub(super) async fn keep(&self) {
        let desk = &self.0.desk;
        let mut listening = self.0.bus.listening();
        let mut compare_at = Instant::now() + COMPARE;
        let mut retry = FIRST_RETRY;
        loop {
            tokio::select! {
                () = desk.news.notified() => {}
                () = tokio::time::sleep_until(compare_at) => desk.doubt(),
                // the shelf may have come back empty
                Ok(()) = listening.changed() => desk.doubt(),
            }
            loop {
                if desk.is_amiss() {
                    // what comes of it is to be heard here too
                    let _ = tokio::time::timeout(LAST_RETRY, listening.wait_for(|listening| *listening)).await;
                    compare_at = Instant::now() + COMPARE;
                    if let Err(error) = self.compare().await {
                        tracing::debug!(error = &error as &dyn std::error::Error, "presence cannot be compared");
                        desk.fail();
                        tokio::time::sleep(retry).await;
                        retry = (retry * 2).min(LAST_RETRY);
                        continue;
                    }
                    retry = FIRST_RETRY;
                }
                let ops = desk.take(AT_ONCE);
                if ops.is_empty() {
                    break;
                }
                match self.0.shelf.apply(self.0.bus.node(), &ops).await {
                    Ok(()) => ops.into_iter().for_each(Op::finish),
                    Err(error) => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "presence is not written; trying again"
                        );
                        desk.fail();
                    }
                }
            }
        }
    }

    /// Brings what is written for this node in line with what is held.
    async fn compare(&self) -> Result<()> {
        let node = self.0.bus.node();
        let held = self.0.desk.begin_comparison();
        let written = self.0.shelf.held_by(node, usize::try_from(i32::MAX).unwrap_or(usize::MAX)).await?;
        let written: HashMap<Uuid, Held> = written.into_iter().map(|held| (held.connection.id, held)).collect();
        let mut ops = Vec::new();
        for gone in written.values().filter(|written| !held.contains_key(&written.connection.id)) {
            ops.push(Op::new(Kind::Part, gone.connection, None, None));
        }
        for held in held.values() {
            self.mend(held, written.get(&held.connection.id), &mut ops).await;
        }
        for some in ops.chunks(AT_ONCE) {
            self.0.shelf.apply(node, some).await?;
        }
        self.0.desk.end_comparison();
        Ok(())
    }

    async fn mend(&self, held: &Held, written: Option<&Held>, ops: &mut Vec<Op>) {
        let connection = held.connection;
        if written.is_none_or(|written| written.connection != connection) {
            ops.push(Op::new(Kind::Enter, connection, None, None));
        }
        let chats = written.map(|written| written.chats.clone()).unwrap_or_default();
        for chat_id in chats.difference(&held.chats) {
            ops.push(Op::new(Kind::Leave, connection, Some(*chat_id), None));
        }
        if held.chats.is_subset(&chats) {
            return;
        }
        let profile = self.0.profiles.text(connection.organization_id, connection.user_id).await;
        for chat_id in held.chats.difference(&chats) {
            ops.push(Op::new(Kind::Join, connection, Some(*chat_id), Some(profile.clone())));
        }
    }

    /// Parts for all connections of this node, which is about to end; what is left is swept by the others.
    pub(super) async fn say_goodbye(&self) {
        self.0.desk.shut();
        let swept = tokio::time::timeout(GOODBYE, self.sweep(self.0.bus.node())).await;
        if !matches!(swept, Ok(Ok(()))) {
            tracing::info!("who was connected here is shown as present for some seconds more");
        }
        self.0.nodes.leave().await;
    }

    /// Parts for all connections that are written for a node.
    pub(super) async fn sweep(&self, node: Uuid) -> Result<()> {
        loop {
            let left = self.0.shelf.held_by(node, SWEPT_AT_ONCE).await?;
            if left.is_empty() {
                return Ok(());
            }
            let ops: Vec<Op> = left.iter().map(|held| Op::new(Kind::Part, held.connection, None, None)).collect();
            self.0.shelf.apply(node, &ops).await?;
        }
    }
}
