//! Attending channels: one node at a time opens each channel at its network, and polls it where it is polled.
//!
//! A lease per channel says which node; it ends 10 s after its holder dies, and another node goes on from the stored
//! offset. A channel that was changed is attended anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contract::{ChannelStatus, Mode, OpenError, Parcel, PollError, Source};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Inbox;
use super::channels::ChannelNews;
use super::receive::Delivery;
use crate::channel::{OpenChannel, store};
use crate::error::Result;
use crate::id::ChannelId;
use crate::outbound;

const LEASE: Duration = Duration::from_secs(10);
const ROUND: Duration = Duration::from_secs(3);
/// Wait after a conflict with another poller: longer than a poll, so that one of two gives way.
const CONFLICT: Duration = Duration::from_secs(30);

/// Check-ups that find nobody before the channel counts as lost.
const LOST: u32 = 2;

/// A channel that this node attends.
struct Attended {
    updated_at: DateTime<Utc>,
    stop: CancellationToken,
}

impl Inbox {
    /// Attends channels until the process stops, and gives their leases back.
    pub async fn attend(&self) {
        let holder = Uuid::now_v7();
        let mut attended: HashMap<ChannelId, Attended> = HashMap::new();
        let mut held_at = Instant::now();
        while !self.background.is_stopping() {
            match self.attend_round(holder, &mut attended).await {
                Ok(()) => held_at = Instant::now(),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "channels cannot be attended");
                    if held_at.elapsed() >= LEASE {
                        // another node may have the leases by now
                        attended.drain().for_each(|(_, channel)| channel.stop.cancel());
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                () = self.attention.notified() => {}
                () = self.background.stopping() => {}
            }
        }
        attended.drain().for_each(|(_, channel)| channel.stop.cancel());
        if let Err(error) = store::drop_leases(&self.pool, holder).await {
            tracing::info!(%error, "leases were not given back; they end by themselves");
        }
    }

