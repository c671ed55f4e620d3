//! WhatsApp over a bridge process that holds the paired phone's session and speaks JSON over HTTP, both ways.
//!
//! It knows the bridge's protocol alone: pairing, media decryption and WhatsApp's own events belong to the bridge.

mod fields;
mod jid;
mod parse;
mod parse_message;
mod send;
mod session;
mod webhook;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contract::{
    Account, Capabilities, ChatPace, CredentialError, MessageType, Mode, Network, OpenError, Opened, Outgoing, Pace,
    Parcel, Rejection, SendError, Sent, Thread, Validated, WebhookRequest,
};
use serde_json::{Value, json};

/// The bridge under one address, shared by all channels of the provider `bridge`.
#[derive(Clone)]
pub struct WhatsappBridge {
    base: String,
    /// `host:port`, for texts that operators read: without user, password and path.
    host: String,
    secret: String,
    http: reqwest::Client,
}

impl WhatsappBridge {
    /// `url` is the base of the bridge's HTTP API; `secret` signs what it delivers and is the bearer token of what we ask.
    #[must_use]
    pub fn new(url: &str, secret: String, http: reqwest::Client) -> Self {
        Self { base: url.trim_end_matches('/').to_owned(), host: session::host(url), secret, http }
    }

    /// An authorized request below this channel's session.
    fn request(&self, method: reqwest::Method, account: &Account, below: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/sessions/{}{below}", self.base, account.channel_id);
        self.http.request(method, url).bearer_auth(&self.secret)
    }
}

/// No more than a person types: bridged accounts that send like machines are banned.
const CHAT_PACE: ChatPace = ChatPace { every: Duration::from_secs(1), burst: 5 };

static CAPABILITIES: Capabilities = Capabilities {
    family: "whatsapp",
    text_limit: 4096,
    caption_limit: 1024,
    sends: &[
        MessageType::Text,
        MessageType::Image,
        MessageType::Video,
        MessageType::Voice,
        MessageType::Audio,
        MessageType::Document,
        MessageType::Sticker,
        MessageType::Location,
        MessageType::Contacts,
        MessageType::ProfileShare,
        MessageType::PostShare,
        MessageType::BookingProposal,
    ],
    instant: false,
    repeats_safely: true,
    settles_by_status: true,
    window: None,
    opens_chats: true,
    visitors: false,
    modes: &[Mode::Webhook],
    pace: Pace { channel_per_second: 5, chat: Some(CHAT_PACE), group: Some(CHAT_PACE) },
    ..Capabilities::PLAIN
};

#[async_trait]
impl Network for WhatsappBridge {
    fn provider(&self) -> &'static str {
        "bridge"
    }

    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn validate(&self, credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
        validate(credentials)
    }

    fn verify(&self, request: &WebhookRequest<'_>, account: Option<&Account>) -> Result<(), Rejection> {
        webhook::verify(&self.secret, request, account)
    }

    fn parse(&self, body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
        parse::parse(body, now)
    }

    async fn open(&self, account: &Account) -> Result<Opened, OpenError> {
        session::open(self, account).await
    }

    async fn close(&self, account: &Account) {
        session::close(self, account).await;
    }

    async fn send(&self, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
        send::send(self, account, outgoing).await
    }

    async fn mark_read(&self, account: &Account, thread: &Thread) {
        session::mark_read(self, account, thread).await;
    }
}

fn validate(credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
    let wrong = |field, message: &str| CredentialError { field, message: message.to_owned() };
    if !credentials.is_object() && !credentials.is_null() {
        return Err(vec![wrong("", "must be an object")]);
    }
    let mut errors = Vec::new();
    match credentials.get("flavour") {
        None | Some(Value::Null) => {}
        Some(Value::String(flavour)) => match flavour.as_str() {
            "switchboard" => {}
            "evolution" | "waha" => errors.push(wrong("flavour", "not available yet; use \"switchboard\"")),
            _ => errors.push(wrong("flavour", "must be \"switchboard\"")),
        },
        Some(_) => errors.push(wrong("flavour", "must be a text")),
    }
    let key = match credentials.get("key") {
        None | Some(Value::Null) => None,
        Some(Value::String(key)) => Some(key),
        Some(_) => {
            errors.push(wrong("key", "must be a text"));
            None
        }
    };
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut stored = json!({ "flavour": "switchboard" });
    if let Some(key) = key {
        stored["key"] = Value::from(key.as_str());
    }
    Ok(Validated { credentials: stored, identity: None, business: None })
}

#[cfg(test)]
mod tests;
