//! Telegram through the Bot API: checks and reads its updates, and sends as a bot.

mod address;
mod api;
mod attention;
mod change;
mod health;
mod locate;
mod object;
mod parse;
mod poll;
mod send;
mod webhook;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contract::{
    Account, Capabilities, ChatPace, CredentialError, Feature, FileRule, LocateError, MediaLocation, MediaSource,
    MessageType, Mode, Network, OpenError, Opened, Outgoing, OutgoingChange, Pace, Parcel, PollError, Polled,
    Rejection, SendError, Sent, Thread, Validated, WebhookRequest,
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
        MessageType::Interactive,
        MessageType::ProfileShare,
        MessageType::PostShare,
        MessageType::BookingProposal,
    ],
    receives: &[
        MessageType::Text,
        MessageType::Image,
        MessageType::Video,
        MessageType::Voice,
        MessageType::Audio,
        MessageType::Document,
        MessageType::Sticker,
        MessageType::Location,
        MessageType::Contacts,
        MessageType::Interactive,
        MessageType::System,
        MessageType::Unsupported,
    ],
    does: &[Feature::Reply, Feature::Edit, Feature::Delete, Feature::Reaction, Feature::Album, Feature::Typing],
    // deletions and read marks are told of connected business accounts alone
    reports: &[Feature::Reply, Feature::Edit, Feature::Reaction, Feature::Album, Feature::Forward],
    files: &FILES,
    album: 10,
    context: true,
    checkup: Some(Duration::from_secs(60)),
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

/// Largest file that a bot may upload (<https://core.telegram.org/bots/api#sending-files>).
const LARGEST_FILE: u64 = 50 * 1024 * 1024;

/// Photos end at 10 MB: a larger picture goes as a document, and so does what Telegram does not play.
static FILES: [FileRule; 6] = [
    FileRule { kind: MessageType::Image, mime_types: &["image/*"], max_bytes: LARGEST_FILE },
    FileRule { kind: MessageType::Video, mime_types: &["video/*"], max_bytes: LARGEST_FILE },
    FileRule { kind: MessageType::Voice, mime_types: &["audio/*"], max_bytes: LARGEST_FILE },
    FileRule { kind: MessageType::Audio, mime_types: &["audio/*"], max_bytes: LARGEST_FILE },
    FileRule {
        kind: MessageType::Sticker,
        mime_types: &["image/webp", "application/x-tgsticker", "video/webm"],
        max_bytes: 512 * 1024,
    },
    FileRule { kind: MessageType::Document, mime_types: &[], max_bytes: LARGEST_FILE },
];

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

    async fn mark_read(&self, account: &Account, thread: &Thread) {
        attention::mark_read(&self.api, account, thread).await;
    }

    async fn typing(&self, account: &Account, thread: &Thread, is_typing: bool) {
        if is_typing {
            attention::typing(&self.api, account, thread).await;
        }
    }

    async fn acknowledge(&self, account: &Account, token: &str) {
        attention::acknowledge(&self.api, account, token).await;
    }

    async fn change(&self, account: &Account, change: &OutgoingChange) -> Result<(), SendError> {
        change::change(&self.api, account, change).await
    }

    async fn locate(&self, account: &Account, source: &MediaSource) -> Result<MediaLocation, LocateError> {
        locate::locate(&self.api, account, source).await
    }

    async fn check_up(&self, account: &Account) -> Result<Opened, OpenError> {
        health::check_up(&self.api, account).await
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
