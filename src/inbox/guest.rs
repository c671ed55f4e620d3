//! What a web-chat visitor does with its chat besides writing: follows it, takes what operators wrote, reads it. It never comes
//! near a private note.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use contract::{DeliveryStatus, IncomingStatus};
use tokio::sync::Notify;
use uuid::Uuid;

use super::feed::{Attached, Feed, Listener, ListenerId};
use super::receive::settle::Settling;
use super::{Inbox, journal};
use crate::chat::{Chat, store as chats};
use crate::error::{Error, Result};
use crate::event::Journalled;
use crate::id::{ChatId, MessageId, OrganizationId};
use crate::message::store as messages;
use crate::operator::{Caller, Who};

/// Messages that one read raises at most; older ones were seen with them, and stay as they are.
const READ_AT_ONCE: i64 = 1_000;

/// One chat's news out of its organization's feed. There may be many visitors: whoever waits here is woken by its own chat alone.
pub struct Following {
    feed: Feed,
    organization_id: OrganizationId,
    listener: ListenerId,
    heard: Arc<Heard>,
}

struct Heard {
    chat_id: ChatId,
    told: AtomicI64,
    news: Notify,
}

impl Listener for Heard {
    fn tell(&self, event: &Arc<Journalled>) {
        self.told.store(event.position, Ordering::Release);
        if event.visible_to_guest(self.chat_id) {
            self.news.notify_one();
        }
    }
}

impl Following {
    /// The newest position that can be read.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.heard.told.load(Ordering::Acquire)
    }

    /// Ends when something visible was told since this was last awaited.
    pub async fn news(&self) {
        self.heard.news.notified().await;
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.feed.detach(self.organization_id, self.listener);
    }
}

impl Inbox {
    /// Follows a chat from now on.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn follow(&self, organization_id: OrganizationId, chat_id: ChatId) -> Result<Following> {
        let heard = Arc::new(Heard { chat_id, told: AtomicI64::new(0), news: Notify::new() });
        let listener: Arc<dyn Listener> = heard.clone();
        match self.feed.attach(organization_id, listener, None).await? {
            Attached::At { listener, position } => {
                heard.told.fetch_max(position, Ordering::AcqRel);
                Ok(Following { feed: self.feed.clone(), organization_id, listener, heard })
            }
            Attached::Behind { .. } => Err(Error::internal("the feed asked a newcomer to catch up")),
        }
    }

    /// A visitor's page has taken these messages: those that operators wrote in its chat are delivered.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn take_as_guest(&self, chat_id: ChatId, ids: &[MessageId]) -> Result<()> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        self.raise_as_guest(chat_id, &ids, DeliveryStatus::Delivered).await
    }

    /// A visitor has read its chat up to a message, or to the newest that it can see.
    pub(super) async fn read_as_guest(
        &self,
        caller: &Caller,
        chat_id: ChatId,
        message_id: Option<MessageId>,
    ) -> Result<Chat> {
        if !matches!(caller.who, Who::Guest { chat_id: own, .. } if own == chat_id) {
            return Err(Error::ChatNotFound);
        }
        let row = chats::find(&self.pool, caller.organization_id, chat_id).await?.ok_or(Error::ChatNotFound)?;
        let up_to = match message_id {
            Some(id) => {
                let found = messages::find(&self.pool, caller.organization_id, id).await?;
                found.filter(|row| row.chat_id == chat_id.0 && !row.private).ok_or(Error::NotFound("message"))?.seq
            }
            None => row.last_seq,
        };
        let ids = messages::list_unseen(&self.pool, chat_id, up_to, READ_AT_ONCE).await?;
        self.raise_as_guest(chat_id, &ids, DeliveryStatus::Read).await?;
        self.present_chat(caller, row).await
    }

    async fn raise_as_guest(&self, chat_id: ChatId, ids: &[Uuid], status: DeliveryStatus) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let (mut settling, now) = (Settling::default(), self.clock.now());
        let status = IncomingStatus {
            chat_external_id: None,
            message_external_id: String::new(),
            client_id: None,
            status,
            error: None,
            at: Some(now),
        };
        let mut rows = messages::lock_by_ids(&mut *transaction, ids).await?;
        rows.sort_by_key(|row| row.seq);
        for row in rows.iter().filter(|row| row.chat_id == chat_id.0 && !row.private) {
            settling.raise(row, &status, now);
        }
        let events = settling.write(&mut transaction).await?;
        let journalled = journal::write(&mut transaction, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        Ok(())
    }
}
