//! The bridge's `data` of a message as an [`IncomingMessage`]. Only its id and chat are required; whatever else is
//! malformed degrades, and what the type promises but the body lacks is shown as unsupported.

use contract::{IncomingAttachment, IncomingChat, IncomingContact, IncomingMessage, MediaSource, MessageType};
use serde_json::{Map, Value, json};

use crate::fields::Fields;
use crate::jid;
use crate::parse::Event;

/// `None` where the event names no chat.
pub(crate) fn message(event: Event<'_, '_>) -> Option<IncomingMessage> {
    let data = event.data;
    let chat_id = event.chat?;
    let from_me = data.flag("fromMe");
    let is_group = jid::is_group(&chat_id) || (!jid::is_person(&chat_id) && data.flag("isGroup"));
    let author = sender(data, &chat_id);
    let (contact, sender) = if is_group {
        let group = IncomingContact { external_id: chat_id.clone(), name: data.string("title"), ..Default::default() };
        (group, Some(author))
    } else if from_me {
        // the name that comes along is our own
        let phone = jid::phone(&chat_id);
        (IncomingContact { external_id: chat_id.clone(), phone, ..Default::default() }, None)
    } else {
        (IncomingContact { external_id: chat_id.clone(), ..author }, None)
    };
    let mut content = content(data);
    marks(data, &mut content.metadata);
    Some(IncomingMessage {
        chat: IncomingChat {
            external_id: chat_id,
            is_group,
            title: contact.name.clone().filter(|_| is_group),
            contact,
            also_known_as: None,
        },
        sender,
        external_id: event.id,
        from_me,
        client_id: data.text("clientId").and_then(|id| id.parse().ok()),
        quiet: data.flag("history") || content.kind == MessageType::System,
        kind: content.kind,
        content: content.text,
        metadata: content.metadata,
        attachments: content.attachment.into_iter().collect(),
        reply_to: data.id("quotedId"),
        provider_at: event.at,
        acknowledge: None,
    })
}

/// What a message says about itself besides its content.
fn marks(data: &Fields<'_>, metadata: &mut Map<String, Value>) {
    if data.flag("forwarded") || data.object("forwarded").is_some() {
        let often = data.flag("forwardedOften");
        metadata.insert("forwarded".into(), if often { json!({ "often": true }) } else { json!({}) });
    }
    for key in ["albumId", "kind"] {
        if let Some(text) = data.string(key).filter(|text| text.len() <= 128) {
            metadata.entry(key).or_insert_with(|| text.into());
        }
    }
}

/// Who wrote: the participant of a group, else `from`, else the chat itself.
pub(crate) fn sender(data: &Fields<'_>, chat: &str) -> IncomingContact {
    let address = |key| data.text(key).and_then(|address| jid::normalize(&address));
    let external_id = address("participant")
        .or_else(|| address("from").filter(|from| !jid::is_group(from)))
        .unwrap_or_else(|| chat.to_owned());
    IncomingContact {
        phone: jid::phone(&external_id).or_else(|| jid::phone(chat)),
        name: data.string("pushName"),
        external_id,
        ..Default::default()
    }
}

struct Content {
    kind: MessageType,
    text: String,
    metadata: Map<String, Value>,
    attachment: Option<IncomingAttachment>,
}

fn content(data: &Fields<'_>) -> Content {
    let text = data.string("text");
    let media = data.object("media");
    let word = data.text("type");
    let (kind, variant) = match word.as_deref().map(kind_of) {
        Some(Ok(kind)) => kind,
        Some(Err(unknown)) => return unsupported(unknown, text, media.as_ref()),
        None if media.is_some() || text.is_some() => (MessageType::Text, None),
        None if data.object("location").is_some() => (MessageType::Location, None),
        None if data.raw("contacts").is_some() => (MessageType::Contacts, None),
        None => return unsupported("empty", None, None),
    };
    let mut metadata = Map::new();
    if let Some(variant) = variant {
        metadata.insert("kind".into(), variant.into());
    }
    match kind {
        MessageType::Location => match data.object("location").and_then(|place| location(&place)) {
            Some((text, metadata)) => Content { kind, text, metadata, attachment: None },
            None => unsupported("location", text, media.as_ref()),
        },
        MessageType::Contacts => match contacts(data) {
            Some((names, metadata)) => Content { kind, text: names, metadata, attachment: None },
            None => unsupported("contacts", text, media.as_ref()),
        },
        _ if media.is_some() || kind.is_media() => {
            let attachment = attachment(media.as_ref(), Some(kind).filter(|kind| kind.is_media()));
            let kind = if kind == MessageType::Text { attachment.kind } else { kind };
            Content { kind, text: text.unwrap_or_default(), metadata, attachment: Some(attachment) }
        }
        MessageType::Unsupported => unsupported("unknown", text, None),
        _ => Content { kind, text: text.unwrap_or_default(), metadata, attachment: None },
    }
}

