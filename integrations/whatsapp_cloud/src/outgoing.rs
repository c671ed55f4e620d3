//! Our message in Meta's words: `{type, <type>: {…}}`; what WhatsApp cannot show goes as the nearest thing it can.

use contract::{MessageType, Outgoing, OutgoingAttachment, SendError};
use serde_json::{Map, Value, json};

use crate::capabilities::AUDIO;
use crate::choices::choices;

/// An uploaded file.
pub struct File {
    /// Meta's name of the message type that carries it.
    pub kind: &'static str,
    pub id: String,
    pub name: String,
    /// Recorded to be heard: shown as a voice message, which has to be Ogg with Opus.
    pub is_voice: bool,
}

/// Refused by us, before anything left.
pub fn refused(message: &str) -> SendError {
    SendError::Refused { code: "INVALID_DATA".into(), message: message.to_owned() }
}

/// The message type that carries a file: what Meta does not take as an image, video, sound or sticker goes as a document
/// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media>).
pub fn carrier(file: &OutgoingAttachment) -> &'static str {
    let mime = essence(&file.mime_type);
    match (file.kind, mime.as_str()) {
        (MessageType::Image, "image/jpeg" | "image/png") => "image",
        (MessageType::Sticker, "image/webp") => "sticker",
        (MessageType::Video, "video/mp4" | "video/3gpp") => "video",
        (MessageType::Audio | MessageType::Voice, mime) if AUDIO.contains(&mime) => "audio",
        _ => "document",
    }
}

/// Whether a file can be shown as a voice message.
pub fn is_voice(file: &OutgoingAttachment) -> bool {
    file.kind == MessageType::Voice && matches!(essence(&file.mime_type).as_str(), "audio/ogg" | "audio/opus")
}

/// A MIME type without parameters.
fn essence(mime_type: &str) -> String {
    mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `type` and the object of that name.
///
/// # Errors
/// [`SendError::Refused`] where the metadata does not hold what the type needs.
pub fn content(outgoing: &Outgoing, file: Option<File>) -> Result<Map<String, Value>, SendError> {
    let metadata = &outgoing.metadata;
    let (kind, object) = match (outgoing.kind, file) {
        (_, Some(file)) => media(file, &outgoing.content),
        (kind, None) if kind.is_media() => linked(kind, outgoing)?,
        (MessageType::Location, _) => ("location", location(outgoing)?),
        (MessageType::Contacts, _) => ("contacts", contacts(metadata)?),
        (MessageType::Template, _) => ("template", template(metadata)?),
        (MessageType::Interactive, _) => match choices(outgoing)? {
            Some(object) => ("interactive", object),
            None => text(&outgoing.content),
        },
        (MessageType::ProfileShare | MessageType::PostShare | MessageType::BookingProposal, _) => {
            text(&spoken(outgoing))
        }
        _ => text(&outgoing.content),
    };
    let mut body = Map::new();
    body.insert("type".into(), kind.into());
    body.insert(kind.into(), object);
    Ok(body)
}

fn text(body: &str) -> (&'static str, Value) {
    ("text", json!({ "preview_url": true, "body": body }))
}

/// Sounds and stickers have no caption at WhatsApp.
fn media(file: File, caption: &str) -> (&'static str, Value) {
    let mut object = Map::new();
    object.insert("id".into(), file.id.into());
    if matches!(file.kind, "image" | "video" | "document") && !caption.is_empty() {
        object.insert("caption".into(), caption.into());
    }
    if file.is_voice {
        object.insert("voice".into(), true.into());
    }
    if file.kind == "document" {
        object.insert("filename".into(), file.name.into());
    }
    (file.kind, Value::Object(object))
}

/// A file that is not ours, by its public address.
fn linked(kind: MessageType, outgoing: &Outgoing) -> Result<(&'static str, Value), SendError> {
    let named = outgoing.metadata.get("url").and_then(Value::as_str).map(|url| (url, outgoing.content.as_str()));
    let (url, caption) = named.unwrap_or_else(|| {
        (outgoing.content.as_str(), outgoing.metadata.get("caption").and_then(Value::as_str).unwrap_or_default())
    });
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(refused("the message has no file"));
    }
    let kind = match kind {
        MessageType::Voice => "audio",
        other => other.as_str(),
    };
    let mut object = json!({ "link": url });
    if matches!(kind, "image" | "video" | "document") && !caption.is_empty() {
        object["caption"] = caption.into();
    }
    Ok((kind, object))
}

