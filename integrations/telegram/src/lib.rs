//! Telegram through the Bot API: checks and reads its updates, and sends as a bot.

mod api;
mod object;
mod parse;
mod poll;
mod send;
mod webhook;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contract::{
    Account, Capabilities, ChatPace, CredentialError, MessageType, Mode, Network, OpenError, Opened, Outgoing, Pace,
    Parcel, PollError, Polled, Rejection, SendError, Sent, Validated, WebhookRequest,
};
use serde_json::{Map, Value};

pub use api::SetupError;

/// Published sending rates: <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>.
static CAPABILITIES: Capabilities = Capabilities {
    family: "telegram",
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
        MessageType::Template,
        MessageType::Interactive,
        MessageType::ProfileShare,
        MessageType::PostShare,
        MessageType::BookingProposal,
    ],
    instant: false,
    repeats_safely: false,
    settles_by_status: false,
    window: None,
    opens_chats: true,
    visitors: false,
    modes: &[Mode::Polling, Mode::Webhook],
    pace: Pace {
        channel_per_second: 30,
        chat: Some(ChatPace { every: Duration::from_secs(1), burst: 3 }),
        group: Some(ChatPace { every: Duration::from_secs(3), burst: 5 }),
    },
    ..Capabilities::PLAIN
};

/// The Telegram network: one HTTP client for all bots.
#[derive(Debug)]
pub struct Telegram {
    api: api::Api,
}

impl Telegram {
    /// `api_url` is the base of Bot API calls, such as `https://api.telegram.org`. The process must have installed a
    /// rustls crypto provider before, or building the client panics.
    ///
    /// # Errors
    /// [`SetupError`] where the address is no http or https URL, or TLS cannot be set up.
    pub fn new(api_url: &str) -> Result<Self, SetupError> {
        Ok(Self { api: api::Api::new(api_url)? })
    }
}

#[async_trait]
impl Network for Telegram {
    fn provider(&self) -> &'static str {
        "telegram"
    }

    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn validate(&self, credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
        validate(credentials)
    }

    fn verify(&self, request: &WebhookRequest<'_>, account: Option<&Account>) -> Result<(), Rejection> {
        webhook::verify(request, account)
    }

    fn parse(&self, body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
        parse::parse(body, now)
    }

    async fn open(&self, account: &Account) -> Result<Opened, OpenError> {
        webhook::open(&self.api, account).await
    }

    async fn close(&self, account: &Account) {
        webhook::close(&self.api, account).await;
    }

    async fn poll(&self, account: &Account, offset: Option<i64>) -> Result<Polled, PollError> {
        poll::poll(&self.api, account, offset).await
    }

    async fn send(&self, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
        send::send(&self.api, account, outgoing).await
    }
}

/// `{token, secretToken?}`; the bot id, the digits before the token's colon, is the identity.
fn validate(credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
    let mut errors = Vec::new();
    let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    let mut wrong = |field, message: &str| errors.push(CredentialError { field, message: message.to_owned() });

    let token = credentials.get("token").and_then(Value::as_str).unwrap_or_default().trim();
    let bot_id = token.split_once(':').filter(|(id, secret)| {
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) && !secret.is_empty() && word(secret)
    });
    if bot_id.is_none() || token.len() > 256 {
        wrong("token", "a bot token looks like 123456789:AAF…, as BotFather gives it");
    }
    let secret = credentials.get("secretToken").filter(|secret| !secret.is_null());
    if !secret.is_none_or(|secret| secret.as_str().is_some_and(|text| (1..=256).contains(&text.len()) && word(text))) {
        wrong("secretToken", "1 to 256 characters of A-Z, a-z, 0-9, _ and -");
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut stored = Map::new();
    stored.insert("token".into(), token.into());
    if let Some(secret) = secret {
        stored.insert("secretToken".into(), secret.clone());
    }
    Ok(Validated { credentials: stored.into(), identity: bot_id.map(|(id, _)| id.to_owned()), business: None })
}
