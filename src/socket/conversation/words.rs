//! The words of `/chat` for what happened. A visitor gets its own chat's public messages, statuses and reads, with cursors
//! that say nothing of the organization.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::payload;
use crate::event::{is_reserved, room};
use crate::id::{ChatId, MessageId, UserId};
use crate::inbox::live::{Passing, Typist, What};
use crate::socket::notifications;
use crate::socket::space::{Audience, Saying, Telling, Whisper};
use crate::time::Millis;

/// Types whose `content` is the address of a file here.
const FILES: [&str; 6] = ["image", "video", "voice", "audio", "document", "sticker"];

/// The room of the visitors whose chats a user is assigned to.
#[must_use]
pub fn visitors_of(id: UserId) -> String {
    format!("visitors_of_{id}")
}

/// An event of the journal; `None` where `/chat` has no words for it, or the audience may not hear it.
#[must_use]
pub fn say<'a>(telling: &Telling<'a>, audience: Audience) -> Option<Saying<'a>> {
    let event = telling.event;
    if audience == Audience::Visitors && !event.public {
        return None;
    }
    match &*event.name {
        "message:new" => message(telling, audience, "chat:message:new"),
        "message:updated" => message(telling, audience, "chat:message:updated"),
        "message:status" => status(telling, audience),
        "messages:read" => read(telling, audience),
        "user:notification" => notifications::say(telling),
        name if !is_reserved(name) => Some(Saying {
            event: Cow::Borrowed(name),
            data: event.data_in_snake(&cursor(telling, audience)).into(),
            delivers: None,
        }),
        _ => None,
    }
}

fn cursor(telling: &Telling<'_>, audience: Audience) -> String {
    let event = telling.event;
    match (audience, event.chat_id) {
        (Audience::Visitors, Some(chat_id)) => telling.cursors.seal(chat_id, event.position),
        _ => telling.cursors.write(event.organization_id, event.position),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    id: MessageId,
    chat_id: ChatId,
    from_me: bool,
    sender_user_id: Option<UserId>,
    #[serde(borrow)]
    sender_name: Option<Cow<'a, str>>,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    content: Cow<'a, str>,
    metadata: &'a RawValue,
    attachments: Vec<File>,
    private: bool,
    status: &'a str,
    created_at: &'a str,
    edited_at: Option<&'a str>,
    deleted_at: Option<&'a str>,
}

#[derive(Deserialize)]
struct File {
    url: Option<String>,
}

fn message<'a>(telling: &Telling<'a>, audience: Audience, name: &'static str) -> Option<Saying<'a>> {
    let told: Message<'_> = parse(telling)?;
    let (content, metadata) = if FILES.contains(&told.kind) {
        let address = told.attachments.first().and_then(|file| file.url.as_deref()).unwrap_or_default();
        (absolute(telling.public_url, address), with_caption(told.metadata, &told.content)?)
    } else {
        (told.content.into_owned(), told.metadata.to_owned())
    };
    let face = telling.face;
    let sender_id = if told.from_me { told.sender_user_id.map(|id| id.0) } else { face.contact_id.map(|id| id.0) };
    let said = payload::Message {
        id: told.id,
        chat_id: told.chat_id,
        sender_id,
        sender_name: told.sender_name.as_deref(),
        sender_avatar: face.avatar.as_deref(),
        kind: spoken(told.kind),
        content,
        metadata,
        created_at: told.created_at,
        status: match told.status {
            "queued" | "received" => "sent",
            status => status,
        },
        private: told.private,
        edited_at: told.edited_at,
        deleted_at: told.deleted_at,
        event_id: telling.event.id,
        cursor: cursor(telling, audience),
    };
    let delivers = (name == "chat:message:new" && told.from_me && !told.private).then_some(told.id);
    Some(Saying { delivers, ..saying(name, &said)? })
}

/// The name of a type here.
fn spoken(kind: &str) -> &str {
    if kind == "image" { "photo" } else { kind }
}

/// A signed path of ours is made absolute; another address stays as it is.
fn absolute(public_url: &str, address: &str) -> String {
    if address.starts_with('/') { format!("{public_url}{address}") } else { address.to_owned() }
}

fn with_caption(metadata: &RawValue, caption: &str) -> Option<Box<RawValue>> {
    if caption.is_empty() {
        return Some(metadata.to_owned());
    }
    let mut fields: Map<String, Value> = serde_json::from_str(metadata.get()).unwrap_or_default();
    fields.insert("caption".into(), caption.into());
    serde_json::value::to_raw_value(&fields).ok()
}

fn status<'a>(telling: &Telling<'a>, audience: Audience) -> Option<Saying<'a>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Status<'a> {
        message_id: MessageId,
        chat_id: ChatId,
        status: &'a str,
        #[serde(borrow)]
        error: Option<&'a RawValue>,
        timestamp: &'a str,
    }
    let Status { message_id, chat_id, status, error, timestamp } = parse(telling)?;
    let (event_id, cursor) = (telling.event.id, cursor(telling, audience));
    let contact_id = telling.face.contact_id.map(|id| id.0);
    match status {
        "delivered" => {
            let (delivered_to, delivered_at) = (contact_id, timestamp);
            let said = payload::Delivered { message_id, chat_id, delivered_to, delivered_at, event_id, cursor };
            saying("chat:message:delivered", &said)
        }
        "read" => {
            let (read_by, read_at) = (contact_id, timestamp);
            saying("chat:message:read", &payload::Read { message_id, chat_id, read_by, read_at, event_id, cursor })
        }
        "failed" => saying("chat:message:failed", &payload::Failed { message_id, chat_id, error, event_id, cursor }),
        // spoken `sent` from the start
        _ => None,
    }
}

