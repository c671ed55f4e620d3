//! The namespace `/chat`: what visitors and operators may say in the words of customer-facing apps. Who says it comes from
//! the session, never from the payload; a visitor has its own chat and no other.

pub mod payload;
mod send;
mod words;

use std::sync::Arc;

use super::Door;
use super::client::Client;
use super::crowd::Crowd;
use super::hear::Said;
use super::payload::Ack;
use super::{common, notifications, present};
use crate::error::{Error, Result};
use crate::id::ChatId;
use crate::inbox::live::Typist;
use crate::inbox::typing::Typing;
use crate::operator::Who;

pub use words::{say, visitors_of, whisper};

/// What is understood.
pub const EVENTS: &[&str] = &[
    "chat:join",
    "chat:leave",
    "chat:message:send",
    "chat:typing",
    "chat:message:read",
    "notification:read",
    "resync",
    "auth:refresh",
];

/// Does what an event asks; `None` where it was acknowledged on the way.
///
/// # Errors
/// Why it was not done.
pub async fn answer(door: &Arc<Door>, crowd: &Arc<Crowd>, client: &Arc<Client>, said: &Said) -> Result<Option<Ack>> {
    let ack = match said.event.as_str() {
        "chat:join" => {
            let payload::ChatNamed { chat_id } = said.fields("an object with `chat_id`, a text")?;
            let chat_id = own_chat(door, crowd, client, &chat_id).await?;
            present::join(door, crowd, client, chat_id).await?;
            Ack::of(&payload::Membership { status: "joined", chat_id })
        }
        "chat:leave" => {
            let payload::ChatNamed { chat_id } = said.fields("an object with `chat_id`, a text")?;
            let chat_id = own_chat(door, crowd, client, &chat_id).await?;
            // a visitor's chat is all that it has: it stays told of it
            if client.is_visitor() {
                door.inbox.typists.stop(client.id, chat_id);
            } else {
                present::unsubscribe(door, crowd, client, chat_id).await;
            }
            Ack::of(&payload::Membership { status: "left", chat_id })
        }
        "chat:message:send" => Ack::of(&send::send(door, client, said).await?),
        "chat:typing" => {
            let payload::Types { chat_id, is_typing } = said.fields("an object with `chat_id` and `is_typing`")?;
            let chat_id = own_chat(door, crowd, client, &chat_id).await?;
            if is_typing {
                let (organization_id, typist) = (client.organization_id, typist(client)?);
                let name = common::name(door, client).await?;
                door.inbox.typists.start(client.id, Typing { organization_id, chat_id, typist, name });
            } else {
                door.inbox.typists.stop(client.id, chat_id);
            }
            Ack::of(&payload::Done { status: "ok" })
        }
        "chat:message:read" => {
            let reads: payload::Reads = said.fields("an object with `chat_id` and perhaps `message_id`, texts")?;
            let message_id =
                reads.message_id.map(|id| id.parse().map_err(|_| Error::NotFound("message"))).transpose()?;
            let chat_id = reads.chat_id.parse().map_err(|_| Error::ChatNotFound)?;
            door.inbox.read(&client.caller(), chat_id, message_id).await?;
            Ack::of(&payload::Done { status: "ok" })
        }
        "notification:read" => notifications::read(door, client, said).await?,
        "resync" => return common::resync(door, crowd, client, said).await,
        "auth:refresh" => return common::refresh(door, crowd, client, said).await,
        _ => return Err(Error::Malformed("There is no such event.".into())),
    };
    Ok(Some(ack))
}

/// The chat that is named: a visitor's own, or one of the caller's organization.
async fn own_chat(door: &Door, crowd: &Crowd, client: &Client, chat_id: &str) -> Result<ChatId> {
    match client.caller().who {
        Who::Guest { chat_id: own, .. } => chat_id.parse().ok().filter(|id| *id == own).ok_or(Error::ChatNotFound),
        Who::User { .. } | Who::ApiKey { .. } => common::own_chat(door, crowd, client, chat_id).await,
    }
}

fn typist(client: &Client) -> Result<Typist> {
    match client.caller().who {
        Who::User { id, .. } => Ok(Typist::User(id)),
        Who::Guest { contact_id, .. } => Ok(Typist::Contact(contact_id)),
        Who::ApiKey { .. } => Err(common::nobody()),
    }
}
