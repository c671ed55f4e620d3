//! One transaction: contacts, chats, messages, activity, raw bodies and the journal, for a batch of jobs.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use contract::Incoming;
use sqlx::PgConnection;
use uuid::Uuid;

use super::columns::{self, ChatKey};
use super::known::Known;
use super::{Item, Job};
use crate::channel::OpenChannel;
use crate::chat::store as chats;
use crate::contact::store::{self as contacts, NewContacts};
use crate::delivery::{NewUpdates, store as deliveries};
use crate::error::Result;
use crate::event::Event;
use crate::id::{ChatId, DeadLetterId};
use crate::inbox::channels::ChannelNews;
use crate::inbox::{Parts, journal, templates};
use crate::telemetry::names::MESSAGES_INGESTED_TOTAL;

/// What a transaction has found out so far.
pub(super) struct Batch<'a> {
    pub(super) parts: &'a Parts,
    pub(super) now: DateTime<Utc>,
    pub(super) items: Vec<&'a Item>,
    /// The bodies that they came in, until they are stored.
    pub(super) raw: NewUpdates,
    pub(super) events: Vec<Event>,
    chat_ids: HashMap<ChatKey, Uuid>,
    /// Outside ids of chats that live under others now.
    aliases: HashMap<ChatKey, chats::Alias>,
    pub(super) made: HashSet<Uuid>,
    pub(super) senders: HashMap<ChatKey, Uuid>,
    /// Chats, and speakers in groups, that the team does not want to hear.
    pub(super) blocked: HashSet<Uuid>,
    /// Outside ids of stored messages that something waited for.
    pub(super) parked_for: Vec<(Uuid, String)>,
    /// Messages of ours that a network echoed: proof that they were sent.
    pub(super) echoes: Vec<Uuid>,
    /// Items whose message was stored by this batch.
    pub(super) stored: HashSet<usize>,
    /// Whether there are files to fetch.
    pub(super) has_files: bool,
    /// Chats that are known once it is committed.
    pub(super) learnt: Vec<(ChatKey, Known)>,
}

/// Stores a batch of jobs as one transaction and tells the feed.
pub(super) async fn store(parts: &Parts, jobs: &[Job]) -> Result<usize> {
    let mut transaction = parts.writers.begin().await?;
    let connection = &mut *transaction;
    let mut batch = Batch {
        parts,
        now: parts.clock.now(),
        items: jobs.iter().flat_map(|job| &job.items).collect(),
        raw: raw_bodies(jobs.iter()),
        events: Vec::new(),
        chat_ids: HashMap::new(),
        aliases: HashMap::new(),
        made: HashSet::new(),
        senders: HashMap::new(),
        blocked: HashSet::new(),
        parked_for: Vec::new(),
        echoes: Vec::new(),
        stored: HashSet::new(),
        has_files: false,
        learnt: Vec::new(),
    };
    batch.move_chats(connection).await?;
    batch.name_senders(connection).await?;
    batch.lock_chats(connection).await?;
    batch.store_messages(connection).await?;
    batch.apply_changes(connection).await?;
    batch.settle_statuses(connection).await?;
    batch.bury_dead_letters(connection).await?;
    batch.set_connections(connection).await?;
    batch.note_templates(connection).await?;
    if !batch.raw.bodies.is_empty() {
        deliveries::insert_updates(connection, &batch.raw).await?;
    }
    for (channel, offset) in jobs.iter().filter_map(|job| job.poll_offset.as_ref()) {
        crate::channel::store::set_poll_offset(&mut *connection, channel.id, *offset).await?;
    }
    let journalled = journal::write(connection, &parts.cursors, &batch.events).await?;
    transaction.commit().await?;
    parts.feed.committed(journalled);
    conclude(parts, &batch.items, &batch.stored);
    if batch.has_files {
        parts.media.due.notify_one();
    }
    for (key, chat) in batch.learnt {
        parts.known_chats.remember(key, chat);
    }
    Ok(batch.stored.len())
}

pub(super) fn raw_bodies<'a>(jobs: impl Iterator<Item = &'a Job>) -> NewUpdates {
    let mut new = NewUpdates::default();
    for raw in jobs.filter_map(|job| job.raw.as_ref()) {
        new.providers.push(raw.provider.to_owned());
        new.channel_ids.push(raw.channel.as_ref().map(|channel| channel.id.0));
        new.bodies.push(raw.body.to_vec());
    }
    new
}

