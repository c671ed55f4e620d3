//! Gives a connection what it missed, from the journal and no faster than it reads, and puts it into the live flow at
//! the very event where the journal ends: nothing is lost in between and nothing comes twice.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;

use super::Door;
use super::client::{Client, Flow, Unsent};
use super::crowd::{Crowd, Live, Start};
use super::face::Face;
use crate::error::Result;
use crate::event::{Journalled, store};
use crate::id::ChatId;
use crate::inbox::journal;

/// More missed events than these are not replayed.
pub const MOST_MISSED: i64 = 1_000;
/// Events read from the journal at once.
const RANGE: i64 = 250;
/// Events sent before other tasks get their turn.
const BURST: u64 = 32;
/// Before the journal is asked again after it could not be read.
const RETRY: Duration = Duration::from_secs(1);

/// Whether a cursor can be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// What came after this position.
    After(i64),
    /// Too much, or nobody knows what; the journal stands at `now`.
    Gap { now: i64 },
}

/// Which events a replay holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// All that the caller may see: it was elsewhere, and nobody knows in which rooms.
    All,
    /// Those of the connection's rooms.
    Rooms,
}

impl Door {
    /// Whether what was missed since a cursor can be replayed: not where too much was missed, and not where the cursor is
    /// forged, another organization's, from before a restore, older than what is kept or ahead of the journal.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn missed(&self, client: &Client, cursor: &str) -> Result<Missed> {
        let now = store::find_position(&self.inbox.pool, client.organization_id).await?;
        let gap = Ok(Missed::Gap { now });
        let visited = client.visited_chat();
        let cursor = match visited {
            Some(chat_id) => self.inbox.cursors.unseal(chat_id, cursor),
            None => self.inbox.cursors.read(client.organization_id, cursor),
        };
        let Some(after) = cursor.map(|cursor| cursor.position).filter(|after| *after <= now) else { return gap };
        let missed = match visited {
            Some(chat_id) => {
                let rows = self.list_of_chat(client, chat_id, (after, now), MOST_MISSED + 1).await?;
                i64::try_from(rows.len()).unwrap_or(i64::MAX)
            }
            None => now - after,
        };
        if missed > MOST_MISSED {
            return gap;
        }
        if after < now {
            let oldest = store::find_oldest(&self.inbox.pool, client.organization_id).await?;
            if oldest.is_none_or(|oldest| oldest > after + 1) {
                return gap;
            }
        }
        Ok(Missed::After(after))
    }

    /// Sends what came after a position and puts the connection into the live flow. `last` is given the position from
    /// which live events follow and the number of events that were sent, and says what has to come before live ones.
    ///
    /// # Errors
    /// [`Unsent::Full`] where the peer has taken nothing for 5 s, [`Unsent::Gone`] where it has ended.
    pub async fn replay(
        &self,
        crowd: &Crowd,
        client: &Client,
        mut after: i64,
        sees: Sees,
        last: impl Fn(i64, u64) -> Result<(), Unsent>,
    ) -> Result<u64, Unsent> {
        let mut sent = 0;
        // where the journal had nothing, though the crowd was told up to there
        let mut told = None;
        loop {
            let (events, reached) = self.read(client, after).await?;
            for event in &events {
                let seen = match (sees, client.visited_chat()) {
                    (Sees::All, Some(chat_id)) => event.visible_to_guest(chat_id),
                    (Sees::All, None) => event.visible_to(client.user_id()),
                    (Sees::Rooms, _) => crowd.is_in_any(client, &client.audience().rooms(event)),
                };
                if seen && self.say(client, event).await? {
                    sent += 1;
                    if sent % BURST == 0 {
                        tokio::task::yield_now().await;
                    }
                }
            }
            if reached > after {
                after = reached;
                continue;
            }
            if let Some((missing, until)) = told.take()
                && missing == after
            {
                // what was told was committed, so it would have been read: retention has dropped it
                after = until;
            }
            let live = || crowd.go_live(client, Start::After(after), |after| last(after, sent));
            match client.patiently(live).await? {
                Live::Yes => return Ok(sent),
                Live::Behind(position) => told = Some((after, position)),
            }
        }
    }

    /// Events after a position, and the position up to which there are no others for this connection.
    async fn read(&self, client: &Client, after: i64) -> Result<(Vec<Arc<Journalled>>, i64), Unsent> {
        while !client.is_gone() {
            match self.read_once(client, after).await {
                Ok(read) => return Ok(read),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the journal cannot be read for a socket");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
        Err(Unsent::Gone)
    }

    async fn read_once(&self, client: &Client, after: i64) -> Result<(Vec<Arc<Journalled>>, i64)> {
        let Some(chat_id) = client.visited_chat() else {
            let events = self.inbox.feed.read(client.organization_id, after, RANGE).await?;
            let reached = events.last().map_or(after, |last| last.position);
            return Ok((events, reached));
        };
        // a visitor's chat is a small part of a long journal
        let now = store::find_position(&self.inbox.pool, client.organization_id).await?;
        let events = self.list_of_chat(client, chat_id, (after, now), RANGE).await?;
        let full = i64::try_from(events.len()).is_ok_and(|found| found >= RANGE);
        let reached = events.last().filter(|_| full).map_or(now, |last| last.position);
        Ok((events, reached.max(after)))
    }

    async fn list_of_chat(
        &self,
        client: &Client,
        chat_id: ChatId,
        range: (i64, i64),
        limit: i64,
    ) -> Result<Vec<Arc<Journalled>>> {
        let rows = store::list_of_chat(&self.inbox.pool, client.organization_id, chat_id, range, limit).await?;
        Ok(rows.into_iter().map(|row| Arc::new(journal::read(row, &self.inbox.cursors))).collect())
    }

    /// `false` where the namespace does not speak of it.
    async fn say(&self, client: &Client, event: &Journalled) -> Result<bool, Unsent> {
        let audience = client.audience();
        let face = if audience.sees_faces() { self.faces.of(event).await } else { Face::default() };
        let Some(saying) = audience.say(&self.telling(event, &face)) else { return Ok(false) };
        let Ok(data) = serde_json::from_str::<&RawValue>(&saying.data) else { return Ok(false) };
        client.patiently(|| client.say(&saying.event, data)).await?;
        if let (Some(chat_id), Some(message_id)) = (client.visited_chat(), saying.delivers) {
            self.deliver_to_visitor(chat_id, vec![message_id]);
        }
        Ok(true)
    }
}

/// Gives a connection whose buffer was full the rest as it reads, and lets it go where it does not.
pub async fn catch_up(door: &Arc<Door>, crowd: &Crowd, client: &Arc<Client>) {
    let _turn = client.replaying.lock().await;
    let Flow::Lagging { after } = *client.flow.lock() else { return };
    tracing::debug!(connection = %client.id, after, "a socket reads too slowly for live events");
    if door.replay(crowd, client, after, Sees::Rooms, |_, _| Ok(())).await == Err(Unsent::Full) {
        door.hang_up(client);
    }
}
