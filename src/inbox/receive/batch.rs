//! One transaction: contacts, chats, messages, activity, raw bodies and the journal, for a batch of jobs.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use contract::Incoming;
use sqlx::PgConnection;
use uuid::Uuid;

use super::columns::{self, ChatKey, Messages, Place};
use super::{Item, Job};
use crate::channel::OpenChannel;
use crate::chat::{self, store as chats};
use crate::contact::store::{self as contacts, NewContacts};
use crate::delivery::store as deliveries;
use crate::error::Result;
use crate::event::{Event, MessageNew};
use crate::id::{ChatId, DeadLetterId, UserId};
use crate::inbox::{Parts, journal};
use crate::message::store::{self as messages, Inserted, NewAttachments};
use crate::message::{Attachment, Row};

/// What a transaction has found out so far.
pub(super) struct Batch<'a> {
    pub(super) parts: &'a Parts,
    pub(super) now: DateTime<Utc>,
    pub(super) items: Vec<&'a Item>,
    pub(super) events: Vec<Event>,
    chat_ids: HashMap<ChatKey, Uuid>,
    made: HashSet<Uuid>,
    senders: HashMap<ChatKey, Uuid>,
    /// Outside ids of stored messages that something waited for.
    pub(super) parked_for: Vec<(Uuid, String)>,
    /// Messages of ours that a network echoed: proof that they were sent.
    pub(super) echoes: Vec<Uuid>,
    /// Items whose message was stored by this batch.
    pub(super) stored: HashSet<usize>,
}

/// Stores a batch of jobs as one transaction and tells the feed.
pub(super) async fn store(parts: &Parts, jobs: &[Job]) -> Result<usize> {
    let mut transaction = parts.pool.begin_with(super::super::BEGIN).await?;
    let connection = &mut *transaction;
    let mut batch = Batch {
        parts,
        now: parts.clock.now(),
        items: jobs.iter().flat_map(|job| &job.items).collect(),
        events: Vec::new(),
        chat_ids: HashMap::new(),
        made: HashSet::new(),
        senders: HashMap::new(),
        parked_for: Vec::new(),
        echoes: Vec::new(),
        stored: HashSet::new(),
    };
    batch.name_senders(connection).await?;
    batch.lock_chats(connection).await?;
    batch.store_messages(connection).await?;
    batch.apply_changes(connection).await?;
    batch.settle_statuses(connection).await?;
    batch.bury_dead_letters(connection).await?;
    batch.set_connections(connection).await?;
    keep_raw_bodies(connection, jobs).await?;
    for (channel, offset) in jobs.iter().filter_map(|job| job.poll_offset.as_ref()) {
        crate::channel::store::set_poll_offset(&mut *connection, channel.id, *offset).await?;
    }
    let stored = batch.stored.len();
    let journalled = journal::write(connection, &parts.cursors, &batch.events).await?;
    transaction.commit().await?;
    parts.feed.committed(journalled);
    Ok(stored)
}