/// Answers what networks wait for of the messages that were stored, and counts how many items of each provider were stored, known
/// already, or not understood. `stored` has the places of messages among the items.
pub(super) fn conclude(parts: &Parts, items: &[&Item], stored: &HashSet<usize>) {
    let mut outcomes: HashMap<(&'static str, &'static str), u64> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        let outcome = match &item.incoming {
            Incoming::Unknown { .. } => "dead_letter",
            Incoming::Message(_) if !stored.contains(&index) => "duplicate",
            Incoming::Message(message) => {
                if let (Some(channel), Some(token)) = (&item.channel, &message.acknowledge) {
                    parts.acknowledge(channel, token.clone());
                }
                "stored"
            }
            _ => "stored",
        };
        *outcomes.entry((item.provider, outcome)).or_default() += 1;
    }
    for ((provider, outcome), count) in outcomes {
        metrics::counter!(MESSAGES_INGESTED_TOTAL, "provider" => provider, "outcome" => outcome).increment(count);
    }
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
                if found.is_blocked {
                    self.blocked.insert(found.id);
                }
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
        self.read_aliases(connection, keys.keys()).await?;
        let missing: BTreeMap<ChatKey, usize> = keys
            .iter()
            .map(|(key, index)| (self.resolve(key), *index))
            .filter(|(key, _)| !self.chat_ids.contains_key(key))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (mut people, mut seen, mut new) = (NewContacts::default(), HashSet::new(), chats::NewChats::default());
        for (key, index) in &missing {
            if let Some((channel, message, _)) = columns::message_of(self.items[*index]) {
                columns::add_contact(&mut people, &mut seen, channel, &contact_of(message, key));
            }
        }
        let contact_ids: HashMap<ChatKey, Uuid> = contacts::upsert(connection, &people)
            .await?
            .into_iter()
            .map(|found| ((found.channel_id, found.external_id), found.id))
            .collect();
        for (key, index) in &missing {
            let Some((channel, message, _)) = columns::message_of(self.items[*index]) else { continue };
            let contact_key = (channel.id.0, columns::outside_id(&contact_of(message, key).external_id));
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
        self.lock_known(connection, missing.keys()).await
    }

    /// Finds out which of the outside ids without a chat lead to others now.
    pub(super) async fn read_aliases(
        &mut self,
        connection: &mut PgConnection,
        keys: impl Iterator<Item = &ChatKey>,
    ) -> Result<()> {
        let (channel_ids, external_ids): (Vec<Uuid>, Vec<String>) =
            keys.filter(|key| !self.chat_ids.contains_key(*key)).cloned().unzip();
        if channel_ids.is_empty() {
            return Ok(());
        }
        for alias in chats::list_aliases(&mut *connection, &channel_ids, &external_ids).await? {
            self.aliases.insert((alias.channel_id, alias.external_id.clone()), alias);
        }
        let targets: Vec<ChatKey> =
            self.aliases.values().map(|alias| (alias.channel_id, alias.target.clone())).collect();
        self.lock_known(connection, targets.iter()).await
    }

    /// Where an outside id leads.
    fn resolve(&self, key: &ChatKey) -> ChatKey {
        self.aliases.get(key).map_or_else(|| key.clone(), |alias| (key.0, alias.target.clone()))
    }

    /// The id under which a message of an outside chat is kept.
    pub(super) fn message_key(&self, channel_id: Uuid, chat: &str, message: &str) -> String {
        if self.aliases.is_empty() {
            return columns::outside_id(message);
        }
        let alias = self.aliases.get(&(channel_id, columns::outside_id(chat)));
        let prefix = alias.and_then(|alias| alias.message_prefix.as_deref());
        match prefix {
            Some(prefix) => columns::outside_id(&format!("{prefix}{message}")),
            None => columns::outside_id(message),
        }
    }

    async fn lock_known(&mut self, connection: &mut PgConnection, keys: impl Iterator<Item = &ChatKey>) -> Result<()> {
        let (channel_ids, external_ids): (Vec<Uuid>, Vec<String>) = keys.cloned().unzip();
        if channel_ids.is_empty() {
            return Ok(());
        }
        for locked in chats::lock_by_keys(connection, &channel_ids, &external_ids).await? {
            if locked.is_blocked {
                self.blocked.insert(locked.id);
            }
            self.chat_ids.insert((locked.channel_id, locked.external_id), locked.id);
        }
        Ok(())
    }

    pub(super) fn chat_id(&self, channel_id: Uuid, external_id: &str) -> Option<Uuid> {
        let key = (channel_id, columns::outside_id(external_id));
        self.chat_ids.get(&key).or_else(|| self.chat_ids.get(&self.resolve(&key))).copied()
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

    /// Takes over what networks say of templates.
    async fn note_templates(&self, connection: &mut PgConnection) -> Result<()> {
        for item in &self.items {
            let (Some(channel), Incoming::Template(news)) = (&item.channel, &item.incoming) else { continue };
            templates::note(connection, channel, news).await?;
        }
        Ok(())
    }

    /// Writes down what networks say of their own connection, and of the account.
    async fn set_connections(&mut self, connection: &mut PgConnection) -> Result<()> {
        for item in &self.items {
            let Some(channel) = &item.channel else { continue };
            let news = match &item.incoming {
                Incoming::Connection(news) => {
                    // a batch that is tried again tells the code again
                    let is_new_code = news.qr.is_some();
                    self.parts.pairing.note(channel.id, news.qr.as_deref());
                    let facts = news.phone.iter().map(|phone| ("phone".to_owned(), phone.as_str().into())).collect();
                    let status = Some((news.status, news.error.as_deref().map(columns::clean)));
                    ChannelNews { status, facts, is_new_code }
                }
                Incoming::Account(news) if concerns(news, channel) => ChannelNews {
                    status: news.status.map(|status| (status, news.error.as_deref().map(columns::clean))),
                    facts: news.facts.clone(),
                    is_new_code: false,
                },
                _ => continue,
            };
            self.events.extend(self.parts.set_channel(connection, channel, news).await?);
        }
        Ok(())
    }
}

/// Whether news that name a number are of this channel's; where its number is not known, they may be.
fn concerns(news: &contract::AccountNews, channel: &OpenChannel) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let own = channel.facts.get("phone").and_then(serde_json::Value::as_str);
    match (&news.phone, own) {
        (Some(phone), Some(own)) => digits(phone) == digits(own),
        _ => true,
    }
}

/// The contact of a chat to be made under `key`: where that is not the id that the message names, it is the person's too.
fn contact_of(message: &contract::IncomingMessage, key: &ChatKey) -> contract::IncomingContact {
    let mut contact = message.chat.contact.clone();
    if contact.external_id == message.chat.external_id {
        contact.external_id.clone_from(&key.1);
    }
    contact
}
