//! Templates: listed at the network, kept here, and looked up when one is sent.

use std::time::Duration;

use contract::{OpenError, TemplateNews};
use sqlx::PgConnection;

use super::Inbox;
use crate::channel::OpenChannel;
use crate::error::{Error, Result};
use crate::id::ChannelId;
use crate::operator::{Caller, Role};
use crate::template::{Template, store};

/// How often templates are listed anew, beside the network's own news of them.
const OFTEN: Duration = Duration::from_secs(60 * 60);
/// Wait after a list that failed.
const SOON: Duration = Duration::from_secs(60);

impl Inbox {
    /// The templates of a channel as they are known here.
    ///
    /// # Errors
    /// [`Error::NotFound`]; those of the database.
    pub async fn list_templates(&self, caller: &Caller, id: ChannelId) -> Result<Vec<Template>> {
        caller.require(Role::User)?;
        let channel = self.own_channel(caller.organization_id, id).await?;
        Ok(store::list(&self.pool, channel.id).await?)
    }

    /// Lists the templates of a channel at its network, and gives what is known then.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] where the network has none; [`Error::ChannelUnavailable`] with its words.
    pub async fn sync_templates(&self, caller: &Caller, id: ChannelId) -> Result<Vec<Template>> {
        caller.require(Role::User)?;
        let channel = self.own_channel(caller.organization_id, id).await?;
        if !channel.network.capabilities().templates {
            return Err(Error::invalid("id", "This network has no templates."));
        }
        self.fetch_templates(&channel).await?.map_err(|refusal| {
            Error::ChannelUnavailable(format!("The network did not list its templates: {refusal}"))
        })?;
        Ok(store::list(&self.pool, channel.id).await?)
    }

    /// Keeps the templates of an attended channel fresh.
    pub(super) async fn sync_templates_often(&self, channel: &OpenChannel) {
        if !channel.network.capabilities().templates {
            return;
        }
        loop {
            let wait = match self.fetch_templates(channel).await {
                Ok(Ok(())) => OFTEN,
                // it will say no again until somebody changes something
                Ok(Err(OpenError::Refused { message })) => {
                    tracing::info!(channel_id = %channel.id, message, "templates are not listed");
                    OFTEN
                }
                Ok(Err(OpenError::Unreachable { message })) => {
                    tracing::info!(channel_id = %channel.id, message, "templates could not be listed yet");
                    SOON
                }
                Err(error) => {
                    tracing::warn!(channel_id = %channel.id, error = &error as &dyn std::error::Error, "templates were not kept");
                    SOON
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn fetch_templates(&self, channel: &OpenChannel) -> Result<Result<(), OpenError>> {
        let listed = match channel.network.templates(&channel.account).await {
            Ok(listed) => listed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut transaction = self.pool.begin().await?;
        store::replace(&mut transaction, channel.organization_id, channel.id, &listed).await?;
        transaction.commit().await?;
        Ok(Ok(()))
    }
}

/// Takes over what the network says of a template that is known.
pub(super) async fn note(connection: &mut PgConnection, channel: &OpenChannel, news: &TemplateNews) -> Result<()> {
    Ok(store::apply(connection, channel.organization_id, channel.id, news).await?)
}
