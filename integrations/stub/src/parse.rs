//! The stub's body: one item or a list of them, each a message `{from, chat?, message}` or a status
//! `{status: {messageId, chatId?, clientId?, status, error?}}`.

use chrono::{DateTime, Utc};
use contract::json::{Id, Prepared, prepare, provider_time};
use contract::{
    DeliveryError, DeliveryStatus, Incoming, IncomingAttachment, IncomingChat, IncomingContact, IncomingMessage,
    IncomingStatus, MediaSource, MessageType, Parcel, Rejection, Source,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Message(Written),
    Status { status: Status },
}

#[derive(Deserialize)]
struct Written {
    from: From,
    #[serde(default)]
    chat: Chat,
    message: Message,
}

#[derive(Deserialize)]
struct From {
    id: Id,
    name: Option<String>,
    username: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Chat {
    id: Option<Id>,
    is_group: bool,
    title: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: Id,
    #[serde(default = "text")]
    r#type: MessageType,
    #[serde(default)]
    content: String,
    #[serde(default)]
    metadata: Map<String, Value>,
    reply_to_id: Option<Id>,
    #[serde(default)]
    attachments: Vec<Attachment>,
    timestamp: Option<Value>,
    #[serde(default)]
    from_me: bool,
}

const fn text() -> MessageType {
    MessageType::Text
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    r#type: Option<MessageType>,
    url: String,
    mime_type: Option<String>,
    file_name: Option<String>,
    size: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    message_id: Id,
    chat_id: Option<Id>,
    client_id: Option<Uuid>,
    status: DeliveryStatus,
    error: Option<DeliveryError>,
    timestamp: Option<Value>,
}

pub(crate) fn parse(body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
    let Prepared::Ready(text) = prepare(body)? else {
        return Ok(vec![parcel(Err("the body is nested too deep".into()), Source::Body, now)]);
    };
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(&text) {
        let part = |item: &RawValue| parcel(read(item.get()), Source::Part(item.get().into()), now);
        return Ok(items.into_iter().map(part).collect());
    }
    Ok(vec![parcel(read(&text), Source::Body, now)])
}

fn read(item: &str) -> Result<Item, String> {
    serde_json::from_str(item).map_err(|error| error.to_string())
}

fn parcel(item: Result<Item, String>, source: Source, now: DateTime<Utc>) -> Parcel {
    let (kind, item) = match item {
        Ok(Item::Message(item)) => {
            (format!("message:{}", item.message.r#type), Incoming::Message(Box::new(message(item, now))))
        }
        Ok(Item::Status { status }) => (format!("status:{}", status.status.as_str()), status_item(status, now)),
        Err(reason) => ("unknown".into(), Incoming::Unknown { reason }),
    };
    Parcel { account: None, business: None, kind, item, source }
}

fn message(Written { from, chat, message }: Written, now: DateTime<Utc>) -> IncomingMessage {
    let chat_id = chat.id.map_or_else(|| from.id.0.clone(), |id| id.0);
    let author = IncomingContact {
        external_id: from.id.0,
        name: from.name,
        username: from.username,
        phone: from.phone,
        email: from.email,
    };
    let (contact, sender) = if chat.is_group {
        let group =
            IncomingContact { external_id: chat_id.clone(), name: chat.title.clone(), ..IncomingContact::default() };
        (group, Some(author))
    } else {
        (author, None)
    };
    IncomingMessage {
        chat: IncomingChat {
            external_id: chat_id,
            is_group: chat.is_group,
            title: chat.title,
            contact,
            also_known_as: None,
        },
        sender,
        external_id: message.id.0,
        from_me: message.from_me,
        client_id: None,
        quiet: false,
        kind: message.r#type,
        content: message.content,
        metadata: message.metadata,
        attachments: message.attachments.into_iter().map(|file| attachment(file, message.r#type)).collect(),
        reply_to: message.reply_to_id.map(|id| id.0),
        provider_at: provider_time(message.timestamp.as_ref(), now),
        acknowledge: None,
    }
}

fn attachment(file: Attachment, message: MessageType) -> IncomingAttachment {
    IncomingAttachment {
        kind: file.r#type.unwrap_or(if message.is_media() { message } else { MessageType::Document }),
        source: MediaSource::Url { url: file.url },
        mime_type: file.mime_type,
        file_name: file.file_name,
        size_bytes: file.size,
        width: None,
        height: None,
        duration_secs: None,
        sha256: None,
    }
}

fn status_item(status: Status, now: DateTime<Utc>) -> Incoming {
    Incoming::Status(IncomingStatus {
        chat_external_id: status.chat_id.map(|id| id.0),
        message_external_id: status.message_id.0,
        client_id: status.client_id,
        status: status.status,
        error: status.error,
        at: provider_time(status.timestamp.as_ref(), now),
    })
}
