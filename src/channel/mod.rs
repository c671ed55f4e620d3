//! Channels: configured connections to networks, and the list of networks that this build knows.

pub mod store;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use contract::{Account, Capabilities, ChannelStatus, Mode, Network};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::id::{ChannelId, OrganizationId};
use crate::time::Millis;

/// A channel as clients see it; never with credentials.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    pub id: ChannelId,
    pub name: String,
    /// `telegram`, `waba`, `bridge`, `webchat` or `api`.
    #[schema(schema_with = crate::schema::providers)]
    pub provider: String,
    /// Family: `telegram`, `whatsapp`, `webchat` or `api`.
    #[schema(schema_with = crate::schema::families)]
    pub channel: &'static str,
    /// `polling` or `webhook`, where messages come in by either.
    #[schema(value_type = Option<String>)]
    pub mode: Option<Mode>,
    /// `connected`, `connecting`, `qr`, `disconnected` or `error`.
    #[schema(schema_with = crate::schema::channel_statuses)]
    pub status: ChannelStatus,
    /// Address to give to the network, where it has one.
    pub webhook_url: Option<String>,
    /// To paste beside the address at Meta; to administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub verify_token: Option<String>,
    pub last_error: Option<String>,
    /// What the network says of the account: `name`, `phone`, `quality`, `pendingUpdates` …; by network.
    #[schema(value_type = Object)]
    pub account: Map<String, Value>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
    /// What to show for pairing, while `status` is `qr`; live only, never journalled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub qr: Option<String>,
}

/// A channel with its decrypted credentials, as the inbox holds it.
#[derive(Debug, Clone)]
pub struct OpenChannel {
    pub id: ChannelId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub status: ChannelStatus,
    pub last_error: Option<String>,
    /// What the network says of the account.
    pub facts: Map<String, Value>,
    pub business: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub network: NetworkRef,
    pub account: Account,
}

/// One network of the registry.
#[derive(Clone)]
pub struct NetworkRef(pub Arc<dyn Network>);

impl std::fmt::Debug for NetworkRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.provider())
    }
}

impl std::ops::Deref for NetworkRef {
    type Target = dyn Network;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

/// The networks of this build, by provider name.
#[derive(Clone, Default)]
pub struct Networks(Arc<HashMap<&'static str, NetworkRef>>);

impl Networks {
    #[must_use]
    pub fn new(networks: impl IntoIterator<Item = Arc<dyn Network>>) -> Self {
        Self(Arc::new(networks.into_iter().map(|network| (network.provider(), NetworkRef(network))).collect()))
    }

    #[must_use]
    pub fn get(&self, provider: &str) -> Option<&NetworkRef> {
        self.0.get(provider)
    }

    /// Capabilities of a stored provider; a row of a network that this build no longer has shows as the last resort.
    #[must_use]
    pub fn capabilities(&self, provider: &str) -> &Capabilities {
        self.get(provider).map_or(&UNKNOWN, |network| network.capabilities())
    }

    /// Providers of a family, for filters.
    #[must_use]
    pub fn of_family(&self, family: &str) -> Vec<String> {
        self.0
            .values()
            .filter(|network| network.capabilities().family == family)
            .map(|network| network.provider().to_owned())
            .collect()
    }

    pub fn providers(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}

static UNKNOWN: Capabilities = Capabilities::PLAIN;
