//! The bridge's body `{id, event, data, timestamp}` in our words: one body, one parcel.
//!
//! Never refuses what is JSON: an event that is not the bridge's own comes out as unknown, and names itself.

use chrono::{DateTime, Utc};
use contract::json::{Prepared, prepare};
use contract::{
    ChannelStatus, DeliveryError, DeliveryStatus, Incoming, IncomingConnection, IncomingDeletion, IncomingMove,
    IncomingReaction, IncomingStatus, Parcel, Rejection, Source,
};

use crate::fields::Fields;
use crate::flavours;
use crate::jid;
use crate::parse_message::{message, sender};

pub(crate) fn parse(body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
    let (kind, item) = match prepare(body)? {
        Prepared::TooDeep => ("unknown".to_owned(), unknown("the body is nested too deep")),
        Prepared::Ready(text) => match Fields::read(&text) {
            Some(body) => match flavours::read(&text, &body, now) {
                Some(parcels) => return Ok(parcels),
                None => read_body(&body, now),
            },
            None => ("unknown".to_owned(), unknown("the body is not an object")),
        },
    };
    Ok(vec![Parcel { account: None, business: None, kind, item, source: Source::Body }])
}

fn unknown(reason: impl Into<String>) -> Incoming {
    Incoming::Unknown { reason: reason.into() }
}

/// What happened to whom: the ids that every event but `connection` carries, and the time that it gives.
pub(crate) struct Event<'f, 'a> {
    pub(crate) data: &'f Fields<'a>,
    pub(crate) chat: Option<String>,
    pub(crate) id: String,
    pub(crate) at: Option<DateTime<Utc>>,
}

pub(crate) fn read_body(body: &Fields<'_>, now: DateTime<Utc>) -> (String, Incoming) {
    let Some(name) = body.text("event") else {
        return ("unknown".into(), unknown("the body names no event"));
    };
    let name: &str = &name;
    let is_ours =
        matches!(name, "message" | "message.status" | "message.edit" | "message.delete" | "chat.moved" | "connection");
    if !is_ours {
        let name: String = name.chars().take(64).collect();
        let reason = format!("event {name:?} is not one of the bridge's events");
        return (name, unknown(reason));
    }
    let Some(data) = body.object("data") else {
        return (name.into(), unknown(format!("event {name:?} has no object `data`")));
    };
    match name {
        "connection" => return connection(&data),
        "chat.moved" => return (name.into(), moved(&data)),
        _ => {}
    }

    let chat = data.text("chatId").and_then(|chat| jid::normalize(&chat));
    if chat.as_deref().is_some_and(jid::is_post) {
        return (name.into(), Incoming::Ignored { reason: "a story or a channel's post".into() });
    }
    let Some(id) = data.id("id") else {
        return (name.into(), unknown(format!("event {name:?} has no `data.id`")));
    };
    let sent_by_bridge = || if data.flag("history") { None } else { body.time("timestamp", now) };
    let at = data.time("timestamp", now).or_else(sent_by_bridge);
    let event = Event { data: &data, chat, id, at };
    match name {
        "message.status" => status(event),
        "message.delete" => (name.into(), deletion(event)),
        "message.edit" => edit(event),
        _ => match reaction_to(&data) {
            Some((target, emoji)) => ("message:reaction".into(), reaction(&event, target, emoji)),
            None if data.text("type").is_some_and(|kind| kind == "reaction") => {
                ("message:reaction".into(), unknown("a reaction names no message"))
            }
            None => match message(event) {
                Some(message) => (format!("message:{}", message.kind), Incoming::Message(Box::new(message))),
                None => (name.into(), no_chat(name)),
            },
        },
    }
}

fn no_chat(event: &str) -> Incoming {
    unknown(format!("event {event:?} has no `data.chatId` that is an address"))
}

fn edit(event: Event<'_, '_>) -> (String, Incoming) {
    let edited_at = event.at;
    match message(event) {
        Some(message) => {
            (format!("message.edit:{}", message.kind), Incoming::Edit { message: Box::new(message), edited_at })
        }
        None => ("message.edit".into(), no_chat("message.edit")),
    }
}

fn deletion(event: Event<'_, '_>) -> Incoming {
    Incoming::Deletion(IncomingDeletion {
        chat_external_id: named_chat(event.chat),
        message_external_id: event.id,
        at: event.at,
    })
}

