//! WhatsApp through Meta's Cloud API: checks and reads what Meta delivers, and hands over what operators write.
//!
//! It keeps no state; which channel a delivery belongs to is decided by the core, from the account named in each parcel.

mod capabilities;
mod catalogue;
mod choices;
mod credentials;
mod errors;
mod graph;
mod health;
mod media;
mod outgoing;
mod parse;
mod send;
mod webhook;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contract::{
    Account, Capabilities, CredentialError, LocateError, MediaLocation, MediaSource, Network, OpenError, Opened,
    Outgoing, OutgoingChange, Parcel, Rejection, SendError, Sent, Template, Thread, Validated, WebhookRequest,
};
use serde_json::Value;

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
        &capabilities::CAPABILITIES
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
        health::ask(self, account).await
    }

    async fn send(&self, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
        send::send(self, account, outgoing).await
    }

    async fn mark_read(&self, account: &Account, thread: &Thread) {
        self.attend(account, thread, false).await;
    }

    /// The indicator ends by itself after 25 s or with the answer, so there is nothing to say when typing ends. It marks the
    /// message as read.
    async fn typing(&self, account: &Account, thread: &Thread, is_typing: bool) {
        if is_typing {
            self.attend(account, thread, true).await;
        }
    }

    async fn change(&self, account: &Account, change: &OutgoingChange) -> Result<(), SendError> {
        send::change(self, account, change).await
    }

    async fn locate(&self, account: &Account, source: &MediaSource) -> Result<MediaLocation, LocateError> {
        media::locate(self, account, source).await
    }

    async fn templates(&self, account: &Account) -> Result<Vec<Template>, OpenError> {
        catalogue::list(self, account).await
    }
}

impl WhatsappCloud {
    async fn attend(&self, account: &Account, thread: &Thread, is_typing: bool) {
        let message = thread.message_external_id.as_deref().filter(|id| !id.starts_with(parse::OWN_ID));
        let Some(message_id) = message else { return };
        if let Err(error) = send::mark_read(self, account, message_id, is_typing).await {
            tracing::debug!(channel = %account.channel_id, %error, "read receipt was not taken");
        }
    }
}