/// Coordinates are texts here, though they come in as numbers.
fn location(outgoing: &Outgoing) -> Result<Value, SendError> {
    let metadata = &outgoing.metadata;
    let coordinate = |name: &str| match metadata.get(name)? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.trim().to_owned()),
        _ => None,
    };
    let written = || outgoing.content.split_once(',').map(|(lat, lng)| (lat.trim().to_owned(), lng.trim().to_owned()));
    let (lat, lng) = coordinate("lat")
        .zip(coordinate("lng"))
        .or_else(written)
        .filter(|(lat, lng)| [lat, lng].into_iter().all(|text| text.parse::<f64>().is_ok_and(f64::is_finite)))
        .ok_or_else(|| refused("a location needs lat and lng"))?;
    let mut object = json!({ "latitude": lat, "longitude": lng });
    for name in ["name", "address"] {
        if let Some(text) = metadata.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()) {
            object[name] = text.into();
        }
    }
    Ok(object)
}

/// `[{name, phones[], emails?, org?}]` as Meta's cards; parts that are already in Meta's form are passed on.
fn contacts(metadata: &Map<String, Value>) -> Result<Value, SendError> {
    let wrap = |value: &Value, list: &str, field: &str| {
        let wrapped = |item: &Value| if item.is_string() { json!({ field: item }) } else { item.clone() };
        value.get(list).and_then(Value::as_array).map(|items| items.iter().map(wrapped).collect::<Vec<Value>>())
    };
    let card = |card: &Value| {
        let name = match card.get("name")? {
            Value::String(name) => json!({ "formatted_name": name, "first_name": name }),
            name => name.clone(),
        };
        let mut object = json!({ "name": name });
        for (list, field) in [("phones", "phone"), ("emails", "email")] {
            if let Some(items) = wrap(card, list, field) {
                object[list] = items.into();
            }
        }
        match card.get("org") {
            Some(Value::String(company)) => object["org"] = json!({ "company": company }),
            Some(org) => object["org"] = org.clone(),
            None => {}
        }
        Some(object)
    };
    let cards = metadata.get("contacts").and_then(Value::as_array).filter(|cards| !cards.is_empty());
    let cards: Option<Vec<Value>> = cards.and_then(|cards| cards.iter().map(card).collect());
    cards.map(Value::Array).ok_or_else(|| refused("contacts need a name each"))
}

/// A text for a place of a template's body; a named place as `{name, text}`, Meta's own form as it is.
fn parameter(value: &Value) -> Option<Value> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Object(object) if object.contains_key("type") => Some(value.clone()),
        Value::Object(object) => {
            let name = ["name", "parameter_name"].into_iter().find_map(|name| object.get(name)?.as_str())?;
            Some(json!({ "type": "text", "parameter_name": name, "text": text(object.get("text")?)? }))
        }
        _ => Some(json!({ "type": "text", "text": text(value)? })),
    }
}

fn template(metadata: &Map<String, Value>) -> Result<Value, SendError> {
    let name = metadata.get("name").and_then(Value::as_str).ok_or_else(|| refused("a template needs a name"))?;
    let language = match metadata.get("language") {
        Some(Value::String(code)) => json!({ "code": code }),
        Some(language @ Value::Object(_)) => language.clone(),
        _ => return Err(refused("a template needs a language")),
    };
    let mut object = json!({ "name": name, "language": language });
    let parameters = metadata.get("parameters").and_then(Value::as_array).filter(|list| !list.is_empty());
    let components = metadata.get("components").filter(|components| components.is_array());
    match (components.filter(|components| parameters.is_none() || **components != json!([])), parameters) {
        (Some(components), _) => object["components"] = components.clone(),
        (None, Some(parameters)) => {
            let parameters: Option<Vec<Value>> = parameters.iter().map(parameter).collect();
            let parameters = parameters.ok_or_else(|| refused("a template's parameters are texts"))?;
            object["components"] = json!([{ "type": "body", "parameters": parameters }]);
        }
        (None, None) => {}
    }
    Ok(object)
}

/// The cards of our own apps as a line of text.
fn spoken(outgoing: &Outgoing) -> String {
    let text = |name: &str| outgoing.metadata.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| outgoing.metadata.get(name).filter(|value| value.is_number()).map(Value::to_string);
    let mut lines: Vec<String> = Vec::new();
    match outgoing.kind {
        MessageType::ProfileShare => lines.extend([text("name").to_owned(), text("avatar").to_owned()]),
        MessageType::PostShare => lines.extend([text("author_name").to_owned(), text("media_url").to_owned()]),
        _ => {
            let duration = number("duration").map(|minutes| format!("{minutes} min"));
            let facts = [Some(text("service_name").to_owned()), number("price"), duration];
            let facts: Vec<String> = facts.into_iter().flatten().filter(|fact| !fact.is_empty()).collect();
            lines.extend([outgoing.content.clone(), facts.join(", ")]);
        }
    }
    lines.retain(|line| !line.is_empty());
    if lines.is_empty() { outgoing.content.clone() } else { lines.join("\n") }
}