/// Our type for the bridge's word, with the variant that `metadata.kind` names; the word itself where there is none.
fn kind_of(word: &str) -> Result<(MessageType, Option<&'static str>), &str> {
    Ok(match word {
        "photo" => (MessageType::Image, None),
        "ptt" => (MessageType::Voice, None),
        "contact" => (MessageType::Contacts, None),
        "animation" | "gif" => (MessageType::Video, Some("animation")),
        "video_note" | "ptv" => (MessageType::Video, Some("video_note")),
        _ => (word.parse().map_err(|_| word)?, None),
    })
}

/// A message that stays visible though we cannot show it: with its text and file, where it has them.
fn unsupported(kind: &str, text: Option<String>, media: Option<&Fields<'_>>) -> Content {
    let mut metadata = Map::new();
    metadata.insert("kind".into(), kind.chars().take(64).collect::<String>().into());
    if let Some(text) = text {
        metadata.insert("text".into(), text.into());
    }
    let attachment = media.map(|media| attachment(Some(media), None));
    Content { kind: MessageType::Unsupported, text: String::new(), metadata, attachment }
}

fn attachment(media: Option<&Fields<'_>>, kind: Option<MessageType>) -> IncomingAttachment {
    let none = Fields::default();
    let media = media.unwrap_or(&none);
    let mime_type = media.string("mimeType");
    IncomingAttachment {
        kind: kind.unwrap_or_else(|| kind_of_mime(mime_type.as_deref().unwrap_or_default())),
        source: source(media),
        mime_type,
        file_name: media.string("fileName"),
        size_bytes: media.count("size"),
        width: media.count("width"),
        height: media.count("height"),
        duration_secs: media.count("duration"),
        sha256: media.string("sha256"),
    }
}

fn source(media: &Fields<'_>) -> MediaSource {
    if let Some(data) = media.string("base64") {
        // some engines write a data URL
        let data = match data.split_once(";base64,") {
            Some((head, bytes)) if head.starts_with("data:") => bytes.to_owned(),
            _ => data,
        };
        return MediaSource::Base64 { data };
    }
    match media.string("url") {
        Some(url) => MediaSource::Url { url },
        None => MediaSource::Missing { reason: "the bridge handed over no file".into() },
    }
}

fn kind_of_mime(mime_type: &str) -> MessageType {
    match mime_type.split('/').next().unwrap_or_default() {
        "image" => MessageType::Image,
        "video" => MessageType::Video,
        "audio" => MessageType::Audio,
        _ => MessageType::Document,
    }
}

/// `lat,lng`, and the metadata of a location; `None` where the place is not on earth.
fn location(place: &Fields<'_>) -> Option<(String, Map<String, Value>)> {
    let lat = place.number("lat").or_else(|| place.number("latitude")).filter(|lat| lat.abs() <= 90.0)?;
    let lng = place.number("lng").or_else(|| place.number("longitude")).filter(|lng| lng.abs() <= 180.0)?;
    let mut metadata = Map::new();
    metadata.insert("lat".into(), lat.into());
    metadata.insert("lng".into(), lng.into());
    for key in ["name", "address"] {
        if let Some(text) = place.string(key) {
            metadata.insert(key.into(), text.into());
        }
    }
    if place.flag("live") {
        metadata.insert("live".into(), true.into());
    }
    Some((format!("{lat},{lng}"), metadata))
}

/// The names, and the metadata of shared contacts; `None` where there is nobody.
fn contacts(data: &Fields<'_>) -> Option<(String, Map<String, Value>)> {
    let mut names = Vec::new();
    let mut cards = Vec::new();
    for contact in data.objects("contacts") {
        let mut phones = contact.texts("phones");
        phones.extend(contact.id("phone").filter(|phone| !phones.contains(phone)));
        let name = contact.string("name").or_else(|| phones.first().cloned());
        let vcard = contact.string("vcard");
        if name.is_none() && vcard.is_none() {
            continue;
        }
        let name = name.unwrap_or_default();
        let mut card = json!({ "name": name, "phones": phones });
        if let Some(vcard) = vcard {
            card["vcard"] = vcard.into();
        }
        names.push(name);
        cards.push(card);
    }
    if cards.is_empty() {
        return None;
    }
    names.retain(|name| !name.is_empty());
    let mut metadata = Map::new();
    metadata.insert("contacts".into(), cards.into());
    Some((names.join(", "), metadata))
}
