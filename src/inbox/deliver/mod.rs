//! Delivering: due queues are claimed under a lease, and each queue's messages are handed to their network one at a time.
//!
//! An attempt is written down before the network is called, with no transaction open during the call, and its outcome
//! afterwards ([`outcome`]). An attempt that a crash left behind has an unknown outcome and is not repeated blindly.

pub mod nearest;
mod outcome;

use std::sync::Arc;
use std::time::Duration;

use contract::{MessageType, Outgoing};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::Inbox;
use crate::channel::OpenChannel;
use crate::error::{Error, Result};
use crate::message::{MessageStatus, Row, store as messages};
use crate::outbound::LEASE;
use crate::outbound::store::{self as outbound, Claimed};

use nearest::Nearest;
use outcome::Outcome;

/// Queues that this node serves at once.
const QUEUES: usize = 64;
/// Longest sleep between looks at the queue: what another node left behind is seen this late at most.
const LOOK: Duration = Duration::from_secs(1);
/// A network that does not keep its own promise to answer within 30 s is cut off.
const CALL: Duration = Duration::from_secs(32);

/// A queue whose channel or chat is just being deleted is looked at again this late.
const ORPHAN: Duration = Duration::from_secs(60);

/// What comes after an attempt.
enum Next {
    /// The queue's next message.
    Continue,
    /// The queue waits.
    Wait(Duration),
    /// The queue is empty, or another node has it.
    Stop,
}

impl Inbox {
    /// Serves the queues until the process stops, and finishes what is under way.
    pub async fn deliver(&self) {
        let slots = Arc::new(Semaphore::new(QUEUES));
        while !self.background.is_stopping() {
            let free = slots.available_permits();
            let claimed = if free == 0 { Vec::new() } else { self.claim_due(free).await };
            let nothing = claimed.is_empty();
            for queue in claimed {
                let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
                let inbox = self.clone();
                self.background.spawn(async move {
                    inbox.serve(queue).await;
                    drop(slot);
                    inbox.due.notify_one();
                });
            }
            if nothing {
                let wait = self.until_due().await;
                tokio::select! {
                    () = self.due.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                    () = self.background.stopping() => {}
                }
            }
        }
    }

    async fn claim_due(&self, free: usize) -> Vec<(Claimed, Uuid)> {
        let lease_id = Uuid::now_v7();
        let limit = i64::try_from(free).unwrap_or(1);
        match outbound::claim(&self.pool, lease_id, LEASE, limit).await {
            Ok(claimed) => claimed.into_iter().map(|queue| (queue, lease_id)).collect(),
            Err(error) => {
                tracing::warn!(%error, "the outbound queue cannot be read");
                Vec::new()
            }
        }
    }

    async fn until_due(&self) -> Duration {
        let secs = outbound::find_next_due(&self.pool).await.ok().flatten().unwrap_or(LOOK.as_secs_f64());
        Duration::from_secs_f64(secs.clamp(0.005, LOOK.as_secs_f64()))
    }

