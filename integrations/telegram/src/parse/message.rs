//! Messages and newer versions of messages. (<https://core.telegram.org/bots/api#message>)

use chrono::{DateTime, SecondsFormat, Utc};
use contract::{Incoming, IncomingMessage, IncomingMove, MessageType};
use serde_json::{Map, Value};

use super::EDITS;
use super::content::Content;
use super::conversation::{Conversation, address, name};
use crate::object::Object;

/// The message under `kind`, with the name of its content.
pub(super) fn read(item: &Object<'_>, kind: &str, now: DateTime<Utc>) -> (Option<String>, Incoming) {
    let Some(external_id) = item.id("message_id") else {
        return (None, Incoming::Unknown { reason: "the message has no message_id".into() });
    };
    let Some(conversation) = Conversation::read(item, item.object("chat").as_ref()) else {
        return (None, Incoming::Unknown { reason: "the message names no chat".into() });
    };
    let mut metadata = Map::new();
    let content = Content::read(item, &mut metadata);
    surroundings(item, &mut metadata, now);
    let Conversation { mut chat, sender, from_me } = conversation;
    if !chat.is_group {
        chat.contact.phone = own_phone(item);
    }
    let message = Box::new(IncomingMessage {
        chat,
        sender,
        external_id,
        from_me,
        client_id: None,
        quiet: content.quiet,
        kind: content.kind,
        content: content.content,
        metadata,
        attachments: content.attachment.into_iter().collect(),
        reply_to: item.object("reply_to_message").and_then(|answered| answered.id("message_id")),
        provider_at: item.time("date", now),
        acknowledge: None,
    });
    let incoming = if EDITS.contains(&kind) {
        Incoming::Edit { message, edited_at: item.time("edit_date", now) }
    } else {
        Incoming::Message(message)
    };
    (Some(content.name), incoming)
}

/// What the note of a group that became a supergroup says: the old chat has it and the new one, with the same two ids.
pub(super) fn moved(incoming: &Incoming) -> Option<IncomingMove> {
    let Incoming::Message(note) = incoming else { return None };
    let id = |key: &str| note.metadata.get(key)?.as_str().filter(|id| id.starts_with('-')).map(str::to_owned);
    if note.kind != MessageType::System || note.metadata.get("kind")? != "chat_migrated" {
        return None;
    }
    let (from, to) = (id("fromChatId")?, id("toChatId")?);
    (from != to).then_some(IncomingMove { from, to, phone: None, restarts_ids: true })
}

/// What goes with a message of any type.
fn surroundings(item: &Object<'_>, metadata: &mut Map<String, Value>, now: DateTime<Utc>) {
    let entities = if item.has("text") { "entities" } else { "caption_entities" };
    let mut keep = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            metadata.insert(key.to_owned(), value);
        }
    };
    keep("entities", item.value(entities).filter(Value::is_array));
    keep("albumId", item.id("media_group_id").map(Value::from));
    keep("guestQueryId", item.id("guest_query_id").map(Value::from));
    keep("forwarded", forwarded(item, now));
    keep("quote", quote(item));
    address(item, metadata);
}

/// `{from?, at?}` of the original (<https://core.telegram.org/bots/api#messageorigin>), or of the fields used before 2024.
fn forwarded(item: &Object<'_>, now: DateTime<Utc>) -> Option<Value> {
    let (from, at) = match item.object("forward_origin") {
        Some(origin) => (author(&origin), origin.time("date", now)),
        None if ["forward_from", "forward_from_chat", "forward_sender_name", "forward_date"]
            .iter()
            .any(|key| item.has(key)) =>
        {
            let writer = ["forward_from", "forward_from_chat"].iter().find_map(|key| item.object(key));
            let from = writer.and_then(|writer| name(&writer)).or_else(|| item.string("forward_sender_name"));
            (from, item.time("forward_date", now))
        }
        None => return None,
    };
    let mut forwarded = Map::new();
    if let Some(from) = from {
        forwarded.insert("from".into(), from.into());
    }
    if let Some(at) = at {
        forwarded.insert("at".into(), at.to_rfc3339_opts(SecondsFormat::Millis, true).into());
    }
    Some(forwarded.into())
}

/// `{text?, from?, chatId?, messageId?}` of what is answered where it is quoted, or lies in another chat.
fn quote(item: &Object<'_>) -> Option<Value> {
    let (quoted, external) = (item.object("quote"), item.object("external_reply"));
    if quoted.is_none() && external.is_none() {
        return None;
    }
    let external = external.as_ref();
    let parts = [
        ("text", quoted.and_then(|quoted| quoted.string("text"))),
        ("from", external.and_then(|reply| author(&reply.object("origin")?))),
        ("chatId", external.and_then(|reply| reply.object("chat")?.id("id"))),
        ("messageId", external.and_then(|reply| reply.id("message_id"))),
    ];
    let parts = parts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?))));
    Some(Value::Object(parts.collect()))
}

/// Name of the user, hidden user, chat or channel that a message comes from.
fn author(origin: &Object<'_>) -> Option<String> {
    let writer = ["sender_user", "sender_chat", "chat"].iter().find_map(|key| origin.object(key));
    writer.and_then(|writer| name(&writer)).or_else(|| origin.string("sender_user_name"))
}

/// The number of a customer who shared the own contact.
fn own_phone(item: &Object<'_>) -> Option<String> {
    let contact = item.object("contact")?;
    let own = contact.id("user_id")? == item.object("from")?.id("id")?;
    let phone = contact.string("phone_number").filter(|_| own)?;
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    (7..=15).contains(&digits.len()).then(|| format!("+{digits}"))
}
