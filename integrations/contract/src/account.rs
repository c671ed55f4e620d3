//! A configured connection to a network, as the network crate sees it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// One channel with its decrypted credentials. `Debug` shows the id alone, since this type ends up near log lines.
#[derive(Clone)]
pub struct Account {
    pub channel_id: Uuid,
    /// As validated by [`crate::Network::validate`].
    pub credentials: Value,
    pub mode: Mode,
    /// Address that the network is told to deliver to.
    pub webhook_url: String,
    /// Secret made by Switchboard for this channel (`[A-Za-z0-9_-]`, 43 characters): Telegram's secret token, Meta's verify token.
    pub webhook_secret: String,
}

impl Account {
    /// A text field of the credentials; empty counts as absent.
    #[must_use]
    pub fn credential(&self, field: &str) -> Option<&str> {
        self.credentials.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// Origins of the pages that may embed a channel with visitors (`allowedOrigins`); `None`: all.
    #[must_use]
    pub fn allowed_origins(&self) -> Option<Vec<&str>> {
        Some(self.credentials.get("allowedOrigins")?.as_array()?.iter().filter_map(Value::as_str).collect())
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("channel_id", &self.channel_id).finish_non_exhaustive()
    }
}

/// How a network's messages reach us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Polling,
    Webhook,
}

/// State of a channel as operators see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelStatus {
    Connected,
    Connecting,
    /// A WhatsApp bridge waits for its QR code to be scanned.
    Qr,
    Disconnected,
    Error,
}

impl ChannelStatus {
    pub const ALL: [Self; 5] = [Self::Connected, Self::Connecting, Self::Qr, Self::Disconnected, Self::Error];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Connecting => "connecting",
            Self::Qr => "qr",
            Self::Disconnected => "disconnected",
            Self::Error => "error",
        }
    }
}