fn read<'a>(telling: &Telling<'a>, audience: Audience) -> Option<Saying<'a>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Read<'a> {
        chat_id: ChatId,
        read_by_user_id: Option<Uuid>,
        last_read_message_id: Option<MessageId>,
        read_at: &'a str,
    }
    let Read { chat_id, read_by_user_id: read_by, last_read_message_id, read_at } = parse(telling)?;
    let (event_id, cursor) = (telling.event.id, cursor(telling, audience));
    let message_id = last_read_message_id?;
    saying("chat:message:read", &payload::Read { message_id, chat_id, read_by, read_at, event_id, cursor })
}

fn parse<'a, T: Deserialize<'a>>(telling: &Telling<'a>) -> Option<T> {
    let event = telling.event;
    serde_json::from_str(&event.data)
        .inspect_err(|error| tracing::error!(%error, event = %event.name, "an event has no words on /chat"))
        .ok()
}

fn saying<'a>(name: &'static str, said: &impl Serialize) -> Option<Saying<'a>> {
    let data = serde_json::to_string(said)
        .inspect_err(|error| tracing::error!(%error, event = name, "a payload is no JSON"))
        .ok()?;
    Some(Saying { event: Cow::Borrowed(name), data: Cow::Owned(data), delivers: None })
}

/// Something passing: typing for those in the chat, who is online for operators and for the visitors of the assignee.
#[must_use]
pub fn whisper(passing: &Passing, audience: Audience) -> Vec<Whisper> {
    let said = match &passing.what {
        What::Typing { chat_id, typist, name, is_typing } => {
            let user_id = match *typist {
                Typist::User(id) => id.0,
                Typist::Contact(id) => id.0,
            };
            let typing = payload::Typing { chat_id: *chat_id, user_id, user_name: name, is_typing: *is_typing };
            Whisper::new("chat:typing", vec![room::chat(*chat_id)], &typing, Some(*typist))
        }
        What::User { user_id, online, last_seen } => {
            let rooms = match audience {
                Audience::Visitors => vec![visitors_of(*user_id)],
                _ => vec![room::organization(passing.organization_id)],
            };
            let event = if *online { "user:online" } else { "user:offline" };
            let said = payload::UserOnline { user_id: user_id.0, online: *online, last_seen: Millis(*last_seen) };
            Whisper::new(event, rooms, &said, None)
        }
        What::Member { .. } | What::OnlineTotal { .. } => None,
    };
    said.into_iter().collect()
}
