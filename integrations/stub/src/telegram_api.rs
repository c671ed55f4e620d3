//! A Bot API server on the loopback (<https://core.telegram.org/bots/api>): any token of the form `digits:text` is a bot,
//! and every chat exists. It calls no webhook; it only remembers the one that was set.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::desk::{Call, Desk, Fault};
use crate::loopback::{Server, Upload, bind, fields, json as answer, serve};

/// Serves until dropped.
pub struct FakeTelegram {
    /// The base of Bot API calls.
    pub url: String,
    api: Arc<Api>,
    _server: Server,
}

#[derive(Default)]
struct Api {
    desk: Desk,
    bots: Mutex<HashMap<String, Bot>>,
    revoked: Mutex<HashSet<String>>,
    changed: Notify,
    numbered_up_to: AtomicI64,
}

#[derive(Default)]
struct Bot {
    updates: BTreeMap<i64, Value>,
    last_update_id: i64,
    /// Grows with each `getUpdates`: whoever holds an older number was replaced.
    poller: u64,
    webhook: Value,
    last_message_id: HashMap<String, i64>,
    files: HashMap<String, Bytes>,
}

/// 429 with `retry_after` seconds.
#[must_use]
pub fn too_many_requests(retry_after_secs: u32) -> Fault {
    let description = format!("Too Many Requests: retry after {retry_after_secs}");
    let body = json!({"ok": false, "error_code": 429, "description": description,
        "parameters": {"retry_after": retry_after_secs}});
    Fault::Answer { status: 429, body }
}

/// A refusal such as 403 `Forbidden: bot was blocked by the user`.
#[must_use]
pub fn refusal(code: u16, description: &str) -> Fault {
    Fault::Answer { status: code, body: failed(code, description) }
}

fn failed(code: u16, description: &str) -> Value {
    json!({"ok": false, "error_code": code, "description": description})
}

impl FakeTelegram {
    /// # Errors
    /// Where the loopback has no free port.
    pub async fn start() -> io::Result<Self> {
        let api = Arc::new(Api::default());
        let router = Router::new()
            .route("/{bot}/{method}", any(call))
            .route("/file/{bot}/{*path}", get(download))
            .with_state(Arc::clone(&api));
        let server = serve(bind().await?, router)?;
        Ok(Self { url: format!("http://{}", server.address), api, _server: server })
    }

    /// From now on, the first message that a bot sends in a chat has the number after this one; 0 unless told otherwise.
    pub fn number_after(&self, message_id: i64) {
        self.api.numbered_up_to.store(message_id, Ordering::Relaxed);
    }

    /// Puts an update where `getUpdates` finds it; without `update_id` it gets the next one.
    pub fn push_update(&self, token: &str, mut update: Value) {
        {
            let mut bots = self.api.bots.lock();
            let bot = bots.entry(token.to_owned()).or_default();
            let id = update["update_id"].as_i64().unwrap_or(bot.last_update_id + 1);
            update["update_id"] = id.into();
            bot.last_update_id = id;
            bot.updates.insert(id, update);
        }
        self.api.changed.notify_waiters();
    }

    /// Updates that no later offset has confirmed yet.
    #[must_use]
    pub fn unconfirmed(&self, token: &str) -> usize {
        self.api.bots.lock().get(token).map_or(0, |bot| bot.updates.len())
    }

    /// What `setWebhook` was given; null where none is set.
    #[must_use]
    pub fn webhook(&self, token: &str) -> Value {
        self.api.bots.lock().get(token).map_or(Value::Null, |bot| bot.webhook.clone())
    }

    /// The next sends to this chat fail so, one each.
    pub fn fail(&self, chat_id: &str, faults: impl IntoIterator<Item = Fault>) {
        self.api.desk.fail(chat_id, faults);
    }

    /// From now on this token is unauthorized.
    pub fn revoke(&self, token: &str) {
        self.api.revoked.lock().insert(token.to_owned());
    }

    /// A file that `getFile` finds under this id.
    pub fn put_file(&self, token: &str, file_id: &str, data: impl Into<Bytes>) {
        let mut bots = self.api.bots.lock();
        bots.entry(token.to_owned()).or_default().files.insert(file_id.to_owned(), data.into());
    }

    /// Messages that a bot sent, in order, with those that were refused.
    #[must_use]
    pub fn sends(&self, token: &str) -> Vec<Call> {
        self.api.desk.calls(token)
    }

    /// Waits until a bot has tried to send so many messages.
    pub async fn wait_for_sends(&self, token: &str, count: usize) -> Vec<Call> {
        self.api.desk.wait(token, count).await
    }
}

fn result(value: Value) -> Response {
    answer(200, &json!({"ok": true, "result": value}))
}

fn no(code: u16, description: &str) -> Response {
    answer(code, &failed(code, description))
}

fn bot_id(token: &str) -> Option<i64> {
    let (id, rest) = token.split_once(':')?;
    if rest.is_empty() { None } else { id.parse().ok() }
}

