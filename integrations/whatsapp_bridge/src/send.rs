//! Hands a message to the bridge and reads what its answer means for the queue.
//!
//! Our message id goes along as `clientId`: the bridge sends a repeated one once, so an unknown outcome may be repeated.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contract::{Account, MessageType, Outgoing, OutgoingAttachment, Scope, SendError, Sent};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::WhatsappBridge;
use crate::fields::Fields;

/// Over all requests of one message; the trait asks for 30 s at most.
const TIMEOUT: Duration = Duration::from_secs(25);
/// Base64 grows it to less than the 5 MiB of a body.
pub(crate) const LARGEST_INSIDE: u64 = 3 << 20;
/// Some products repeat a file's preview in their answers.
const LONGEST_ANSWER_BYTES: usize = 8 << 20;

/// A message of several files goes out as several, since WhatsApp knows one file each; the first carries text and id.
pub(crate) async fn send(bridge: &WhatsappBridge, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
    let deadline = Instant::now() + TIMEOUT;
    let id = post(bridge, account, &body(outgoing).await?, deadline).await?;
    for (index, attachment) in outgoing.attachments.iter().enumerate().skip(1) {
        let more = json!({
            "to": outgoing.chat_external_id,
            "type": attachment.kind.as_str(),
            "media": media(attachment).await?,
            "clientId": format!("{}-{index}", outgoing.message_id),
        });
        post(bridge, account, &more, deadline).await?;
    }
    Ok(Sent { external_id: id, chat_external_id: None, parts: Vec::new() })
}

async fn body(outgoing: &Outgoing) -> Result<Value, SendError> {
    let mut body = json!({
        "to": outgoing.chat_external_id,
        "type": outgoing.kind.as_str(),
        "clientId": outgoing.message_id,
    });
    if let Some(quoted) = &outgoing.reply_to {
        body["quotedId"] = quoted.as_str().into();
    }
    match outgoing.kind {
        MessageType::Location => body["location"] = location(outgoing),
        MessageType::Contacts => {
            body["contacts"] = outgoing.metadata.get("contacts").cloned().unwrap_or_else(|| json!([]));
        }
        MessageType::ProfileShare | MessageType::PostShare | MessageType::BookingProposal => {
            body["type"] = "text".into();
            body["text"] = shown_as_text(outgoing).into();
        }
        _ if !outgoing.content.is_empty() => body["text"] = outgoing.content.as_str().into(),
        _ => {}
    }
    if let Some(attachment) = outgoing.attachments.first() {
        body["media"] = media(attachment).await?;
    }
    Ok(body)
}

/// Small files go inside the body, larger ones as an address from which the bridge fetches them.
async fn media(attachment: &OutgoingAttachment) -> Result<Value, SendError> {
    let mut media = json!({ "mimeType": attachment.mime_type, "size": attachment.file.size_bytes });
    match &attachment.url {
        Some(url) if attachment.file.size_bytes > LARGEST_INSIDE => media["url"] = url.as_str().into(),
        _ => {
            let bytes = attachment
                .file
                .bytes(LARGEST_INSIDE)
                .await
                .map_err(|error| SendError::Refused { code: "FILE_UNREADABLE".into(), message: error.to_string() })?;
            media["base64"] = STANDARD.encode(bytes).into();
        }
    }
    if let Some(name) = &attachment.file_name {
        media["fileName"] = name.as_str().into();
    }
    Ok(media)
}

fn location(outgoing: &Outgoing) -> Value {
    let mut place = Map::new();
    for key in ["lat", "lng", "name", "address"] {
        if let Some(value) = outgoing.metadata.get(key) {
            place.insert(key.into(), value.clone());
        }
    }
    place.into()
}

