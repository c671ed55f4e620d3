//! What another backend posts for its customer: `{from, chat?, message}`, one message a body.
//!
//! Its writer reads the answer, so a wrong field is named in the reason of `Unknown` instead of being mended.

use chrono::{DateTime, Utc};
use contract::json::{Id, Prepared, prepare, provider_time};
use contract::{
    Incoming, IncomingAttachment, IncomingChat, IncomingContact, IncomingMessage, MediaSource, MessageType, Parcel,
    Rejection, Source,
};
use serde::Deserialize;
use serde_json::{Map, Value};

pub(crate) fn parse(body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
    let read = match prepare(body)? {
        Prepared::TooDeep => Err("the body is nested too deep".into()),
        Prepared::Ready(text) => match serde_json::from_str(&text) {
            Ok(Value::Object(body)) => message(&body, now),
            Ok(_) => Err("the body must be an object".into()),
            Err(_) => Err("the body holds a number that is out of range".into()),
        },
    };
    let (kind, item) = match read {
        Ok(message) => (format!("message:{}", message.kind), Incoming::Message(Box::new(message))),
        Err(reason) => ("unknown".into(), Incoming::Unknown { reason }),
    };
    Ok(vec![Parcel { account: None, business: None, kind, item, source: Source::Body }])
}

fn message(body: &Map<String, Value>, now: DateTime<Utc>) -> Result<IncomingMessage, String> {
    let from = Part::required(body, "from")?;
    let author = IncomingContact {
        external_id: from.id("id")?.ok_or("`from.id` is required")?,
        name: from.text("name")?,
        username: from.text("username")?,
        phone: from.text("phone")?.as_deref().and_then(e164),
        email: from.text("email")?,
    };
    let written = Part::required(body, "message")?;
    let external_id = written.id("id")?.ok_or("`message.id` is required")?;
    let kind = kind(&written)?;
    let attachments = attachments(&written, kind)?;
    let metadata = written.object("metadata")?.cloned().unwrap_or_default();
    let content = match written.text("content")? {
        Some(content) => content,
        None => implied_content(kind, &metadata)?,
    };
    if kind == MessageType::Text && content.is_empty() && attachments.is_empty() {
        return Err("`message.content` must not be empty".into());
    }
    if kind.is_media() && attachments.is_empty() {
        return Err(format!("`message.attachments` must hold the file of a message of type {kind}"));
    }
    let kind = match attachments.first() {
        Some(file) if kind == MessageType::Text => file.kind,
        _ => kind,
    };

    let (chat, sender) = chat(Part::optional(body, "chat")?.as_ref(), author)?;
    Ok(IncomingMessage {
        chat,
        sender,
        external_id,
        from_me: false,
        client_id: None,
        quiet: kind == MessageType::System,
        kind,
        content,
        metadata,
        attachments,
        reply_to: written.id("replyToId")?,
        provider_at: written.time("timestamp", now),
        acknowledge: None,
    })
}

/// A private chat is its customer's; in a group the customer is one who writes.
fn chat(given: Option<&Part<'_>>, author: IncomingContact) -> Result<(IncomingChat, Option<IncomingContact>), String> {
    let (id, title, is_group) = match given {
        Some(chat) => (chat.id("id")?, chat.text("title")?, chat.flag("isGroup")?),
        None => (None, None, false),
    };
    if !is_group {
        let external_id = id.unwrap_or_else(|| author.external_id.clone());
        return Ok((IncomingChat { external_id, is_group, title, contact: author, also_known_as: None }, None));
    }
    let external_id = id.ok_or("`chat.id` is required for a group")?;
    let contact =
        IncomingContact { external_id: external_id.clone(), name: title.clone(), ..IncomingContact::default() };
    Ok((IncomingChat { external_id, is_group, title, contact, also_known_as: None }, Some(author)))
}

fn kind(message: &Part<'_>) -> Result<MessageType, String> {
    match message.text("type")?.as_deref() {
        None => Ok(MessageType::Text),
        Some("photo") => Ok(MessageType::Image),
        Some(word) => word.parse().map_err(|_| "`message.type` must be one of the message types".into()),
    }
}

/// The content that the contract gives for a type, where the metadata says it all.
fn implied_content(kind: MessageType, metadata: &Map<String, Value>) -> Result<String, String> {
    match kind {
        MessageType::Location => {
            let coordinate =
                |key, limit: f64| metadata.get(key).and_then(Value::as_f64).filter(|degrees| degrees.abs() <= limit);
            match (coordinate("lat", 90.0), coordinate("lng", 180.0)) {
                (Some(lat), Some(lng)) => Ok(format!("{lat},{lng}")),
                _ => Err("`message.metadata` must hold the numbers `lat` and `lng` of a location".into()),
            }
        }
        MessageType::Contacts => {
            let contacts = metadata.get("contacts").and_then(Value::as_array);
            let contacts = contacts.ok_or("`message.metadata.contacts` must be a list")?;
            let names = contacts.iter().filter_map(|contact| contact.get("name")?.as_str());
            Ok(names.collect::<Vec<_>>().join(", "))
        }
        _ => Ok(String::new()),
    }
}

