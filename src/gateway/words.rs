//! What is said on `/ws`: every text is the envelope `{type, threadId, payload}`. Facts of the journal are put into these
//! words once, however many connections are told.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;

use crate::error::Error;
use crate::event::Journalled;
use crate::id::{ChatId, ContactId, EventId, MessageId, UserId};

/// The largest text that a client, or another backend, may send.
pub const MOST_BYTES: usize = 64 * 1024;

/// What servers and clients speak of: labels of the figures.
const KINDS: [&str; 7] = ["message", "typing", "read", "thread_update", "error", "subscribe", "unsubscribe"];

/// A name of the protocol, or one for all others: a figure has a bounded number of labels.
#[must_use]
pub fn label(kind: &str) -> &'static str {
    KINDS.into_iter().find(|known| *known == kind).unwrap_or("other")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a, P> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<Cow<'a, str>>,
    payload: P,
    /// Marks what we publish, so that we know it again; never told to a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
}

fn write<P: Serialize>(envelope: &Envelope<'_, P>) -> String {
    serde_json::to_string(envelope).unwrap_or_else(|error| {
        tracing::error!(%error, kind = envelope.kind, "a payload is no JSON");
        String::new()
    })
}

/// Something said of a chat.
#[must_use]
pub fn say(kind: &str, thread_id: ChatId, payload: &impl Serialize) -> Utf8Bytes {
    write(&Envelope { kind, thread_id: Some(thread_id.to_string().into()), payload, origin: None }).into()
}

/// A refusal; it names the chat as the client did.
#[must_use]
pub fn refuse(thread_id: Option<&str>, error: &Error) -> Utf8Bytes {
    #[derive(Serialize)]
    struct Refusal {
        code: &'static str,
        message: String,
    }
    let payload = Refusal { code: error.code(), message: error.to_string() };
    write(&Envelope { kind: "error", thread_id: thread_id.map(Cow::Borrowed), payload, origin: None }).into()
}

/// `thread_update`, as the answer to `subscribe` has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ThreadUpdate {
    pub status: String,
    pub manager_id: Option<UserId>,
}

/// `typing`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Typing<'a> {
    /// A visitor's is its contact.
    pub user_id: Uuid,
    pub is_typing: bool,
    /// A visitor may have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
}

/// `read`: all up to the newest of these was read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Read<'a> {
    pub message_ids: Cow<'a, [MessageId]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Uuid>,
    pub from: &'static str,
}

/// Who may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Everyone,
    /// Not the visitor.
    Operators,
}

/// A fact of the journal in the words of the gateway.
pub struct Fact<'a> {
    pub event: &'a Journalled,
    pub chat_id: ChatId,
    pub audience: Audience,
    pub what: What<'a>,
}

pub enum What<'a> {
    /// `updated` where it was told before.
    Message {
        message: Box<Message<'a>>,
        updated: bool,
    },
    Thread(ThreadUpdate),
    /// `by` is the operator, or nobody where the customer has read.
    Read {
        ids: Vec<MessageId>,
        by: Option<UserId>,
        from: &'static str,
    },
    /// The chat is gone, and everybody leaves it.
    Gone,
}

/// What is read of a message; the rest is not the gateway's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message<'a> {
    pub id: MessageId,
    pub from_me: bool,
    sender_user_id: Option<UserId>,
    #[serde(borrow)]
    sender_name: &'a RawValue,
    #[serde(rename = "type")]
    kind: &'a RawValue,
    content: &'a RawValue,
    metadata: &'a RawValue,
    attachments: &'a RawValue,
    reply_to_id: Option<MessageId>,
    reactions: &'a RawValue,
    pub private: bool,
    status: &'a RawValue,
    created_at: &'a RawValue,
    #[serde(default)]
    edited_at: Option<&'a RawValue>,
    #[serde(default)]
    deleted_at: Option<&'a RawValue>,
}