async fn keep_raw_bodies(connection: &mut PgConnection, jobs: &[Job]) -> Result<()> {
    let (mut providers, mut channel_ids, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for raw in jobs.iter().filter_map(|job| job.raw.as_ref()) {
        providers.push(raw.provider.to_owned());
        channel_ids.push(raw.channel.as_ref().map(|channel| channel.id.0));
        bodies.push(raw.body.to_vec());
    }
    if !bodies.is_empty() {
        deliveries::insert_updates(connection, &providers, &channel_ids, &bodies).await?;
    }
    Ok(())
}

impl Batch<'_> {
    /// Writes down who speaks in groups.
    async fn name_senders(&mut self, connection: &mut PgConnection) -> Result<()> {
        let (mut new, mut seen) = (NewContacts::default(), HashSet::new());
        for item in &self.items {
            let Some((channel, message, _)) = columns::message_of(item) else { continue };
            if let Some(sender) = message.sender.as_ref().filter(|_| !message.from_me) {
                columns::add_contact(&mut new, &mut seen, channel, sender);
            }
        }
        if !new.ids.is_empty() {
            for found in contacts::upsert(connection, &new).await? {
                self.senders.insert((found.channel_id, found.external_id), found.id);
            }
        }
        Ok(())
    }

    /// Locks the chats of all messages, making those that are new.
    async fn lock_chats(&mut self, connection: &mut PgConnection) -> Result<()> {
        let keys: BTreeMap<ChatKey, usize> = self
            .items
            .iter()
            .enumerate()
            .rev()
            .filter_map(|(index, item)| {
                columns::message_of(item).map(|(channel, message, _)| (columns::chat_key(channel, message), index))
            })
            .collect();
        self.lock_known(connection, keys.keys()).await?;
        let missing: Vec<(&ChatKey, usize)> = keys
            .iter()
            .filter(|(key, _)| !self.chat_ids.contains_key(*key))
            .map(|(key, index)| (key, *index))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (mut people, mut seen, mut new) = (NewContacts::default(), HashSet::new(), chats::NewChats::default());
        for (_, index) in &missing {
            if let Some((channel, message, _)) = columns::message_of(self.items[*index]) {
                columns::add_contact(&mut people, &mut seen, channel, &message.chat.contact);
            }
        }
        let contact_ids: HashMap<ChatKey, Uuid> = contacts::upsert(connection, &people)
            .await?
            .into_iter()
            .map(|found| ((found.channel_id, found.external_id), found.id))
            .collect();
        for (key, index) in &missing {
            let Some((channel, message, _)) = columns::message_of(self.items[*index]) else { continue };
            let contact_key = (channel.id.0, columns::outside_id(&message.chat.contact.external_id));
            let Some(contact_id) = contact_ids.get(&contact_key) else { continue };
            new.ids.push(ChatId::new().0);
            new.organization_ids.push(channel.organization_id.0);
            new.channel_ids.push(channel.id.0);
            new.contact_ids.push(*contact_id);
            new.external_ids.push(key.1.clone());
            new.is_group.push(message.chat.is_group);
            new.titles.push(columns::name(message.chat.title.as_ref()));
        }
        self.made = chats::insert(connection, &new, self.now).await?.into_iter().collect();
        self.lock_known(connection, missing.into_iter().map(|(key, _)| key)).await
    }

    async fn lock_known(&mut self, connection: &mut PgConnection, keys: impl Iterator<Item = &ChatKey>) -> Result<()> {
        let (channel_ids, external_ids): (Vec<Uuid>, Vec<String>) = keys.cloned().unzip();
        if channel_ids.is_empty() {
            return Ok(());
        }
        for locked in chats::lock_by_keys(connection, &channel_ids, &external_ids).await? {
            self.chat_ids.insert((locked.channel_id, locked.external_id), locked.id);
        }
        Ok(())
    }

    pub(super) fn chat_id(&self, channel_id: Uuid, external_id: &str) -> Option<Uuid> {
        self.chat_ids.get(&(channel_id, columns::outside_id(external_id))).copied()
    }

    /// Stores the messages that are new, with what they change in their chats.
    async fn store_messages(&mut self, connection: &mut PgConnection) -> Result<()> {
        let mut rows = Messages::default();
        for (index, item) in self.items.clone().into_iter().enumerate() {
            let Some((channel, message, edited)) = columns::message_of(item) else { continue };
            let Some(chat_id) = self.chat_id(channel.id.0, &message.chat.external_id) else { continue };
            if message.from_me && self.is_own_echo(connection, channel, message, chat_id).await? {
                continue;
            }
            let sender = message.sender.as_ref().map(|sender| (channel.id.0, columns::outside_id(&sender.external_id)));
            let sender_id = sender.and_then(|key| self.senders.get(&key).copied());
            let edited_at = edited.map(|at| at.unwrap_or(self.now));
            rows.add(index, channel, message, edited_at, Place { chat_id, sender_id, now: self.now });
        }
        if rows.new.ids.is_empty() {
            return Ok(());
        }
        let inserted = messages::insert(connection, &rows.new, self.now).await?;
        let places: HashMap<Uuid, usize> = rows.new.ids.iter().enumerate().map(|(row, id)| (*id, row)).collect();
        let touched: HashSet<Uuid> =
            inserted.iter().filter_map(|one| places.get(&one.id)).map(|row| rows.new.chat_ids[*row]).collect();
        if touched.is_empty() {
            return Ok(());
        }
        let touched: Vec<Uuid> = touched.into_iter().collect();
        let mut chats: HashMap<Uuid, chat::Row> =
            chats::list_by_ids(&mut *connection, &touched).await?.into_iter().map(|row| (row.id, row)).collect();
        let mut attachments = NewAttachments::default();
        for one in &inserted {
            let Some(&row) = places.get(&one.id) else { continue };
            let Some((channel, message, _)) = columns::message_of(self.items[rows.items[row]]) else { continue };
            columns::add_attachments(&mut attachments, channel, one.id, &message.attachments);
        }
        if !attachments.ids.is_empty() {
            messages::insert_attachments(connection, &attachments).await?;
        }
        let answered = self.note_answers(connection, &rows, &inserted, &places, &mut chats).await?;
        let changed = self.update_chats(connection, &rows, &inserted, &places, &mut chats).await?;
        self.tell_messages(rows, inserted, &places, &chats, &attachments, &answered);
        let mut changed: Vec<Uuid> = changed.into_iter().filter(|id| !self.made.contains(id)).collect();
        changed.sort_unstable();
        for id in changed {
            if let Some(row) = chats.get(&id) {
                let chat = row.present(self.parts.networks.capabilities(&row.provider));
                self.events.push(Event::ChatUpdated(Box::new(chat)));
            }
        }
        Ok(())
    }

    /// An answer from the business's own phone reads the chat for the team. Gives what each chat was read up to.
    async fn note_answers(
        &self,
        connection: &mut PgConnection,
        rows: &Messages,
        inserted: &[Inserted],
        places: &HashMap<Uuid, usize>,
        chats: &mut HashMap<Uuid, chat::Row>,
    ) -> Result<HashMap<Uuid, i64>> {
        let mut answered: HashMap<Uuid, i64> = HashMap::new();
        for one in inserted {
            let Some(&row) = places.get(&one.id) else { continue };
            if rows.new.from_me[row] && rows.new.shows[row] {
                answered.insert(rows.new.chat_ids[row], one.incoming_count);
            }
        }
        for (chat_id, read_count) in &answered {
            chats::set_read(connection, ChatId(*chat_id), None, *read_count, self.now).await?;
            if let Some(chat) = chats.get_mut(chat_id) {
                chat.read_count = chat.read_count.max(*read_count);
            }
        }
        Ok(answered)
    }

    /// Takes over new names and titles, and reopens what a customer wrote to. Gives the chats that changed.
    async fn update_chats(
        &self,
        connection: &mut PgConnection,
        rows: &Messages,
        inserted: &[Inserted],
        places: &HashMap<Uuid, usize>,
        chats: &mut HashMap<Uuid, chat::Row>,
    ) -> Result<HashSet<Uuid>> {
        let mut changed = HashSet::new();
        let mut restated = HashSet::new();
        let (mut people, mut seen) = (NewContacts::default(), HashSet::new());
        for one in inserted.iter().rev() {
            let Some(&row) = places.get(&one.id) else { continue };
            let Some((channel, message, _)) = columns::message_of(self.items[rows.items[row]]) else { continue };
            let Some(chat) = chats.get_mut(&rows.new.chat_ids[row]) else { continue };
            if rows.new.counts[row] && chat::ChatStatus::stored(&chat.status).reopens() {
                chat.status = chat::ChatStatus::Open.as_str().to_owned();
                chat.snoozed_until = None;
                restated.insert(chat.id);
            }
            let title = columns::name(message.chat.title.as_ref());
            if title.is_some() && title != chat.title && !message.quiet {
                chat.title = title;
                restated.insert(chat.id);
            }
            if take_over_names(chat, message) {
                columns::add_contact(&mut people, &mut seen, channel, &message.chat.contact);
                changed.insert(chat.id);
            }
        }
        if !people.ids.is_empty() {
            contacts::upsert(connection, &people).await?;
        }
        for id in &restated {
            if let Some(chat) = chats.get_mut(id) {
                chat.updated_at = self.now;
                chats::set_state(connection, chat, self.now).await?;
            }
        }
        changed.extend(restated);
        Ok(changed)
    }

    /// One `message:new` for each stored message, after the `chat:new` of a new chat.
    fn tell_messages(
        &mut self,
        rows: Messages,
        inserted: Vec<Inserted>,
        places: &HashMap<Uuid, usize>,
        chats: &HashMap<Uuid, chat::Row>,
        attachments: &NewAttachments,
        answered: &HashMap<Uuid, i64>,
    ) {
        let mut announced = HashSet::new();
        for one in inserted {
            let Some(&row) = places.get(&one.id) else { continue };
            let index = rows.items[row];
            let new = &rows.new;
            let Some(chat) = chats.get(&new.chat_ids[row]) else { continue };
            let capabilities = self.parts.networks.capabilities(&chat.provider);
            if self.made.contains(&chat.id) && announced.insert(chat.id) {
                self.events.push(Event::ChatNew(Box::new(chat.present(capabilities))));
            }
            let mut digest = chat.digest(capabilities);
            // the count as of this message, not of the batch's last
            let read = answered.get(&chat.id).map_or(chat.read_count, |read| chat.read_count.max(*read));
            digest.unread_count = (one.incoming_count - read).max(0);
            let message = row_of(new, row, &one, chat, self.now);
            let files = attachments_of(attachments, one.id);
            self.events.push(Event::MessageNew(Box::new(MessageNew {
                message: message.present(capabilities, files, Vec::new()),
                chat: digest,
                assigned_user_id: chat.assigned_user_id.map(UserId),
            })));
            self.stored.insert(index);
            if one.has_parked
                && let Some(external_id) = &new.external_ids[row]
            {
                self.parked_for.push((new.channel_ids[row], external_id.clone()));
            }
        }
    }

    async fn bury_dead_letters(&self, connection: &mut PgConnection) -> Result<()> {
        for item in &self.items {
            let Incoming::Unknown { reason } = &item.incoming else { continue };
            let body = item.raw();
            let letter = deliveries::NewDeadLetter {
                id: DeadLetterId::new().0,
                organization_id: item.channel.as_ref().map(|channel| channel.organization_id.0),
                channel_id: item.channel.as_ref().map(|channel| channel.id.0),
                provider: item.provider.to_owned(),
                kind: columns::clean(&item.kind),
                reason: columns::clean(reason),
                body_hash: crate::keys::sha256_hex(&body).into_bytes(),
                body,
            };
            deliveries::insert(connection, &letter).await?;
        }
        Ok(())
    }

    /// Writes down what networks say of their own connection.
    async fn set_connections(&mut self, connection: &mut PgConnection) -> Result<()> {
        for item in &self.items {
            let (Some(channel), Incoming::Connection(news)) = (&item.channel, &item.incoming) else { continue };
            self.parts.pairing.note(channel.id, news.qr.as_deref());
            let error = news.error.as_deref().map(columns::clean);
            let changed =
                crate::channel::store::set_status(&mut *connection, channel.id, news.status.as_str(), error.as_deref())
                    .await?;
            if changed {
                let open = OpenChannel { status: news.status, last_error: error, ..(**channel).clone() };
                self.events
                    .push(Event::ChannelUpdated(channel.organization_id, Box::new(self.parts.present_channel(&open))));
                self.parts.directory.forget(channel.id).await;
            }
        }
        Ok(())
    }
}

