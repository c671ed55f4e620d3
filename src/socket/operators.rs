//! What operators may say on `/`. Who says it comes from the session, never from the payload.

use std::sync::Arc;

use uuid::Uuid;

use super::client::{Client, Unsent};
use super::crowd::{Crowd, Joined, MOST_SUBSCRIPTIONS, Start};
use super::hear::Said;
use super::payload::{Ack, AuthRefresh, ChatNamed, OwnChat, ReadUpTo, Resync, Resynced, SyncReason};
use super::replay::{Missed, Sees};
use super::space::Whisper;
use super::typing::Typing;
use super::{Door, delta, payload};
use crate::chat;
use crate::error::{Error, Result};
use crate::event::room;
use crate::id::{ChatId, MessageId, UserId};
use crate::inbox::live::{Passing, Typist, What};
use crate::operator::{Caller, Who, store::user};

/// What is understood.
pub const EVENTS: &[&str] = &[
    "subscribe:chat",
    "unsubscribe:chat",
    "subscribe:chat:delta",
    "unsubscribe:chat:delta",
    "typing:start",
    "typing:stop",
    "messages:read",
    "resync",
    "auth:refresh",
];

/// Does what an event asks; `None` where it was acknowledged on the way.
///
/// # Errors
/// Why it was not done.
pub async fn answer(door: &Arc<Door>, crowd: &Arc<Crowd>, client: &Arc<Client>, said: &Said) -> Result<Option<Ack>> {
    let ack = match said.event.as_str() {
        "subscribe:chat" => {
            let chat_id = own_chat(door, crowd, client, said).await?;
            follow(crowd, client, room::chat(chat_id))?;
            speak(client, "me:joined:chat", chat_id).await;
            Ack::chat(chat_id)
        }
        "unsubscribe:chat" => {
            let chat_id = own_chat(door, crowd, client, said).await?;
            crowd.unsubscribe(client, &room::chat(chat_id));
            door.typists.stop(client.id, chat_id);
            speak(client, "me:left:chat", chat_id).await;
            Ack::chat(chat_id)
        }
        "subscribe:chat:delta" => {
            let chat_id = own_chat(door, crowd, client, said).await?;
            follow(crowd, client, delta::room(chat_id))?;
            Ack::chat(chat_id)
        }
        "unsubscribe:chat:delta" => {
            let chat_id = own_chat(door, crowd, client, said).await?;
            crowd.unsubscribe(client, &delta::room(chat_id));
            Ack::chat(chat_id)
        }
        "typing:start" => {
            let chat_id = own_chat(door, crowd, client, said).await?;
            let user_id = user_of(client)?;
            let name = client.name.get_or_try_init(|| name_of(door, client, user_id)).await?.clone();
            let typist = Typist::User(user_id);
            door.typists.start(client.id, Typing { organization_id: client.organization_id, chat_id, typist, name });
            Ack::DONE
        }
        "typing:stop" => {
            let chat_id = own_chat(door, crowd, client, said).await?;
            door.typists.stop(client.id, chat_id);
            Ack::DONE
        }
        "messages:read" => {
            let (chat_id, message_id) = read_up_to(said)?;
            door.inbox.read(&client.caller(), chat_id, message_id).await?;
            Ack::DONE
        }
        "resync" => return resync(door, crowd, client, said).await,
        "auth:refresh" => return refresh(door, crowd, client, said).await,
        _ => return Err(Error::Malformed("There is no such event.".into())),
    };
    Ok(Some(ack))
}

/// The chat that the payload names: one of the caller's organization. Whoever is in its room has proven that.
async fn own_chat(door: &Door, crowd: &Crowd, client: &Client, said: &Said) -> Result<ChatId> {
    let ChatNamed { chat_id } = said.fields("an object with `chatId`, a text")?;
    let chat_id: ChatId = chat_id.parse().map_err(|_| Error::ChatNotFound)?;
    if crowd.is_in(client, &room::chat(chat_id)) || crowd.is_in(client, &delta::room(chat_id)) {
        return Ok(chat_id);
    }
    match chat::store::find(&door.inbox.pool, client.organization_id, chat_id).await? {
        Some(_) => Ok(chat_id),
        None => Err(Error::ChatNotFound),
    }
}

fn follow(crowd: &Crowd, client: &Arc<Client>, room: String) -> Result<()> {
    match crowd.subscribe(client, room) {
        Joined::Yes | Joined::Gone => Ok(()),
        Joined::TooMany => {
            tracing::debug!(connection = %client.id, most = MOST_SUBSCRIPTIONS, "a socket follows too many chats");
            Err(Error::RateLimited(std::time::Duration::from_secs(1)))
        }
    }
}

