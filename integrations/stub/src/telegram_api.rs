//! A Bot API server on the loopback (<https://core.telegram.org/bots/api>): any token of the form `digits:text` is a bot,
//! and every chat exists. It calls no webhook by itself: [`FakeTelegram::to_deliver`] says what it would post, and where.

mod files;
mod messages;
mod updates;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::desk::{Call, Desk, Fault};
use crate::loopback::{Server, bind, fields, json as answer, serve};

pub use files::Download;

/// Serves until dropped.
pub struct FakeTelegram {
    /// The base of Bot API calls.
    pub url: String,
    api: Arc<Api>,
    _server: Server,
}

#[derive(Default)]
struct Api {
    /// Messages that were handed over.
    desk: Desk,
    /// Everything else that concerns a chat, a message, a file or a button.
    errands: Desk,
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
    /// Kinds of update that were asked for last; `None`: the usual ones.
    allowed: Option<Vec<String>>,
    /// What `getWebhookInfo` says besides what is known here.
    health: Value,
    last_message_id: HashMap<String, i64>,
    /// Messages of the bot that are still there, by chat and id.
    shown: HashMap<(String, i64), Value>,
    files: HashMap<String, files::File>,
    downloads: Vec<String>,
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
            .route("/file/{bot}/{*path}", get(files::download))
            .with_state(Arc::clone(&api));
        let server = serve(bind().await?, router)?;
        Ok(Self { url: format!("http://{}", server.address), api, _server: server })
    }

    /// From now on, the first message that a bot sends in a chat has the number after this one; 0 unless told otherwise.
    pub fn number_after(&self, message_id: i64) {
        self.api.numbered_up_to.store(message_id, Ordering::Relaxed);
    }

    /// The next sends to this chat fail so, one each.
    pub fn fail(&self, chat_id: &str, faults: impl IntoIterator<Item = Fault>) {
        self.api.desk.fail(chat_id, faults);
    }

    /// From now on this token is unauthorized.
    pub fn revoke(&self, token: &str) {
        self.api.revoked.lock().insert(token.to_owned());
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

    /// The next errand about this chat, file (by id) or pressed button (by id of the query) fails so.
    pub fn fail_errand(&self, about: &str, faults: impl IntoIterator<Item = Fault>) {
        self.api.errands.fail(about, faults);
    }

    /// What a bot was asked besides sending, in order: changes of messages, typing, reads, answered buttons, files.
    #[must_use]
    pub fn errands(&self, token: &str) -> Vec<Call> {
        self.api.errands.calls(token)
    }

    /// Waits until a bot was asked so many errands of one kind (`editMessageText`, `sendChatAction` …).
    pub async fn wait_for_errands(&self, token: &str, method: &str, count: usize) -> Vec<Call> {
        let mut seen = count;
        loop {
            let all = self.api.errands.wait(token, seen).await;
            seen = all.len() + 1;
            let mine: Vec<Call> = all.into_iter().filter(|call| call.operation == method).collect();
            if mine.len() >= count {
                return mine;
            }
        }
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
            let url = body["url"].as_str().filter(|url| !url.is_empty());
            bot.webhook = url.map_or(Value::Null, |_| body.clone());
            bot.settle(&body);
            // a poll under way ends, as at the real server
            bot.poller += 1;
            api.changed.notify_waiters();
            result(true.into())
        }),
        "deletewebhook" => with_bot(&mut |bot| {
            bot.webhook = Value::Null;
            bot.settle(&body);
            result(true.into())
        }),
        "getwebhookinfo" => with_bot(&mut |bot| result(bot.webhook_info())),
        "getupdates" => updates::get_updates(&api, token, &body).await,
        "getfile" => files::get_file(&api, token, &body).await,
        name if name.starts_with("send") && name != "sendchataction" => {
            messages::send(&api, token, id, &method, body, files).await
        }
        _ => messages::errand(&api, token, &method, body).await,
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
