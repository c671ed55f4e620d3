//! Replaying dead letters: what was not understood is parsed again, after an upgrade or once its channel exists.

use bytes::Bytes;

use super::Inbox;
use super::receive::Delivery;
use crate::delivery::{DeadLetter, store};
use crate::error::{Error, Result};
use crate::id::{ChannelId, DeadLetterId};
use crate::operator::{Caller, Role, Who};
use crate::time::Millis;

/// Of a body as it is shown.
const SHOWN_BYTES: usize = 16 << 10;

/// What came of a replay: whether the letter was understood now, and is gone.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Replayed {
    #[serde(flatten)]
    pub letter: DeadLetter,
    pub replayed: bool,
}

impl Inbox {
    /// Dead letters that this administrator may see, newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list_dead_letters(
        &self,
        caller: &Caller,
        before: Option<DeadLetterId>,
        limit: i64,
    ) -> Result<Vec<DeadLetter>> {
        let unowned = self.sees_unowned(caller).await?;
        let rows = store::list(&self.pool, caller.organization_id, unowned, before, limit).await?;
        Ok(rows.into_iter().map(present).collect())
    }

    /// Parses a dead letter again; what is understood now is stored, and the letter is gone.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn replay(&self, caller: &Caller, id: DeadLetterId) -> Result<Replayed> {
        let unowned = self.sees_unowned(caller).await?;
        let found = store::find(&self.pool, caller.organization_id, unowned, id).await?;
        let row = found.ok_or(Error::NotFound("dead letter"))?;
        let network = self.networks.get(&row.provider).ok_or(Error::NotFound("dead letter"))?;
        let channel = match row.channel_id {
            Some(id) => self.channel(ChannelId(id)).await?,
            None => None,
        };
        let body = Bytes::from(row.body.clone());
        let now = self.clock.now();
        let parcels = network.parse(&body, now).unwrap_or_default();
        let understood = if parcels.is_empty() {
            false
        } else {
            let provider = network.provider();
            self.receive(Delivery { provider, channel, body, parcels, poll_offset: None }).await?.dead == 0
        };
        let mut letter = present(row);
        letter.replayed_at = Some(Millis(now));
        if understood {
            store::delete(&self.pool, id).await?;
        } else {
            store::set_replayed(&self.pool, id, &letter.reason, now).await?;
        }
        Ok(Replayed { letter, replayed: understood })
    }

    /// What names no channel of ours belongs to the server's administrators; where one organization has the server to
    /// itself, its administrators are these.
    async fn sees_unowned(&self, caller: &Caller) -> Result<bool> {
        caller.require(Role::Admin)?;
        if matches!(caller.who, Who::User { server_admin: true, .. }) {
            return Ok(true);
        }
        Ok(store::is_single_tenant(&self.pool).await?)
    }
}

fn present(row: store::Row) -> DeadLetter {
    DeadLetter {
        id: DeadLetterId(row.id),
        channel_id: row.channel_id.map(ChannelId),
        provider: row.provider,
        kind: row.kind,
        reason: row.reason,
        body: String::from_utf8_lossy(&row.body[..row.body.len().min(SHOWN_BYTES)]).into_owned(),
        created_at: Millis(row.created_at),
        replayed_at: row.replayed_at.map(Millis),
    }
}
