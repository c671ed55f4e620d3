//! What a message says: its type, its `content` and the `metadata` that goes with the type.

use contract::{IncomingAttachment, MessageType};
use serde_json::{Map, Value, json};

use super::{label, media, rich, service};
use crate::object::Object;

/// Content that the inbox has no type for. The list holds what is read of each besides its kind: our name and Telegram's.
const UNSUPPORTED: [(&str, &[(&str, &str)]); 9] = [
    ("poll", &[("question", "question"), ("pollType", "type"), ("isClosed", "is_closed")]),
    ("dice", &[("emoji", "emoji"), ("value", "value")]),
    ("story", &[("storyId", "id")]),
    ("game", &[("title", "title"), ("description", "description")]),
    (
        "invoice",
        &[
            ("title", "title"),
            ("description", "description"),
            ("currency", "currency"),
            ("totalAmount", "total_amount"),
        ],
    ),
    ("checklist", &[("title", "title")]),
    ("giveaway", &[("winnerCount", "winner_count"), ("prize", "prize_description")]),
    ("giveaway_winners", &[("winnerCount", "winner_count"), ("prize", "prize_description")]),
    ("paid_media", &[("starCount", "star_count")]),
];

pub(super) struct Content {
    /// The key of the message that it was read from.
    pub name: String,
    pub kind: MessageType,
    pub content: String,
    pub attachment: Option<IncomingAttachment>,
    /// A service note: shown, but it asks for nobody's attention.
    pub quiet: bool,
}

impl Content {
    /// Reads the first content that the message has; what is not understood is unsupported, under its own name.
    pub(super) fn read(message: &Object<'_>, metadata: &mut Map<String, Value>) -> Self {
        if let Some(text) = message.string("text") {
            return Self::new("text", MessageType::Text, text);
        }
        for key in media::KEYS.into_iter().filter(|key| message.has(key)) {
            if let Some((kind, attachment)) = media::read(message, key, metadata) {
                let caption = message.string("caption").unwrap_or_default();
                return Self { attachment: Some(attachment), ..Self::new(key, kind, caption) };
            }
        }
        if let Some((key, content)) = location(message, metadata) {
            return Self::new(key, MessageType::Location, content);
        }
        if let Some(content) = contact(message, metadata) {
            return Self::new("contact", MessageType::Contacts, content);
        }
        if let Some(text) = rich::read(message) {
            metadata.insert("kind".into(), "rich_message".into());
            return Self::new("rich_message", MessageType::Text, text);
        }
        let known = unsupported(message, metadata);
        if known.is_none()
            && let Some((key, line)) = service::read(message, metadata)
        {
            return Self { quiet: true, ..Self::new(key, MessageType::System, line) };
        }
        let name = known.or_else(|| service::strange_key(message)).map_or("unknown", label);
        metadata.insert("kind".into(), name.into());
        if let Some(caption) = message.string("caption") {
            metadata.insert("caption".into(), caption.into());
        }
        Self::new(name, MessageType::Unsupported, String::new())
    }

    fn new(name: &str, kind: MessageType, content: String) -> Self {
        Self { name: name.to_owned(), kind, content, attachment: None, quiet: false }
    }
}

/// A venue repeats its place as `location`, for clients that do not know venues.
fn location(message: &Object<'_>, metadata: &mut Map<String, Value>) -> Option<(&'static str, String)> {
    let venue = message.object("venue");
    let inner = venue.as_ref().and_then(|venue| venue.object("location"));
    let point = |place: &Object<'_>| Some((place.f64("latitude")?, place.f64("longitude")?));
    let places = [inner, message.object("location")];
    let (place, (lat, lng)) = places.iter().flatten().find_map(|place| Some((place, point(place)?)))?;
    metadata.insert("lat".into(), lat.into());
    metadata.insert("lng".into(), lng.into());
    if place.has("live_period") {
        metadata.insert("live".into(), true.into());
    }
    for (ours, theirs) in [("name", "title"), ("address", "address")] {
        if let Some(text) = venue.as_ref().and_then(|venue| venue.string(theirs)) {
            metadata.insert(ours.into(), text.into());
        }
    }
    Some((if venue.is_some() { "venue" } else { "location" }, format!("{lat},{lng}")))
}

fn contact(message: &Object<'_>, metadata: &mut Map<String, Value>) -> Option<String> {
    let contact = message.object("contact")?;
    let phone = contact.string("phone_number").or_else(|| contact.id("phone_number"));
    let name = super::conversation::name(&contact).or_else(|| phone.clone())?;
    let mut entry = json!({ "name": name, "phones": phone.as_slice() });
    if let Some(vcard) = contact.string("vcard") {
        entry["vcard"] = vcard.into();
    }
    metadata.insert("contacts".into(), json!([entry]));
    Some(name)
}

/// The kind of content, and what can be read of it.
fn unsupported(message: &Object<'_>, metadata: &mut Map<String, Value>) -> Option<&'static str> {
    let (kind, fields) = UNSUPPORTED.into_iter().find(|(kind, _)| message.has(kind))?;
    let Some(item) = message.object(kind) else { return Some(kind) };
    for (ours, theirs) in fields {
        if let Some(value) = item.value(theirs).filter(|value| !value.is_object() && !value.is_array()) {
            metadata.insert((*ours).into(), value);
        }
    }
    for list in ["options", "tasks"] {
        let lines: Vec<String> = item.objects(list).iter().filter_map(|line| line.string("text")).collect();
        if !lines.is_empty() {
            metadata.insert(list.into(), lines.into());
        }
    }
    if let Some(chat) = item.object("chat").and_then(|chat| super::conversation::name(&chat)) {
        metadata.insert("from".into(), chat.into());
    }
    Some(kind)
}