fn attachments(message: &Part<'_>, kind: MessageType) -> Result<Vec<IncomingAttachment>, String> {
    let Some(given) = message.0.get("attachments").filter(|given| !given.is_null()) else { return Ok(Vec::new()) };
    let given = given.as_array().ok_or("`message.attachments` must be a list")?;
    given.iter().enumerate().map(|(index, file)| attachment(file, index, kind)).collect()
}

fn attachment(file: &Value, index: usize, message: MessageType) -> Result<IncomingAttachment, String> {
    let wrong = |what: &str| format!("`message.attachments[{index}]{what}");
    let file = Part(file.as_object().ok_or_else(|| wrong("` must be an object"))?, "message.attachments[]");
    let url = file.text("url")?.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    let mime_type = file.text("mimeType")?;
    let kind = match file.text("type")?.as_deref() {
        Some("photo") => MessageType::Image,
        Some(word) => {
            let kind: Option<MessageType> = word.parse().ok();
            kind.filter(|kind| kind.is_media()).ok_or_else(|| wrong(".type` must be a type of file"))?
        }
        None if message.is_media() => message,
        None => kind_of_mime(mime_type.as_deref().unwrap_or_default()),
    };
    Ok(IncomingAttachment {
        kind,
        source: MediaSource::Url { url: url.ok_or_else(|| wrong(".url` must be an http or https address"))? },
        mime_type,
        file_name: file.text("fileName")?,
        size_bytes: file.0.get("size").and_then(Value::as_i64).filter(|size| *size >= 0),
        width: None,
        height: None,
        duration_secs: None,
        sha256: None,
    })
}

fn kind_of_mime(mime_type: &str) -> MessageType {
    match mime_type.split('/').next().unwrap_or_default() {
        "image" => MessageType::Image,
        "video" => MessageType::Video,
        "audio" => MessageType::Audio,
        _ => MessageType::Document,
    }
}

/// `+` and 7 to 15 digits, out of a number as people write it.
fn e164(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/')).collect();
    let digits = digits.strip_prefix('+').unwrap_or(&digits);
    let plausible = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plausible.then(|| format!("+{digits}"))
}

/// An object of the body and what it is called there.
struct Part<'a>(&'a Map<String, Value>, &'static str);

impl<'a> Part<'a> {
    fn optional(body: &'a Map<String, Value>, name: &'static str) -> Result<Option<Self>, String> {
        match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(part)) => Ok(Some(Self(part, name))),
            Some(_) => Err(format!("`{name}` must be an object")),
        }
    }

    fn required(body: &'a Map<String, Value>, name: &'static str) -> Result<Self, String> {
        Self::optional(body, name)?.ok_or_else(|| format!("`{name}` is required"))
    }

    fn wrong(&self, field: &str, must: &str) -> String {
        format!("`{}.{field}` must be {must}", self.1)
    }

    /// A text; empty counts as absent.
    fn text(&self, field: &str) -> Result<Option<String>, String> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.wrong(field, "a text")),
        }
    }

    fn id(&self, field: &str) -> Result<Option<String>, String> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(id) => match Id::deserialize(id) {
                Ok(Id(id)) => Ok(Some(id)),
                Err(_) => Err(self.wrong(field, "a text that is not empty or a whole number")),
            },
        }
    }

    fn flag(&self, field: &str) -> Result<bool, String> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(field, "true or false")),
        }
    }

    fn object(&self, field: &str) -> Result<Option<&'a Map<String, Value>>, String> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(self.wrong(field, "an object")),
        }
    }

    /// RFC 3339, or seconds or milliseconds since 1970; a time that cannot be is left out, and the time of receipt counts.
    fn time(&self, field: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        const FIRST_MILLISECONDS: f64 = 1e11;
        let given = self.0.get(field)?;
        let parsed = || DateTime::parse_from_rfc3339(given.as_str()?).ok();
        if let Some(at) = parsed() {
            provider_time(Some(&at.timestamp().into()), now)?;
            return Some(at.to_utc().min(now));
        }
        let number = given.as_f64().or_else(|| given.as_str()?.trim().parse().ok())?;
        let seconds = if number >= FIRST_MILLISECONDS { number / 1000.0 } else { number };
        provider_time(Some(&Value::from(seconds.floor())), now)
    }
}
