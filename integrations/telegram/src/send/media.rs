//! Uploading files: one goes by the method of its type, several as an album.
//! (<https://core.telegram.org/bots/api#sending-files>)

use contract::{MessageType, Outgoing, OutgoingAttachment, SendError};
use reqwest::Body;
use reqwest::multipart::Part;
use serde_json::{Map, Value, json};

use super::{entities, refused};
use crate::address;
use crate::api::Call;

/// Most files of an album.
const MOST_FILES: usize = 10;
/// Largest photo; a larger picture goes as a document.
const LARGEST_PHOTO: u64 = 10 * 1024 * 1024;

pub(super) fn compose(outgoing: &Outgoing) -> Result<Call, SendError> {
    Ok(match outgoing.attachments.as_slice() {
        [file] => {
            let call = single(outgoing, file);
            if matches!(call.method.as_str(), "sendSticker" | "sendVideoNote") && !outgoing.content.is_empty() {
                let why = "Telegram shows no text with a sticker or a round video: send it as a message of its own";
                return Err(refused("NO_CAPTION", why));
            }
            call
        }
        files if files.len() > MOST_FILES => {
            return Err(refused("TOO_MANY_FILES", "Telegram takes at most 10 files in one message"));
        }
        files => album(outgoing, files),
    })
}

pub(super) fn single(outgoing: &Outgoing, file: &OutgoingAttachment) -> Call {
    let form = match form(file) {
        // a short film without sound, or a round one, as it came in
        "video" => match outgoing.metadata.get("kind").and_then(Value::as_str) {
            Some("animation") => "animation",
            Some("video_note") => "video_note",
            _ => "video",
        },
        other => other,
    };
    let method = match form {
        "photo" => "sendPhoto",
        "animation" => "sendAnimation",
        "video" => "sendVideo",
        "video_note" => "sendVideoNote",
        "voice" => "sendVoice",
        "audio" => "sendAudio",
        "sticker" => "sendSticker",
        _ => "sendDocument",
    };
    let mut call = Call::new(method, caption(outgoing));
    call.params.insert("chat_id".into(), address::chat(&outgoing.chat_external_id));
    call.files.push((form.to_owned(), part(file)));
    call
}

/// An album holds photos and videos, or audio files, or documents; what does not fit together goes as documents.
fn album(outgoing: &Outgoing, files: &[OutgoingAttachment]) -> Call {
    let forms: Vec<&str> = files.iter().map(form).collect();
    let fits = forms.iter().all(|form| matches!(*form, "photo" | "video")) || forms.iter().all(|form| *form == "audio");
    let mut media: Vec<Value> = forms
        .iter()
        .enumerate()
        .map(
            |(at, form)| json!({ "type": if fits { form } else { "document" }, "media": format!("attach://file{at}") }),
        )
        .collect();
    if let Some(first) = media.first_mut().and_then(Value::as_object_mut) {
        first.extend(caption(outgoing));
    }
    let mut call = Call::new("sendMediaGroup", Map::new());
    call.params.insert("chat_id".into(), address::chat(&outgoing.chat_external_id));
    call.params.insert("media".into(), media.into());
    call.files = files.iter().enumerate().map(|(at, file)| (format!("file{at}"), part(file))).collect();
    call
}

/// The form of a file, which is also the name of its part.
fn form(file: &OutgoingAttachment) -> &'static str {
    match (file.kind, file.mime_type.as_str()) {
        (MessageType::Image, "image/gif") => "animation",
        (MessageType::Image, "image/jpeg" | "image/jpg" | "image/png" | "image/webp")
            if file.file.size_bytes <= LARGEST_PHOTO =>
        {
            "photo"
        }
        (MessageType::Video, _) => "video",
        (MessageType::Voice, _) => "voice",
        (MessageType::Audio, _) => "audio",
        (MessageType::Sticker, _) => "sticker",
        _ => "document",
    }
}

fn caption(outgoing: &Outgoing) -> Map<String, Value> {
    let mut params = Map::new();
    if !outgoing.content.is_empty() {
        params.insert("caption".into(), outgoing.content.as_str().into());
        entities("caption_entities", &mut params, outgoing);
    }
    params
}

fn part(file: &OutgoingAttachment) -> Part {
    // without a name Telegram takes the part for a text; a line break or a quote in it would end the part's header
    let name = file.file_name.as_deref().filter(|name| !name.is_empty()).unwrap_or("file");
    let name = name.replace(|letter: char| letter.is_control() || matches!(letter, '"' | '\\'), "_");
    let part = || {
        Part::stream_with_length(Body::wrap_stream(file.file.stream()), file.file.size_bytes).file_name(name.clone())
    };
    part().mime_str(&file.mime_type).unwrap_or_else(|_| part())
}