/// What WhatsApp has no form for, as lines of text.
pub(crate) fn shown_as_text(outgoing: &Outgoing) -> String {
    let field = |key: &str| match outgoing.metadata.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let lines = match outgoing.kind {
        MessageType::ProfileShare => vec![field("name"), field("avatar")],
        MessageType::PostShare => vec![field("author_name"), field("media_url")],
        MessageType::BookingProposal => {
            let minutes = field("duration").map(|duration| format!("{duration} min"));
            let offer: Vec<String> = [field("service_name"), field("price"), minutes].into_iter().flatten().collect();
            vec![Some(outgoing.content.clone()), Some(offer.join(", "))]
        }
        _ => Vec::new(),
    };
    let lines: Vec<String> = lines.into_iter().flatten().filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { outgoing.content.clone() } else { lines.join("\n") }
}

async fn post(bridge: &WhatsappBridge, account: &Account, body: &Value, until: Instant) -> Result<String, SendError> {
    let left = until.saturating_duration_since(Instant::now());
    let request = bridge.request(Method::POST, account, "/messages").json(body);
    outcome(&ask(bridge, request, left).await?)
}

pub(crate) async fn ask(
    bridge: &WhatsappBridge,
    request: reqwest::RequestBuilder,
    patience: Duration,
) -> Result<Answer, SendError> {
    let response = request.timeout(patience).send().await.map_err(|error| failed(bridge, error))?;
    answer(response).await.map_err(|error| failed(bridge, error))
}

/// A request that found nobody has surely not been sent; any later failure may have come after the bridge had it.
fn failed(bridge: &WhatsappBridge, error: reqwest::Error) -> SendError {
    if error.is_connect() || error.is_builder() {
        return SendError::Retry {
            code: "BRIDGE_UNREACHABLE".into(),
            message: format!("the WhatsApp bridge at {} does not answer", bridge.host),
            after: None,
            scope: Scope::Channel,
        };
    }
    SendError::Unknown {
        message: format!("the WhatsApp bridge took the message and did not answer: {}", error.without_url()),
    }
}

fn outcome(answer: &Answer) -> Result<String, SendError> {
    if let 200..=299 = answer.status {
        let id = Fields::read(&answer.text).and_then(|fields| fields.id("id"));
        return id.ok_or_else(|| SendError::Unknown { message: "the WhatsApp bridge answered without an id".into() });
    }
    Err(refused(answer))
}

/// What an answer other than 2xx means for the queue.
pub(crate) fn refused(answer: &Answer) -> SendError {
    let (code, message) = answer.refusal();
    let after = answer.retry_after;
    match answer.status {
        401 => SendError::AccountRefused { code, message },
        // 404 and 409: the session is not connected, so that nothing of this channel can go out
        404 | 409 | 429 => SendError::Retry { code, message, after, scope: Scope::Channel },
        400..=499 => SendError::Refused { code, message },
        _ => SendError::Retry { code, message, after, scope: Scope::Chat },
    }
}

/// The bridge's answer, read in full.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) text: String,
}

pub(crate) async fn answer(mut response: reqwest::Response) -> Result<Answer, reqwest::Error> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").and_then(|secs| secs.to_str().ok()?.trim().parse().ok());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LONGEST_ANSWER_BYTES {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    let text = String::from_utf8_lossy(&body).into_owned();
    Ok(Answer { status, retry_after: retry_after.map(Duration::from_secs), text })
}

impl Answer {
    /// Code and message out of `{code, message}`, problem details, or the same one level down in `error`.
    pub(crate) fn refusal(&self) -> (String, String) {
        let body = Fields::read(&self.text).unwrap_or_default();
        let inner = body.object("error").unwrap_or_default();
        let code = body.id("code").or_else(|| inner.id("code")).unwrap_or_else(|| format!("HTTP_{}", self.status));
        let texts =
            [body.text("message"), body.text("detail"), inner.text("message"), body.text("error"), body.text("title")];
        let message = texts.into_iter().flatten().next();
        let message =
            message.map_or_else(|| format!("answer {}", self.status), |text| text.chars().take(300).collect());
        (code.chars().take(64).collect(), message)
    }
}