async fn call(
    State(api): State<Arc<Api>>,
    Path((bot, method)): Path<(String, String)>,
    request: Request<Body>,
) -> Response {
    let Some((token, id)) = bot.strip_prefix("bot").and_then(|token| Some((token, bot_id(token)?))) else {
        return no(404, "Not Found");
    };
    if api.revoked.lock().contains(token) {
        return no(401, "Unauthorized");
    }
    let (body, files) = fields(request).await;
    let with_bot =
        |change: &mut dyn FnMut(&mut Bot) -> Response| change(api.bots.lock().entry(token.into()).or_default());
    match method.to_ascii_lowercase().as_str() {
        "getme" => result(me(id)),
        "setwebhook" => with_bot(&mut |bot| {
            bot.webhook = if body["url"].as_str().is_none_or(str::is_empty) { Value::Null } else { body.clone() };
            // a poll under way ends, as at the real server
            bot.poller += 1;
            api.changed.notify_waiters();
            result(true.into())
        }),
        "deletewebhook" => with_bot(&mut |bot| {
            bot.webhook = Value::Null;
            result(true.into())
        }),
        "getwebhookinfo" => with_bot(&mut |bot| {
            let url = bot.webhook["url"].as_str().unwrap_or_default();
            result(json!({"url": url, "has_custom_certificate": false, "pending_update_count": bot.updates.len()}))
        }),
        "getupdates" => get_updates(&api, token, &body).await,
        "getfile" => with_bot(&mut |bot| match body["file_id"].as_str() {
            Some(file_id) if bot.files.contains_key(file_id) => {
                let size = bot.files[file_id].len();
                result(json!({"file_id": file_id, "file_unique_id": file_id, "file_size": size, "file_path": file_id}))
            }
            _ => no(400, "Bad Request: invalid file_id"),
        }),
        "sendchataction" => result(true.into()),
        method_name if method_name.starts_with("send") => send(&api, token, id, &method, body, files).await,
        _ => result(true.into()),
    }
}

fn me(id: i64) -> Value {
    json!({"id": id, "is_bot": true, "first_name": "Fake", "username": format!("fake{id}_bot"), "can_join_groups": true,
        "can_read_all_group_messages": false, "supports_inline_queries": false, "can_connect_to_business": false,
        "has_main_web_app": false})
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// An offset confirms and deletes what is below it; a newer call ends an older one with 409.
async fn get_updates(api: &Api, token: &str, body: &Value) -> Response {
    let offset = number(&body["offset"]).unwrap_or(0);
    let limit = number(&body["limit"]).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(100).clamp(1, 100);
    let wait = number(&body["timeout"]).and_then(|secs| u64::try_from(secs).ok()).unwrap_or(0).min(50);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(wait);
    let mut mine = None;
    loop {
        let changed = api.changed.notified();
        {
            let mut bots = api.bots.lock();
            let bot = bots.entry(token.to_owned()).or_default();
            if !bot.webhook.is_null() {
                let why = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
                return no(409, why);
            }
            if mine.is_none() {
                bot.poller += 1;
                api.changed.notify_waiters();
            }
            let me = *mine.get_or_insert(bot.poller);
            if me != bot.poller {
                let why =
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
                return no(409, why);
            }
            // a negative offset counts from the end
            let from = match usize::try_from(-offset) {
                Ok(back) if back > 0 => bot.updates.keys().rev().nth(back - 1).copied().unwrap_or(0),
                _ => offset,
            };
            bot.updates = bot.updates.split_off(&from);
            if !bot.updates.is_empty() {
                return result(bot.updates.values().take(limit).cloned().collect());
            }
        }
        if tokio::time::timeout_at(deadline, changed).await.is_err() {
            return result(json!([]));
        }
    }
}

async fn send(api: &Api, token: &str, id: i64, method: &str, mut body: Value, files: Vec<Upload>) -> Response {
    for file in files {
        body[file.field] = json!({"file_name": file.file_name, "mime_type": file.mime_type, "size": file.data.len()});
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
            let mut bots = api.bots.lock();
            let last = &mut bots.entry(token.to_owned()).or_default().last_message_id;
            let last = last.entry(call.chat.clone()).or_insert_with(|| api.numbered_up_to.load(Ordering::Relaxed));
            *last += 1;
            let message = message(*last, id, call);
            result(if method.eq_ignore_ascii_case("sendMediaGroup") { json!([message]) } else { message })
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
    for key in ["text", "caption"] {
        if let Some(text) = call.body[key].as_str() {
            message[key] = text.into();
        }
    }
    message
}

#[expect(clippy::disallowed_methods, reason = "another party's server has a clock of its own")]
fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

async fn download(State(api): State<Arc<Api>>, Path((bot, path)): Path<(String, String)>) -> Response {
    let bots = api.bots.lock();
    let file = bot.strip_prefix("bot").and_then(|token| bots.get(token)?.files.get(&path));
    file.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |data| data.clone().into_response())
}