/// Tells the connection itself.
async fn speak(client: &Client, event: &str, chat_id: ChatId) {
    let _ = client.patiently(|| client.tell(event, &OwnChat { chat_id })).await;
}

fn user_of(client: &Client) -> Result<UserId> {
    client.user_id().ok_or_else(|| Error::Forbidden("This needs a user; an API key is nobody.".into()))
}

async fn name_of(door: &Door, client: &Client, user_id: UserId) -> Result<String> {
    let member = user::find_member(&door.inbox.pool, client.organization_id, user_id).await?;
    Ok(member.ok_or(Error::Unauthorized)?.name)
}

fn read_up_to(said: &Said) -> Result<(ChatId, Option<MessageId>)> {
    let ReadUpTo { chat_id, message_id } = said.fields("an object with `chatId` and perhaps `messageId`, texts")?;
    let message_id = message_id.map(|id| id.parse().map_err(|_| Error::NotFound("message"))).transpose()?;
    Ok((chat_id.parse().map_err(|_| Error::ChatNotFound)?, message_id))
}

/// Sends again what came after a cursor, in the connection's live flow's place, and acknowledges before that goes on.
async fn resync(door: &Arc<Door>, crowd: &Crowd, client: &Client, said: &Said) -> Result<Option<Ack>> {
    let Resync { cursor } = said.fields("an object with `cursor`, a text")?;
    let missed = door.missed(client, &cursor).await?;
    let cursor_at = |position| door.inbox.cursors.write(client.organization_id, position);
    let acknowledge = |position, replayed, gap| {
        let ack = Ack::Resynced(Resynced { ok: true, replayed, cursor: cursor_at(position), gap });
        client.acknowledge(said.ack, &ack)
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
                client.tell("sync:required", &door.sync(client, SyncReason::Gap, None, position))?;
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
async fn refresh(door: &Arc<Door>, crowd: &Crowd, client: &Client, said: &Said) -> Result<Option<Ack>> {
    let AuthRefresh { token } = said.fields("an object with `token`, a text")?;
    let caller = door.gate.authenticate(&token).await?;
    if caller.organization_id != client.organization_id || identity(&caller) != identity(&client.caller()) {
        return Err(Error::Unauthorized);
    }
    client.set_caller(caller);
    let _ = client.patiently(|| client.acknowledge(said.ack, &Ack::DONE)).await;
    let sync = |position| client.tell("sync:required", &door.sync(client, SyncReason::TokenRefresh, None, position));
    let _ = client.patiently(|| crowd.at_position(client, sync)).await;
    Ok(None)
}

/// Whose token it is, whichever session signed it.
const fn identity(caller: &Caller) -> Uuid {
    match caller.who {
        Who::User { id, .. } => id.0,
        Who::ApiKey { id, .. } => id.0,
        Who::Guest { chat_id, .. } => chat_id.0,
    }
}

/// Something passing in the words of `/`.
pub fn whisper(passing: &Passing) -> Vec<Whisper> {
    let said = match &passing.what {
        What::Typing { chat_id, typist, name, is_typing } => {
            let (user_id, contact_id) = match *typist {
                Typist::User(id) => (Some(id), None),
                Typist::Contact(id) => (None, Some(id)),
            };
            let data = payload::Typing { chat_id: *chat_id, user_id, contact_id, name };
            let event = if *is_typing { "typing:start" } else { "typing:stop" };
            vec![Whisper::new(event, vec![room::chat(*chat_id)], &data, Some(*typist))]
        }
        What::Member { chat_id, user_id, joined, count, version } => {
            let (chat_id, user_id, count, version) = (*chat_id, *user_id, *count, *version);
            let rooms = || vec![room::chat(chat_id), delta::room(chat_id)];
            let change = match joined {
                Some(profile) => {
                    let joined = payload::MemberJoined { chat_id, user_id, profile, version };
                    Whisper::new("chat:member:joined", rooms(), &joined, None)
                }
                None => {
                    let left = payload::MemberLeft { chat_id, user_id, version };
                    Whisper::new("chat:member:left", rooms(), &left, None)
                }
            };
            let updated = payload::OnlineUpdated { chat_id, count, version };
            vec![change, Whisper::new("chat:online:updated", rooms(), &updated, None)]
        }
        What::OnlineTotal { total } => {
            let data = payload::OnlineTotal { total: *total };
            vec![Whisper::new("online:total:updated", vec![room::organization(passing.organization_id)], &data, None)]
        }
        What::User { .. } => Vec::new(),
    };
    said.into_iter().flatten().collect()
}
