//! The directory of channels: rows opened once (secrets unsealed) and kept for five seconds, since every webhook asks.

use std::sync::Arc;
use std::time::Duration;

use contract::{Account, ChannelStatus, Mode};
use moka::future::Cache;

use super::Parts;
use crate::channel::{Channel, OpenChannel, store};
use crate::error::{Error, Result};
use crate::id::{ChannelId, OrganizationId};
use crate::time::Millis;

/// How long another node's change may go unseen.
const FRESH: Duration = Duration::from_secs(5);

pub struct Directory {
    by_id: Cache<ChannelId, Arc<OpenChannel>>,
    by_identity: Cache<(&'static str, String), Arc<OpenChannel>>,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            by_id: Cache::builder().max_capacity(10_000).time_to_live(FRESH).build(),
            by_identity: Cache::builder().max_capacity(10_000).time_to_live(FRESH).build(),
        }
    }
}

impl Directory {
    /// Forgets what is known of a channel after it was changed.
    pub async fn forget(&self, id: ChannelId) {
        self.by_id.invalidate(&id).await;
        self.by_identity.invalidate_all();
    }
}

impl Parts {
    /// A channel by id, whoever owns it; `None` where there is none, or its network is not part of this build.
    ///
    /// # Errors
    /// Those of the database; [`Error::Internal`] where its secrets cannot be unsealed.
    pub async fn channel(&self, id: ChannelId) -> Result<Option<Arc<OpenChannel>>> {
        if let Some(channel) = self.directory.by_id.get(&id).await {
            return Ok(Some(channel));
        }
        let Some(row) = store::find(&self.pool, id).await? else { return Ok(None) };
        let Some(channel) = self.open_channel(row)? else { return Ok(None) };
        self.directory.by_id.insert(id, Arc::clone(&channel)).await;
        Ok(Some(channel))
    }

    /// The channel of the organization; [`Error::NotFound`] for anybody else's.
    ///
    /// # Errors
    /// As [`Parts::channel`].
    pub async fn own_channel(&self, organization_id: OrganizationId, id: ChannelId) -> Result<Arc<OpenChannel>> {
        let channel = self.channel(id).await?;
        channel.filter(|channel| channel.organization_id == organization_id).ok_or(Error::NotFound("channel"))
    }

    /// The channel of an account at a network.
    ///
    /// # Errors
    /// As [`Parts::channel`].
    pub async fn channel_by_identity(
        &self,
        provider: &'static str,
        identity: &str,
    ) -> Result<Option<Arc<OpenChannel>>> {
        let key = (provider, identity.to_owned());
        if let Some(channel) = self.directory.by_identity.get(&key).await {
            return Ok(Some(channel));
        }
        let Some(row) = store::find_by_identity(&self.pool, provider, identity).await? else { return Ok(None) };
        let Some(channel) = self.open_channel(row)? else { return Ok(None) };
        self.directory.by_identity.insert(key, Arc::clone(&channel)).await;
        Ok(Some(channel))
    }

    /// The channels of accounts that belong to one business at their network.
    ///
    /// # Errors
    /// As [`Parts::channel`].
    pub async fn channels_by_business(&self, provider: &str, business: &str) -> Result<Vec<Arc<OpenChannel>>> {
        let mut channels = Vec::new();
        for row in store::list_by_business(&self.pool, provider, business).await? {
            channels.extend(self.open_channel(row)?);
        }
        Ok(channels)
    }

    /// Unseals a stored channel.
    ///
    /// # Errors
    /// [`Error::Internal`] where its secrets cannot be unsealed: another `SECRETS_KEY` made them.
    pub fn open_channel(&self, row: store::Row) -> Result<Option<Arc<OpenChannel>>> {
        let Some(network) = self.networks.get(&row.provider) else { return Ok(None) };
        let credentials = self.keys.open(&row.credentials, row.id.as_bytes()).map_err(Error::internal)?;
        let secret = self.keys.open(&row.webhook_secret, row.id.as_bytes()).map_err(Error::internal)?;
        let account = Account {
            channel_id: row.id,
            credentials: serde_json::from_slice(&credentials).map_err(Error::internal)?,
            mode: if row.mode.as_deref() == Some("polling") { Mode::Polling } else { Mode::Webhook },
            webhook_url: format!("{}/webhooks/{}/{}", self.config.public_url, row.provider, row.id),
            webhook_secret: String::from_utf8(secret).map_err(Error::internal)?,
        };
        Ok(Some(Arc::new(OpenChannel {
            id: ChannelId(row.id),
            organization_id: OrganizationId(row.organization_id),
            name: row.name,
            status: stored_status(&row.status),
            last_error: row.last_error,
            facts: serde_json::from_str(&row.account).unwrap_or_default(),
            business: row.business,
            created_at: row.created_at,
            updated_at: row.updated_at,
            network: network.clone(),
            account,
        })))
    }

    /// A channel as clients see it; the verify token and the pairing code are added by those who may show them.
    #[must_use]
    pub fn present_channel(&self, channel: &OpenChannel) -> Channel {
        let capabilities = channel.network.capabilities();
        let has_webhook = !capabilities.modes.is_empty();
        Channel {
            id: channel.id,
            name: channel.name.clone(),
            provider: channel.network.provider().to_owned(),
            channel: capabilities.family,
            mode: has_webhook.then_some(channel.account.mode),
            status: channel.status,
            webhook_url: has_webhook.then(|| channel.account.webhook_url.clone()),
            verify_token: None,
            last_error: channel.last_error.clone(),
            account: channel.facts.clone(),
            created_at: Millis(channel.created_at),
            qr: None,
        }
    }
}

/// A status as stored; the column's check allows nothing else.
#[must_use]
pub fn stored_status(text: &str) -> ChannelStatus {
    [ChannelStatus::Connected, ChannelStatus::Connecting, ChannelStatus::Qr, ChannelStatus::Disconnected]
        .into_iter()
        .find(|status| status.as_str() == text)
        .unwrap_or(ChannelStatus::Error)
}
