//! Turns incoming messages into the columns that are stored, naming no key twice.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use contract::{Incoming, IncomingAttachment, IncomingContact, IncomingMessage, MediaSource, MessageType};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Item;
use crate::channel::OpenChannel;
use crate::contact::store::NewContacts;
use crate::id::{AttachmentId, ContactId, MessageId};
use crate::message::store::{NewAttachments, NewMessages};

/// Longest outside id that is kept as it is; a longer one is hashed, since an index cannot hold it.
const LONGEST_ID: usize = 255;
/// Names and titles past this many characters are cut.
const LONGEST_NAME: usize = 300;
/// Texts past this many characters are cut; no network sends more.
const LONGEST_TEXT: usize = 200_000;

/// (channel, outside id of the chat).
pub(super) type ChatKey = (Uuid, String);

/// Whether a message is as it was first written, or a later revision with the network's time of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Revision {
    First,
    Edited(Option<DateTime<Utc>>),
}

/// The message of an item, new or edited.
pub(super) fn message_of(item: &Item) -> Option<(&OpenChannel, &IncomingMessage, Revision)> {
    let channel = item.channel.as_deref()?;
    match &item.incoming {
        Incoming::Message(message) => Some((channel, message, Revision::First)),
        Incoming::Edit { message, edited_at } => Some((channel, message, Revision::Edited(*edited_at))),
        _ => None,
    }
}

pub(super) fn chat_key(channel: &OpenChannel, message: &IncomingMessage) -> ChatKey {
    (channel.id.0, outside_id(&message.chat.external_id))
}

/// An outside id as it is stored.
pub(super) fn outside_id(id: &str) -> String {
    if id.len() <= LONGEST_ID { clean(id) } else { format!("sha256:{}", crate::keys::sha256_hex(id)) }
}

/// Text that Postgres can hold.
pub(super) fn clean(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text.to_owned() }
}

fn cut(text: &str, longest: usize) -> String {
    let text = clean(text);
    match text.char_indices().nth(longest) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

pub(super) fn name(text: Option<&String>) -> Option<String> {
    text.map(|text| cut(text.trim(), LONGEST_NAME)).filter(|text| !text.is_empty())
}

/// Adds a contact, once for each key.
pub(super) fn add_contact(
    contacts: &mut NewContacts,
    seen: &mut HashSet<ChatKey>,
    channel: &OpenChannel,
    contact: &IncomingContact,
) {
    let external_id = outside_id(&contact.external_id);
    if !seen.insert((channel.id.0, external_id.clone())) {
        return;
    }
    contacts.ids.push(ContactId::new().0);
    contacts.organization_ids.push(channel.organization_id.0);
    contacts.channel_ids.push(channel.id.0);
    contacts.external_ids.push(external_id);
    contacts.names.push(name(contact.name.as_ref()));
    contacts.usernames.push(name(contact.username.as_ref()));
    contacts.phones.push(name(contact.phone.as_ref()));
    contacts.emails.push(name(contact.email.as_ref()));
}

/// Messages of a batch in columns, each with the item it came from.
#[derive(Default)]
pub(super) struct Messages {
    pub(super) new: NewMessages,
    /// The item of each row of `new`.
    pub(super) items: Vec<usize>,
    keys: HashMap<(Uuid, String), Uuid>,
}

impl Messages {
    /// Adds a message unless the batch has it already; `false` where it has.
    pub(super) fn add(
        &mut self,
        index: usize,
        channel: &OpenChannel,
        message: &IncomingMessage,
        edited_at: Option<DateTime<Utc>>,
        place: Place,
    ) -> bool {
        let Place { external_id, reply_to, .. } = place;
        let id = MessageId::new().0;
        if self.keys.contains_key(&(place.chat_id, external_id.clone())) {
            return false;
        }
        let in_batch = reply_to.as_ref().and_then(|reply| self.keys.get(&(place.chat_id, reply.clone())).copied());
        self.keys.insert((place.chat_id, external_id.clone()), id);
        self.items.push(index);
        let loud = !message.quiet;
        // what a blocked person writes is kept like history, and calls for nobody
        let heard = loud && (message.from_me || !place.is_blocked);
        let new = &mut self.new;
        new.ids.push(id);
        new.organization_ids.push(channel.organization_id.0);
        new.chat_ids.push(place.chat_id);
        new.channel_ids.push(channel.id.0);
        new.from_me.push(message.from_me);
        new.counts.push(heard && !message.from_me && message.kind != MessageType::System);
        new.shows.push(heard);
        new.sender_user_ids.push(None);
        new.sender_contact_ids.push(place.sender_id.filter(|_| !message.from_me));
        let sender = message.sender.as_ref().unwrap_or(&message.chat.contact);
        new.sender_names.push(if message.from_me {
            None
        } else {
            name(sender.name.as_ref().or(sender.username.as_ref()))
        });
        new.types.push(message.kind.as_str().to_owned());
        new.contents.push(content(message));
        new.metadata.push(metadata(&message.metadata));
        new.reply_to_ids.push(in_batch);
        new.reply_to_external_ids.push(reply_to);
        new.private.push(false);
        new.statuses.push(if message.from_me { "sent" } else { "received" }.to_owned());
        new.external_ids.push(Some(external_id));
        new.provider_at.push(message.provider_at);
        new.customer_at.push((loud && !message.from_me).then_some(message.provider_at.unwrap_or(place.now)));
        new.edited_at.push(edited_at);
        true
    }
}

/// Where a message goes, and under which ids.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) external_id: String,
    pub(super) reply_to: Option<String>,
    pub(super) chat_id: Uuid,
    pub(super) sender_id: Option<Uuid>,
    pub(super) is_blocked: bool,
    pub(super) now: DateTime<Utc>,
}

