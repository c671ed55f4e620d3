//! What clients may say on every namespace, and what their events have in common.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::client::{Client, Unsent};
use super::crowd::{Crowd, Joined, MOST_SUBSCRIPTIONS, Start};
use super::hear::Said;
use super::payload::{Ack, AuthRefresh, Resync, Resynced, SyncReason};
use super::replay::{Missed, Sees};
use super::{Door, delta};
use crate::chat;
use crate::error::{Error, Result};
use crate::event::room;
use crate::id::ChatId;
use crate::operator::{Caller, Who, store::user};

/// A chat of the caller's organization. Whoever is in its room has proven that.
///
/// # Errors
/// [`Error::ChatNotFound`].
pub async fn own_chat(door: &Door, crowd: &Crowd, client: &Client, chat_id: &str) -> Result<ChatId> {
    let chat_id: ChatId = chat_id.parse().map_err(|_| Error::ChatNotFound)?;
    if crowd.is_in(client, &room::chat(chat_id)) || crowd.is_in(client, &delta::room(chat_id)) {
        return Ok(chat_id);
    }
    match chat::store::find(&door.inbox.pool, client.organization_id, chat_id).await? {
        Some(_) => Ok(chat_id),
        None => Err(Error::ChatNotFound),
    }
}

/// Joins a chat's room.
///
/// # Errors
/// [`Error::RateLimited`] where the connection follows as many as it may.
pub fn follow(crowd: &Crowd, client: &Arc<Client>, room: String) -> Result<()> {
    match crowd.subscribe(client, room) {
        Joined::Yes | Joined::Gone => Ok(()),
        Joined::TooMany => {
            tracing::debug!(connection = %client.id, most = MOST_SUBSCRIPTIONS, "a socket follows too many chats");
            Err(Error::RateLimited(Duration::from_secs(1)))
        }
    }
}

/// The caller's name as others see it; a visitor may have none.
///
/// # Errors
/// [`Error::Forbidden`] for API keys.
pub async fn name(door: &Door, client: &Client) -> Result<String> {
    let load = async {
        let pool = &door.inbox.pool;
        match client.caller().who {
            Who::User { id, .. } => {
                let member = user::find_member(pool, client.organization_id, id).await?;
                Ok(member.ok_or(Error::Unauthorized)?.name)
            }
            Who::Guest { chat_id, .. } => {
                let row = chat::store::find(pool, client.organization_id, chat_id).await?.ok_or(Error::ChatNotFound)?;
                Ok(row.own_name.unwrap_or_default())
            }
            Who::ApiKey { .. } => Err(nobody()),
        }
    };
    client.name.get_or_try_init(|| load).await.cloned()
}

/// Somebody is needed.
#[must_use]
pub fn nobody() -> Error {
    Error::Forbidden("This needs a user; an API key is nobody.".into())
}

/// Sends again what came after a cursor, in the connection's live flow's place, and acknowledges before that goes on.
///
/// # Errors
/// [`Error::Malformed`], those of the database.
pub async fn resync(door: &Arc<Door>, crowd: &Crowd, client: &Client, said: &Said) -> Result<Option<Ack>> {
    let Resync { cursor } = said.fields("an object with `cursor`, a text")?;
    let missed = door.missed(client, &cursor).await?;
    let acknowledge = |position, replayed, gap| {
        let cursor = door.cursor(client, position);
        client.acknowledge(said.ack, &Ack::of(&Resynced { ok: true, replayed, cursor, gap }))
    };
    let _turn = client.replaying.lock().await;
    crowd.go_apart(client);
    let done = match missed {
        Missed::After(after) => {
            let last = |position, replayed| acknowledge(position, replayed, false);
            door.replay(crowd, client, after, Sees::All, last).await.map(drop)
        }
        Missed::Gap { now } => {
            let last = |position| {
                door.tell_sync(client, SyncReason::Gap, None, position)?;
                acknowledge(position, 0, true)
            };
            client.patiently(|| crowd.go_live(client, Start::Now { at_least: now }, last)).await.map(drop)
        }
    };
    if done == Err(Unsent::Full) {
        door.hang_up(client);
    }
    Ok(None)
}

/// Goes on with a newer token of the same caller.
///
/// # Errors
/// [`Error::Unauthorized`] for a token that is not good, or somebody else's.
pub async fn refresh(door: &Arc<Door>, crowd: &Crowd, client: &Client, said: &Said) -> Result<Option<Ack>> {
    let AuthRefresh { token } = said.fields("an object with `token`, a text")?;
    let caller = door.gate.authenticate(&token).await?;
    if caller.organization_id != client.organization_id || identity(&caller) != identity(&client.caller()) {
        return Err(Error::Unauthorized);
    }
    client.set_caller(Arc::new(caller));
    let _ = client.patiently(|| client.acknowledge(said.ack, &Ack::done())).await;
    let sync = |position| door.tell_sync(client, SyncReason::TokenRefresh, None, position);
    let _ = client.patiently(|| crowd.at_position(client, sync)).await;
    Ok(None)
}

/// Whose token it is, whichever session signed it.
const fn identity(caller: &Caller) -> (Uuid, Option<Uuid>) {
    match caller.who {
        Who::User { id, .. } => (id.0, None),
        Who::ApiKey { id, .. } => (id.0, None),
        Who::Guest { contact_id, chat_id } => (contact_id.0, Some(chat_id.0)),
    }
}
