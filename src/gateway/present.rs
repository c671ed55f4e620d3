//! Users with a connection are online, and present in the chats that they follow. What cannot be written now is made up for,
//! so nothing here fails.

use super::Door;
use super::connection::Connection;
use crate::error::Result;
use crate::id::ChatId;

impl Door {
    /// A connection came.
    pub async fn come(&self, connection: &Connection) {
        if let Some(present) = connection.present() {
            note(self.inbox.presence.enter(&present).await);
        }
    }

    /// It follows a chat.
    pub async fn look_at(&self, connection: &Connection, chat_id: ChatId) {
        if let Some(present) = connection.present() {
            note(self.inbox.presence.join(&present, chat_id).await);
        }
    }

    /// It follows a chat no more.
    pub async fn look_away(&self, connection: &Connection, chat_id: ChatId) {
        if let Some(present) = connection.present() {
            note(self.inbox.presence.leave(&present, chat_id).await);
        }
    }

    /// It has ended.
    pub async fn go(&self, connection: &Connection) {
        if let Some(present) = connection.present() {
            note(self.inbox.presence.part(&present).await);
        }
    }
}

fn note<T>(done: Result<T>) {
    if let Err(error) = done {
        tracing::debug!(error = &error as &dyn std::error::Error, "presence is written later");
    }
}