pub(super) fn content(message: &IncomingMessage) -> String {
    cut(&message.content, LONGEST_TEXT)
}

/// JSON text of metadata, without U+0000.
pub(super) fn metadata(metadata: &Map<String, Value>) -> String {
    if metadata.is_empty() {
        return "{}".to_owned();
    }
    let text = serde_json::Value::Object(metadata.clone()).to_string();
    if text.contains("\\u0000") { serde_json::Value::Object(without_nul(metadata)).to_string() } else { text }
}

fn without_nul(map: &Map<String, Value>) -> Map<String, Value> {
    fn mend(value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(clean(text)),
            Value::Array(items) => Value::Array(items.iter().map(mend).collect()),
            Value::Object(map) => Value::Object(without_nul(map)),
            other => other.clone(),
        }
    }
    map.iter().map(|(key, value)| (clean(key), mend(value))).collect()
}

/// Adds the attachments of a stored message, and gives the ids.
pub(super) fn add_attachments(
    new: &mut NewAttachments,
    channel: &OpenChannel,
    message_id: Uuid,
    attachments: &[IncomingAttachment],
) {
    for (position, attachment) in (0i16..).zip(attachments) {
        let missing = match &attachment.source {
            MediaSource::Missing { reason } => Some(clean(reason)),
            _ => None,
        };
        new.ids.push(AttachmentId::new().0);
        new.organization_ids.push(channel.organization_id.0);
        new.message_ids.push(message_id);
        new.positions.push(position);
        new.types.push(attachment.kind.as_str().to_owned());
        new.sources.push(serde_json::to_string(&attachment.source).unwrap_or_default().replace("\\u0000", "\\uFFFD"));
        new.mime_types.push(name(attachment.mime_type.as_ref()));
        new.file_names.push(name(attachment.file_name.as_ref()));
        new.sizes.push(attachment.size_bytes.filter(|size| *size >= 0));
        new.widths.push(attachment.width);
        new.heights.push(attachment.height);
        new.durations.push(attachment.duration_secs);
        new.sha256.push(name(attachment.sha256.as_ref()));
        new.statuses.push(if missing.is_some() { "failed" } else { "pending" }.to_owned());
        new.errors.push(missing);
    }
}
