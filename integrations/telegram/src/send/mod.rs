//! Handing a message over: exactly one call, never repeated here, and an answer that says what may happen next. The Bot
//! API has no idempotency key, so a request that left without an answer may have been sent.

mod contacts;
pub(crate) mod keyboard;
mod media;
mod text;

use std::time::Duration;

use bytes::Bytes;
use contract::{Account, MessageType, Outgoing, Scope, SendError, Sent};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use teloxide::payloads::{SendLocation, SendMessage, SendVenue};
use teloxide::types::{ChatId, Recipient};

use crate::address;
use crate::api::{Api, Call, Failure};
use crate::object::Object;

const TIMEOUT: Duration = Duration::from_secs(25);

pub(crate) async fn send(api: &Api, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
    let token = address::token(account)?;
    let mut call = compose(outgoing)?;
    surround(&mut call, outgoing)?;
    let result = api.call(token, call, TIMEOUT).await.map_err(|failure| classify(failure, outgoing.is_group))?;
    sent(&result, outgoing)
}

fn compose(outgoing: &Outgoing) -> Result<Call, SendError> {
    if !outgoing.attachments.is_empty() {
        return media::compose(outgoing);
    }
    match outgoing.kind {
        MessageType::Location => location(outgoing),
        MessageType::Contacts => Ok(contacts::compose(outgoing)),
        MessageType::Template => Err(refused("UNSUPPORTED", "Telegram has no templates: send a text")),
        kind if kind.is_media() => Err(refused("NO_FILE", "the message has no file")),
        _ => Ok(message(outgoing, text::nearest(outgoing))),
    }
}

/// A text goes without `parse_mode`: what an operator types is no markup.
fn message(outgoing: &Outgoing, text: String) -> Call {
    let mut call = Call::of(&SendMessage::new(recipient(outgoing), text));
    if matches!(outgoing.kind, MessageType::Text | MessageType::Interactive) {
        entities("entities", &mut call.params, outgoing);
    }
    call
}

fn location(outgoing: &Outgoing) -> Result<Call, SendError> {
    let number = |key: &str| match outgoing.metadata.get(key)? {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    let written = || {
        let (lat, lng) = outgoing.content.split_once(',')?;
        Some((lat.trim().parse().ok()?, lng.trim().parse().ok()?))
    };
    let point: Option<(f64, f64)> = number("lat").zip(number("lng")).or_else(written);
    let Some((lat, lng)) = point.filter(|(lat, lng)| lat.is_finite() && lng.is_finite()) else {
        return Err(refused("INVALID_LOCATION", "the message has no latitude and longitude"));
    };
    let text = |key: &str| outgoing.metadata.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let recipient = recipient(outgoing);
    Ok(match (text("name"), text("address")) {
        (None, None) => Call::of(&SendLocation::new(recipient, lat, lng)),
        (name, address) => {
            // Telegram wants both
            let (title, place) = (name.or(address).unwrap_or_default(), address.or(name).unwrap_or_default());
            Call::of(&SendVenue::new(recipient, lat, lng, title, place))
        }
    })
}

fn recipient(outgoing: &Outgoing) -> Recipient {
    match outgoing.chat_external_id.parse() {
        Ok(id) => Recipient::Id(ChatId(id)),
        Err(_) => Recipient::ChannelUsername(outgoing.chat_external_id.clone()),
    }
}

fn entities(key: &str, params: &mut Map<String, Value>, outgoing: &Outgoing) {
    if let Some(entities) = outgoing.metadata.get("entities").filter(|entities| entities.is_array()) {
        params.insert(key.into(), entities.clone());
    }
}

/// What it answers, its buttons, its topic and its business account. The last two are those of the message that it answers
/// unless it says otherwise.
fn surround(call: &mut Call, outgoing: &Outgoing) -> Result<(), SendError> {
    let (own, answered) = (&outgoing.metadata, &outgoing.context);
    if let Some(id) = outgoing.reply_to.as_deref().and_then(address::message) {
        // a deleted message must not hold the answer up
        let reply = json!({ "message_id": id, "allow_sending_without_reply": true });
        call.params.insert("reply_parameters".into(), reply);
    }
    if let Some(topic) = address::topic(own).or_else(|| address::topic(answered)) {
        call.params.insert("message_thread_id".into(), topic.into());
    }
    if let Some(connection) = address::business(own).or_else(|| address::business(answered)) {
        call.params.insert("business_connection_id".into(), connection.into());
    }
    if let Some(keyboard) = keyboard::read(own)? {
        if call.method == "sendMediaGroup" {
            return Err(refused("INVALID_BUTTONS", "Telegram shows no buttons under several files: send one file"));
        }
        call.params.insert("reply_markup".into(), keyboard);
    }
    Ok(())
}

/// The message's id; of an album, which is several messages, the first one's, with the others as its parts.
fn sent(result: &Bytes, outgoing: &Outgoing) -> Result<Sent, SendError> {
    let unreadable = || SendError::Unknown { message: "Telegram's answer names no message".into() };
    let json = std::str::from_utf8(result).map_err(|_| unreadable())?;
    let (message, others) = match Object::read(json) {
        Some(message) => (message, Vec::new()),
        None => {
            let album: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| unreadable())?;
            let mut messages = album.into_iter().filter_map(|message| Object::read(message.get()));
            (messages.next().ok_or_else(unreadable)?, messages.collect())
        }
    };
    let chat = message.object("chat").and_then(|chat| chat.id("id"));
    Ok(Sent {
        external_id: message.id("message_id").ok_or_else(unreadable)?,
        chat_external_id: chat.filter(|chat| *chat != outgoing.chat_external_id),
        parts: others.iter().filter_map(|message| message.id("message_id")).collect(),
    })
}

/// What a failed call means (<https://core.telegram.org/bots/api#making-requests>). A group has a rate of its own, 20
/// messages a minute, beside the bot's; Telegram does not say which was passed, and a bot-wide limit shows in the next chat.
pub(crate) fn classify(failure: Failure, is_group: bool) -> SendError {
    let refusal = match failure {
        Failure::NotSent { message } => {
            let code = "NO_CONNECTION".to_owned();
            return SendError::Retry { code, message, after: None, scope: Scope::Chat };
        }
        Failure::Lost { message } => return SendError::Unknown { message },
        Failure::Refused(refusal) => refusal,
    };
    let (code, message, after) = (refusal.code.to_string(), refusal.description, refusal.retry_after);
    match (refusal.code, refusal.migrate_to_chat_id) {
        (_, Some(to)) => SendError::ChatMoved { to },
        // 404 is what a token of the wrong form gets
        (401 | 404, _) => SendError::AccountRefused { code, message },
        (429, _) => {
            let scope = if is_group { Scope::Chat } else { Scope::Channel };
            SendError::Retry { code, message, after, scope }
        }
        (300..=399 | 500.., _) => SendError::Retry { code, message, after, scope: Scope::Chat },
        _ => SendError::Refused { code, message },
    }
}

pub(crate) fn refused(code: &str, message: &str) -> SendError {
    SendError::Refused { code: code.to_owned(), message: message.to_owned() }
}
