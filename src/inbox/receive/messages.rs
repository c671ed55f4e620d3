//! The messages of a batch: stored where they are new, told with what they change in their chats.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::Batch;
use super::columns::{self, Messages, Place, Revision};
use super::known::Known;
use crate::chat::{self, store as chats};
use crate::contact::store::{self as contacts, NewContacts};
use crate::error::Result;
use crate::event::{Event, MessageNew};
use crate::id::{ChatId, UserId};
use crate::message::store::{self as messages, Inserted, NewAttachments};
use crate::message::{Attachment, Row};

impl Batch<'_> {
    /// Stores the messages that are new, with what they change in their chats.
    pub(super) async fn store_messages(&mut self, connection: &mut PgConnection) -> Result<()> {
        let mut rows = Messages::default();
        for (index, item) in self.items.clone().into_iter().enumerate() {
            let Some((channel, message, revision)) = columns::message_of(item) else { continue };
            let Some(chat_id) = self.chat_id(channel.id.0, &message.chat.external_id) else { continue };
            if message.from_me && self.is_own_echo(connection, channel, message, chat_id).await? {
                continue;
            }
            let sender = message.sender.as_ref().map(|sender| (channel.id.0, columns::outside_id(&sender.external_id)));
            let sender_id = sender.and_then(|key| self.senders.get(&key).copied());
            let edited_at = match revision {
                Revision::First => None,
                Revision::Edited(at) => Some(at.unwrap_or(self.now)),
            };
            let key = |id: &str| self.message_key(channel.id.0, &message.chat.external_id, id);
            let (external_id, reply_to) = (key(&message.external_id), message.reply_to.as_deref().map(key));
            let is_blocked = [Some(chat_id), sender_id].iter().flatten().any(|id| self.blocked.contains(id));
            let place = Place { external_id, reply_to, chat_id, sender_id, is_blocked, now: self.now };
            rows.add(index, channel, message, edited_at, place);
        }
        if rows.new.ids.is_empty() {
            return Ok(());
        }
        let inserted = messages::insert(connection, &rows.new, &std::mem::take(&mut self.raw), self.now).await?;
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
            crate::media::store::enqueue(&mut *connection, &attachments.ids).await?;
            self.has_files = true;
        }
        let answered = self.note_answers(connection, &rows, &inserted, &places, &mut chats).await?;
        let changed = self.update_chats(connection, &rows, &inserted, &places, &mut chats).await?;
        self.learn(&rows, &inserted, &places, &chats, &changed);
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

    /// Notes what is known of the chats once this is committed, but for those that changed: their version did as well.
    fn learn(
        &mut self,
        rows: &Messages,
        inserted: &[Inserted],
        places: &HashMap<Uuid, usize>,
        chats: &HashMap<Uuid, chat::Row>,
        changed: &HashSet<Uuid>,
    ) {
        for row in inserted.iter().filter_map(|one| places.get(&one.id).copied()) {
            let Some((channel, message, _)) = columns::message_of(self.items[rows.items[row]]) else { continue };
            let Some(chat) = chats.get(&rows.new.chat_ids[row]).filter(|chat| !changed.contains(&chat.id)) else {
                continue;
            };
            let key = columns::chat_key(channel, message);
            // under an old id of the chat its messages have others
            if let Some(known) = Known::of(chat, message).filter(|_| key.1 == chat.external_id) {
                self.learnt.push((key, known));
            }
        }
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
            let message = row_of(new, row, &one, &chat.provider, self.now);
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
}

/// Takes a contact's newer names into a chat's row; `false` where nothing is new.
fn take_over_names(chat: &mut chat::Row, message: &contract::IncomingMessage) -> bool {
    let contact = &message.chat.contact;
    let merged = chat.person_id != chat.contact_id;
    if message.quiet || merged || columns::outside_id(&contact.external_id) != chat.contact_external_id {
        return false;
    }
    let mut changed = false;
    for (field, stored, incoming) in [
        ("name", &mut chat.contact_name, &contact.name),
        ("username", &mut chat.contact_username, &contact.username),
        ("phone", &mut chat.contact_phone, &contact.phone),
        ("email", &mut chat.contact_email, &contact.email),
    ] {
        let incoming = columns::name(incoming.as_ref()).filter(|_| !chat.contact_edited.iter().any(|own| own == field));
        if incoming.is_some() && *stored != incoming {
            *stored = incoming;
            changed = true;
        }
    }
    changed
}

/// The row that was stored, without reading it back.
pub(super) fn row_of(
    new: &messages::NewMessages,
    row: usize,
    one: &Inserted,
    provider: &str,
    now: DateTime<Utc>,
) -> Row {
    Row {
        id: one.id,
        organization_id: new.organization_ids[row],
        chat_id: new.chat_ids[row],
        channel_id: new.channel_ids[row],
        provider: provider.to_owned(),
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
