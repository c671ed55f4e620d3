//! WAHA's calls: <https://waha.devlike.pro/docs/how-to/send-messages/>.

use contract::{
    Change, ChannelStatus, MessageType, OpenError, Opened, Outgoing, OutgoingAttachment, OutgoingChange, SendError,
    Thread,
};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::api::{File, Product, sent_id};
use super::waha::{message_id, session_state};
use crate::change::segment;
use crate::parse::channel_status;
use crate::send::shown_as_text;

/// Asks how the session is, and for the code where it waits to be scanned.
pub(super) async fn open(product: &Product<'_>) -> Result<Opened, OpenError> {
    let session = product.session_segment();
    let found = product.asked(Method::GET, &format!("/api/sessions/{session}")).await?;
    let word = super::text(&found, "status").unwrap_or_default();
    let (status, error) = session_state(word).unwrap_or(("connecting", None));
    let status = channel_status(status).unwrap_or(ChannelStatus::Connecting);
    let qr = if status == ChannelStatus::Qr {
        let answer = product.asked(Method::GET, &format!("/api/{session}/auth/qr?format=raw")).await.ok();
        answer.and_then(|answer| super::text(&answer, "value").map(str::to_owned))
    } else {
        None
    };
    let hooks = found.pointer("/config/webhooks").and_then(Value::as_array);
    let address = product.account.webhook_url.as_str();
    let told = hooks.is_some_and(|hooks| hooks.iter().any(|hook| hook["url"] == address));
    let not_told = || format!("WAHA does not deliver to this channel yet: add the webhook {address} to its session");
    let warning = error.map(str::to_owned).or_else(|| (!told).then(not_told));
    let number = found.pointer("/me/id").and_then(Value::as_str).and_then(crate::jid::normalize);
    let phone = number.and_then(|jid| crate::jid::phone(&jid));
    let facts: Map<String, Value> = phone.map(|phone| ("phone".to_owned(), phone.into())).into_iter().collect();
    Ok(Opened { status, warning, qr, facts })
}

/// WAHA spells persons `@c.us`.
fn chat_id(chat: &str) -> String {
    chat.strip_suffix("@s.whatsapp.net").map_or_else(|| chat.to_owned(), |user| format!("{user}@c.us"))
}

fn full_id(from_me: bool, chat: &str, id: &str, participant: Option<&str>) -> String {
    let participant = participant.map(|who| format!("_{}", chat_id(who))).unwrap_or_default();
    format!("{from_me}_{}_{id}{participant}", chat_id(chat))
}

pub(super) async fn send(
    product: &Product<'_>,
    outgoing: &Outgoing,
    file: Option<(&OutgoingAttachment, &File)>,
) -> Result<String, SendError> {
    let chat = &outgoing.chat_external_id;
    let mut body = json!({ "session": product.session(), "chatId": chat_id(chat) });
    if let Some(quoted) = &outgoing.reply_to {
        // answers are to customers: whether the message was ours is not told here
        body["reply_to"] = full_id(false, chat, quoted, None).into();
    }
    let call = match (outgoing.kind, file) {
        (kind, Some((attachment, file))) => {
            let (field, data) = match file {
                File::Base64(data) => ("data", data),
                File::Url(url) => ("url", url),
            };
            body["file"] = json!({ "mimetype": attachment.mime_type,
                "filename": attachment.file_name.as_deref().unwrap_or("file"), field: data });
            if !outgoing.content.is_empty() {
                body["caption"] = outgoing.content.as_str().into();
            }
            match kind {
                MessageType::Image => "sendImage",
                MessageType::Video => "sendVideo",
                MessageType::Voice => "sendVoice",
                _ => "sendFile",
            }
        }
        (MessageType::Location, None) => {
            body["latitude"] = outgoing.metadata.get("lat").cloned().unwrap_or_default();
            body["longitude"] = outgoing.metadata.get("lng").cloned().unwrap_or_default();
            body["title"] = outgoing.metadata.get("name").cloned().unwrap_or_default();
            "sendLocation"
        }
        (MessageType::Contacts, None) => {
            let cards = outgoing.metadata.get("contacts").and_then(Value::as_array);
            let cards = cards.map(Vec::as_slice).unwrap_or_default().iter().map(|card| {
                json!({ "fullName": card["name"], "phoneNumber": card["phones"].get(0), "vcard": card["vcard"] })
            });
            body["contacts"] = cards.collect();
            "sendContactVcard"
        }
        (_, None) => {
            body["text"] = shown_as_text(outgoing).into();
            "sendText"
        }
    };
    let answer = product.call(Method::POST, &format!("/api/{call}"), &body).await?;
    sent_id(&answer).map(|id| message_id(id).id.to_owned())
}

pub(super) async fn change(
    product: &Product<'_>,
    change: &OutgoingChange,
    change_to: &Change,
) -> Result<(), SendError> {
    let participant = change.sender_external_id.as_deref().filter(|_| change.is_group && !change.from_me);
    let id = full_id(change.from_me, &change.chat_external_id, &change.message_external_id, participant);
    let chat = segment(&chat_id(&change.chat_external_id));
    let message = format!("/api/{}/chats/{chat}/messages/{}", product.session_segment(), segment(&id));
    let (method, path, body) = match change_to {
        Change::Edit { content } => (Method::PUT, message, json!({ "text": content })),
        Change::Delete => (Method::DELETE, message, json!({})),
        Change::React { emoji } => {
            let body = json!({ "session": product.session(), "messageId": id,
                "reaction": emoji.as_deref().unwrap_or_default() });
            (Method::PUT, "/api/reaction".to_owned(), body)
        }
    };
    product.call(method, &path, &body).await.map(|_| ())
}

pub(super) async fn mark_read(product: &Product<'_>, thread: &Thread) -> Result<(), SendError> {
    let body = json!({ "session": product.session(), "chatId": chat_id(&thread.chat_external_id) });
    product.call(Method::POST, "/api/sendSeen", &body).await.map(|_| ())
}

pub(super) async fn typing(product: &Product<'_>, thread: &Thread, is_typing: bool) -> Result<(), SendError> {
    let body = json!({ "session": product.session(), "chatId": chat_id(&thread.chat_external_id) });
    let path = if is_typing { "/api/startTyping" } else { "/api/stopTyping" };
    product.call(Method::POST, path, &body).await.map(|_| ())
}
