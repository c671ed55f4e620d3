//! Whether a message makes sense, and whether its channel can carry it; each refusal says what to do.

use chrono::{DateTime, Utc};
use contract::{Capabilities, FileRule, MessageType};
use serde_json::{Map, Value};

use super::{Draft, File, SendRequest};
use crate::chat;
use crate::error::{Error, Result};
use crate::media::kind::may_be;
use crate::operator::{Caller, Who};

/// Longest text that is stored at all, in UTF-16 units; channels allow less.
const LONGEST_NOTE: usize = 65_536;
/// Longest metadata, in bytes of JSON.
const LONGEST_METADATA: usize = 64 << 10;

/// Reads a request into what would be stored.
pub(super) fn draft(caller: &Caller, request: &SendRequest, files: Vec<File>, linked: bool) -> Result<Draft> {
    let guest = matches!(caller.who, Who::Guest { .. });
    if guest && request.private {
        return Err(Error::Forbidden("Private notes are for operators.".into()));
    }
    let kind = kind(request, &files)?;
    let files = typed(kind, files)?;
    if request.content.contains('\0') {
        return Err(Error::invalid("content", "The text holds a U+0000 character; remove it."));
    }
    let mut metadata = request.metadata.clone().unwrap_or_default();
    // ours to write, once the network has the message
    metadata.remove("partIds");
    let mut content = request.content.clone();
    if kind == MessageType::Template {
        template(request, &mut metadata, &mut content)?;
    }
    if kind == MessageType::Location {
        content = location(&metadata, &content)?;
    }
    let says_something = !content.trim().is_empty();
    match kind {
        MessageType::Text if !says_something => {
            return Err(Error::invalid("content", "Write a text, or attach a file."));
        }
        MessageType::Contacts if !metadata.get("contacts").is_some_and(Value::is_array) => {
            return Err(Error::invalid("metadata.contacts", "Give a list of contacts: [{name, phones}]."));
        }
        MessageType::ProfileShare | MessageType::PostShare | MessageType::BookingProposal => {
            share(kind, &metadata, says_something)?;
        }
        _ if kind.is_media() && files.is_empty() && request.link.is_none() => {
            return Err(Error::invalid("attachmentIds", "Upload the file first and name it here."));
        }
        _ => {}
    }
    let metadata = Value::Object(metadata).to_string();
    if metadata.len() > LONGEST_METADATA {
        return Err(Error::TooLarge(format!("metadata may hold {LONGEST_METADATA} bytes of JSON.")));
    }
    if metadata.contains("\\u0000") {
        return Err(Error::invalid("metadata", "A text in it holds a U+0000 character; remove it."));
    }
    Ok(Draft { kind, files, content, metadata, private: request.private, linked })
}

fn kind(request: &SendRequest, files: &[File]) -> Result<MessageType> {
    let kind = match request.kind.as_deref() {
        // the type follows the file; `text` is what clients write that know no other
        None | Some("text") if !files.is_empty() => follows(&files[0]),
        None if request.template.is_some() => MessageType::Template,
        None => MessageType::Text,
        Some(text) => text.parse().map_err(|_| Error::invalid("type", "There is no such message type."))?,
    };
    if matches!(kind, MessageType::System | MessageType::Unsupported) {
        return Err(Error::invalid("type", format!("A message of type `{kind}` cannot be sent.")));
    }
    Ok(kind)
}

fn follows(file: &File) -> MessageType {
    file.kind.parse().unwrap_or(MessageType::Document)
}

/// Each file with the type it goes as: that of the message where it can, in an album also its own.
fn typed(kind: MessageType, files: Vec<File>) -> Result<Vec<(File, MessageType)>> {
    if !files.is_empty() && !kind.is_media() {
        return Err(Error::invalid("attachmentIds", format!("A message of type `{kind}` takes no files.")));
    }
    let is_album = files.len() > 1;
    let typed = files.into_iter().map(|file| {
        let mime_type = file.mime_type.as_deref().unwrap_or_default();
        if may_be(kind, mime_type) {
            return Ok((file, kind));
        }
        let own = follows(&file);
        let mixes = |kind| matches!(kind, MessageType::Image | MessageType::Video);
        if is_album && mixes(kind) && mixes(own) {
            return Ok((file, own));
        }
        let what = format!("A file of type {mime_type} cannot be sent as `{kind}`; send it as `{own}` or `document`.");
        Err(Error::invalid("type", what))
    });
    typed.collect()
}

/// Whether a network carries these files; each refusal says what it carries.
fn carries(draft: &Draft, capabilities: &Capabilities) -> Result<()> {
    if draft.files.len() > capabilities.album.max(1) {
        let most = capabilities.album.max(1);
        return Err(Error::invalid("attachmentIds", format!("This channel takes {most} files in a message.")));
    }
    if capabilities.files.is_empty() {
        return Ok(());
    }
    for (file, kind) in &draft.files {
        let mime_type = file.mime_type.as_deref().unwrap_or_default();
        let size = file.size_bytes.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        let rules: Vec<&FileRule> = capabilities.files.iter().filter(|rule| rule.kind == *kind).collect();
        let of_type: Vec<&&FileRule> = rules.iter().filter(|rule| rule.takes(mime_type)).collect();
        if of_type.iter().any(|rule| size <= rule.max_bytes) {
            continue;
        }
        if let Some(most) = of_type.iter().map(|rule| rule.max_bytes).max() {
            let what = format!("This channel takes {kind} files of up to {most} bytes; this one has {size}.");
            return Err(Error::TooLarge(what));
        }
        let allowed: Vec<&str> = rules.iter().flat_map(|rule| rule.mime_types).copied().collect();
        let what = if rules.is_empty() {
            format!("This channel takes no {kind} files.")
        } else {
            format!("This channel takes {kind} files of the types {}; this one is {mime_type}.", allowed.join(", "))
        };
        return Err(Error::invalid("attachmentIds", what));
    }
    Ok(())
}

