//! Does what clients ask. Who asks comes from the token, never from what is said.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::Door;
use super::connection::{Connection, Ending};
use super::converse::Frame;
use super::crowd::{Crowd, Joined};
use super::redis::Topic;
use super::said::{Said, Wish};
use super::words::{self, ThreadUpdate};
use crate::chat;
use crate::error::{Error, Result};
use crate::id::{ChatId, MessageId, UserId};
use crate::inbox::live::Typist;
use crate::inbox::typing::Typing;
use crate::meter::Verdict;
use crate::operator::{Who, store::user};
use crate::telemetry::receipt;

impl Door {
    /// Hears one thing that a peer sends, and does it.
    pub async fn hear(&self, crowd: &Arc<Crowd>, connection: &Arc<Connection>, frame: Frame) {
        let limited = self.inbox.config.rate_limit;
        let verdict = if limited { connection.meter.lock().count(Instant::now()) } else { Verdict::Pass };
        let aloud = match verdict {
            Verdict::Pass => None,
            Verdict::Refuse { first } => Some(first),
            Verdict::Disconnect => {
                connection.end(Ending::TooManyMessages);
                return;
            }
        };
        let said = match frame {
            Frame::Ping => return,
            Frame::Text(_) | Frame::Binary if aloud.is_some() => Err(Error::RateLimited(Duration::from_secs(1))),
            Frame::Text(text) => Said::read(&text),
            Frame::Binary => Err(Error::Malformed("Send text, not binary data.".into())),
        };
        let (kind, thread_id, done) = match said {
            Ok(said) => {
                let work = self.answer(crowd, connection, &said);
                let done = receipt::on_behalf_of(Instant::now().into_std(), work).await;
                (said.wish.kind(), said.thread_id.filter(|id| id.len() <= 64), done)
            }
            Err(error) => ("other", None, Err(error)),
        };
        let status = if done.is_ok() { "ok" } else { "refused" };
        self.inbox.counts.heard(connection.organization_id, kind, status);
        let Err(error) = done else { return };
        if let Error::Internal(cause) | Error::Unavailable(cause) = &error {
            tracing::error!(kind, connection = %connection.id, error = %cause, "what a client asked for failed");
        }
        // of a flood the first is answered
        if aloud != Some(false) {
            connection.say(words::refuse(thread_id.as_deref(), &error));
        }
    }

    async fn answer(&self, crowd: &Arc<Crowd>, connection: &Arc<Connection>, said: &Said) -> Result<()> {
        match &said.wish {
            Wish::Subscribe => {
                let chat_id = self.own_chat(connection, said).await?;
                self.subscribe(crowd, connection, chat_id).await?;
                // read only now: what changes after it is told by its own event
                let found = chat::store::find(&self.inbox.pool, connection.organization_id, chat_id).await?;
                let Some(row) = found else {
                    crowd.unsubscribe(connection, chat_id);
                    self.look_away(connection, chat_id).await;
                    return Err(Error::ChatNotFound);
                };
                let manager_id = row.assigned_user_id.map(UserId);
                let update = ThreadUpdate { status: row.status, manager_id };
                crowd.answer(connection, chat_id, words::say("thread_update", chat_id, &update));
                Ok(())
            }
            Wish::Unsubscribe => {
                let chat_id = self.own_chat(connection, said).await?;
                self.inbox.typists.stop(connection.id, chat_id);
                // a visitor stays in its chat: it has no other
                if connection.own_chat().is_none() {
                    crowd.unsubscribe(connection, chat_id);
                    self.look_away(connection, chat_id).await;
                }
                Ok(())
            }
            Wish::Typing { is_typing } => {
                let chat_id = self.own_chat(connection, said).await?;
                let typist = connection.typist().ok_or_else(nobody)?;
                if *is_typing {
                    let name = connection.name.get_or_try_init(|| self.name_of(connection, chat_id)).await?.clone();
                    let organization_id = connection.organization_id;
                    self.inbox.typists.start(connection.id, Typing { organization_id, chat_id, typist, name });
                } else {
                    self.inbox.typists.stop(connection.id, chat_id);
                }
                Ok(())
            }
            Wish::Read { message_ids } => {
                let chat_id = self.own_chat(connection, said).await?;
                connection.typist().ok_or_else(nobody)?;
                let up_to = self.newest(connection, chat_id, message_ids).await?;
                self.inbox.read(&connection.caller(), chat_id, up_to).await?;
                Ok(())
            }
        }
    }

    /// Follows a chat that the connection may see.
    ///
    /// # Errors
    /// [`Error::RateLimited`] where it follows as many as it may.
    pub async fn subscribe(&self, crowd: &Crowd, connection: &Arc<Connection>, chat_id: ChatId) -> Result<()> {
        let hold = self.relay.as_ref().map(|relay| relay.hold(Topic::Thread(chat_id), connection.organization_id));
        let joining = hold.as_ref().map(super::redis::Hold::joining);
        match crowd.subscribe(connection, chat_id, hold) {
            Joined::Yes | Joined::Gone => {}
            Joined::TooMany => return Err(Error::RateLimited(Duration::from_secs(1))),
        }
        let joining = async {
            if let Some(joining) = joining {
                joining.await;
            }
        };
        tokio::join!(joining, self.look_at(connection, chat_id));
        Ok(())
    }

    /// The chat that is named: one of the organization, and a visitor's own; a visitor need not name it.
    async fn own_chat(&self, connection: &Connection, said: &Said) -> Result<ChatId> {
        let chat_id: ChatId = match (&said.thread_id, connection.own_chat()) {
            (Some(id), own) => {
                let id = id.parse().map_err(|_| Error::ChatNotFound)?;
                if own.is_some_and(|own| own != id) {
                    return Err(Error::ChatNotFound);
                }
                id
            }
            (None, Some(own)) => own,
            (None, None) => return Err(Error::Malformed("Name the chat: `threadId`, a text.".into())),
        };
        let customer = self.inbox.customer(chat_id).await?;
        let own = customer.filter(|customer| customer.organization_id == connection.organization_id);
        own.map(|_| chat_id).ok_or(Error::ChatNotFound)
    }

    async fn name_of(&self, connection: &Connection, chat_id: ChatId) -> Result<String> {
        match connection.typist() {
            Some(Typist::User(id)) => {
                let member = user::find_member(&self.inbox.pool, connection.organization_id, id).await?;
                Ok(member.ok_or(Error::Unauthorized)?.name)
            }
            _ => {
                let customer = self.inbox.customer(chat_id).await?;
                Ok(customer.and_then(|customer| customer.name.clone()).unwrap_or_default())
            }
        }
    }

    /// The newest of some messages of a chat; `None` where none is named.
    async fn newest(&self, connection: &Connection, chat_id: ChatId, named: &[String]) -> Result<Option<MessageId>> {
        if named.is_empty() {
            return Ok(None);
        }
        let ids: Vec<Uuid> = named.iter().filter_map(|id| id.parse::<MessageId>().ok()).map(|id| id.0).collect();
        let rows = crate::message::store::list_by_ids(&self.inbox.pool, &ids).await?;
        let visitor = matches!(connection.caller().who, Who::Guest { .. });
        let seen = rows.into_iter().filter(|row| row.chat_id == chat_id.0 && !(visitor && row.private));
        let newest = seen.max_by_key(|row| row.seq).map(|row| MessageId(row.id));
        newest.map(Some).ok_or(Error::NotFound("message"))
    }
}

fn nobody() -> Error {
    Error::Forbidden("This needs a user; an API key is nobody.".into())
}
