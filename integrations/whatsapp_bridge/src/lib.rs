//! WhatsApp over a bridge process that holds the paired phone's session and speaks JSON over HTTP, both ways.
//!
//! It knows the bridge's protocol alone: pairing, media decryption and WhatsApp's own events belong to the bridge.

mod change;
mod credentials;
mod fields;
mod flavours;
mod jid;
mod media;
mod parse;
mod parse_message;
mod send;
mod session;
mod webhook;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use contract::{
    Account, Capabilities, ChatPace, CredentialError, Feature, FileRule, LocateError, MediaLocation, MediaSource,
    MessageType, Mode, Network, OpenError, Opened, Outgoing, OutgoingChange, Pace, Parcel, Rejection, SendError, Sent,
    Thread, Validated, WebhookRequest,
};
use serde_json::Value;

use crate::flavours::{Flavour, Product};

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

const MIB: u64 = 1 << 20;

/// What WhatsApp's own clients send as the type; anything goes as a document.
const FILES: &[FileRule] = &[
    FileRule { kind: MessageType::Image, mime_types: &["image/jpeg", "image/png", "image/webp"], max_bytes: 16 * MIB },
    FileRule { kind: MessageType::Video, mime_types: &["video/mp4", "video/3gpp"], max_bytes: 64 * MIB },
    FileRule { kind: MessageType::Voice, mime_types: &["audio/ogg"], max_bytes: 16 * MIB },
    FileRule { kind: MessageType::Audio, mime_types: &["audio/*"], max_bytes: 16 * MIB },
    FileRule { kind: MessageType::Sticker, mime_types: &["image/webp"], max_bytes: MIB },
    FileRule { kind: MessageType::Document, mime_types: &[], max_bytes: 100 * MIB },
];

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
    does: &[
        Feature::Reply,
        Feature::Edit,
        Feature::Delete,
        Feature::Reaction,
        Feature::Album,
        Feature::Read,
        Feature::Typing,
    ],
    reports: &[
        Feature::Reply,
        Feature::Edit,
        Feature::Delete,
        Feature::Reaction,
        Feature::Forward,
        Feature::Delivered,
        Feature::Read,
    ],
    files: FILES,
    // they go out one after the other: WhatsApp knows one file a message
    album: 10,
    checkup: Some(Duration::from_secs(60)),
    repeats_safely: true,
    settles_by_status: true,
    opens_chats: true,
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
        credentials::validate(credentials)
    }

    fn verify(&self, request: &WebhookRequest<'_>, account: Option<&Account>) -> Result<(), Rejection> {
        match account.map(|account| (Flavour::of(account), account)) {
            Some((Flavour::Evolution, account)) => flavours::evolution::verify(request, account),
            Some((Flavour::Waha, account)) => flavours::waha::verify(request, account),
            _ => webhook::verify(&self.secret, request, account),
        }
    }

    fn redact(&self, body: Bytes) -> Bytes {
        flavours::evolution::redact(body)
    }

    fn parse(&self, body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
        parse::parse(body, now)
    }

    async fn open(&self, account: &Account) -> Result<Opened, OpenError> {
        match Product::of(self, account) {
            Some(product) => product.open().await,
            None => session::open(self, account).await,
        }
    }

    async fn close(&self, account: &Account) {
        // the sessions of other products are not ours to end
        if Flavour::of(account) == Flavour::Switchboard {
            session::close(self, account).await;
        }
    }

    async fn send(&self, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
        match Product::of(self, account) {
            Some(product) => product.send(outgoing).await,
            None => send::send(self, account, outgoing).await,
        }
    }

    async fn mark_read(&self, account: &Account, thread: &Thread) {
        match Product::of(self, account) {
            Some(product) => product.mark_read(thread).await,
            None => session::mark_read(self, account, thread).await,
        }
    }

    async fn typing(&self, account: &Account, thread: &Thread, is_typing: bool) {
        match Product::of(self, account) {
            Some(product) => product.typing(thread, is_typing).await,
            None => session::typing(self, account, thread, is_typing).await,
        }
    }

    async fn change(&self, account: &Account, change: &OutgoingChange) -> Result<(), SendError> {
        match Product::of(self, account) {
            Some(product) => product.change(change).await,
            None => change::change(self, account, change).await,
        }
    }

    async fn locate(&self, account: &Account, source: &MediaSource) -> Result<MediaLocation, LocateError> {
        match Product::of(self, account) {
            Some(product) => product.locate(source),
            None => media::locate(&self.base, "authorization", &format!("Bearer {}", self.secret), source),
        }
    }

    async fn check_up(&self, account: &Account) -> Result<Opened, OpenError> {
        match Product::of(self, account) {
            Some(product) => product.open().await,
            None => session::check_up(self, account).await,
        }
    }
}

#[cfg(test)]
mod tests;
