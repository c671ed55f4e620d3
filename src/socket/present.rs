//! Presence as sockets show it: who comes and goes by a connection, and what `/` is told of a chat that it follows.

use std::sync::Arc;

use super::client::{Client, Unsent};
use super::crowd::Crowd;
use super::hear::Said;
use super::payload::{Ack, OnlineSnapshot, OwnChat, Present};
use super::space::Audience;
use super::{Door, common, delta, operators};
use crate::error::{Error, Result};
use crate::event::room;
use crate::id::ChatId;
use crate::inbox::live::{Passing, What};
use crate::presence::Snapshot;

impl Door {
    /// Counts a connection that was welcomed as online.
    pub async fn come(&self, client: &Client) {
        let Some(connection) = client.connection() else { return };
        if let Err(error) = self.inbox.presence.enter(&connection).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a connection is not shown as online yet");
        }
        if client.is_gone() {
            // it ended before it came
            self.inbox.presence.end(&connection);
        }
    }

    /// The connection has ended.
    pub fn go(&self, client: &Client) {
        if let Some(connection) = client.connection() {
            self.inbox.presence.end(&connection);
        }
    }
}

impl Door {
    /// After a time in which changes were lost, tells how many are in each chat that somebody follows: who has missed a
    /// change sees it by the version. Runs until it is dropped.
    pub async fn make_up_for_lost_presence(&self) {
        let mut listening = self.inbox.bus.listening();
        while listening.changed().await.is_ok() {
            if *listening.borrow_and_update() {
                for crowd in self.registry.crowds() {
                    if let Err(error) = self.tell_presence(&crowd).await {
                        tracing::debug!(error = &error as &dyn std::error::Error, "presence cannot be told again");
                    }
                }
            }
        }
    }

    async fn tell_presence(&self, crowd: &Crowd) -> Result<()> {
        let (organization_id, presence) = (crowd.organization_id, &self.inbox.presence);
        let total = presence.total(organization_id).await?;
        for whisper in operators::whisper(&Passing { organization_id, what: What::OnlineTotal { total } }) {
            crowd.pass(Audience::Operators, &whisper);
        }
        for chat_id in crowd.followed_chats() {
            let Snapshot { count, version, .. } = presence.snapshot(organization_id, chat_id).await?;
            let updated = operators::online_updated(chat_id, count, version);
            crowd.pass(Audience::Operators, &updated.ok_or_else(|| Error::internal("a payload is no JSON"))?);
        }
        Ok(())
    }
}

/// `subscribe:chat`: follows a chat and is present there.
///
/// # Errors
/// As [`common::follow`], those of presence.
pub async fn subscribe(
    door: &Arc<Door>,
    crowd: &Crowd,
    client: &Arc<Client>,
    said: &Said,
    chat_id: ChatId,
) -> Result<Option<Ack>> {
    let presence = &door.inbox.presence;
    let own = OwnChat { chat_id };
    let joined = || client.tell("me:joined:chat", &own);
    let snapshot = async {
        match client.connection() {
            Some(connection) => presence.join(&connection, chat_id).await,
            // an API key is nobody, and looks on
            None => presence.snapshot(client.organization_id, chat_id).await,
        }
    };
    let looked = look(door, crowd, client, said, chat_id, room::chat(chat_id), snapshot, joined).await;
    if looked.is_err()
        && !crowd.is_in(client, &room::chat(chat_id))
        && let Some(connection) = client.connection()
    {
        let _ = presence.leave(&connection, chat_id).await;
    }
    looked
}

/// `subscribe:chat:delta`: watches a chat without being present.
///
/// # Errors
/// As [`subscribe`].
pub async fn watch(
    door: &Arc<Door>,
    crowd: &Crowd,
    client: &Arc<Client>,
    said: &Said,
    chat_id: ChatId,
) -> Result<Option<Ack>> {
    let snapshot = door.inbox.presence.snapshot(client.organization_id, chat_id);
    look(door, crowd, client, said, chat_id, delta::room(chat_id), snapshot, || Ok(())).await
}

/// `chat:join`: follows a chat and is present there; `/chat` is not told who else is.
///
/// # Errors
/// As [`subscribe`].
pub async fn join(door: &Door, crowd: &Crowd, client: &Arc<Client>, chat_id: ChatId) -> Result<()> {
    common::follow(crowd, client, room::chat(chat_id))?;
    if let Some(connection) = client.connection() {
        door.inbox.presence.join(&connection, chat_id).await?;
    }
    Ok(())
}

/// Joins a room of a chat, then tells the snapshot, acknowledges, and tells what changed since: in this order, whatever
/// happens meanwhile.
#[expect(clippy::too_many_arguments, reason = "two callers, which differ in the last three")]
async fn look(
    door: &Arc<Door>,
    crowd: &Crowd,
    client: &Arc<Client>,
    said: &Said,
    chat_id: ChatId,
    room: String,
    snapshot: impl Future<Output = Result<Snapshot>>,
    first: impl Fn() -> Result<(), Unsent>,
) -> Result<Option<Ack>> {
    let before = crowd.is_in(client, &room);
    client.looks.hold(chat_id);
    let looked = match common::follow(crowd, client, room.clone()) {
        Ok(()) => snapshot.await,
        Err(error) => Err(error),
    };
    let snapshot = looked.inspect_err(|_| {
        client.looks.forget(chat_id);
        if !before {
            crowd.unsubscribe(client, &room);
        }
    })?;
    let Snapshot { member_ids, count, version } = snapshot;
    let shown = OnlineSnapshot { chat_id, members: member_ids.clone(), member_ids, count, version };
    let ack = Ack::of(&Present { ok: true, snapshot: shown.clone() });
    let tell = || {
        let told = || {
            first()?;
            client.tell("chat:online:snapshot", &shown)?;
            client.acknowledge(said.ack, &ack)
        };
        // a change that finds no room is lost, which the client sees by the next one's version
        client.looks.release(chat_id, version, told, |change| {
            let _ = client.say(change.event, &change.data);
        })
    };
    if client.patiently(tell).await == Err(Unsent::Full) {
        door.hang_up(client);
    }
    Ok(None)
}

/// `unsubscribe:chat`, `chat:leave`: follows a chat no more and is not present there.
pub async fn unsubscribe(door: &Door, crowd: &Crowd, client: &Client, chat_id: ChatId) {
    client.looks.forget(chat_id);
    door.inbox.typists.stop(client.id, chat_id);
    if crowd.unsubscribe(client, &room::chat(chat_id))
        && let Some(connection) = client.connection()
        && let Err(error) = door.inbox.presence.leave(&connection, chat_id).await
    {
        tracing::warn!(error = &error as &dyn std::error::Error, "a user is shown in a chat for some time more");
    }
}
