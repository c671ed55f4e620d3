//! The networks that Switchboard serves itself: `api`, another backend that speaks REST, and `webchat`, visitors of a page.
//!
//! Nothing leaves the process here: a message is sent once it is stored, and whoever may read the chat fetches it.

mod parse;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contract::{
    Account, Capabilities, ChannelStatus, CredentialError, Feature, FileRule, MessageType, Network, OpenError, Opened,
    Outgoing, Pace, Parcel, Rejection, SendError, Sent, Validated, WebhookRequest,
};
use serde_json::{Value, json};

/// Another backend: writes by `POST /api/channels/{id}/inbound`, reads by webhooks out, sockets or `GET /api/events`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Api;

/// Visitors of a web page, who speak the sockets or the long-poll API.
#[derive(Debug, Clone, Copy, Default)]
pub struct Webchat;

const SENDS: &[MessageType] = &[
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
];

/// Any file, up to what the server itself takes.
const FILES: &[FileRule] = &[
    any(MessageType::Image),
    any(MessageType::Video),
    any(MessageType::Voice),
    any(MessageType::Audio),
    any(MessageType::Document),
    any(MessageType::Sticker),
];

const fn any(kind: MessageType) -> FileRule {
    FileRule { kind, mime_types: &[], max_bytes: 100 << 20 }
}

const fn capabilities(family: &'static str, limit: usize, visitors: bool) -> Capabilities {
    Capabilities {
        family,
        text_limit: limit,
        caption_limit: limit,
        sends: SENDS,
        instant: true,
        repeats_safely: true,
        settles_by_status: false,
        window: None,
        // a visitor who has not come has no address to write to
        opens_chats: !visitors,
        visitors,
        receives: SENDS,
        does: &[
            Feature::Reply,
            Feature::Edit,
            Feature::Delete,
            Feature::Reaction,
            Feature::Album,
            Feature::Read,
            Feature::Typing,
        ],
        reports: if visitors {
            &[Feature::Reply, Feature::Album, Feature::Delivered, Feature::Read, Feature::Typing]
        } else {
            &[Feature::Reply]
        },
        files: FILES,
        album: 10,
        modes: &[],
        pace: Pace::UNLIMITED,
        ..Capabilities::PLAIN
    }
}

static API: Capabilities = capabilities("api", 65_536, false);
static WEBCHAT: Capabilities = capabilities("webchat", 10_000, true);

#[async_trait]
impl Network for Api {
    fn provider(&self) -> &'static str {
        "api"
    }

    fn capabilities(&self) -> &Capabilities {
        &API
    }

    fn validate(&self, credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
        object(credentials)?;
        Ok(Validated { credentials: json!({}), identity: None, business: None })
    }

    fn verify(&self, _request: &WebhookRequest<'_>, _account: Option<&Account>) -> Result<(), Rejection> {
        Err(Rejection::Unauthorized)
    }

    fn parse(&self, body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
        parse::parse(body, now)
    }

    async fn open(&self, _account: &Account) -> Result<Opened, OpenError> {
        Ok(Opened::plain(ChannelStatus::Connected))
    }

    async fn send(&self, _account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
        Ok(sent(outgoing))
    }
}

#[async_trait]
impl Network for Webchat {
    fn provider(&self) -> &'static str {
        "webchat"
    }

    fn capabilities(&self) -> &Capabilities {
        &WEBCHAT
    }

    /// `{allowedOrigins?: [text]}`, stored without trailing slashes; absent: all pages may embed the chat.
    fn validate(&self, credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
        object(credentials)?;
        let origins = match credentials.get("allowedOrigins") {
            None | Some(Value::Null) => {
                return Ok(Validated { credentials: json!({}), identity: None, business: None });
            }
            Some(Value::Array(origins)) => origins.iter().map(origin).collect::<Option<Vec<_>>>(),
            Some(_) => None,
        };
        let message = "must be a list of origins such as \"https://shop.example\"".to_owned();
        let origins = origins.ok_or_else(|| vec![CredentialError { field: "allowedOrigins", message }])?;
        Ok(Validated { credentials: json!({ "allowedOrigins": origins }), identity: None, business: None })
    }

    fn verify(&self, _request: &WebhookRequest<'_>, _account: Option<&Account>) -> Result<(), Rejection> {
        Err(Rejection::Unauthorized)
    }

    fn parse(&self, body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
        parse::parse(body, now)
    }

    async fn open(&self, _account: &Account) -> Result<Opened, OpenError> {
        Ok(Opened::plain(ChannelStatus::Connected))
    }

    async fn send(&self, _account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
        Ok(sent(outgoing))
    }
}

fn sent(outgoing: &Outgoing) -> Sent {
    Sent { external_id: outgoing.message_id.to_string(), chat_external_id: None, parts: Vec::new() }
}

fn object(credentials: &Value) -> Result<(), Vec<CredentialError>> {
    if credentials.is_object() || credentials.is_null() {
        return Ok(());
    }
    Err(vec![CredentialError { field: "", message: "must be an object".into() }])
}

/// `scheme://host[:port]` and no more: it goes into a Content-Security-Policy, so nothing else may slip in.
fn origin(value: &Value) -> Option<String> {
    let origin = value.as_str()?.trim().trim_end_matches('/').to_ascii_lowercase();
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    (!host.is_empty() && host.bytes().all(plain)).then_some(origin)
}

#[cfg(test)]
mod tests;
