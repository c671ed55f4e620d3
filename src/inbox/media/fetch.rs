//! Fetching: files that a message came with are taken from their network under a lease, a few at a time and in turns among
//! channels, tried again as long as that makes sense, and told when they are here or will not come.

use std::sync::Arc;
use std::time::Duration;

use contract::{LocateError, MediaLocation, MediaSource, Trust};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::super::{Inbox, journal};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::{AttachmentId, ChannelId, OrganizationId};
use crate::media::store::{self, Claimed, Ready, Row};
use crate::media::{self, Failure, Kept, LEASE, RENEW, TRIES, TRIES_OF_LINK, kind, name};
use crate::message::store as messages;

/// Files that this node fetches at once, and those of one channel that all nodes do: one slow server must not hold up others.
const FILES: usize = 24;
const FILES_OF_CHANNEL: i64 = 12;
/// Longest sleep between looks: what another node left behind is seen this late at most.
const LOOK: Duration = Duration::from_secs(5);
/// How long a network may think about where a file is.
const LOCATE: Duration = Duration::from_secs(30);
/// Files that are removed at a time.
const GARBAGE: i64 = 100;

/// Where a file comes from: a network's word, or the address that a client gave, which is never a network's own business.
enum Origin {
    Network(MediaSource),
    Link(String),
}

impl Origin {
    fn read(source: &str) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(tag = "from", rename_all = "snake_case")]
        enum Named {
            Link { url: String },
        }
        if let Ok(Named::Link { url }) = serde_json::from_str(source) {
            return Ok(Self::Link(url));
        }
        serde_json::from_str(source).map(Self::Network).map_err(Error::internal)
    }

    const fn tries(&self) -> i32 {
        match self {
            Self::Network(_) => TRIES,
            // a message waits for it in its chat's queue
            Self::Link(_) => TRIES_OF_LINK,
        }
    }
}

impl Inbox {
    /// Fetches what is due and removes what is gone, until the process stops.
    pub async fn fetch_files(&self) {
        let slots = Arc::new(Semaphore::new(FILES));
        while !self.background.is_stopping() {
            self.remove_gone().await;
            let free = slots.available_permits();
            let claimed = if free == 0 { Vec::new() } else { self.claim_files(free).await };
            let nothing = claimed.is_empty();
            for (file, lease_id) in claimed {
                let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
                let inbox = self.clone();
                self.background.spawn(async move {
                    inbox.hold_and_fetch(file, lease_id).await;
                    drop(slot);
                    inbox.media.due.notify_one();
                });
            }
            if nothing {
                let wait = if free == 0 { LOOK } else { self.until_file_due().await };
                tokio::select! {
                    () = self.media.due.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                    () = self.background.stopping() => {}
                }
            }
        }
    }

    async fn claim_files(&self, free: usize) -> Vec<(Claimed, Uuid)> {
        let lease_id = Uuid::now_v7();
        let limit = i64::try_from(free).unwrap_or(1);
        match store::claim(&self.pool, lease_id, LEASE, limit, FILES_OF_CHANNEL).await {
            Ok(claimed) => claimed.into_iter().map(|file| (file, lease_id)).collect(),
            Err(error) => {
                tracing::warn!(%error, "files to be fetched cannot be read");
                Vec::new()
            }
        }
    }

    async fn until_file_due(&self) -> Duration {
        let secs = store::find_next_due(&self.pool).await.ok().flatten().unwrap_or(LOOK.as_secs_f64());
        // what is due and yet not claimed waits for its channel
        Duration::from_secs_f64(secs.clamp(0.2, LOOK.as_secs_f64()))
    }

