//! What a chat is told besides messages: that somebody types, has read, or took a pressed button. Nobody waits for it, so
//! what fails is a log line.

use std::time::Duration;

use contract::{Account, Thread};
use serde_json::{Map, Value, json};

use crate::address;
use crate::api::{Api, Call};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Telegram shows it for 5 s or until a message comes; nothing takes it back before.
/// (<https://core.telegram.org/bots/api#sendchataction>)
pub(crate) async fn typing(api: &Api, account: &Account, thread: &Thread) {
    let mut params = Map::new();
    params.insert("chat_id".into(), address::chat(&thread.chat_external_id));
    params.insert("action".into(), "typing".into());
    if let Some(topic) = address::topic(&thread.context) {
        params.insert("message_thread_id".into(), topic.into());
    }
    if let Some(connection) = address::business(&thread.context) {
        params.insert("business_connection_id".into(), connection.into());
    }
    tell(api, account, Call::new("sendChatAction", params)).await;
}

/// Only in chats of a connected business account: bots have no read marks of their own.
/// (<https://core.telegram.org/bots/api#readbusinessmessage>)
pub(crate) async fn mark_read(api: &Api, account: &Account, thread: &Thread) {
    let message = thread.message_external_id.as_deref().and_then(address::message);
    let (Some(connection), Some(message)) = (address::business(&thread.context), message) else { return };
    let params = json!({
        "business_connection_id": connection,
        "chat_id": address::chat(&thread.chat_external_id),
        "message_id": message,
    });
    tell(api, account, call("readBusinessMessage", params)).await;
}

/// Ends the progress bar on a pressed button. (<https://core.telegram.org/bots/api#answercallbackquery>)
pub(crate) async fn acknowledge(api: &Api, account: &Account, query_id: &str) {
    tell(api, account, call("answerCallbackQuery", json!({ "callback_query_id": query_id }))).await;
}

fn call(method: &str, params: Value) -> Call {
    Call::new(method, params.as_object().cloned().unwrap_or_default())
}

async fn tell(api: &Api, account: &Account, call: Call) {
    let Some(token) = account.credential("token") else { return };
    let method = call.method.clone();
    if let Err(failure) = api.call(token, call, TIMEOUT).await {
        tracing::debug!(channel = %account.channel_id, method, reason = failure.message(), "not told");
    }
}