/// Takes a contact's newer names into a chat's row; `false` where nothing is new.
fn take_over_names(chat: &mut chat::Row, message: &contract::IncomingMessage) -> bool {
    let contact = &message.chat.contact;
    if message.quiet || columns::outside_id(&contact.external_id) != chat.contact_external_id {
        return false;
    }
    let mut changed = false;
    for (stored, incoming) in [
        (&mut chat.contact_name, &contact.name),
        (&mut chat.contact_username, &contact.username),
        (&mut chat.contact_phone, &contact.phone),
        (&mut chat.contact_email, &contact.email),
    ] {
        let incoming = columns::name(incoming.as_ref());
        if incoming.is_some() && *stored != incoming {
            *stored = incoming;
            changed = true;
        }
    }
    changed
}

/// The row that was stored, without reading it back.
fn row_of(new: &messages::NewMessages, row: usize, one: &Inserted, chat: &chat::Row, now: DateTime<Utc>) -> Row {
    Row {
        id: one.id,
        organization_id: new.organization_ids[row],
        chat_id: new.chat_ids[row],
        channel_id: new.channel_ids[row],
        provider: chat.provider.clone(),
        seq: 0,
        incoming_count: one.incoming_count,
        from_me: new.from_me[row],
        sender_user_id: new.sender_user_ids[row],
        sender_contact_id: new.sender_contact_ids[row],
        sender_name: new.sender_names[row].clone(),
        kind: new.types[row].clone(),
        content: new.contents[row].clone(),
        metadata: new.metadata[row].clone(),
        reply_to_id: one.reply_to_id,
        reply_to_external_id: new.reply_to_external_ids[row].clone(),
        private: new.private[row],
        status: new.statuses[row].clone(),
        error_code: None,
        error_message: None,
        external_id: new.external_ids[row].clone(),
        created_at: now,
        provider_at: new.provider_at[row],
        sent_at: (new.statuses[row] == "sent").then_some(now),
        delivered_at: None,
        read_at: None,
        edited_at: new.edited_at[row],
        deleted_at: None,
    }
}

fn attachments_of(new: &NewAttachments, message_id: Uuid) -> Vec<Attachment> {
    let rows = new.message_ids.iter().enumerate().filter(|(_, id)| **id == message_id);
    rows.map(|(row, _)| Attachment {
        id: crate::id::AttachmentId(new.ids[row]),
        kind: new.types[row].clone(),
        url: None,
        thumbnail_url: None,
        mime_type: new.mime_types[row].clone(),
        file_name: new.file_names[row].clone(),
        size: new.sizes[row],
        width: new.widths[row],
        height: new.heights[row],
        duration: new.durations[row],
        status: new.statuses[row].clone(),
        error: new.errors[row].clone(),
    })
    .collect()
}