    /// Fetches a file while the lease on it is kept; who lost it stops at once.
    async fn hold_and_fetch(&self, file: Claimed, lease_id: Uuid) {
        let id = AttachmentId(file.attachment_id);
        let holding = async {
            loop {
                tokio::time::sleep(RENEW).await;
                if let Ok(false) = store::keep(&self.pool, id, lease_id, LEASE).await {
                    return;
                }
            }
        };
        let released = tokio::select! {
            done = self.fetch(&file, lease_id) => match done {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, attachment_id = %id, "a file could not be fetched for a reason of ours");
                    store::release(&self.pool, id, lease_id, LOOK, false).await
                }
            },
            () = holding => return,
            () = self.background.stopping() => store::release(&self.pool, id, lease_id, Duration::ZERO, false).await,
        };
        if let Err(error) = released {
            // the lease ends by itself
            tracing::warn!(%error, attachment_id = %id, "a file could not be given back");
        }
    }

    async fn fetch(&self, file: &Claimed, lease_id: Uuid) -> Result<()> {
        let id = AttachmentId(file.attachment_id);
        let Some(row) = store::find(&self.pool, id).await? else {
            store::finish(&self.pool, id, lease_id).await?;
            return Ok(());
        };
        let (Some(source), Some(message_id)) = (row.source.as_deref(), row.message_id) else {
            store::finish(&self.pool, id, lease_id).await?;
            return Ok(());
        };
        let origin = Origin::read(source)?;
        match self.take(file, &row, &origin).await? {
            Ok(ready) => self.settle_file(&row, message_id, lease_id, Settled::Ready(ready)).await,
            Err(Failure::Again { reason, after }) if file.attempt < origin.tries() => {
                tracing::info!(attachment_id = %id, attempt = file.attempt, reason, "a file is fetched again later");
                let wait = after.map_or(Duration::ZERO, |after| after.min(Duration::from_secs(3600)));
                let wait = wait.max(media::backoff(file.attempt));
                Ok(store::release(&self.pool, id, lease_id, wait, true).await?)
            }
            Err(failure) => {
                let reason = failure.to_string();
                tracing::info!(attachment_id = %id, attempt = file.attempt, reason, "a file is given up");
                let settled = match origin {
                    Origin::Network(_) => Settled::Failed(reason),
                    Origin::Link(_) => Settled::StaysElsewhere,
                };
                self.settle_file(&row, message_id, lease_id, settled).await
            }
        }
    }

    /// One try: asks where the file is, since addresses expire, and takes it from there.
    async fn take(&self, file: &Claimed, row: &Row, origin: &Origin) -> Result<std::result::Result<Ready, Failure>> {
        let (organization_id, id) = (OrganizationId(file.organization_id), AttachmentId(file.attachment_id));
        let location = match origin {
            Origin::Link(url) => {
                MediaLocation::Address { url: url.clone(), headers: HeaderMap::new(), trust: Trust::Public }
            }
            Origin::Network(source) => {
                let Some(channel) = self.channel(ChannelId(file.channel_id)).await? else {
                    return Ok(Err(Failure::last("its channel is gone")));
                };
                let asked = tokio::time::timeout(LOCATE, channel.network.locate(&channel.account, source)).await;
                match asked {
                    Ok(Ok(location)) => location,
                    Ok(Err(LocateError::Retry { reason, after })) => return Ok(Err(Failure::Again { reason, after })),
                    Ok(Err(LocateError::Gone { reason })) => return Ok(Err(Failure::last(reason))),
                    Err(_) => return Ok(Err(Failure::again("the network did not say in time where the file is"))),
                }
            }
        };
        self.media.objects.forget_halves(organization_id, id).await;
        let mut writer = self.media.objects.write(organization_id, id, Kept::File);
        let received = match self.media.downloads.fetch(location, row.sha256.as_deref(), &mut writer).await {
            Ok(received) => received,
            Err(failure) => {
                writer.abort().await;
                return Ok(Err(failure));
            }
        };
        if let Err(error) = writer.finish().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a file could not be stored");
            return Ok(Err(Failure::again("our store did not take the file")));
        }
        let mime_type = kind::of(&received.head, row.mime_type.as_deref());
        let ready = self.look_at(organization_id, id, mime_type, received.size_bytes, &received.sha256).await?;
        Ok(Ok(Ready { file_name: row.file_name.as_deref().and_then(name::clean), ..ready }))
    }

    /// Writes down what came of a file and tells its message, in one transaction.
    async fn settle_file(&self, row: &Row, message_id: Uuid, lease_id: Uuid, settled: Settled) -> Result<()> {
        let (organization_id, id) = (OrganizationId(row.organization_id), AttachmentId(row.id));
        let mut transaction = self.pool.begin_with(super::super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        // the message first, as everybody who changes it does
        messages::lock_by_ids(&mut *connection, &[message_id]).await?;
        if !store::finish(&mut *connection, id, lease_id).await? {
            if store::find(&mut *connection, id).await?.is_none() {
                // it was deleted while it came
                self.media
                    .objects
                    .delete(organization_id, id)
                    .await
                    .map_err(|error| Error::Unavailable(error.into()))?;
            }
            return Ok(());
        }
        match &settled {
            Settled::Ready(ready) => store::set_ready(&mut *connection, id, ready).await?,
            Settled::Failed(reason) => store::set_status(&mut *connection, id, "failed", Some(reason)).await?,
            Settled::StaysElsewhere => {}
        }
        let mut events = Vec::new();
        if !matches!(settled, Settled::StaysElsewhere)
            && let Some(message) = self.present_message(connection, message_id).await?
        {
            events.push(Event::MessageUpdated(Box::new(message)));
        }
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        // a message may have waited for it
        self.due.notify_one();
        Ok(())
    }

    /// Removes files whose message, chat, channel or day is over.
    async fn remove_gone(&self) {
        let removed = async {
            loop {
                let mut transaction = self.pool.begin().await?;
                let gone = store::take_garbage(&mut *transaction, GARBAGE).await?;
                for (organization_id, id) in &gone {
                    let (organization_id, id) = (OrganizationId(*organization_id), AttachmentId(*id));
                    self.media.objects.forget_halves(organization_id, id).await;
                    self.media
                        .objects
                        .delete(organization_id, id)
                        .await
                        .map_err(|error| Error::Unavailable(error.into()))?;
                }
                transaction.commit().await?;
                if gone.is_empty() {
                    return Ok::<_, Error>(());
                }
            }
        };
        if let Err(error) = removed.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "files that are gone could not be removed yet");
        }
    }
}

/// What came of a file.
enum Settled {
    Ready(Ready),
    Failed(String),
    /// It is told by its address.
    StaysElsewhere,
}
