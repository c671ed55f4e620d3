//! Reading: an operator (or a guest) has read a chat up to a message.

use contract::Thread;

use super::{Inbox, journal};
use crate::chat::{self, Chat, store as chats};
use crate::error::{Error, Result};
use crate::event::{Event, MessagesRead};
use crate::id::{ChatId, MessageId};
use crate::message::store as messages;
use crate::operator::{Caller, Who};
use crate::time::Millis;

impl Inbox {
    /// Marks a chat as read up to a message, or to its newest: for the team and for the caller. Always tells, and sends the
    /// network a read receipt. A guest's read is the receipt of what operators wrote.
    ///
    /// # Errors
    /// [`Error::ChatNotFound`]; [`Error::NotFound`] for a message that is not of this chat.
    pub async fn read(&self, caller: &Caller, chat_id: ChatId, message_id: Option<MessageId>) -> Result<Chat> {
        if matches!(caller.who, Who::Guest { .. }) {
            return self.read_as_guest(caller, chat_id, message_id).await;
        }
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        if !chats::lock(connection, caller.organization_id, chat_id).await? {
            return Err(Error::ChatNotFound);
        }
        let message = match message_id {
            Some(id) => {
                let found = messages::find(&mut *connection, caller.organization_id, id).await?;
                Some(found.filter(|row| row.chat_id == chat_id.0).ok_or(Error::NotFound("message"))?)
            }
            None => messages::find_newest(&mut *connection, chat_id).await?,
        };
        let now = self.clock.now();
        if let Some(message) = &message {
            chats::set_read(connection, chat_id, caller.user_id(), message.incoming_count, now).await?;
        }
        let row = chats::find(&mut *connection, caller.organization_id, chat_id).await?.ok_or(Error::ChatNotFound)?;
        let receipt = match &message {
            Some(message) => messages::find_last_incoming(&mut *connection, chat_id, message.seq).await?,
            None => None,
        };
        let event = Event::MessagesRead(MessagesRead {
            chat_id,
            read_by_user_id: caller.user_id(),
            last_read_message_id: message.map(|message| MessageId(message.id)),
            read_at: Millis(now),
            organization_id: caller.organization_id,
        });
        let journalled = journal::write(connection, &self.cursors, &[event]).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        if let Some(last) = receipt {
            self.send_receipt(crate::id::ChannelId(row.channel_id), thread(&row, Some(last)));
        }
        self.present_chat(caller, row).await
    }

    /// Best effort, beside the request: a network that is slow must not slow an operator.
    fn send_receipt(&self, channel_id: crate::id::ChannelId, thread: Thread) {
        let inbox = self.clone();
        self.background.spawn_until_stop(async move {
            match inbox.channel(channel_id).await {
                Ok(Some(channel)) => channel.network.mark_read(&channel.account, &thread).await,
                Ok(None) => {}
                Err(error) => tracing::info!(error = &error as &dyn std::error::Error, "no read receipt was sent"),
            }
        });
    }
}

/// A chat as its network is told of it.
pub(super) fn thread(chat: &chat::Row, last: Option<messages::LastIncoming>) -> Thread {
    let (message, sender, metadata) = match last {
        Some(last) => (Some(last.external_id), last.sender_external_id, last.metadata),
        None => (None, None, String::new()),
    };
    Thread {
        chat_external_id: chat.external_id.clone(),
        is_group: chat.is_group,
        message_external_id: message,
        sender_external_id: sender.filter(|_| chat.is_group),
        context: serde_json::from_str(&metadata).unwrap_or_default(),
    }
}