    async fn attend_round(&self, holder: Uuid, attended: &mut HashMap<ChannelId, Attended>) -> Result<()> {
        let rows = store::list_all(&self.pool).await?;
        let names: Vec<String> = rows.iter().map(|row| lease_name(row.id)).collect();
        let held = store::hold_leases(&self.pool, &names, holder, LEASE).await?;
        let held: std::collections::HashSet<String> = held.into_iter().collect();
        let mut mine: HashMap<ChannelId, store::Row> = rows
            .into_iter()
            .filter(|row| held.contains(&lease_name(row.id)))
            .map(|row| (ChannelId(row.id), row))
            .collect();
        attended.retain(|id, channel| {
            let same = mine.get(id).is_some_and(|row| row.updated_at == channel.updated_at);
            if same {
                mine.remove(id);
            } else {
                channel.stop.cancel();
            }
            same
        });
        for (id, row) in mine {
            let updated_at = row.updated_at;
            let Some(channel) = self.open_channel(row)? else { continue };
            let stop = CancellationToken::new();
            attended.insert(id, Attended { updated_at, stop: stop.clone() });
            let inbox = self.clone();
            self.background.spawn_until_stop(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = inbox.attend_channel(channel) => {}
                }
            });
        }
        Ok(())
    }

    async fn attend_channel(&self, channel: Arc<OpenChannel>) {
        if !self.connect(&channel).await {
            return;
        }
        let polling = async {
            if channel.account.mode == Mode::Polling {
                self.poll(&channel).await;
            }
        };
        tokio::join!(polling, self.check_up(&channel), self.sync_templates_often(&channel));
    }

    /// Opens a channel at its network, again and again while the network cannot be reached; `false` where it was refused.
    async fn connect(&self, channel: &OpenChannel) -> bool {
        let mut attempt = 0;
        loop {
            let opened = channel.network.open(&channel.account).await;
            let (news, done) = match opened {
                Ok(opened) => {
                    let is_new_code = self.pairing.note(channel.id, opened.qr.as_deref());
                    let status = Some((opened.status, opened.warning));
                    (ChannelNews { status, facts: opened.facts, is_new_code }, Some(true))
                }
                Err(OpenError::Refused { message }) => {
                    (ChannelNews::of_status(ChannelStatus::Error, Some(message)), Some(false))
                }
                Err(OpenError::Unreachable { message }) => {
                    (ChannelNews::of_status(ChannelStatus::Disconnected, Some(message)), None)
                }
            };
            self.note(channel, news).await;
            if let Some(done) = done {
                return done;
            }
            attempt += 1;
            tokio::time::sleep(outbound::backoff(attempt)).await;
        }
    }

    /// Asks how the account is, now and then, for as long as the channel is attended. A success lifts what a check-up found,
    /// never what sending found: an account may look well and still be refused.
    async fn check_up(&self, channel: &OpenChannel) {
        let Some(every) = channel.network.capabilities().checkup else { return };
        let (mut failures, mut found) = (0, false);
        loop {
            tokio::time::sleep(every).await;
            let news = match channel.network.check_up(&channel.account).await {
                Ok(opened) => {
                    failures = 0;
                    let is_new_code = self.pairing.note(channel.id, opened.qr.as_deref());
                    let stands = self.channel(channel.id).await.ok().flatten();
                    let refused = stands.is_some_and(|stands| stands.status == ChannelStatus::Error);
                    let status = (found || !refused).then_some((opened.status, opened.warning));
                    found = false;
                    ChannelNews { status, facts: opened.facts, is_new_code }
                }
                Err(OpenError::Refused { message }) => {
                    found = true;
                    ChannelNews::of_status(ChannelStatus::Error, Some(message))
                }
                Err(OpenError::Unreachable { message }) => {
                    failures += 1;
                    if failures < LOST {
                        continue;
                    }
                    found = true;
                    ChannelNews::of_status(ChannelStatus::Disconnected, Some(message))
                }
            };
            self.note(channel, news).await;
        }
    }

    /// Polls a channel; the offset moves in the transaction that stores what came.
    async fn poll(&self, channel: &Arc<OpenChannel>) {
        let mut failures = 0;
        loop {
            let wait = match self.poll_once(channel).await {
                Ok(Ok(())) => {
                    if failures > 0 {
                        self.note_poll(channel, ChannelStatus::Connected, None).await;
                    }
                    failures = 0;
                    Duration::ZERO
                }
                Ok(Err(PollError::Stopped { message })) => {
                    self.note_poll(channel, ChannelStatus::Error, Some(message)).await;
                    return;
                }
                Ok(Err(PollError::Conflict { message })) => {
                    failures += 1;
                    self.note_poll(channel, ChannelStatus::Error, Some(message)).await;
                    CONFLICT
                }
                Ok(Err(PollError::Retry { message, after })) => {
                    failures += 1;
                    if failures > 2 {
                        self.note_poll(channel, ChannelStatus::Disconnected, Some(message)).await;
                    }
                    after.unwrap_or_else(|| outbound::backoff(failures))
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(error = &error as &dyn std::error::Error, "polled updates could not be stored");
                    outbound::backoff(failures)
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn poll_once(&self, channel: &Arc<OpenChannel>) -> Result<std::result::Result<(), PollError>> {
        let offset = store::find_poll_offset(&self.pool, channel.id).await?;
        let polled = match channel.network.poll(&channel.account, offset).await {
            Ok(polled) => polled,
            Err(error) => return Ok(Err(error)),
        };
        if polled.bodies.is_empty() {
            return Ok(Ok(()));
        }
        let now = self.clock.now();
        let mut parcels = Vec::new();
        for body in &polled.bodies {
            let Ok(read) = channel.network.parse(body, now) else { continue };
            // each update is a body of its own, should it become a dead letter
            let own = String::from_utf8_lossy(body);
            parcels.extend(read.into_iter().map(|parcel| match parcel.source {
                Source::Body => Parcel { source: Source::Part(own.as_ref().into()), ..parcel },
                Source::Part(_) => parcel,
            }));
        }
        let delivery = Delivery {
            provider: channel.network.provider(),
            channel: Some(Arc::clone(channel)),
            body: joined(&polled.bodies),
            parcels,
            poll_offset: polled.next_offset,
        };
        self.receive(delivery).await?;
        Ok(Ok(()))
    }

    async fn note_poll(&self, channel: &OpenChannel, status: ChannelStatus, error: Option<String>) {
        self.note(channel, ChannelNews::of_status(status, error)).await;
    }

    async fn note(&self, channel: &OpenChannel, news: ChannelNews) {
        if let Err(error) = self.note_channel(channel, news).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a channel's state was not written");
        }
    }
}

fn lease_name(id: Uuid) -> String {
    format!("channel:{id}")
}

/// The polled bodies as one JSON array, for the raw journal.
fn joined(bodies: &[Bytes]) -> Bytes {
    let mut all = Vec::with_capacity(bodies.iter().map(|body| body.len() + 1).sum::<usize>() + 2);
    all.push(b'[');
    for (index, body) in bodies.iter().enumerate() {
        if index > 0 {
            all.push(b',');
        }
        all.extend_from_slice(body);
    }
    all.push(b']');
    all.into()
}
