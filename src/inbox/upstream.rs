//! What a network is told beside messages, best effort: that operators type, and that what waited for an answer was stored.

use std::collections::HashMap;
use std::time::Duration;

use contract::Feature;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::live::{Passing, Typist, What};
use super::{Inbox, Parts, read};
use crate::channel::OpenChannel;
use crate::chat::store as chats;
use crate::error::Result;
use crate::id::{ChannelId, ChatId, OrganizationId};
use crate::message::store as messages;

/// Networks forget who types after some seconds: while it lasts they are told this often.
const AGAIN: Duration = Duration::from_secs(4);
/// Chats that are remembered at once.
const MOST: usize = 10_000;
/// A network that is slower than this is not told.
const CALL: Duration = Duration::from_secs(5);

impl Inbox {
    /// Tells networks who types, until it is dropped.
    pub(super) async fn tell_typing(&self) {
        let mut typists = self.typists.listen();
        let mut told: HashMap<ChatId, Instant> = HashMap::new();
        loop {
            let passing = match typists.recv().await {
                Ok(passing) => passing,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            let Passing { organization_id, what } = &*passing;
            let What::Typing { chat_id, typist: Typist::User(_), is_typing, .. } = what else { continue };
            let now = Instant::now();
            if *is_typing {
                if told.get(chat_id).is_some_and(|at| now.duration_since(*at) < AGAIN) {
                    continue;
                }
                if told.len() >= MOST {
                    told.retain(|_, at| now.duration_since(*at) < AGAIN);
                }
                told.insert(*chat_id, now);
            } else {
                told.remove(chat_id);
            }
            let (inbox, organization_id, chat_id, is_typing) = (self.clone(), *organization_id, *chat_id, *is_typing);
            self.background.spawn_until_stop(async move {
                let told = inbox.tell_network(organization_id, chat_id, is_typing);
                if let Ok(Err(error)) = tokio::time::timeout(CALL, told).await {
                    tracing::debug!(%error, %chat_id, "a network was not told who types");
                }
            });
        }
    }

    async fn tell_network(&self, organization_id: OrganizationId, chat_id: ChatId, is_typing: bool) -> Result<()> {
        let Some(chat) = chats::find(&self.pool, organization_id, chat_id).await? else { return Ok(()) };
        let Some(channel) = self.channel(ChannelId(chat.channel_id)).await? else { return Ok(()) };
        if !channel.network.capabilities().does.contains(&Feature::Typing) {
            return Ok(());
        }
        let last = messages::find_last_incoming(&self.pool, chat_id, i64::MAX).await?;
        channel.network.typing(&channel.account, &read::thread(&chat, last), is_typing).await;
        Ok(())
    }
}

impl Parts {
    /// Answers what a network waits for, beside the transaction that stored it.
    pub(super) fn acknowledge(&self, channel: &OpenChannel, token: String) {
        let channel = channel.clone();
        self.background.spawn_until_stop(async move {
            if tokio::time::timeout(CALL, channel.network.acknowledge(&channel.account, &token)).await.is_err() {
                tracing::debug!(channel_id = %channel.id, "an acknowledgement took too long");
            }
        });
    }
}
