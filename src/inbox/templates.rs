//! Templates: listed at the network, kept here, and looked up when one is sent.

use std::time::Duration;

use contract::TemplateNews;
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
        self.fetch_templates(&channel).await?;
        Ok(store::list(&self.pool, channel.id).await?)
    }

    /// Keeps the templates of an attended channel fresh.
    pub(super) async fn sync_templates_often(&self, channel: &OpenChannel) {
        if !channel.network.capabilities().templates {
            return;
        }
        loop {
            let wait = match self.fetch_templates(channel).await {
                Ok(()) => OFTEN,
                Err(error) => {
                    tracing::info!(channel_id = %channel.id, %error, "templates could not be listed");
                    SOON
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn fetch_templates(&self, channel: &OpenChannel) -> Result<()> {
        let listed = channel.network.templates(&channel.account).await;
        let listed = listed.map_err(|refusal| {
            Error::ChannelUnavailable(format!("The network did not list its templates: {refusal}"))
        })?;
        let mut transaction = self.pool.begin().await?;
        store::replace(&mut transaction, channel.organization_id, channel.id, &listed).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Takes over what the network says of a template that is known.
pub(super) async fn note(connection: &mut PgConnection, channel: &OpenChannel, news: &TemplateNews) -> Result<()> {
    Ok(store::apply(connection, channel.organization_id, channel.id, news).await?)
}
