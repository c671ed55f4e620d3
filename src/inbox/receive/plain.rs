//! Plain messages: what customers write in chats that this node knows, and that changes nothing there but the counters. They are
//! most of what comes in. Those of a batch are stored and told by one statement, where the transaction of anything else takes
//! six round trips.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use contract::{Incoming, IncomingMessage, MessageType};
use uuid::Uuid;

use super::batch::{conclude, raw_bodies};
use super::columns::{self, ChatKey, Messages, Place};
use super::known::Known;
use super::reach::Reach;
use super::{Item, Job, messages, writer};
use crate::channel::OpenChannel;
use crate::chat::{ChatDigest, window_after};
use crate::error::{Error, Result};
use crate::event::store::Placed;
use crate::event::{Event, MessageNew};
use crate::id::UserId;
use crate::inbox::Parts;
use crate::inbox::journal::Draft;
use crate::message::store::{self, Expected, Inserted};
use crate::telemetry::receipt;
use crate::time::Millis;

/// Stores the plain jobs of a batch and answers whoever delivered them. Gives back, in order, what is left to the transaction:
/// other jobs, what comes behind them in their chats, and all of them where something is not as it was known.
pub(super) async fn store(parts: &Parts, mut jobs: Vec<Job>) -> Vec<Job> {
    // what turns out to be different is forgotten, so the second time is without it
    for _ in 0..2 {
        let batch = Batch::of(parts, &jobs);
        if batch.keys.is_empty() {
            return jobs;
        }
        let received = batch.taken.iter().map(|index| jobs[*index].received).min();
        match receipt::on_behalf_of(received.unwrap_or_else(std::time::Instant::now), batch.store(parts, &jobs)).await {
            Ok(Some(taken)) => {
                let mut index = 0..;
                let is_taken = |_: &mut Job| index.next().is_some_and(|index| taken.contains(&index));
                let stored: Vec<Job> = jobs.extract_if(.., is_taken).collect();
                stored.into_iter().for_each(|job| writer::answer(job, None));
                return jobs;
            }
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "plain messages are left to the transaction");
                return jobs;
            }
        }
    }
    jobs
}

/// A message, where it goes, and what is known of that chat.
type Plain<'a> = (&'a OpenChannel, &'a IncomingMessage, ChatKey, Known);

/// The plain message of an item; `None` where it may change more than counters.
fn plain_of<'a>(parts: &Parts, item: &'a Item) -> Option<Plain<'a>> {
    let (Some(channel), Incoming::Message(message)) = (&item.channel, &item.incoming) else { return None };
    let is_plain = !message.from_me
        && !message.quiet
        && message.kind != MessageType::System
        && message.sender.is_none()
        && message.reply_to.is_none()
        && message.attachments.is_empty();
    if !is_plain {
        return None;
    }
    let key = columns::chat_key(channel, message);
    let known = parts.known_chats.get(&key).filter(|known| known.is_told_nothing_by(message))?;
    Some((channel, message, key, known))
}

/// The plain messages of a batch, in columns.
struct Batch {
    now: DateTime<Utc>,
    /// Which jobs they came in.
    taken: Vec<usize>,
    /// How many items those have.
    items: usize,
    /// The chat of each message.
    keys: Vec<ChatKey>,
    rows: Messages,
    expected: Expected,
    events: Vec<Event>,
}

/// The messages of a chat so far.
struct Line {
    count: i64,
    newest: usize,
    customer_at: DateTime<Utc>,
}

impl Batch {
    fn of(parts: &Parts, jobs: &[Job]) -> Self {
        let mut batch = Self {
            now: parts.clock.now(),
            taken: Vec::new(),
            items: 0,
            keys: Vec::new(),
            rows: Messages::default(),
            expected: Expected::default(),
            events: Vec::new(),
        };
        // what the jobs touch that are left; nothing overtakes them
        let mut left: Option<Reach> = None;
        let mut lines = HashMap::new();
        for (index, job) in jobs.iter().enumerate() {
            let reach = || Reach::of(&job.items, &parts.known_chats);
            let is_in_turn = || left.as_ref().is_none_or(|left| left.is_apart_from(&reach()));
            let items: Option<Vec<Plain<'_>>> = job.items.iter().map(|item| plain_of(parts, item)).collect();
            match items.filter(|items| !items.is_empty() && job.poll_offset.is_none() && is_in_turn()) {
                Some(items) => {
                    batch.taken.push(index);
                    items.into_iter().for_each(|item| batch.add(&mut lines, item));
                }
                None => left.get_or_insert_default().add(&reach()),
            }
        }
        batch
    }

