//! Handing one message over: the file first where there is one, then the message itself, once
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages>).

use std::time::Duration;

use contract::{Account, Change, Outgoing, OutgoingAttachment, OutgoingChange, SendError, Sent};
use reqwest::Body;
use reqwest::multipart::Part;
use serde_json::{Map, Value, json};

use crate::WhatsappCloud;
use crate::errors::for_attempt;
use crate::graph::{Graph, id};
use crate::outgoing::{self, File};
use crate::parse::OWN_ID;

/// Upload and message together; the core gives up after 30 s.
const PATIENCE: Duration = Duration::from_secs(25);

pub async fn send(cloud: &WhatsappCloud, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
    hand_over(cloud, account, outgoing).await.map_err(|error| for_attempt(error, outgoing.attempt))
}

async fn hand_over(cloud: &WhatsappCloud, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
    let graph = Graph::new(cloud, account, PATIENCE)?;
    let file = match outgoing.attachments.as_slice() {
        [] => None,
        [file] => Some(upload(&graph, file).await?),
        _ => return Err(outgoing::refused("WhatsApp carries one file in a message")),
    };
    let chat = outgoing.chat_external_id.as_str();
    let mut body = addressed(chat, outgoing.is_group);
    body.extend(outgoing::content(outgoing, file)?);
    body.insert("biz_opaque_callback_data".into(), outgoing.message_id.to_string().into());
    if let Some(answered) = outgoing.reply_to.as_deref().filter(|id| !id.starts_with(OWN_ID)) {
        body.insert("context".into(), json!({ "message_id": answered }));
    }
    let answer = graph.message(&body).await?;
    let Some(external_id) = id(&answer["messages"][0]["id"]) else {
        return Err(SendError::Unknown { message: "the answer holds no message id".into() });
    };
    let wa_id =
        id(&answer["contacts"][0]["wa_id"]).filter(|wa_id| !outgoing.is_group && !is_user_id(chat) && wa_id != chat);
    Ok(Sent { external_id, chat_external_id: wa_id, parts: Vec::new() })
}

async fn upload(graph: &Graph<'_>, file: &OutgoingAttachment) -> Result<File, SendError> {
    let kind = outgoing::carrier(file);
    // parameters such as `; codecs=opus` are part of Meta's own audio types
    let name = file.file_name.clone().unwrap_or_else(|| "file".to_owned());
    let part = Part::stream_with_length(Body::wrap_stream(file.file.stream()), file.file.size_bytes);
    let part = part.file_name(name.clone());
    let part = part.mime_str(&file.mime_type).map_err(|_| outgoing::refused("the file's type is not a MIME type"))?;
    let id = graph.upload(part, &file.mime_type).await?;
    Ok(File { kind, id, name, is_voice: outgoing::is_voice(file) })
}

/// Tells Meta that a customer's message, and those before it, were read; perhaps also that somebody types.
pub async fn mark_read(
    cloud: &WhatsappCloud,
    account: &Account,
    message_id: &str,
    is_typing: bool,
) -> Result<Value, SendError> {
    let mut body = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": message_id });
    if is_typing {
        body["typing_indicator"] = json!({ "type": "text" });
    }
    Graph::new(cloud, account, PATIENCE)?.message(&body).await
}

/// Reacts to a message; without an emoji the reaction is taken back. Nothing else can be changed at WhatsApp.
pub async fn change(cloud: &WhatsappCloud, account: &Account, change: &OutgoingChange) -> Result<(), SendError> {
    let Change::React { emoji } = &change.change else {
        let message = "WhatsApp changes no message that was sent".to_owned();
        return Err(SendError::Refused { code: "UNSUPPORTED".into(), message });
    };
    if change.message_external_id.starts_with(OWN_ID) {
        return Err(outgoing::refused("WhatsApp does not know this message by an id"));
    }
    let mut body = addressed(&change.chat_external_id, change.is_group);
    let emoji = emoji.as_deref().unwrap_or_default();
    body.insert("type".into(), "reaction".into());
    body.insert("reaction".into(), json!({ "message_id": change.message_external_id, "emoji": emoji }));
    Graph::new(cloud, account, PATIENCE)?.message(&body).await.map(drop)
}

/// A body with its receiver: a number, a business-scoped user id, or a group.
fn addressed(chat: &str, is_group: bool) -> Map<String, Value> {
    let receiver = if !is_group && is_user_id(chat) { "recipient" } else { "to" };
    let mut body = Map::new();
    body.insert("messaging_product".into(), "whatsapp".into());
    body.insert("recipient_type".into(), if is_group { "group" } else { "individual" }.into());
    body.insert(receiver.into(), chat.into());
    body
}

/// A business-scoped user id: two letters, a dot, up to 128 letters and digits (`US.1349…`, `US.ENT.1181…`).
pub fn is_user_id(id: &str) -> bool {
    let Some((country, rest)) = id.split_once('.') else { return false };
    let letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    let rest = rest.strip_prefix("ENT.").unwrap_or(rest);
    letters && (1..=128).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
