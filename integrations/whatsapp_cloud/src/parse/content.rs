//! What a message says: its type, text and file, by the object named like the type
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages>).

use std::borrow::Cow;

use contract::{IncomingAttachment, MediaSource, MessageType};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use super::raw::{self, Budget, Object};
use super::{cards, fault, interactive};

/// The readable part of a message.
pub struct Content {
    pub kind: MessageType,
    pub text: String,
    pub metadata: Map<String, Value>,
    pub attachments: Vec<IncomingAttachment>,
    /// A service note that nobody has to answer.
    pub quiet: bool,
}

impl Content {
    pub fn new(kind: MessageType, text: String) -> Self {
        Self { kind, text, metadata: Map::new(), attachments: Vec::new(), quiet: false }
    }

    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.to_owned(), value.into());
        self
    }

    pub fn with_some(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// A message of a type that an inbox cannot show, named by `kind`.
    pub fn unsupported(kind: &str) -> Self {
        Self::new(MessageType::Unsupported, String::new()).with("kind", kind)
    }
}

/// Types that carry an object of their own name, to tell a message that lost its `type`.
const KNOWN: [&str; 17] = [
    "text",
    "image",
    "audio",
    "voice",
    "video",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "button",
    "reaction",
    "order",
    "system",
    "edit",
    "revoke",
    "template",
];

/// The type of a message: what it says, else what it holds.
pub fn type_of<'a>(item: &Object<'a>) -> Option<Cow<'a, str>> {
    item.filled("type").or_else(|| KNOWN.into_iter().find(|name| item.get(name).is_some()).map(Into::into))
}

/// Reads the object named like the type; `None` where it is missing or broken.
pub fn read(kind: &str, item: &Object<'_>, budget: &Budget) -> Option<Content> {
    match kind {
        "text" => {
            let raw = item.get("text")?;
            let body = raw::text(raw).or_else(|| Object::read(raw)?.text("body"))?;
            Some(Content::new(MessageType::Text, body.into_owned()))
        }
        "image" => media(MessageType::Image, item, kind),
        "video" => media(MessageType::Video, item, kind),
        "audio" => media(MessageType::Audio, item, kind),
        "voice" => media(MessageType::Voice, item, kind),
        "document" => media(MessageType::Document, item, kind),
        "sticker" => media(MessageType::Sticker, item, kind),
        "location" => location(&item.object(kind)?),
        "contacts" => {
            let raw = item.get(kind).filter(|raw| budget.pays(raw))?;
            let (list, names) = cards::read(raw)?;
            Some(Content::new(MessageType::Contacts, names).with("contacts", list))
        }
        "interactive" => interactive::read(&item.object(kind)?, budget),
        "button" => interactive::button(&item.object(kind)?),
        "template" => template(&item.object(kind)?, budget),
        "order" => Some(Content::unsupported(kind).with_some(kind, budget.verbatim(item.get(kind)?))),
        "system" => system(&item.object(kind)?, item.get("identity"), budget),
        "request_welcome" => {
            let mut content = Content::new(MessageType::System, "The customer opened the chat".into());
            content.quiet = true;
            Some(content.with("kind", kind))
        }
        "unsupported" => {
            let detail = item.object(kind);
            Some(Content::unsupported(&detail.and_then(|detail| detail.filled("type")).unwrap_or(kind.into())))
        }
        _ => Some(Content::unsupported(kind).with_some("data", item.get(kind).and_then(|raw| budget.verbatim(raw)))),
    }
}

fn media(kind: MessageType, item: &Object<'_>, name: &str) -> Option<Content> {
    let fault = fault::first(item);
    let file = item.object(name);
    if file.is_none() && fault.is_none() {
        return None;
    }
    let text = |field: &str| file.as_ref()?.filled(field).map(|text| text.into_owned());
    let source = match (fault, file.as_ref().and_then(|file| file.id("id"))) {
        (Some(fault), _) => MediaSource::Missing { reason: fault.message },
        (None, Some(id)) => MediaSource::Id { id: id.into_owned() },
        (None, None) => MediaSource::Missing { reason: "the message names no file".into() },
    };
    let is = |field: &str| file.as_ref().is_some_and(|file| file.is_true(field));
    let kind = if kind == MessageType::Audio && is("voice") { MessageType::Voice } else { kind };
    let mut content = Content::new(kind, text("caption").unwrap_or_default());
    if is("animated") {
        content = content.with("kind", "animated");
    }
    content.attachments.push(IncomingAttachment {
        kind,
        source,
        mime_type: text("mime_type"),
        file_name: text("filename"),
        size_bytes: None,
        width: None,
        height: None,
        duration_secs: None,
        sha256: text("sha256"),
    });
    Some(content)
}

fn location(place: &Object<'_>) -> Option<Content> {
    let (lat, lng) = (coordinate(place.get("latitude")?)?, coordinate(place.get("longitude")?)?);
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let content = Content::new(MessageType::Location, format!("{},{}", shown(&lat), shown(&lng)));
    let text = |name: &str| place.filled(name).map(|text| text.into_owned());
    Some(
        content
            .with("lat", lat)
            .with("lng", lng)
            .with_some("address", text("address"))
            .with_some("name", text("name"))
            .with_some("url", text("url")),
    )
}

/// A number, also one that a simulator wrote as text; other short texts are kept as they are.
fn coordinate(raw: &RawValue) -> Option<Value> {
    const MAX_TEXT: usize = 64;
    let number = |text: &str| text.parse::<Number>().ok().map(Value::Number);
    match raw::text(raw) {
        Some(text) => number(text.trim())
            .or_else(|| (1..=MAX_TEXT).contains(&text.len()).then(|| Value::String(text.into_owned()))),
        None => number(raw.get()),
    }
}

fn template(template: &Object<'_>, budget: &Budget) -> Option<Content> {
    let name = template.filled("name")?.into_owned();
    let piece = |field: &str| template.get(field).and_then(|raw| budget.verbatim(raw));
    let content = Content::new(MessageType::Template, String::new()).with("name", name);
    Some(content.with_some("language", piece("language")).with_some("components", piece("components")))
}

fn system(note: &Object<'_>, identity: Option<&RawValue>, budget: &Budget) -> Option<Content> {
    let new_number = note.id("wa_id").or_else(|| note.id("new_wa_id"));
    let kind = note.filled("type").unwrap_or_default();
    let kind = match &*kind {
        "user_changed_number" | "customer_changed_number" => "number_changed",
        "user_changed_user_id" => "user_id_changed",
        "" if new_number.is_some() => "number_changed",
        "" => "notice",
        other => other,
    };
    let text = note.filled("body").map_or_else(|| kind.replace('_', " "), |body| body.into_owned());
    let mut content = Content::new(MessageType::System, text).with("kind", kind);
    content.quiet = true;
    Some(
        content
            .with_some("newWaId", new_number)
            .with_some("newUserId", note.id("user_id"))
            .with_some("identity", identity.and_then(|raw| budget.verbatim(raw))),
    )
}
