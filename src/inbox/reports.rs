//! The overview: what happened in an organization in a time, read day by day so that each statement stays short.

use super::Inbox;
use crate::error::{Error, Result};
use crate::id::ChannelId;
use crate::operator::{Caller, Role};
use crate::report::{ChannelFigures, Overview, Range, Tally, store};
use crate::time::Millis;

/// Reports that a node makes at a time: each keeps a connection from those who write.
pub(super) const AT_ONCE: usize = 2;

impl Inbox {
    /// Counts what happened in a time.
    ///
    /// # Errors
    /// [`Error::Forbidden`] below moderators; those of the database, also where a day is too much for it.
    pub async fn overview(&self, caller: &Caller, range: Range) -> Result<Overview> {
        caller.require(Role::Moderator)?;
        let organization_id = caller.organization_id;
        let _turn = self.reports.acquire().await.map_err(Error::internal)?;
        let mut connection = self.pool.acquire().await?;
        let mut tally = Tally::default();
        for (date, day) in range.days() {
            tally.begin(date);
            tally.add_traffic(store::list_traffic(&mut *connection, organization_id, day).await?);
            tally.add_first_responses(store::list_first_responses(&mut *connection, organization_id, day).await?);
            tally.add_new_chats(store::list_new_chats(&mut *connection, organization_id, day).await?);
            tally.add_resolutions(store::list_resolutions(&mut *connection, organization_id, day).await?);
        }
        let channels = store::list_channels(&mut *connection, organization_id).await?;
        let open = store::count_open(&mut *connection, organization_id).await?;
        let names = store::list_operators(&mut connection, organization_id, &tally.operator_ids()).await?;
        let figures = channels.into_iter().map(|channel| {
            let volume = tally.volume(channel.id);
            ChannelFigures {
                channel_id: ChannelId(channel.id),
                name: channel.name,
                channel: self.networks.capabilities(&channel.provider).family,
                new_chats: volume.new_chats,
                incoming: volume.incoming,
                outgoing: volume.outgoing,
            }
        });
        let mut by_channel: Vec<ChannelFigures> = figures.collect();
        by_channel.sort_by_key(|channel| std::cmp::Reverse(channel.incoming + channel.outgoing));
        let (chats, messages) = (tally.chats(open), tally.messages());
        let (first_response, resolution, by_operator, daily) = tally.finish(names);
        Ok(Overview {
            from: Millis(range.from),
            to: Millis(range.to),
            chats,
            messages,
            by_channel,
            first_response,
            resolution,
            by_operator,
            daily,
        })
    }
}