    /// Sends a queue's messages in order until it is empty or has to wait.
    async fn serve(&self, (queue, lease_id): (Claimed, Uuid)) {
        let wait = loop {
            if self.background.is_stopping() {
                break Duration::ZERO;
            }
            match self.deliver_head(&queue, lease_id).await {
                Ok(Next::Continue) => {}
                Ok(Next::Wait(wait)) => break wait,
                Ok(Next::Stop) => break Duration::ZERO,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, chat_id = %queue.chat_id, "a delivery failed on our side");
                    break LOOK;
                }
            }
        };
        let released = async {
            let mut transaction = self.pool.begin().await?;
            outbound::release(&mut transaction, queue.chat_id, lease_id, wait).await?;
            transaction.commit().await
        };
        if let Err(error) = released.await {
            // the lease ends by itself
            tracing::warn!(%error, chat_id = %queue.chat_id, "a queue could not be given back");
        }
    }

    /// One message: an attempt is recorded, the network is called, its answer is recorded.
    async fn deliver_head(&self, queue: &Claimed, lease_id: Uuid) -> Result<Next> {
        let Some(channel) = self.channel(crate::id::ChannelId(queue.channel_id)).await? else {
            return Ok(Next::Wait(ORPHAN));
        };
        let (row, attempt, outgoing) = match self.begin_attempt(queue, lease_id, &channel).await? {
            Begun::Attempt(row, attempt, outgoing) => (row, attempt, outgoing),
            Begun::Next(next) => return Ok(next),
        };
        let started = std::time::Instant::now();
        let answer = tokio::time::timeout(CALL, channel.network.send(&channel.account, &outgoing)).await;
        let outcome = Outcome::of(answer.unwrap_or_else(|_| {
            Err(contract::SendError::Unknown { message: "the network did not answer in time".into() })
        }));
        metrics::histogram!(crate::telemetry::names::OUTBOUND_SEND_SECONDS).record(started.elapsed().as_secs_f64());
        self.settle_until_done(&channel, *row, attempt, outcome).await
    }

    /// The outcome must not be lost while the store is away for a moment: then a sent message would count as unknown.
    async fn settle_until_done(&self, channel: &OpenChannel, row: Row, attempt: i32, outcome: Outcome) -> Result<Next> {
        let mut tries = 0u32;
        loop {
            match self.settle(channel, &row, attempt, &outcome).await {
                Err(Error::Unavailable(cause)) if tries < 8 => {
                    tracing::warn!(error = %cause, "an outcome could not be written yet");
                    tokio::time::sleep(Duration::from_millis(20 << tries)).await;
                    tries += 1;
                }
                done => return done,
            }
        }
    }

    async fn begin_attempt(&self, queue: &Claimed, lease_id: Uuid, channel: &OpenChannel) -> Result<Begun> {
        let mut transaction = self.pool.begin().await?;
        let connection = &mut *transaction;
        if !outbound::keep(connection, queue.chat_id, lease_id, LEASE).await? {
            return Ok(Begun::Next(Next::Stop));
        }
        let Some(head) = outbound::find_head(&mut *connection, queue.chat_id).await? else {
            return Ok(Begun::Next(Next::Stop));
        };
        let capabilities = channel.network.capabilities();
        let rows = messages::list_by_ids(&mut *connection, &[head.message_id]).await?;
        let Some(row) = rows.into_iter().next().filter(|row| row.status() == MessageStatus::Queued) else {
            // settled by the network's own word, or deleted
            outbound::remove(&mut *connection, head.message_id).await?;
            transaction.commit().await?;
            return Ok(Begun::Next(Next::Continue));
        };
        if head.attempt_started_at.is_some() && !capabilities.repeats_safely {
            transaction.commit().await?;
            let outcome = Outcome::unknown("the server stopped before the network's answer was written");
            return Ok(Begun::Next(self.settle_until_done(channel, row, head.attempt, outcome).await?));
        }
        if self.clock.now() - head.queued_at > crate::outbound::GIVE_UP {
            transaction.commit().await?;
            let outcome = Outcome::given_up(head.last_code);
            return Ok(Begun::Next(self.settle_until_done(channel, row, head.attempt, outcome).await?));
        }
        let chats = crate::chat::store::list_by_ids(&mut *connection, &[queue.chat_id]).await?;
        let Some(chat) = chats.into_iter().next() else { return Ok(Begun::Next(Next::Wait(ORPHAN))) };
        // a text has no file: its delivery asks nothing more
        let is_file = row.kind.parse().is_ok_and(MessageType::is_media);
        let files = if is_file { self.outgoing_files(connection, row.id).await? } else { Some(Vec::new()) };
        let Some(files) = files else { return Ok(Begun::Next(Next::Wait(LOOK))) };
        let pace = if chat.is_group { capabilities.pace.group } else { capabilities.pace.chat };
        if let Some(pace) = pace {
            let wait = outbound::take_slot(&mut *connection, queue.chat_id, pace.every, pace.burst).await?;
            if wait > 0.0 {
                return Ok(Begun::Next(Next::Wait(Duration::from_secs_f64(wait))));
            }
        }
        let per_second = capabilities.pace.channel_per_second;
        if per_second > 0 {
            let every = Duration::from_secs_f64(1.0 / f64::from(per_second));
            let wait = outbound::take_slot(&mut *connection, queue.channel_id, every, per_second).await?;
            if wait > 0.0 {
                return Ok(Begun::Next(Next::Wait(Duration::from_secs_f64(wait))));
            }
        }
        let answered = match row.reply_to_id {
            Some(id) => messages::list_by_ids(&mut *connection, &[id]).await?.pop(),
            None => None,
        };
        let context = match (&answered, capabilities.context) {
            (_, false) => None,
            (Some(answered), true) => Some(answered.metadata.clone()),
            (None, true) => messages::find_last_incoming(&mut *connection, crate::id::ChatId(queue.chat_id), row.seq)
                .await?
                .map(|last| last.metadata),
        };
        let reply_to = answered.and_then(|answered| answered.external_id);
        let metadata = serde_json::from_str(&row.metadata).unwrap_or_default();
        let Nearest { kind, content, attachments } = nearest::nearest(&row, &metadata, files, capabilities);
        let attempt = outbound::begin_attempt(&mut *connection, head.message_id).await?;
        transaction.commit().await?;
        let outgoing = Outgoing {
            message_id: row.id,
            attempt,
            chat_external_id: chat.external_id,
            is_group: chat.is_group,
            kind,
            content,
            metadata,
            attachments,
            reply_to,
            context: context.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        };
        Ok(Begun::Attempt(Box::new(row), attempt, Box::new(outgoing)))
    }
}

enum Begun {
    Attempt(Box<Row>, i32, Box<Outgoing>),
    Next(Next),
}
