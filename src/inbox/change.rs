//! Changing messages: operators edit and delete what they wrote, and react to anything.
//!
//! What a network has already is changed there first and then here: such a change sets a state, so that doing it again after
//! a failure in between does no harm.

use std::sync::Arc;
use std::time::Duration;

use contract::{Change, Feature, MessageType, OutgoingChange, SendError};
use sqlx::PgConnection;

use super::{Inbox, journal, present};
use crate::channel::OpenChannel;
use crate::chat::{self, store as chats};
use crate::contact::store as contacts;
use crate::error::{Error, Result};
use crate::event::{Event, MessageStatusChange};
use crate::id::{ChannelId, ChatId, MessageId, UserId};
use crate::message::store as messages;
use crate::message::{Message, MessageError, MessageStatus, Row};
use crate::operator::store::user;
use crate::operator::{Caller, Role, Who};
use crate::outbound::store as outbound;
use crate::time::Millis;

/// The longest emoji, in bytes: families joined of several people have some thirty.
const LONGEST_EMOJI: usize = 64;
/// A network that does not keep its own promise to answer within 30 s is cut off.
const CALL: Duration = Duration::from_secs(32);
/// Code of a message that was deleted before it left.
const DELETED: &str = "DELETED";

/// A change to come.
struct Plan {
    row: Row,
    chat: chat::Row,
    channel: Arc<OpenChannel>,
    feature: Feature,
    place: Place,
}

/// Where a message is, as far as a change is concerned.
#[derive(PartialEq)]
enum Place {
    /// With us alone: a note, a queued or failed message, a network without an outside.
    Here,
    /// At the network, under this id.
    Outside(String),
}

impl Inbox {
    /// Gives a message of the organization's own another text, or caption.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`] where it or its channel cannot, [`Error::TooLarge`],
    /// [`Error::Conflict`] while it is being sent; [`Error::ChannelUnavailable`] where the network does not answer.
    pub async fn edit_message(&self, caller: &Caller, id: MessageId, content: &str) -> Result<Message> {
        let plan = self.plan(caller, id, Feature::Edit).await?;
        own(caller, &plan.row, "edited")?;
        let kind: MessageType = plan.row.kind.parse().unwrap_or(MessageType::Unsupported);
        super::send::check::edited(kind, plan.row.private, content, plan.channel.network.capabilities())?;
        plan.change_outside(self, Change::Edit { content: content.to_owned() }).await?;
        self.change_here(caller, &plan, async |connection, row| {
            let at = self.clock.now();
            let metadata = without_entities(&row.metadata);
            if messages::set_content(connection, MessageId(row.id), content, &metadata, at).await? {
                content.clone_into(&mut row.content);
                row.metadata = metadata;
                row.edited_at = Some(at);
            }
            Ok(None)
        })
        .await
    }

    /// Deletes a message of the organization's own, for everybody; one that has not left yet never does.
    ///
    /// # Errors
    /// As [`Inbox::edit_message`].
    pub async fn delete_message(&self, caller: &Caller, id: MessageId) -> Result<()> {
        let plan = self.plan(caller, id, Feature::Delete).await?;
        own(caller, &plan.row, "deleted")?;
        plan.change_outside(self, Change::Delete).await?;
        self.change_here(caller, &plan, async |connection, row| {
            let at = self.clock.now();
            if messages::set_deleted(connection, MessageId(row.id), at).await? {
                row.deleted_at = Some(at);
            }
            if row.status() != MessageStatus::Queued {
                return Ok(None);
            }
            let error = MessageError { code: DELETED.into(), message: "It was deleted before it was sent.".into() };
            outbound::remove(&mut *connection, row.id).await?;
            messages::set_failed(connection, MessageId(row.id), &error).await?;
            MessageStatus::Failed.as_str().clone_into(&mut row.status);
            row.error_code = Some(error.code.clone());
            row.error_message = Some(error.message.clone());
            let assigned = chats::list_assigned(connection, &[row.chat_id]).await?;
            Ok(Some(Event::MessageStatus(MessageStatusChange {
                message_id: MessageId(row.id),
                chat_id: ChatId(row.chat_id),
                status: MessageStatus::Failed,
                error: Some(error),
                timestamp: Millis(at),
                organization_id: caller.organization_id,
                assigned_user_id: assigned.first().and_then(|(_, user_id)| user_id.map(UserId)),
            })))
        })
        .await
        .map(|_| ())
    }