    fn add(&mut self, lines: &mut HashMap<Uuid, Line>, (channel, message, key, known): Plain<'_>) {
        let place = Place {
            external_id: columns::outside_id(&message.external_id),
            reply_to: None,
            chat_id: known.chat_id,
            sender_id: None,
            is_blocked: false,
            now: self.now,
        };
        self.items += 1;
        if !self.rows.add(self.items - 1, channel, message, None, place) {
            return;
        }
        let row = self.keys.len();
        let mut customer_at = message.provider_at.unwrap_or(self.now);
        let count = match lines.get_mut(&known.chat_id) {
            Some(line) => {
                self.expected.last[line.newest] = false;
                customer_at = customer_at.max(line.customer_at);
                *line = Line { count: line.count + 1, newest: row, customer_at };
                line.count
            }
            None => {
                lines.insert(known.chat_id, Line { count: 1, newest: row, customer_at });
                1
            }
        };
        self.rows.new.customer_at[row] = Some(customer_at);
        self.expected.versions.push(known.version);
        self.expected.places.push(count);
        self.expected.last.push(true);
        self.keys.push(key);
        let (provider, capabilities) = (channel.network.provider(), channel.network.capabilities());
        let inserted = Inserted { id: self.rows.new.ids[row], incoming_count: 0, reply_to_id: None, has_parked: false };
        let stored = messages::row_of(&self.rows.new, row, &inserted, provider, self.now);
        self.events.push(Event::MessageNew(Box::new(MessageNew {
            message: stored.present(capabilities, Vec::new(), Vec::new()),
            chat: ChatDigest {
                // known once it is stored
                unread_count: 0,
                last_message_at: Some(Millis(self.now)),
                status: known.status,
                window_expires_at: window_after(customer_at, capabilities).map(Millis),
            },
            assigned_user_id: known.assigned_user_id.map(UserId),
        })));
    }

    /// Stores and tells all of it, and gives the jobs that it came in. `None`, and nothing is done, where something is not as it
    /// was known, which is forgotten.
    async fn store(self, parts: &Parts, jobs: &[Job]) -> Result<Option<Vec<usize>>> {
        let (mut draft, mut expected) = (Draft::of(&self.events)?, self.expected);
        for payload in draft.columns.payloads.iter_mut().map(std::mem::take) {
            let (head, tail) = MessageNew::around_unread_count(&payload)
                .ok_or_else(|| Error::internal("an event has no unread count"))?;
            expected.heads.push(head.to_owned());
            expected.tails.push(tail.to_owned());
        }
        expected.event_ids.clone_from(&draft.columns.ids);
        expected.event_places.clone_from(&draft.columns.offsets);
        expected.rooms = std::mem::take(&mut draft.columns.rooms);
        let raw = raw_bodies(self.taken.iter().map(|index| &jobs[*index]));
        let fitting =
            store::insert_plain(&parts.writers, &self.rows.new, &expected, &draft.totals, &raw, self.now).await?;
        let rows: HashMap<Uuid, usize> = draft.columns.ids.iter().enumerate().map(|(row, id)| (*id, row)).collect();
        let mut placed = Vec::with_capacity(fitting.len());
        let mut misfits: HashSet<usize> = (0..self.keys.len()).collect();
        for one in fitting {
            let Some(&row) = rows.get(&one.event_id) else { continue };
            misfits.remove(&row);
            if let Some(position) = one.position {
                let (head, tail) = (&expected.heads[row], &expected.tails[row]);
                draft.columns.payloads[row] = format!("{head}{}{tail}", one.unread_count);
                placed.push(Placed { id: one.event_id, position, created_at: one.created_at });
            }
        }
        for row in &misfits {
            parts.known_chats.forget(&self.keys[*row]);
        }
        if placed.is_empty() {
            return Ok(None);
        }
        parts.feed.committed(draft.placed(&parts.cursors, &self.events, placed)?);
        let items: Vec<&Item> = self.taken.iter().flat_map(|index| &jobs[*index].items).collect();
        conclude(parts, &items, &self.rows.items.into_iter().collect());
        Ok(Some(self.taken))
    }
}
