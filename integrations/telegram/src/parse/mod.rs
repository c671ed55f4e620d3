//! One update of the Bot API in our words (<https://core.telegram.org/bots/api#update>): pure, total, and nothing but
//! a chat's and a message's id is required of a message.

mod content;
mod conversation;
mod event;
mod media;
mod message;
mod rich;
mod service;

use chrono::{DateTime, Utc};
use contract::json::{Prepared, prepare};
use contract::{Incoming, Parcel, Rejection, Source};

use crate::object::Object;

/// Kinds of update that carry a message, and those of them that carry a newer version of one.
const MESSAGES: [&str; 4] = ["message", "channel_post", "business_message", "guest_message"];
const EDITS: [&str; 3] = ["edited_message", "edited_channel_post", "edited_business_message"];

const EVENTS: [&str; 6] = [
    "business_connection",
    "callback_query",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "my_chat_member",
];

/// Kinds that an inbox has no use for.
const IGNORED: [&str; 13] = [
    "chat_boost",
    "chat_join_request",
    "chat_member",
    "chosen_inline_result",
    "inline_query",
    "managed_bot",
    "poll",
    "poll_answer",
    "pre_checkout_query",
    "purchased_paid_media",
    "removed_chat_boost",
    "shipping_query",
    "subscription",
];

/// Every kind of update that is known. Telegram is asked for all of them: it leaves `message_reaction`, `chat_member` and
/// `message_reaction_count` out unless they are named.
pub(crate) fn known() -> impl Iterator<Item = &'static str> {
    [&MESSAGES[..], &EDITS, &EVENTS, &IGNORED].into_iter().flatten().copied()
}

/// Reads a body: one parcel, or one per message that `deleted_business_messages` names, or the note and the news of a chat
/// that moved.
pub(crate) fn parse(body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
    let Prepared::Ready(text) = prepare(body)? else {
        return Ok(vec![unknown("unknown", "nested too deep")]);
    };
    Ok(update(&text, now))
}

fn update(text: &str, now: DateTime<Utc>) -> Vec<Parcel> {
    let Some(update) = Object::read(text) else {
        return vec![unknown("unknown", "not an update: no object")];
    };
    let Some(update_id) = update.id("update_id") else {
        return vec![unknown("unknown", "not an update: no update_id")];
    };
    // the first kind that is known; of an update with none, the first that is not
    let mut kinds = update.fields().map(|(key, _)| key).filter(|key| *key != "update_id").peekable();
    let Some(first) = kinds.peek().copied() else {
        return vec![unknown("unknown", "the update has no kind")];
    };
    let kind = kinds.find(|kind| known().any(|known| known == *kind)).unwrap_or(first);

    if IGNORED.contains(&kind) {
        return vec![parcel(kind, Incoming::Ignored { reason: format!("updates of kind {kind} are not kept") })];
    }
    if !known().any(|known| known == kind) {
        return vec![unknown(label(kind), "unknown kind of update")];
    }
    let Some(item) = update.object(kind) else {
        return vec![unknown(kind, "no object")];
    };
    if kind == "deleted_business_messages" {
        return event::deletions(&update_id, &item);
    }
    let (name, incoming) = match kind {
        "business_connection" => (None, event::business(&item)),
        "message_reaction" => (None, event::reaction(&item, now)),
        "message_reaction_count" => (None, event::reaction_count(&item, now)),
        "callback_query" => (None, event::callback(&item)),
        "my_chat_member" => (None, event::membership(&item, &update_id, now)),
        _ => message::read(&item, kind, now),
    };
    let name = name.map_or_else(|| kind.to_owned(), |name| format!("{kind}:{name}"));
    // after the note, which names the chat that it lies in
    let moved = message::moved(&incoming).map(|moved| parcel(name.clone(), Incoming::Moved(moved)));
    std::iter::once(parcel(name, incoming)).chain(moved).collect()
}

/// A strange key as a label of tables and metrics: short and plain, or `unknown`.
fn label(key: &str) -> &str {
    let plain = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if plain && (1..=64).contains(&key.len()) { key } else { "unknown" }
}

fn parcel(kind: impl Into<String>, item: Incoming) -> Parcel {
    Parcel { account: None, business: None, kind: kind.into(), item, source: Source::Body }
}

fn unknown(kind: &str, reason: &str) -> Parcel {
    parcel(kind, Incoming::Unknown { reason: reason.to_owned() })
}