    /// Puts an emoji on a message in place of the caller's earlier one; an empty one removes it. The outside sees one reaction
    /// of the whole team, so that on a network with an outside it replaces a colleague's.
    ///
    /// # Errors
    /// As [`Inbox::edit_message`].
    pub async fn react(&self, caller: &Caller, id: MessageId, emoji: Option<&str>) -> Result<Message> {
        let emoji = checked_emoji(emoji)?;
        let plan = self.plan(caller, id, Feature::Reaction).await?;
        plan.change_outside(self, Change::React { emoji: emoji.map(str::to_owned) }).await?;
        let (actor, name) = match caller.who {
            Who::User { id, .. } => (format!("user:{id}"), user::find_name(&self.pool, id).await?),
            Who::ApiKey { id, .. } => (format!("user:{id}"), None),
            Who::Guest { .. } => return Err(Error::Forbidden("Reactions are for operators.".into())),
        };
        let emojis: Vec<String> = emoji.map(str::to_owned).into_iter().collect();
        self.change_here(caller, &plan, async |connection, row| {
            let id = MessageId(row.id);
            if matches!(plan.place, Place::Outside(_)) {
                messages::delete_own_reactions(connection, id, &actor).await?;
            }
            messages::set_reactions(connection, id, &actor, name.as_deref(), &emojis, self.clock.now()).await?;
            Ok(None)
        })
        .await
    }

    /// What a caller's change of a message would change, and where.
    async fn plan(&self, caller: &Caller, id: MessageId, feature: Feature) -> Result<Plan> {
        caller.require(Role::User)?;
        let unknown = || Error::NotFound("message");
        let row = messages::find(&self.pool, caller.organization_id, id).await?.ok_or_else(unknown)?;
        let chat = chats::find(&self.pool, caller.organization_id, ChatId(row.chat_id)).await?.ok_or_else(unknown)?;
        let channel = self.own_channel(caller.organization_id, ChannelId(row.channel_id)).await?;
        let place = place(&row, &channel, feature)?;
        Ok(Plan { row, chat, channel, feature, place })
    }

    /// Changes the locked message and tells it, with what else the change tells.
    async fn change_here<F>(&self, caller: &Caller, plan: &Plan, change: F) -> Result<Message>
    where
        F: AsyncFnOnce(&mut PgConnection, &mut Row) -> Result<Option<Event>>,
    {
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        if !chats::lock(connection, caller.organization_id, ChatId(plan.row.chat_id)).await? {
            return Err(Error::NotFound("message"));
        }
        if matches!(plan.place, Place::Here)
            && outbound::lock_underway(connection, plan.row.chat_id, plan.row.id).await?
        {
            return Err(Error::conflict("This message is being sent right now; try again in a moment."));
        }
        let locked = messages::lock_by_ids(&mut *connection, &[plan.row.id]).await?.pop();
        let mut row = locked.ok_or(Error::NotFound("message"))?;
        if place(&row, &plan.channel, plan.feature)? != plan.place {
            return Err(Error::conflict("This message was sent meanwhile; try again."));
        }
        let more = change(connection, &mut row).await?;
        let message = present::messages(self, connection, vec![row]).await?.pop();
        let message = message.ok_or(Error::NotFound("message"))?;
        let mut events = vec![Event::MessageUpdated(Box::new(message.clone()))];
        events.extend(more);
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        Ok(message)
    }
}