/// The chat, where its name is sure to be the one that we know it by: the bridge may learn a hidden id's phone later.
fn named_chat(chat: Option<String>) -> Option<String> {
    chat.filter(|chat| !chat.ends_with("@lid"))
}

fn status(event: Event<'_, '_>) -> (String, Incoming) {
    let word = event.data.text("status").unwrap_or_default();
    let status = match &*word {
        "sent" => DeliveryStatus::Sent,
        "delivered" => DeliveryStatus::Delivered,
        "read" | "played" => DeliveryStatus::Read,
        "failed" => DeliveryStatus::Failed,
        _ => {
            let word: String = word.chars().take(64).collect();
            return ("message.status".into(), unknown(format!("event \"message.status\" has the status {word:?}")));
        }
    };
    let item = Incoming::Status(IncomingStatus {
        chat_external_id: named_chat(event.chat),
        message_external_id: event.id,
        client_id: event.data.text("clientId").and_then(|id| id.parse().ok()),
        status,
        error: if status == DeliveryStatus::Failed { error(event.data) } else { None },
        at: event.at,
    });
    (format!("message.status:{word}"), item)
}

fn error(data: &Fields<'_>) -> Option<DeliveryError> {
    let code = "BRIDGE_FAILED";
    match data.object("error") {
        Some(error) => Some(DeliveryError {
            code: error.id("code").unwrap_or_else(|| code.into()),
            message: error.string("message").unwrap_or_default(),
        }),
        None => data.string("error").map(|message| DeliveryError { code: code.into(), message }),
    }
}

/// The message that is reacted to, and the emoji, empty where the reaction was taken back.
fn reaction_to(data: &Fields<'_>) -> Option<(String, String)> {
    if let Some(reaction) = data.object("reaction") {
        let target = reaction.id("messageId").or_else(|| reaction.id("id")).or_else(|| data.id("quotedId"))?;
        return Some((target, reaction.string("emoji").or_else(|| reaction.string("text")).unwrap_or_default()));
    }
    let emoji = data.string("reaction");
    if emoji.is_none() && data.text("type").is_none_or(|kind| kind != "reaction") {
        return None;
    }
    Some((data.id("quotedId")?, emoji.or_else(|| data.string("text")).unwrap_or_default()))
}

fn reaction(event: &Event<'_, '_>, target: String, emoji: String) -> Incoming {
    let Some(chat) = &event.chat else { return no_chat("message") };
    Incoming::Reaction(IncomingReaction {
        chat_external_id: named_chat(event.chat.clone()),
        message_external_id: target,
        actor: sender(event.data, chat),
        from_me: event.data.flag("fromMe"),
        emojis: if emoji.is_empty() { Vec::new() } else { vec![emoji] },
        at: event.at,
    })
}

/// A hidden id whose phone became known, or a new number.
fn moved(data: &Fields<'_>) -> Incoming {
    let address = |key| data.text(key).and_then(|address| jid::normalize(&address));
    match (address("from"), address("to")) {
        (Some(from), Some(to)) if from != to => {
            Incoming::Moved(IncomingMove { phone: jid::phone(&to), from, to, restarts_ids: false })
        }
        _ => unknown("event \"chat.moved\" does not name two addresses"),
    }
}

fn connection(data: &Fields<'_>) -> (String, Incoming) {
    let word = data.text("status").unwrap_or_default();
    let Some(status) = channel_status(&word) else {
        let word: String = word.chars().take(64).collect();
        return ("connection".into(), unknown(format!("event \"connection\" has the status {word:?}")));
    };
    let item = Incoming::Connection(IncomingConnection {
        status,
        qr: data.string("qr"),
        phone: data.string("phone"),
        error: data.string("error").or_else(|| data.string("reason")),
    });
    (format!("connection:{}", status.as_str()), item)
}

/// The bridge's word for a session's state.
pub(crate) fn channel_status(word: &str) -> Option<ChannelStatus> {
    Some(match word {
        "connected" | "open" => ChannelStatus::Connected,
        "connecting" => ChannelStatus::Connecting,
        "qr" => ChannelStatus::Qr,
        "disconnected" | "close" | "closed" => ChannelStatus::Disconnected,
        "error" => ChannelStatus::Error,
        _ => return None,
    })
}