impl<'a> Fact<'a> {
    /// `None` for what the gateway does not speak of.
    #[must_use]
    pub fn of(event: &'a Journalled) -> Option<Self> {
        let chat_id = event.chat_id?;
        let what = match &*event.name {
            "message:new" | "message:updated" => {
                What::Message { message: read(event)?, updated: &*event.name == "message:updated" }
            }
            "chat:new" | "chat:updated" => {
                let Chat { status, assigned_user_id } = read(event)?;
                What::Thread(ThreadUpdate { status, manager_id: assigned_user_id })
            }
            "messages:read" => {
                let MessagesRead { read_by_user_id, last_read_message_id } = read(event)?;
                What::Read { ids: vec![last_read_message_id?], by: read_by_user_id, from: MANAGER }
            }
            "message:status" => {
                let Status { message_id, status } = read(event)?;
                // how far an answer came at the network is not said here, save that the customer has read it
                (status == "read").then_some(What::Read { ids: vec![message_id], by: None, from: CLIENT })?
            }
            "chat:deleted" => What::Gone,
            _ => return None,
        };
        // status and manager of its own chat are what a visitor sees by REST too
        let public = event.public || !matches!(what, What::Message { .. });
        let audience = if public { Audience::Everyone } else { Audience::Operators };
        Some(Self { event, chat_id, audience, what })
    }

    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.what {
            What::Message { .. } => "message",
            What::Thread(_) => "thread_update",
            What::Read { .. } => "read",
            What::Gone => "error",
        }
    }

    /// Whom its chat is assigned to.
    pub fn managers(&self) -> impl Iterator<Item = UserId> {
        managers(self.event)
    }

    /// Whether it is said in the contact's name.
    #[must_use]
    pub const fn names_contact(&self) -> bool {
        matches!(
            &self.what,
            What::Message { message, .. } if !message.from_me
        ) || matches!(&self.what, What::Read { by: None, .. })
    }

    /// The text for those who get this cursor.
    #[must_use]
    pub fn text(&self, contact_id: Option<ContactId>, cursor: &str) -> Utf8Bytes {
        self.write(contact_id, Some(cursor), None).into()
    }

    /// The text for other backends, which knows itself by its origin. They have no cursors.
    #[must_use]
    pub fn publication(&self, contact_id: Option<ContactId>, origin: &str) -> String {
        self.write(contact_id, None, Some(origin))
    }

    fn write(&self, contact_id: Option<ContactId>, cursor: Option<&str>, origin: Option<&str>) -> String {
        let thread_id = Some(Cow::from(self.chat_id.to_string()));
        let place = cursor.map(|cursor| Place { event_id: self.event.id, cursor });
        match &self.what {
            What::Message { message, updated } => {
                let sender_id = match message.sender_user_id {
                    Some(id) => Some(id.0),
                    None if message.from_me => None,
                    None => contact_id.map(|id| id.0),
                };
                let from = if message.from_me { MANAGER } else { CLIENT };
                let payload = Told { from, sender_id, updated: *updated, message, place };
                write(&Envelope { kind: self.kind(), thread_id, payload, origin })
            }
            What::Thread(update) => {
                write(&Envelope { kind: self.kind(), thread_id, payload: Placed { said: update, place }, origin })
            }
            What::Read { ids, by, from } => {
                let user_id = by.map(|id| id.0).or_else(|| (*from == CLIENT).then_some(contact_id?.0));
                let said = Read { message_ids: ids.into(), user_id, from };
                write(&Envelope { kind: self.kind(), thread_id, payload: Placed { said, place }, origin })
            }
            What::Gone => refuse(thread_id.as_deref(), &Error::ChatNotFound).to_string(),
        }
    }
}

/// Whom the chat of an event is assigned to, as its rooms say.
pub fn managers(event: &Journalled) -> impl Iterator<Item = UserId> {
    event.rooms.iter().filter_map(|room| room.strip_prefix("user_")?.parse().ok())
}

pub const MANAGER: &str = "manager";
pub const CLIENT: &str = "client";

fn read<'a, T: Deserialize<'a>>(event: &'a Journalled) -> Option<T> {
    serde_json::from_str(&event.data)
        .inspect_err(|error| {
            tracing::error!(%error, event = %event.name, position = event.position, "an event cannot be read");
        })
        .ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chat {
    status: String,
    assigned_user_id: Option<UserId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessagesRead {
    read_by_user_id: Option<UserId>,
    last_read_message_id: Option<MessageId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    message_id: MessageId,
    status: String,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Place<'a> {
    event_id: EventId,
    cursor: &'a str,
}

#[derive(Serialize)]
struct Placed<'a, T> {
    #[serde(flatten)]
    said: T,
    #[serde(flatten)]
    place: Option<Place<'a>>,
}

struct Told<'a> {
    from: &'static str,
    sender_id: Option<Uuid>,
    updated: bool,
    message: &'a Message<'a>,
    place: Option<Place<'a>>,
}

impl Serialize for Told<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let Self { from, sender_id, updated, message, place } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &message.id)?;
        map.serialize_entry("from", from)?;
        map.serialize_entry("type", message.kind)?;
        map.serialize_entry("text", message.content)?;
        map.serialize_entry("createdAt", message.created_at)?;
        map.serialize_entry("senderId", sender_id)?;
        map.serialize_entry("senderName", message.sender_name)?;
        map.serialize_entry("attachments", message.attachments)?;
        map.serialize_entry("metadata", message.metadata)?;
        map.serialize_entry("replyToId", &message.reply_to_id)?;
        map.serialize_entry("reactions", message.reactions)?;
        map.serialize_entry("status", message.status)?;
        if message.private {
            map.serialize_entry("private", &true)?;
        }
        if *updated {
            map.serialize_entry("updated", &true)?;
            map.serialize_entry("editedAt", &message.edited_at)?;
            map.serialize_entry("deletedAt", &message.deleted_at)?;
        }
        if let Some(Place { event_id, cursor }) = place {
            map.serialize_entry("eventId", event_id)?;
            map.serialize_entry("cursor", cursor)?;
        }
        map.end()
    }
}
