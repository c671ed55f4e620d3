//! What happened beside messages, as system lines in the chat that it concerns: calls, groups, wishes about marketing, new
//! ids of people.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use contract::{
    Incoming, IncomingAttachment, IncomingChat, IncomingContact, IncomingMessage, IncomingMove, MediaSource,
    MessageType,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::message::{OWN_ID, Scope};
use super::people::{self, same_number};
use super::raw::Object;
use super::{Item, fault, label, unknown};

/// A line in a person's chat, or a group's.
struct Line<'a> {
    chat: IncomingChat,
    /// Of the metadata: what happened, in one word.
    kind: &'a str,
    text: String,
    /// What makes this line one: the same parts are the same line, however often it is delivered.
    parts: [&'a str; 2],
    at: Option<DateTime<Utc>>,
    quiet: bool,
}

impl Line<'_> {
    fn message(self) -> IncomingMessage {
        let mut metadata = Map::new();
        metadata.insert("kind".into(), self.kind.into());
        IncomingMessage {
            chat: self.chat,
            sender: None,
            external_id: format!("{OWN_ID}{}", hex::encode(Sha256::digest(self.parts.join("\n")))),
            from_me: false,
            client_id: None,
            quiet: self.quiet,
            kind: MessageType::System,
            content: self.text,
            metadata,
            attachments: Vec::new(),
            reply_to: None,
            provider_at: self.at,
            acknowledge: None,
        }
    }
}

fn of_person(contact: IncomingContact) -> IncomingChat {
    IncomingChat {
        external_id: contact.external_id.clone(),
        is_group: false,
        title: None,
        contact,
        also_known_as: None,
    }
}

fn item<'a>(kind: String, what: Incoming, contact: Option<&'a RawValue>) -> Item<'a> {
    Item { kind, what, contact }
}

/// One element of `calls`: `{id, from, to, event, direction, status?, duration?}`.
pub fn call<'a>(raw: &'a RawValue, scope: &Scope<'_, 'a>) -> Item<'a> {
    let Some(call) = Object::read(raw) else { return unknown("call", "unreadable", "call is not an object") };
    let event = call.filled("event").unwrap_or(Cow::Borrowed("call"));
    let kind = label("call", &event);
    let is_business = |id: &str| scope.business.is_some_and(|business| same_number(id, business));
    let ours = call.text("direction").is_some_and(|direction| direction == "BUSINESS_INITIATED");
    let (near, far) = if ours { ("to", "from") } else { ("from", "to") };
    let number = call.id(near).filter(|id| !is_business(id)).or_else(|| call.id(far));
    let user_id = call.id(if ours { "to_user_id" } else { "from_user_id" }).or_else(|| call.id("user_id"));
    let Some(person) = scope.people.person(number, user_id) else {
        return item(kind, Incoming::Unknown { reason: "call names no customer".into() }, None);
    };
    let status = call.text("status").unwrap_or_default().to_ascii_uppercase();
    let seconds = call.id("duration").and_then(|text| text.parse::<u64>().ok());
    let text = match (&*event, seconds) {
        ("connect", _) if ours => "You called the customer".to_owned(),
        ("connect", _) => "The customer is calling".to_owned(),
        ("terminate", Some(seconds)) if seconds > 0 => {
            format!("The call ended after {}:{:02}", seconds / 60, seconds % 60)
        }
        ("terminate", _) if status == "FAILED" => "The call failed".to_owned(),
        ("terminate", _) if ours => "The customer did not answer the call".to_owned(),
        ("terminate", _) => "Missed call".to_owned(),
        ("call_recording_available", _) => "Recording of the call".to_owned(),
        (other, _) => format!("Call: {}", other.replace('_', " ")),
    };
    let id = call.id("id").unwrap_or(Cow::Borrowed(raw.get()));
    let contact = person.profile.map(|profile| profile.raw);
    let line = Line {
        chat: of_person(person.contact),
        kind: "call",
        text,
        parts: [&id, &event],
        at: call.time("timestamp", scope.now),
        // somebody waits for an answer
        quiet: ours || event != "connect",
    };
    let mut message = line.message();
    message.metadata.insert("event".into(), (&*event).into());
    if let Some(seconds) = seconds {
        message.metadata.insert("duration".into(), seconds.into());
    }
    if let Some(audio) = call.object("call_recording").and_then(|recording| recording.object("audio")) {
        message.kind = MessageType::Audio;
        message.attachments.push(IncomingAttachment {
            kind: MessageType::Audio,
            source: audio.id("id").map_or_else(
                || MediaSource::Missing { reason: "the recording names no file".into() },
                |id| MediaSource::Id { id: id.into_owned() },
            ),
            mime_type: audio.filled("mime_type").map(Cow::into_owned),
            file_name: None,
            size_bytes: None,
            width: None,
            height: None,
            duration_secs: None,
            sha256: audio.filled("sha256").map(Cow::into_owned),
        });
    }
    item(kind, Incoming::Message(Box::new(message)), contact)
}

