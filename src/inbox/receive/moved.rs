//! Chats that move: a group became a supergroup, a person has a new number, two ids turned out to be one person.

use std::collections::BTreeMap;

use contract::{Incoming, IncomingMove};
use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::Batch;
use super::columns::{self, ChatKey};
use crate::channel::OpenChannel;
use crate::chat::store as chats;
use crate::error::Result;
use crate::event::{ChatDeleted, Event};
use crate::id::{ChatId, OrganizationId};
use crate::inbox::{Parts, present, tickets};
use crate::message::store as messages;

/// Messages that are told at once, so that a long history does not fill the memory.
const TOLD: usize = 500;

impl Batch<'_> {
    /// Moves chats before messages are stored: what comes under an old id then finds its chat.
    pub(super) async fn move_chats(&mut self, connection: &mut PgConnection) -> Result<()> {
        for item in self.items.clone() {
            let (Some(channel), Incoming::Moved(moved)) = (&item.channel, &item.incoming) else { continue };
            let events = self.parts.move_chat(connection, channel, moved).await?;
            self.events.extend(events);
        }
        self.note_other_ids(connection).await
    }

    /// Lets the other ids that messages name for their chats lead to them, once each.
    async fn note_other_ids(&mut self, connection: &mut PgConnection) -> Result<()> {
        let mut pairs = BTreeMap::new();
        for item in self.items.clone() {
            let Some((channel, message, _)) = columns::message_of(item) else { continue };
            let Some(other) = message.chat.also_known_as.as_deref().map(columns::outside_id) else { continue };
            pairs.insert((channel.id.0, other), (channel, columns::chat_key(channel, message)));
        }
        if pairs.is_empty() {
            return Ok(());
        }
        let keys: Vec<ChatKey> = pairs.iter().flat_map(|(other, (_, own))| [other.clone(), own.clone()]).collect();
        let (channel_ids, external_ids): (Vec<Uuid>, Vec<String>) = keys.into_iter().unzip();
        let known = chats::list_aliases(&mut *connection, &channel_ids, &external_ids).await?;
        let leads_to =
            |key: &ChatKey| known.iter().find(|alias| (alias.channel_id, &alias.external_id) == (key.0, &key.1));
        for (other, (channel, own)) in &pairs {
            if leads_to(other).is_some() {
                continue;
            }
            let to = leads_to(own).map_or_else(|| own.1.clone(), |alias| alias.target.clone());
            let moved = IncomingMove { from: other.1.clone(), to, phone: None, restarts_ids: false };
            let events = self.parts.move_chat(connection, channel, &moved).await?;
            self.events.extend(events);
        }
        Ok(())
    }
}

impl Parts {
    /// Lets what was known under one outside id live under another, joining the chats where both are there: the one with the
    /// longer history stays. Gives what is to be told.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::inbox) async fn move_chat(
        &self,
        connection: &mut PgConnection,
        channel: &OpenChannel,
        moved: &IncomingMove,
    ) -> Result<Vec<Event>> {
        let (from, to) = (columns::outside_id(&moved.from), columns::outside_id(&moved.to));
        if from == to {
            return Ok(Vec::new());
        }
        let keys = [from.clone(), to.clone()];
        let locked = chats::lock_by_keys(connection, &[channel.id.0, channel.id.0], &keys).await?;
        let id = |key: &str| locked.iter().find(|chat| chat.external_id == key).map(|chat| ChatId(chat.id));
        let (old, new) = (id(&from), id(&to));
        let message_prefix = moved.restarts_ids.then(|| format!("{from}/"));
        let alias = chats::Alias {
            channel_id: channel.id.0,
            external_id: from,
            target: to.clone(),
            message_prefix: message_prefix.clone(),
        };
        chats::set_alias(connection, &alias).await?;
        let Some(old) = old else { return Ok(Vec::new()) };
        if let Some(prefix) = &message_prefix {
            chats::prefix_message_ids(connection, old, prefix).await?;
        }
        let mut events = Vec::new();
        let stays = match new {
            Some(new) => self.join_chats(connection, channel.organization_id, old, new, &mut events).await?,
            None => old,
        };
        chats::set_external_id(connection, stays, &to).await?;
        let phone = columns::name(moved.phone.as_ref());
        chats::move_contact(connection, stays, &to, phone.as_deref()).await?;
        if let Some(row) = chats::find(&mut *connection, channel.organization_id, stays).await? {
            let chat = row.present(self.networks.capabilities(&row.provider));
            events.push(Event::ChatUpdated(Box::new(chat)));
        }
        Ok(events)
    }

    /// Makes one chat of two, and gives the one that stays.
    async fn join_chats(
        &self,
        connection: &mut PgConnection,
        organization_id: OrganizationId,
        old: ChatId,
        new: ChatId,
        events: &mut Vec<Event>,
    ) -> Result<ChatId> {
        let rows = chats::list_by_ids(&mut *connection, &[old.0, new.0]).await?;
        let length = |id: ChatId| rows.iter().find(|row| row.id == id.0).map_or(0, |row| row.last_seq);
        let (stays, goes) = if length(old) > length(new) { (old, new) } else { (new, old) };
        let moved = chats::move_messages(connection, goes, stays).await?;
        chats::join(connection, goes, stays).await?;
        chats::inherit(connection, goes, stays).await?;
        let now = self.clock.now();
        let moved_tickets = tickets::outlive(connection, organization_id, &[goes.0], Some(stays), now).await?;
        chats::delete(connection, goes).await?;
        events.push(Event::ChatDeleted(organization_id, ChatDeleted { chat_id: goes }));
        events.extend(moved_tickets);
        for ids in moved.chunks(TOLD) {
            self.tell_moved(connection, ids, events).await?;
        }
        Ok(stays)
    }

    async fn tell_moved(&self, connection: &mut PgConnection, ids: &[Uuid], events: &mut Vec<Event>) -> Result<()> {
        let mut rows = messages::list_by_ids(&mut *connection, ids).await?;
        rows.sort_by_key(|row| row.seq);
        let told = present::messages(self, connection, rows).await?;
        events.extend(told.into_iter().map(|message| Event::MessageUpdated(Box::new(message))));
        Ok(())
    }
}
