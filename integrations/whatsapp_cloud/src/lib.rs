//! WhatsApp through Meta's Cloud API: checks and reads what Meta delivers, and hands over what operators write.
//!
//! It keeps no state; which channel a delivery belongs to is decided by the core, from the account named in each parcel.

mod credentials;
mod errors;
mod graph;
mod outgoing;
mod parse;
mod send;
mod webhook;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contract::{
    Account, Capabilities, ChannelStatus, ChatPace, CredentialError, MessageType, Mode, Network, OpenError, Opened,
    Outgoing, Pace, Parcel, Rejection, SendError, Sent, Thread, Validated, WebhookRequest,
};
use serde_json::Value;

use graph::Graph;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

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
        MessageType::Template,
        MessageType::Interactive,
        MessageType::ProfileShare,
        MessageType::PostShare,
        MessageType::BookingProposal,
    ],
    instant: false,
    repeats_safely: false,
    settles_by_status: true,
    window: Some(DAY),
    opens_chats: true,
    visitors: false,
    modes: &[Mode::Webhook],
    pace: Pace {
        channel_per_second: 80,
        chat: Some(ChatPace { every: Duration::from_secs(6), burst: 45 }),
        group: None,
    },
    ..Capabilities::PLAIN
};

/// The Cloud API, for all numbers of all organizations.
pub struct WhatsappCloud {
    api_url: String,
    app_secret: Option<String>,
    verify_token: Option<String>,
    http: reqwest::Client,
}

impl WhatsappCloud {
    /// `api_url` is the Graph API with its version (`https://graph.facebook.com/v26.0`), `app_secret` and `verify_token`
    /// are those of the address that serves all numbers. `http` must follow no redirects and give up connecting after 5 s;
    /// each call ends after 25 s by itself.
    #[must_use]
    pub fn new(api_url: &str, app_secret: Option<String>, verify_token: Option<String>, http: reqwest::Client) -> Self {
        Self { api_url: api_url.to_owned(), app_secret, verify_token, http }
    }
}

#[async_trait]
impl Network for WhatsappCloud {
    fn provider(&self) -> &'static str {
        "waba"
    }

    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn validate(&self, credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
        credentials::validate(credentials)
    }

    fn verify(&self, request: &WebhookRequest<'_>, account: Option<&Account>) -> Result<(), Rejection> {
        let own = account.and_then(|account| account.credential("appSecret"));
        webhook::verify(request, own.or(self.app_secret.as_deref()))
    }

    fn challenge(&self, query: &str, account: Option<&Account>) -> Result<String, Rejection> {
        webhook::challenge(query, account.map(webhook::verify_token).or(self.verify_token.as_deref()))
    }

    fn parse(&self, body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
        parse::parse(body, now)
    }

    async fn open(&self, account: &Account) -> Result<Opened, OpenError> {
        let described = match Graph::new(self, account, Duration::from_secs(25)) {
            Ok(graph) => graph.describe("display_phone_number,verified_name").await,
            Err(error) => Err(error),
        };
        match described {
            Ok(_) => {
                let reachable = account.webhook_url.starts_with("https://");
                let warning = "Meta delivers to https addresses only; set PUBLIC_URL to one";
                Ok(Opened {
                    warning: (!reachable).then(|| warning.to_owned()),
                    ..Opened::plain(ChannelStatus::Connected)
                })
            }
            Err(SendError::Refused { code, message } | SendError::AccountRefused { code, message }) => {
                Err(OpenError::Refused { message: format!("{message} (code {code})") })
            }
            Err(SendError::Retry { code, message, .. }) => {
                Err(OpenError::Unreachable { message: format!("{message} (code {code})") })
            }
            Err(other) => Err(OpenError::Unreachable { message: other.to_string() }),
        }
    }

    async fn send(&self, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
        send::send(self, account, outgoing).await
    }

    async fn mark_read(&self, account: &Account, thread: &Thread) {
        let message = thread.message_external_id.as_deref().filter(|id| !id.starts_with(parse::OWN_ID));
        let Some(message_external_id) = message else { return };
        if let Err(error) = send::mark_read(self, account, message_external_id).await {
            tracing::debug!(channel = %account.channel_id, %error, "read receipt was not taken");
        }
    }
}