impl Plan {
    async fn change_outside(&self, inbox: &Inbox, change: Change) -> Result<()> {
        let Place::Outside(message_external_id) = &self.place else { return Ok(()) };
        let Self { row, chat, channel, .. } = self;
        let sender = match row.sender_contact_id.filter(|_| chat.is_group) {
            Some(id) => contacts::find_external_id(&inbox.pool, id).await?,
            None => None,
        };
        let answered = if row.from_me && channel.network.capabilities().context {
            messages::find_last_incoming(&inbox.pool, ChatId(row.chat_id), row.seq).await?
        } else {
            None
        };
        let change = OutgoingChange {
            chat_external_id: chat.external_id.clone(),
            is_group: chat.is_group,
            message_external_id: message_external_id.clone(),
            from_me: row.from_me,
            sender_external_id: sender,
            kind: row.kind.parse().unwrap_or(MessageType::Unsupported),
            context: serde_json::from_str(&row.metadata).unwrap_or_default(),
            answered: answered.and_then(|last| serde_json::from_str(&last.metadata).ok()).unwrap_or_default(),
            change,
        };
        let answer = tokio::time::timeout(CALL, channel.network.change(&channel.account, &change)).await;
        answer.unwrap_or_else(|_| Err(SendError::Unknown { message: "no answer in time".into() })).map_err(refused)
    }
}

/// Where the message is to be changed, if its channel can.
fn place(row: &Row, channel: &OpenChannel, feature: Feature) -> Result<Place> {
    if row.deleted_at.is_some() {
        return Err(Error::conflict("This message is deleted; there is nothing left to change."));
    }
    let capabilities = channel.network.capabilities();
    let waits = matches!(row.status(), MessageStatus::Queued | MessageStatus::Failed);
    let unsent = row.from_me && row.external_id.is_none() && waits && feature != Feature::Reaction;
    if unsent || row.private || capabilities.instant || row.kind == MessageType::System.as_str() {
        return Ok(Place::Here);
    }
    if !capabilities.does.contains(&feature) {
        let what = match feature {
            Feature::Edit => "change messages that were sent",
            Feature::Delete => "take messages back",
            _ => "carry reactions",
        };
        return Err(Error::invalid("id", format!("This channel cannot {what}.")));
    }
    let outside = row.external_id.clone().map(Place::Outside);
    outside.ok_or_else(|| Error::conflict("This message has not reached the network yet; try again when it has."))
}

/// Only what the organization wrote, and a note only by who wrote it or a moderator.
fn own(caller: &Caller, row: &Row, done: &str) -> Result<()> {
    if !row.from_me || row.kind == MessageType::System.as_str() {
        return Err(Error::invalid("id", format!("Only your own side's messages can be {done}.")));
    }
    let author = row.sender_user_id.map(UserId);
    if row.private && author.is_some() && author != caller.user_id() && caller.require(Role::Moderator).is_err() {
        return Err(Error::Forbidden("A private note is changed by who wrote it, or by a moderator.".into()));
    }
    Ok(())
}

/// Entities mark places of the text that was; they do not fit another one.
fn without_entities(metadata: &str) -> String {
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(metadata) {
        Ok(mut fields) if fields.contains_key("entities") => {
            fields.remove("entities");
            serde_json::Value::Object(fields).to_string()
        }
        _ => metadata.to_owned(),
    }
}

fn checked_emoji(emoji: Option<&str>) -> Result<Option<&str>> {
    let Some(emoji) = emoji.map(str::trim).filter(|emoji| !emoji.is_empty()) else { return Ok(None) };
    let plain =
        emoji.chars().all(|letter| !letter.is_control() && !letter.is_whitespace() && !letter.is_ascii_alphabetic());
    if emoji.len() > LONGEST_EMOJI || !plain {
        return Err(Error::invalid("emoji", "Give one emoji, or an empty text to remove yours."));
    }
    Ok(Some(emoji))
}

/// A network's refusal, for the operator who waits.
fn refused(refusal: SendError) -> Error {
    match refusal {
        SendError::Refused { code, message } | SendError::Alarming { code, message } => {
            Error::invalid("id", format!("The network refused: {message} ({code})"))
        }
        SendError::Retry { after: Some(after), .. } => Error::RateLimited(after),
        SendError::Retry { code, message, after: None, .. } | SendError::AccountRefused { code, message } => {
            Error::ChannelUnavailable(format!("The network cannot do it now: {message} ({code})"))
        }
        SendError::Unknown { message } => Error::ChannelUnavailable(format!(
            "The network did not say whether it did it ({message}); doing it again does no harm."
        )),
        SendError::ChatMoved { .. } => {
            Error::ChannelUnavailable("The chat has just moved to another id; try again in a moment.".into())
        }
    }
}
