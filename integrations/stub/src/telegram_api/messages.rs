//! Messages of a bot: sent, edited, deleted, reacted to. What the customers wrote is not known here, so it is believed.

use std::sync::atomic::Ordering;

use axum::response::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Api, Bot, me, no, number, result};
use crate::desk::Call;
use crate::loopback::Upload;

pub(super) async fn send(
    api: &Api,
    token: &str,
    id: i64,
    method: &str,
    mut body: Value,
    files: Vec<Upload>,
) -> Response {
    for file in files {
        let sha256 = hex::encode(Sha256::digest(&file.data));
        body[file.field] = json!({"file_name": file.file_name, "mime_type": file.mime_type, "size": file.data.len(),
            "sha256": sha256});
    }
    let text = body["text"].as_str().unwrap_or_default();
    if method.eq_ignore_ascii_case("sendMessage") && text.trim().is_empty() {
        return no(400, "Bad Request: message text is empty");
    }
    if text.encode_utf16().count() > 4096 {
        return no(400, "Bad Request: message is too long");
    }
    let chat = body["chat_id"].clone();
    if chat.is_null() {
        return no(400, "Bad Request: chat_id is empty");
    }
    let call = Call::new(token, method, &chat, body);
    api.desk
        .answer(call, |call| {
            let is_album = method.eq_ignore_ascii_case("sendMediaGroup");
            let mut bots = api.bots.lock();
            let bot = bots.entry(token.to_owned()).or_default();
            let sent: Vec<Value> = (0..if is_album { album_size(&call.body) } else { 1 })
                .map(|_| {
                    let last = bot.last_message_id.entry(call.chat.clone());
                    let last = last.or_insert_with(|| api.numbered_up_to.load(Ordering::Relaxed));
                    *last += 1;
                    let message = message(*last, id, call);
                    bot.shown.insert((call.chat.clone(), *last), message.clone());
                    message
                })
                .collect();
            result(if is_album { sent.into() } else { sent.into_iter().next().unwrap_or_default() })
        })
        .await
}

fn message(message_id: i64, bot: i64, call: &Call) -> Value {
    let chat = number(&call.body["chat_id"]).unwrap_or(0);
    let kind = if chat < 0 { "group" } else { "private" };
    let mut message = json!({
        "message_id": message_id, "date": now(), "from": me(bot),
        "chat": {"id": chat, "type": kind, "title": "A chat", "first_name": "A customer"},
    });
    for key in ["text", "caption", "message_thread_id", "reply_markup"] {
        if !call.body[key].is_null() {
            message[key] = call.body[key].clone();
        }
    }
    message
}

/// An album's list comes as JSON, or as its text in a form.
fn album_size(body: &Value) -> usize {
    let media = &body["media"];
    let text = media.as_str().and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok());
    text.as_ref().or_else(|| media.as_array()).map_or(1, Vec::len)
}

#[expect(clippy::disallowed_methods, reason = "another party's server has a clock of its own")]
fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// What a chat, a message or a button is told; written down, and answered as ordered or as the real server would.
pub(super) async fn errand(api: &Api, token: &str, method: &str, body: Value) -> Response {
    let about = ["chat_id", "callback_query_id", "business_connection_id"].into_iter().map(|key| &body[key]);
    let about = about.into_iter().find(|value| !value.is_null()).cloned().unwrap_or_default();
    let call = Call::new(token, method, &about, body);
    api.errands
        .answer(call, |call| {
            let mut bots = api.bots.lock();
            let bot = bots.entry(token.to_owned()).or_default();
            match call.operation.as_str() {
                "editMessageText" => edit(bot, call, "text"),
                "editMessageCaption" => edit(bot, call, "caption"),
                "deleteMessage" => delete(bot, call),
                _ => result(true.into()),
            }
        })
        .await
}

fn edit(bot: &mut Bot, call: &Call, field: &str) -> Response {
    let Some(shown) = number(&call.body["message_id"]).and_then(|id| bot.shown.get_mut(&(call.chat.clone(), id)))
    else {
        return no(400, "Bad Request: message to edit not found");
    };
    if field == "text" && shown["text"].is_null() {
        return no(400, "Bad Request: there is no text in the message to edit");
    }
    if shown[field] == call.body[field] && shown["reply_markup"] == call.body["reply_markup"] {
        let why = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";
        return no(400, why);
    }
    shown[field] = call.body[field].clone();
    shown["reply_markup"] = call.body["reply_markup"].clone();
    shown["edit_date"] = now().into();
    result(shown.clone())
}

fn delete(bot: &mut Bot, call: &Call) -> Response {
    let id = number(&call.body["message_id"]).unwrap_or_default();
    let is_ours = bot.last_message_id.get(&call.chat).is_some_and(|last| (1..=*last).contains(&id));
    let was_there = bot.shown.remove(&(call.chat.clone(), id)).is_some();
    if is_ours && !was_there {
        return no(400, "Bad Request: message to delete not found");
    }
    result(true.into())
}
