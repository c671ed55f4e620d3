//! What time does: partitions turn, old answers and parked things go, snoozed chats wake.

use std::time::Duration;

use super::Inbox;
use crate::delivery::store as deliveries;
use crate::error::{Error, Result};
use crate::media::store as files;
use crate::message::store as messages;
use crate::notification::store as notifications;
use crate::operator::session;
use crate::outbound::store as outbound;

/// How long the journal, raw bodies and what waits for its message are kept.
const KEEP_DAYS: i32 = 7;
/// How long notifications are kept: those that were read, and others.
const KEEP_READ_DAYS: i64 = 90;
const KEEP_UNREAD_DAYS: i64 = 365;
/// How long an upload waits for its message.
const UNSENT: chrono::TimeDelta = chrono::TimeDelta::hours(24);
const WAKE: Duration = Duration::from_secs(1);
/// Rounds of [`WAKE`] between two cleanings.
const CLEANING: u32 = 600;

impl Inbox {
    /// Keeps house until it is dropped.
    pub async fn keep_house(&self) {
        let mut rounds = 0u32;
        loop {
            if let Err(error) = self.wake_snoozed().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "snoozed chats were not woken");
            }
            if rounds.is_multiple_of(CLEANING)
                && let Err(error) = self.clean().await
            {
                tracing::warn!(error = &error as &dyn std::error::Error, "old rows were not cleaned away");
            }
            rounds = rounds.wrapping_add(1);
            tokio::time::sleep(WAKE).await;
        }
    }

    async fn clean(&self) -> Result<()> {
        let mut connection = self.pool.acquire().await?;
        deliveries::turn_partitions(&mut connection, KEEP_DAYS).await?;
        outbound::delete_old(&mut connection).await?;
        let old = self.clock.now() - chrono::TimeDelta::days(KEEP_DAYS.into());
        messages::delete_old_parked(&mut *connection, old).await?;
        let days_ago = |days| self.clock.now() - chrono::TimeDelta::days(days);
        notifications::delete_old(&mut *connection, days_ago(KEEP_READ_DAYS), days_ago(KEEP_UNREAD_DAYS)).await?;
        drop(connection);
        files::delete_unsent(&self.pool, self.clock.now() - UNSENT).await?;
        self.media.due.notify_one();
        self.media.objects.sweep().await.map_err(|error| Error::Unavailable(error.into()))?;
        session::sweep(&self.pool, &self.clock).await?;
        self.empty_deleted_teams().await
    }
}
