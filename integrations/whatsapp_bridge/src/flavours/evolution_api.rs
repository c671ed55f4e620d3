//! Evolution API's calls: <https://doc.evolution-api.com/v2/api-reference>.

use contract::{
    ChannelStatus, MessageType, OpenError, Opened, Outgoing, OutgoingAttachment, OutgoingChange, SendError, Thread,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::api::{File, Product, sent_id};
use crate::send::shown_as_text;

const EVENTS: [&str; 7] = [
    "QRCODE_UPDATED",
    "CONNECTION_UPDATE",
    "MESSAGES_UPSERT",
    "MESSAGES_UPDATE",
    "MESSAGES_EDITED",
    "MESSAGES_DELETE",
    "LOGOUT_INSTANCE",
];

/// Asks how the instance is, tells it where to deliver, and for a code where no phone is paired.
pub(super) async fn open(product: &Product<'_>) -> Result<Opened, OpenError> {
    let instance = product.session_segment();
    let state = product.asked(Method::GET, &format!("/instance/connectionState/{instance}")).await?;
    let webhook = json!({ "webhook": { "enabled": true, "url": product.account.webhook_url, "byEvents": false,
        "base64": true, "headers": { "apikey": product.account.credential("key") }, "events": EVENTS } });
    let told = product.call(Method::POST, &format!("/webhook/set/{instance}"), &webhook).await;
    let warning =
        told.err().map(|error| format!("Evolution did not take the address of this channel's webhook: {error}"));
    let status = match state.pointer("/instance/state").or(state.get("state")).and_then(Value::as_str) {
        Some("open") => ChannelStatus::Connected,
        Some("connecting") | None => ChannelStatus::Connecting,
        Some(_) => ChannelStatus::Disconnected,
    };
    if status == ChannelStatus::Connected {
        return Ok(Opened { warning, ..Opened::plain(status) });
    }
    let code = product.asked(Method::GET, &format!("/instance/connect/{instance}")).await?;
    let qr = ["code", "pairingCode"].iter().find_map(|key| super::text(&code, key)).map(str::to_owned);
    let status = if qr.is_some() { ChannelStatus::Qr } else { status };
    Ok(Opened { warning, qr, ..Opened::plain(status) })
}

/// A person's number, or a group's address.
fn recipient(chat: &str) -> &str {
    chat.strip_suffix("@s.whatsapp.net").unwrap_or(chat)
}

pub(super) async fn send(
    product: &Product<'_>,
    outgoing: &Outgoing,
    file: Option<(&OutgoingAttachment, &File)>,
) -> Result<String, SendError> {
    let mut body = json!({ "number": recipient(&outgoing.chat_external_id) });
    if let Some(quoted) = &outgoing.reply_to {
        body["quoted"] = json!({ "key": { "id": quoted } });
    }
    let call = match (outgoing.kind, file) {
        (kind, Some((attachment, file))) => {
            let (File::Base64(data) | File::Url(data)) = file;
            match kind {
                MessageType::Voice => {
                    body["audio"] = data.as_str().into();
                    "sendWhatsAppAudio"
                }
                MessageType::Sticker => {
                    body["sticker"] = data.as_str().into();
                    "sendSticker"
                }
                kind => {
                    let known = matches!(kind, MessageType::Image | MessageType::Video | MessageType::Audio);
                    body["mediatype"] = if known { kind.as_str() } else { "document" }.into();
                    body["mimetype"] = attachment.mime_type.as_str().into();
                    body["caption"] = outgoing.content.as_str().into();
                    body["fileName"] = attachment.file_name.as_deref().unwrap_or("file").into();
                    body["media"] = data.as_str().into();
                    "sendMedia"
                }
            }
        }
        (MessageType::Location, None) => {
            for (theirs, ours) in [("latitude", "lat"), ("longitude", "lng"), ("name", "name"), ("address", "address")]
            {
                body[theirs] = outgoing.metadata.get(ours).cloned().unwrap_or_else(|| "".into());
            }
            "sendLocation"
        }
        (MessageType::Contacts, None) => {
            body["contact"] = contacts(outgoing);
            "sendContact"
        }
        (_, None) => {
            body["text"] = shown_as_text(outgoing).into();
            "sendText"
        }
    };
    let path = format!("/message/{call}/{}", product.session_segment());
    let answer = product.call(Method::POST, &path, &body).await?;
    sent_id(&answer).map(str::to_owned)
}

fn contacts(outgoing: &Outgoing) -> Value {
    let cards = outgoing.metadata.get("contacts").and_then(Value::as_array);
    let cards = cards.map(Vec::as_slice).unwrap_or_default().iter().map(|card| {
        let phone = card["phones"].get(0).and_then(Value::as_str).unwrap_or_default();
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        json!({ "fullName": card["name"], "wuid": digits, "phoneNumber": phone })
    });
    cards.collect()
}

fn key(change: &OutgoingChange) -> Value {
    let mut key = json!({ "remoteJid": change.chat_external_id, "fromMe": change.from_me,
        "id": change.message_external_id });
    if let Some(participant) = change.sender_external_id.as_deref().filter(|_| change.is_group) {
        key["participant"] = participant.into();
    }
    key
}

pub(super) async fn edit(product: &Product<'_>, change: &OutgoingChange, content: &str) -> Result<(), SendError> {
    let body = json!({ "number": recipient(&change.chat_external_id), "key": key(change), "text": content });
    product.call(Method::POST, &format!("/chat/updateMessage/{}", product.session_segment()), &body).await.map(|_| ())
}

pub(super) async fn delete(product: &Product<'_>, change: &OutgoingChange) -> Result<(), SendError> {
    let path = format!("/chat/deleteMessageForEveryone/{}", product.session_segment());
    product.call(Method::DELETE, &path, &key(change)).await.map(|_| ())
}

pub(super) async fn react(
    product: &Product<'_>,
    change: &OutgoingChange,
    emoji: Option<&str>,
) -> Result<(), SendError> {
    let body = json!({ "key": key(change), "reaction": emoji.unwrap_or_default() });
    product.call(Method::POST, &format!("/message/sendReaction/{}", product.session_segment()), &body).await.map(|_| ())
}

pub(super) async fn mark_read(product: &Product<'_>, thread: &Thread) -> Result<(), SendError> {
    let mut key = json!({ "remoteJid": thread.chat_external_id, "fromMe": false, "id": thread.message_external_id });
    if let Some(participant) = &thread.sender_external_id {
        key["participant"] = participant.as_str().into();
    }
    let path = format!("/chat/markMessageAsRead/{}", product.session_segment());
    product.call(Method::POST, &path, &json!({ "readMessages": [key] })).await.map(|_| ())
}

pub(super) async fn typing(product: &Product<'_>, thread: &Thread, is_typing: bool) -> Result<(), SendError> {
    let presence = if is_typing { "composing" } else { "paused" };
    let body = json!({ "number": recipient(&thread.chat_external_id), "presence": presence, "delay": 1000 });
    product.call(Method::POST, &format!("/chat/sendPresence/{}", product.session_segment()), &body).await.map(|_| ())
}
