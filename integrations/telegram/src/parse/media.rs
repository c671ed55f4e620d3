//! Files of a message: what Telegram and the sender say about them. They are fetched later, by `file_id`.
//! (<https://core.telegram.org/bots/api#message>)

use contract::{IncomingAttachment, MediaSource, MessageType};
use serde_json::{Map, Value};

use crate::object::Object;

/// Content keys that are files, in the order in which they are tried: an animation repeats itself as `document`, for
/// clients that do not know animations.
pub(super) const KEYS: [&str; 8] =
    ["animation", "photo", "video", "video_note", "voice", "audio", "sticker", "document"];

/// The file under `key` with the message type that shows it; details go to `metadata`.
pub(super) fn read(
    message: &Object<'_>,
    key: &str,
    metadata: &mut Map<String, Value>,
) -> Option<(MessageType, IncomingAttachment)> {
    let file = if key == "photo" { largest(message.objects(key))? } else { message.object(key)? };
    // what the sender does not say Telegram fixes: it re-encodes photos and round videos, and stickers have three forms
    let (kind, fixed_mime) = match key {
        "animation" => (MessageType::Video, None),
        "photo" => (MessageType::Image, Some("image/jpeg")),
        "video" => (MessageType::Video, None),
        "video_note" => (MessageType::Video, Some("video/mp4")),
        "voice" => (MessageType::Voice, None),
        "audio" => (MessageType::Audio, None),
        "sticker" => (MessageType::Sticker, None),
        _ => (MessageType::Document, None),
    };
    let mut mime_type = file.string("mime_type").or_else(|| fixed_mime.map(str::to_owned));
    match key {
        "animation" | "video_note" => {
            metadata.insert("kind".into(), key.into());
        }
        "audio" => {
            for field in ["title", "performer"] {
                if let Some(text) = file.string(field) {
                    metadata.insert(field.into(), text.into());
                }
            }
        }
        "sticker" => {
            let (form, mime) = if file.flag("is_video") {
                ("video", "video/webm")
            } else if file.flag("is_animated") {
                ("animated", "application/x-tgsticker")
            } else {
                ("static", "image/webp")
            };
            metadata.insert("kind".into(), form.into());
            if let Some(emoji) = file.string("emoji") {
                metadata.insert("emoji".into(), emoji.into());
            }
            mime_type.get_or_insert_with(|| mime.to_owned());
        }
        _ => {}
    }
    let attachment = IncomingAttachment {
        kind,
        source: match file.string("file_id") {
            Some(id) => MediaSource::Id { id },
            None => MediaSource::Missing { reason: "the update names no file".into() },
        },
        mime_type,
        file_name: file.string("file_name"),
        size_bytes: file.i64("file_size").filter(|size| *size >= 0),
        // a round video gives its diameter as `length`
        width: file.count("width").or_else(|| file.count("length")),
        height: file.count("height").or_else(|| file.count("length")),
        duration_secs: file.count("duration"),
        sha256: None,
    };
    Some((kind, attachment))
}

/// Of a photo's sizes the one with most pixels, of equals the last; sizes that name no file do not count.
fn largest<'a>(sizes: Vec<Object<'a>>) -> Option<Object<'a>> {
    let pixels = |size: &Object<'_>| {
        let side = |key| i64::from(size.count(key).unwrap_or(0));
        (size.has("file_id"), side("width") * side("height"))
    };
    sizes.into_iter().max_by_key(pixels)
}
