//! What operators may say on `/`. Who says it comes from the session, never from the payload.

use std::borrow::Cow;
use std::sync::Arc;

use contract::ChannelStatus;
use serde::Deserialize;

use super::client::Client;
use super::crowd::Crowd;
use super::hear::Said;
use super::payload::{Ack, ChatNamed, OwnChat, ReadUpTo};
use super::space::{Saying, Telling, Whisper};
use super::{Door, common, delta, payload, present};
use crate::error::{Error, Result};
use crate::event::room;
use crate::id::{ChannelId, ChatId, MessageId};
use crate::inbox::live::{Passing, Typist, What};
use crate::inbox::typing::Typing;

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
            let chat_id = named(door, crowd, client, said).await?;
            return present::subscribe(door, crowd, client, said, chat_id).await;
        }
        "unsubscribe:chat" => {
            let chat_id = named(door, crowd, client, said).await?;
            present::unsubscribe(door, crowd, client, chat_id).await;
            speak(client, "me:left:chat", chat_id).await;
            Ack::chat(chat_id)
        }
        "subscribe:chat:delta" => {
            let chat_id = named(door, crowd, client, said).await?;
            return present::watch(door, crowd, client, said, chat_id).await;
        }
        "unsubscribe:chat:delta" => {
            let chat_id = named(door, crowd, client, said).await?;
            crowd.unsubscribe(client, &delta::room(chat_id));
            Ack::chat(chat_id)
        }
        "typing:start" => {
            let chat_id = named(door, crowd, client, said).await?;
            let typist = Typist::User(client.user_id().ok_or_else(common::nobody)?);
            let name = common::name(door, client).await?;
            door.inbox
                .typists
                .start(client.id, Typing { organization_id: client.organization_id, chat_id, typist, name });
            Ack::done()
        }
        "typing:stop" => {
            let chat_id = named(door, crowd, client, said).await?;
            door.inbox.typists.stop(client.id, chat_id);
            Ack::done()
        }
        "messages:read" => {
            let (chat_id, message_id) = read_up_to(said)?;
            door.inbox.read(&client.caller(), chat_id, message_id).await?;
            Ack::done()
        }
        "resync" => return common::resync(door, crowd, client, said).await,
        "auth:refresh" => return common::refresh(door, crowd, client, said).await,
        _ => return Err(Error::Malformed("There is no such event.".into())),
    };
    Ok(Some(ack))
}

/// The chat that the payload names.
async fn named(door: &Door, crowd: &Crowd, client: &Client, said: &Said) -> Result<ChatId> {
    let ChatNamed { chat_id } = said.fields("an object with `chatId`, a text")?;
    common::own_chat(door, crowd, client, &chat_id).await
}

/// Tells the connection itself.
async fn speak(client: &Client, event: &str, chat_id: ChatId) {
    let _ = client.patiently(|| client.tell(event, &OwnChat { chat_id })).await;
}

fn read_up_to(said: &Said) -> Result<(ChatId, Option<MessageId>)> {
    let ReadUpTo { chat_id, message_id } = said.fields("an object with `chatId` and perhaps `messageId`, texts")?;
    let message_id = message_id.map(|id| id.parse().map_err(|_| Error::NotFound("message"))).transpose()?;
    Ok((chat_id.parse().map_err(|_| Error::ChatNotFound)?, message_id))
}

/// An event of the journal: as it is journalled.
#[must_use]
pub fn say<'a>(telling: &Telling<'a>) -> Saying<'a> {
    let event = telling.event;
    let data = with_code(telling).map_or(Cow::Borrowed(&*event.data), Cow::Owned);
    Saying { event: Cow::Borrowed(&event.name), data, delivers: None }
}

/// `channel:updated` shows the code to scan while there is one; the journal never holds it.
fn with_code(telling: &Telling<'_>) -> Option<String> {
    #[derive(Deserialize)]
    struct Waiting {
        id: ChannelId,
        status: ChannelStatus,
    }
    let event = telling.event;
    if &*event.name != "channel:updated" {
        return None;
    }
    let channel: Waiting = serde_json::from_str(&event.data).ok()?;
    let code = telling.pairing.code(channel.id).filter(|_| channel.status == ChannelStatus::Qr)?;
    let code = serde_json::to_string(&code).ok()?;
    Some(format!("{},\"qr\":{code}}}", event.data.strip_suffix('}')?))
}

/// Where changes of a chat's members are told.
fn watched(chat_id: ChatId) -> Vec<String> {
    vec![room::chat(chat_id), delta::room(chat_id)]
}

/// `chat:online:updated`.
#[must_use]
pub fn online_updated(chat_id: ChatId, count: u64, version: i64) -> Option<Whisper> {
    let updated = payload::OnlineUpdated { chat_id, count, version };
    Some(Whisper::new("chat:online:updated", watched(chat_id), &updated, None)?.changes(chat_id, version))
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
            let rooms = || watched(chat_id);
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
            vec![change.map(|change| change.changes(chat_id, version)), online_updated(chat_id, count, version)]
        }
        What::OnlineTotal { total } => {
            let data = payload::OnlineTotal { total: *total };
            vec![Whisper::new("online:total:updated", vec![room::organization(passing.organization_id)], &data, None)]
        }
        What::User { .. } => Vec::new(),
    };
    said.into_iter().flatten().collect()
}