/// One element of `groups`: `{group_id, type, subject?, added_participants?, removed_participants?, group_subject?, errors?}`.
pub fn group<'a>(raw: &'a RawValue, now: DateTime<Utc>) -> Item<'a> {
    let Some(group) = Object::read(raw) else { return unknown("group", "unreadable", "group is not an object") };
    let event = group.filled("type").unwrap_or(Cow::Borrowed("update"));
    let kind = label("group", &event);
    let ignored = |reason: String| item(kind.clone(), Incoming::Ignored { reason }, None);
    if let Some(fault) = fault::first(&group) {
        return ignored(format!("error {}: {}", fault.code, fault.message));
    }
    let Some(id) = group.id("group_id") else { return ignored("a group that is not named".into()) };
    let count = |names: [&str; 2]| names.into_iter().filter_map(|name| group.list(name)).map(|list| list.len()).sum();
    let (joined, left): (usize, usize) =
        (count(["added_participants", "joined_participants"]), count(["removed_participants", "failed_participants"]));
    let setting = |name: &str| {
        let setting = group.object(name).filter(|setting| setting.is_true("update_successful"))?;
        setting.filled("text").map(Cow::into_owned)
    };
    let subject = setting("group_subject").or_else(|| group.filled("subject").map(Cow::into_owned));
    let people = |count: usize| if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
    let (word, text) = match &*event {
        _ if joined > 0 => ("member_joined", format!("{} joined the group", people(joined))),
        _ if left > 0 => ("member_left", format!("{} left the group", people(left))),
        "group_create" => ("chat_created", "The group was created".to_owned()),
        "group_delete" => ("chat_deleted", "The group was deleted".to_owned()),
        "group_suspend" => ("group_suspended", "WhatsApp suspended the group".to_owned()),
        "group_suspend_cleared" => ("group_resumed", "WhatsApp lifted the suspension of the group".to_owned()),
        _ => match &subject {
            Some(subject) => ("title_changed", format!("The group is called {subject} now")),
            None => ("group_changed", format!("Group: {}", event.trim_start_matches("group_").replace('_', " "))),
        },
    };
    let contact = IncomingContact { external_id: id.to_string(), name: subject.clone(), ..IncomingContact::default() };
    let line = Line {
        chat: IncomingChat {
            external_id: id.into_owned(),
            is_group: true,
            title: subject,
            contact,
            also_known_as: None,
        },
        kind: word,
        text,
        parts: ["group", raw.get()],
        at: group.time("timestamp", now),
        quiet: true,
    };
    item(kind, Incoming::Message(Box::new(line.message())), None)
}

