//! The session that the bridge keeps for a channel: started, ended, and told what operators read.

use std::time::Duration;

use contract::{Account, ChannelStatus, OpenError, Opened, Thread};
use reqwest::Method;
use serde_json::{Value, json};

use crate::WhatsappBridge;
use crate::fields::Fields;
use crate::parse::channel_status;
use crate::send::{Answer, answer};

const TIMEOUT: Duration = Duration::from_secs(20);

/// Asks the bridge to start the session, or what has become of it where it runs already.
pub(crate) async fn open(bridge: &WhatsappBridge, account: &Account) -> Result<Opened, OpenError> {
    let mut body = json!({ "webhookUrl": account.webhook_url });
    if let Some(phone) = account.credential("phone") {
        body["phone"] = phone.into();
    }
    if account.credentials.get("history").and_then(Value::as_bool) == Some(true) {
        body["history"] = true.into();
    }
    ask(bridge, bridge.request(Method::PUT, account, "").json(&body)).await
}

/// How the session is; one that the bridge no longer knows is started again.
pub(crate) async fn check_up(bridge: &WhatsappBridge, account: &Account) -> Result<Opened, OpenError> {
    match ask(bridge, bridge.request(Method::GET, account, "")).await {
        Err(OpenError::Refused { .. }) => open(bridge, account).await,
        answered => answered,
    }
}

async fn ask(bridge: &WhatsappBridge, request: reqwest::RequestBuilder) -> Result<Opened, OpenError> {
    let host = &bridge.host;
    let Ok(response) = request.timeout(TIMEOUT).send().await else { return Err(unreachable(host)) };
    let Ok(answer) = answer(response).await else {
        return Err(OpenError::Unreachable { message: format!("the WhatsApp bridge at {host} broke off its answer") });
    };
    match answer.status {
        200..=299 => Ok(opened(&answer)),
        401 | 403 => Err(OpenError::Refused {
            message: format!("the WhatsApp bridge at {host} refuses our secret: BRIDGE_SECRET differs"),
        }),
        408 | 429 | 500.. => {
            Err(OpenError::Unreachable { message: format!("the WhatsApp bridge at {host} answers {}", answer.status) })
        }
        _ => {
            let (_, message) = answer.refusal();
            Err(OpenError::Refused { message: format!("the WhatsApp bridge says: {message}") })
        }
    }
}

pub(crate) fn unreachable(host: &str) -> OpenError {
    OpenError::Unreachable { message: format!("the WhatsApp bridge at {host} does not answer") }
}

fn opened(answer: &Answer) -> Opened {
    let fields = Fields::read(&answer.text).unwrap_or_default();
    let qr = fields.string("qr");
    let status = fields.text("status").and_then(|word| channel_status(&word));
    // what we do not understand is decided by the connection events that follow
    let assumed = if qr.is_some() { ChannelStatus::Qr } else { ChannelStatus::Connecting };
    let status = status.unwrap_or(assumed);
    let facts = fields.string("phone").map(|phone| ("phone".to_owned(), phone.into()));
    // what keeps the session from working, in the bridge's words
    let warning = fields.string("error").filter(|_| status != ChannelStatus::Connected);
    Opened { status, warning, qr, facts: facts.into_iter().collect() }
}

/// Logs the phone out of the bridge.
pub(crate) async fn close(bridge: &WhatsappBridge, account: &Account) {
    tell(bridge.request(Method::DELETE, account, ""), account, "close the session").await;
}

pub(crate) async fn mark_read(bridge: &WhatsappBridge, account: &Account, thread: &Thread) {
    let mut body = json!({ "chatId": thread.chat_external_id, "messageId": thread.message_external_id });
    if let Some(participant) = &thread.sender_external_id {
        body["participant"] = participant.as_str().into();
    }
    tell(bridge.request(Method::POST, account, "/read").json(&body), account, "mark as read").await;
}

pub(crate) async fn typing(bridge: &WhatsappBridge, account: &Account, thread: &Thread, is_typing: bool) {
    let body = json!({ "chatId": thread.chat_external_id, "typing": is_typing });
    tell(bridge.request(Method::POST, account, "/typing").json(&body), account, "show typing").await;
}

/// Best effort: a failure goes to the log.
async fn tell(request: reqwest::RequestBuilder, account: &Account, what: &str) {
    let failed = match request.timeout(TIMEOUT).send().await {
        Ok(response) if response.status().is_success() => return,
        Ok(response) => format!("answered {}", response.status().as_u16()),
        Err(error) => error.without_url().to_string(),
    };
    tracing::info!(channel_id = %account.channel_id, "WhatsApp bridge could not {what}: {failed}");
}

/// `host:port` of an address: neither user, password nor path.
pub(crate) fn host(url: &str) -> String {
    let url = reqwest::Url::parse(url).ok();
    let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    host.map_or_else(|| "its address".to_owned(), |(host, port)| format!("{host}:{port}"))
}
