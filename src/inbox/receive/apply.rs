//! Changes to messages that are stored already: edits, deletions, reactions. What comes before its message is parked.

use chrono::{DateTime, Utc};
use contract::{Incoming, IncomingDeletion, IncomingMessage, IncomingReaction, IncomingStatus, MessageType};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::Batch;
use super::columns;
use super::settle::Settling;
use crate::channel::OpenChannel;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::MessageId;
use crate::inbox::present;
use crate::message::Row;
use crate::message::store::{self, NewParked};

/// Who reacts where the network names nobody but the business.
const OWN_SIDE: &str = "contact:self";

/// A reaction or deletion in the form in which it waits.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Waiting {
    Reaction { actor: String, name: Option<String>, emojis: Vec<String>, at: Option<DateTime<Utc>> },
    Deletion { at: Option<DateTime<Utc>> },
}

impl Batch<'_> {
    /// Applies the batch's changes in order, and then what waited for the messages that it stored.
    pub(super) async fn apply_changes(&mut self, connection: &mut PgConnection) -> Result<()> {
        for (index, item) in self.items.clone().into_iter().enumerate() {
            let Some(channel) = &item.channel else { continue };
            match &item.incoming {
                Incoming::Edit { message, edited_at } if !self.stored.contains(&index) => {
                    self.edit(connection, channel, message, edited_at.unwrap_or(self.now)).await?;
                }
                Incoming::Deletion(deletion) => self.delete(connection, channel, deletion).await?,
                Incoming::Reaction(reaction) => self.react(connection, channel, reaction).await?,
                _ => {}
            }
        }
        self.apply_parked(connection).await
    }

    async fn edit(
        &mut self,
        connection: &mut PgConnection,
        channel: &OpenChannel,
        message: &IncomingMessage,
        edited_at: DateTime<Utc>,
    ) -> Result<()> {
        let chat_id = self.chat_id(channel.id.0, &message.chat.external_id);
        let external_id = self.message_key(channel.id.0, &message.chat.external_id, &message.external_id);
        let Some(row) = store::find_by_external_id(&mut *connection, channel.id.0, &external_id, chat_id).await? else {
            return Ok(());
        };
        let (content, metadata) = (columns::content(message), columns::metadata(&message.metadata));
        if store::set_content(connection, MessageId(row.id), &content, &metadata, edited_at).await? {
            let row = Row { content, metadata, edited_at: Some(edited_at), ..row };
            self.tell_updated(connection, row).await?;
        }
        Ok(())
    }

    async fn delete(
        &mut self,
        connection: &mut PgConnection,
        channel: &OpenChannel,
        deletion: &IncomingDeletion,
    ) -> Result<()> {
        let waiting = Waiting::Deletion { at: deletion.at };
        self.change(connection, channel, deletion.chat_external_id.as_deref(), &deletion.message_external_id, waiting)
            .await
    }

    async fn react(
        &mut self,
        connection: &mut PgConnection,
        channel: &OpenChannel,
        reaction: &IncomingReaction,
    ) -> Result<()> {
        let actor = if reaction.from_me { "self".to_owned() } else { reaction.actor.external_id.clone() };
        let waiting = Waiting::Reaction {
            actor: format!("contact:{}", columns::outside_id(&actor)),
            name: columns::name(reaction.actor.name.as_ref().or(reaction.actor.username.as_ref())),
            emojis: reaction.emojis.iter().map(|emoji| columns::clean(emoji)).collect(),
            at: reaction.at,
        };
        self.change(connection, channel, reaction.chat_external_id.as_deref(), &reaction.message_external_id, waiting)
            .await
    }

    async fn change(
        &mut self,
        connection: &mut PgConnection,
        channel: &OpenChannel,
        chat: Option<&str>,
        message: &str,
        waiting: Waiting,
    ) -> Result<()> {
        let chat_id = match chat {
            Some(chat) => self.find_chat(connection, channel.id.0, chat).await?,
            None => None,
        };
        let external_id = self.message_key(channel.id.0, chat.unwrap_or_default(), message);
        match store::find_by_external_id(&mut *connection, channel.id.0, &external_id, chat_id).await? {
            Some(row) => self.change_row(connection, row, waiting).await,
            None => {
                let kind = match &waiting {
                    Waiting::Reaction { .. } => "reaction",
                    Waiting::Deletion { .. } => "deletion",
                };
                let payload = serde_json::to_string(&waiting).map_err(Error::internal)?;
                let parked = NewParked {
                    ids: vec![Uuid::now_v7()],
                    organization_ids: vec![channel.organization_id.0],
                    channel_ids: vec![channel.id.0],
                    message_external_ids: vec![external_id],
                    kinds: vec![kind.to_owned()],
                    payloads: vec![payload],
                };
                Ok(store::park(connection, &parked).await?)
            }
        }
    }

    async fn change_row(&mut self, connection: &mut PgConnection, mut row: Row, waiting: Waiting) -> Result<()> {
        let id = MessageId(row.id);
        let changed = match waiting {
            Waiting::Reaction { actor, name, emojis, at } => {
                // the network's echo of a colleague's reaction, or one from the business's own phone in its place
                if actor == OWN_SIDE && store::has_own_reaction(connection, id, &emojis).await? {
                    return Ok(());
                }
                let replaced = actor == OWN_SIDE && store::delete_own_reactions(connection, id, OWN_SIDE).await?;
                replaced
                    | store::set_reactions(connection, id, &actor, name.as_deref(), &emojis, at.unwrap_or(self.now))
                        .await?
            }
            Waiting::Deletion { at } => {
                let at = at.unwrap_or(self.now);
                row.deleted_at = Some(at);
                store::set_deleted(connection, id, at).await?
            }
        };
        if changed {
            self.tell_updated(connection, row).await?;
        }
        Ok(())
    }

    async fn find_chat(
        &mut self,
        connection: &mut PgConnection,
        channel_id: Uuid,
        external_id: &str,
    ) -> Result<Option<Uuid>> {
        let key = (channel_id, columns::outside_id(external_id));
        if let Some(id) = self.chat_id(channel_id, external_id) {
            return Ok(Some(id));
        }
        if let Some(id) = crate::chat::store::find_id_by_key(&mut *connection, channel_id, &key.1).await? {
            return Ok(Some(id));
        }
        self.read_aliases(connection, std::iter::once(&key)).await?;
        Ok(self.chat_id(channel_id, external_id))
    }

    async fn tell_updated(&mut self, connection: &mut PgConnection, row: Row) -> Result<()> {
        let mut messages = present::messages(self.parts, connection, vec![row]).await?;
        self.events.extend(messages.pop().map(|message| Event::MessageUpdated(Box::new(message))));
        Ok(())
    }

    async fn apply_parked(&mut self, connection: &mut PgConnection) -> Result<()> {
        if self.parked_for.is_empty() {
            return Ok(());
        }
        let (channel_ids, external_ids): (Vec<Uuid>, Vec<String>) =
            std::mem::take(&mut self.parked_for).into_iter().unzip();
        // of what was written on the business's own phone: an answer of ours takes its own once it is sent
        let mut settling = Settling::default();
        for parked in store::take_parked(connection, &channel_ids, &external_ids).await? {
            let found =
                store::find_by_external_id(&mut *connection, parked.channel_id, &parked.message_external_id, None)
                    .await?;
            let Some(row) = found else { continue };
            if let Ok(status) = serde_json::from_str::<IncomingStatus>(&parked.payload) {
                settling.raise(&row, &status, self.now);
            } else if let Ok(waiting) = serde_json::from_str::<Waiting>(&parked.payload) {
                self.change_row(connection, row, waiting).await?;
            }
        }
        self.events.extend(settling.write(connection).await?);
        Ok(())
    }

    /// Whether a message from the business's own side is one that we sent: then it is proof of sending, and no second message.
    pub(super) async fn is_own_echo(
        &mut self,
        connection: &mut PgConnection,
        channel: &OpenChannel,
        message: &IncomingMessage,
        chat_id: Uuid,
    ) -> Result<bool> {
        if message.kind == MessageType::System || message.quiet {
            return Ok(false);
        }
        let echo = store::Echo {
            channel_id: channel.id.0,
            chat_id,
            external_id: &self.message_key(channel.id.0, &message.chat.external_id, &message.external_id),
            own_id: message.client_id,
            kind: message.kind.as_str(),
            content: &columns::content(message),
        };
        let found = store::claim_echo(connection, &echo).await?;
        self.echoes.extend(found);
        Ok(found.is_some())
    }
}