/// One element of `user_preferences`: `{wa_id, user_id?, category, value: stop | resume, detail}`.
pub fn preference<'a>(raw: &'a RawValue, scope: &Scope<'_, 'a>) -> Item<'a> {
    let Some(wish) = Object::read(raw) else {
        return unknown("preference", "unreadable", "preference is not an object");
    };
    let value = wish.filled("value").unwrap_or_default();
    let kind = label("preference", &value);
    let Some(person) = scope.people.person(wish.id("wa_id"), wish.id("user_id")) else {
        return item(kind, Incoming::Ignored { reason: "a preference of nobody that is named".into() }, None);
    };
    let (word, usual) = match &*value {
        "stop" => ("marketing_stopped", "The customer wants no marketing messages"),
        "resume" => ("marketing_resumed", "The customer takes marketing messages again"),
        _ => ("preference_changed", "The customer changed a preference"),
    };
    let contact = person.profile.map(|profile| profile.raw);
    let line = Line {
        chat: of_person(person.contact),
        kind: word,
        text: wish.filled("detail").map_or_else(|| usual.to_owned(), Cow::into_owned),
        parts: ["preference", raw.get()],
        at: wish.time("timestamp", scope.now),
        quiet: true,
    };
    item(kind, Incoming::Message(Box::new(line.message())), contact)
}

/// One element of `user_id_update`, `{wa_id?, user_id: {previous, current}}`: a line, and the move that it tells of.
pub fn new_id<'a>(raw: &'a RawValue, scope: &Scope<'_, 'a>) -> Vec<Item<'a>> {
    let kind = || label("user_id", "update");
    let update = Object::read(raw);
    let ids = update.as_ref().and_then(|update| {
        let ids = update.object("user_id")?;
        Some((update, ids.id("previous")?.into_owned(), ids.id("current")?.into_owned()))
    });
    let Some((update, previous, current)) = ids else {
        return vec![unknown("user_id", "unreadable", "names no previous and current id")];
    };
    let wa_id = update.id("wa_id");
    let phone = wa_id.as_deref().and_then(people::phone);
    let external_id = wa_id.map_or_else(|| previous.clone(), Cow::into_owned);
    let contact = IncomingContact { external_id, phone: phone.clone(), ..IncomingContact::default() };
    let line = Line {
        chat: of_person(contact),
        kind: "user_id_changed",
        text: "The customer's WhatsApp id changed".to_owned(),
        parts: [&previous, &current],
        at: update.time("timestamp", scope.now),
        quiet: true,
    };
    let mut message = line.message();
    message.metadata.insert("newUserId".into(), Value::from(current.as_str()));
    let moved = IncomingMove { from: previous, to: current, phone, restarts_ids: false };
    vec![
        item(kind(), Incoming::Message(Box::new(message)), None),
        item(label("user_id", "moved"), Incoming::Moved(moved), None),
    ]
}

/// The move that a `system` message tells of: a new number, or a new user id.
pub fn moved(raw: &RawValue) -> Option<Item<'static>> {
    let message = Object::read(raw)?;
    let note = message.object("system")?;
    let (wa_id, user_id) = (note.id("wa_id").or_else(|| note.id("new_wa_id")), note.id("user_id"));
    let moved = match note.filled("type").as_deref() {
        Some("user_changed_number" | "customer_changed_number") | None => {
            let from = message.id("from").or_else(|| note.id("customer")).or_else(|| message.id("from_user_id"))?;
            let to = wa_id.or(user_id)?;
            IncomingMove {
                from: from.into_owned(),
                phone: people::phone(&to),
                to: to.into_owned(),
                restarts_ids: false,
            }
        }
        Some("user_changed_user_id") => {
            let said = note.filled("body").and_then(|body| previous_id(&body));
            let from = note.id("previous_user_id").or_else(|| message.id("from_user_id")).map(Cow::into_owned);
            let phone = wa_id.as_deref().and_then(people::phone);
            IncomingMove { from: from.or(said)?, to: user_id?.into_owned(), phone, restarts_ids: false }
        }
        Some(_) => return None,
    };
    (moved.from != moved.to).then(|| Item {
        kind: label("message", "moved"),
        what: Incoming::Moved(moved),
        contact: None,
    })
}

/// `User Anna changed from US.1349 to US.2481`: nothing else names the earlier id where there is no number.
pub fn previous_id(body: &str) -> Option<String> {
    let (_, told) = body.rsplit_once(" from ")?;
    let (id, _) = told.split_once(" to ")?;
    crate::send::is_user_id(id).then(|| id.to_owned())
}