fn template(request: &SendRequest, metadata: &mut Map<String, Value>, content: &mut String) -> Result<()> {
    for (key, value) in request.template.iter().flatten() {
        metadata.insert(key.clone(), value.clone());
    }
    for field in ["name", "language"] {
        if metadata.get(field).and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(Error::invalid(&format!("template.{field}"), "A template needs its name and language."));
        }
    }
    if content.is_empty() {
        *content = metadata.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    }
    Ok(())
}

/// What the shares of customer-facing apps need: whom or what, and a booking its service, price and duration.
fn share(kind: MessageType, metadata: &Map<String, Value>, says_something: bool) -> Result<()> {
    if !says_something {
        let what = match kind {
            MessageType::ProfileShare => "Give the id of the user.",
            MessageType::PostShare => "Give the id of the post.",
            _ => "Say what is proposed.",
        };
        return Err(Error::invalid("content", what));
    }
    let wrong = |field: &str, what: &str| Err(Error::invalid(&format!("metadata.{field}"), what));
    for field in ["name", "avatar", "author_name", "media_url", "service_id", "service_name"] {
        if !matches!(metadata.get(field), None | Some(Value::Null | Value::String(_))) {
            return wrong(field, "must be a text");
        }
    }
    if kind != MessageType::BookingProposal {
        return Ok(());
    }
    let named = |field: &str| metadata.get(field).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    if !named("service_id") && !named("service_name") {
        return wrong("service_id", "Name the service: service_id, service_name.");
    }
    let amount = |field: &str| metadata.get(field).and_then(Value::as_f64);
    if amount("price").is_none_or(|price| price < 0.0) {
        return wrong("price", "Give a number from 0.");
    }
    if amount("duration").is_none_or(|duration| duration <= 0.0) {
        return wrong("duration", "Give minutes, more than 0.");
    }
    Ok(())
}

/// `lat,lng` as the contract has it, from metadata.
fn location(metadata: &Map<String, Value>, content: &str) -> Result<String> {
    let degrees = |key: &str, limit: f64| {
        let value = metadata.get(key).and_then(Value::as_f64).filter(|value| value.abs() <= limit);
        value.ok_or_else(|| {
            Error::invalid(&format!("metadata.{key}"), format!("Give degrees from -{limit} to {limit}."))
        })
    };
    let (lat, lng) = (degrees("lat", 90.0)?, degrees("lng", 180.0)?);
    Ok(if content.is_empty() { format!("{lat},{lng}") } else { content.to_owned() })
}

/// Whether a message of this type can have this text in place of its own.
pub(in crate::inbox) fn edited(
    kind: MessageType,
    private: bool,
    content: &str,
    capabilities: &Capabilities,
) -> Result<()> {
    if kind != MessageType::Text && !kind.is_media() {
        return Err(Error::invalid("id", format!("A message of type `{kind}` has no text to edit.")));
    }
    if content.contains('\0') {
        return Err(Error::invalid("content", "The text holds a U+0000 character; remove it."));
    }
    if kind == MessageType::Text && content.trim().is_empty() {
        return Err(Error::invalid("content", "Write a text; to take the message back, delete it."));
    }
    let limit = match (private, kind.is_media()) {
        (true, _) => LONGEST_NOTE,
        (false, true) => capabilities.caption_limit,
        (false, false) => capabilities.text_limit,
    };
    within(content.encode_utf16().count(), limit)
}

/// Whether an operator may answer at all.
pub(super) fn may_answer(chat: &chat::Row) -> Result<()> {
    if chat.is_blocked {
        return Err(Error::conflict("This person is blocked; unblock them first to answer."));
    }
    Ok(())
}

/// Whether the chat's channel can carry the message now.
pub(super) fn fits(draft: &Draft, chat: &chat::Row, capabilities: &Capabilities, now: DateTime<Utc>) -> Result<()> {
    let length = draft.content.encode_utf16().count();
    if draft.private {
        return within(length, LONGEST_NOTE);
    }
    let shown_as_text = draft.linked || crate::inbox::deliver::nearest::can_be_told(draft.kind);
    if !capabilities.sends.contains(&draft.kind) && !shown_as_text {
        return Err(Error::invalid("type", format!("This channel cannot send messages of type `{}`.", draft.kind)));
    }
    if !draft.linked {
        carries(draft, capabilities)?;
    }
    within(length, if draft.kind.is_media() { capabilities.caption_limit } else { capabilities.text_limit })?;
    if capabilities.window.is_some() && draft.kind != MessageType::Template {
        let open = chat.window_expires_at(capabilities).is_some_and(|end| end > now);
        if !open {
            return Err(Error::WindowClosed(
                "The customer last wrote more than 24 hours ago; send an approved template.".into(),
            ));
        }
    }
    Ok(())
}

fn within(length: usize, limit: usize) -> Result<()> {
    if length <= limit {
        return Ok(());
    }
    Err(Error::TooLarge(format!("The text has {length} characters (UTF-16 units); {limit} are allowed.")))
}

/// An outside address as the user gave it.
pub(super) fn outside_address(to: &str) -> Result<String> {
    let to = to.trim();
    if to.is_empty() || to.len() > 255 || to.chars().any(char::is_control) {
        return Err(Error::invalid("to", "Give the network's id of the person: 1 to 255 characters."));
    }
    Ok(to.strip_prefix('+').unwrap_or(to).to_owned())
}
