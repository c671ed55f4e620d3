//! What operators do with tickets: make and change them; and letting them go on where a chat does not.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::chats::given;
use super::{Inbox, journal};
use crate::chat::{Priority, store as chats};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::{ChatId, OrganizationId, TicketId, UserId};
use crate::operator::store::membership;
use crate::operator::{Caller, Role};
use crate::ticket::{Ticket, TicketStatus, store};
use crate::time::Millis;

const LONGEST_TITLE: usize = 200;
const LONGEST_DESCRIPTION: usize = 10_000;

/// A ticket to make; it starts as `open`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewTicket {
    #[schema(value_type = Option<ChatId>)]
    pub chat_id: Option<String>,
    /// 1 to 200 characters.
    #[schema(example = "Refund order 4711")]
    pub title: String,
    /// Up to 10,000 characters.
    pub description: Option<String>,
    /// `normal` unless given.
    pub priority: Option<Priority>,
    #[schema(value_type = Option<UserId>)]
    pub assigned_user_id: Option<String>,
}

/// What to change; a field that is left out stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TicketChange {
    /// 1 to 200 characters.
    pub title: Option<String>,
    /// Up to 10,000 characters.
    pub description: Option<String>,
    pub status: Option<TicketStatus>,
    pub priority: Option<Priority>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<UserId>)]
    pub assigned_user_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ChatId>)]
    pub chat_id: Option<Option<String>>,
}

impl Inbox {
    /// Makes a ticket with the organization's next number.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::ChatNotFound`], and [`Error::NotFound`] for an assignee who is no active member.
    pub async fn create_ticket(&self, caller: &Caller, new: NewTicket) -> Result<Ticket> {
        caller.require(Role::User)?;
        let organization_id = caller.organization_id;
        let title = checked_title(&new.title)?;
        let description = checked_description(new.description.unwrap_or_default())?;
        let chat_id = new.chat_id.as_deref().map(chat_named).transpose()?;
        let assigned_user_id = new.assigned_user_id.as_deref().map(user_named).transpose()?;
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        require_there(connection, organization_id, chat_id, assigned_user_id).await?;
        let now = Millis(self.clock.now());
        let ticket = Ticket {
            id: TicketId::new(),
            number: store::next_number(connection, organization_id).await?,
            chat_id,
            title,
            description,
            status: TicketStatus::Open,
            priority: new.priority.unwrap_or(Priority::Normal),
            assigned_user_id,
            created_by: caller.user_id(),
            created_at: now,
            updated_at: now,
            closed_at: None,
        };
        store::insert(connection, organization_id, &ticket).await?;
        let event = Event::TicketNew(organization_id, Box::new(ticket.clone()));
        let journalled = journal::write(connection, &self.cursors, &[event]).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        Ok(ticket)
    }

    /// Changes a ticket, and tells it where something changed.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the ticket or an assignee who is no active member, [`Error::ChatNotFound`],
    /// [`Error::Invalid`].
    pub async fn change_ticket(&self, caller: &Caller, id: TicketId, change: TicketChange) -> Result<Ticket> {
        caller.require(Role::User)?;
        let organization_id = caller.organization_id;
        let title = change.title.as_deref().map(checked_title).transpose()?;
        let description = change.description.map(checked_description).transpose()?;
        let chat_id = change.chat_id.map(|id| id.as_deref().map(chat_named).transpose()).transpose();
        let assignee = change.assigned_user_id.map(|id| id.as_deref().map(user_named).transpose()).transpose();
        // an unknown ticket is said before an unknown chat or user
        let found = store::find(&self.pool, organization_id, id).await?;
        found.ok_or(Error::NotFound("ticket"))?;
        let (chat_id, assignee) = (chat_id?, assignee?);
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        require_there(connection, organization_id, chat_id.flatten(), assignee.flatten()).await?;
        let stored = store::lock(connection, organization_id, id).await?.ok_or(Error::NotFound("ticket"))?;
        let mut ticket = stored.clone();
        ticket.title = title.unwrap_or(ticket.title);
        ticket.description = description.unwrap_or(ticket.description);
        ticket.priority = change.priority.unwrap_or(ticket.priority);
        ticket.assigned_user_id = assignee.unwrap_or(ticket.assigned_user_id);
        ticket.chat_id = chat_id.unwrap_or(ticket.chat_id);
        let now = Millis(self.clock.now());
        if let Some(status) = change.status.filter(|status| *status != ticket.status) {
            ticket.status = status;
            ticket.closed_at = (status == TicketStatus::Closed).then_some(now);
        }
        if ticket == stored {
            return Ok(stored);
        }
        ticket.updated_at = now;
        store::set(connection, organization_id, &ticket).await?;
        let event = Event::TicketUpdated(organization_id, Box::new(ticket.clone()));
        let journalled = journal::write(connection, &self.cursors, &[event]).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        Ok(ticket)
    }
}

/// Lets the tickets of locked chats that go belong to another chat, or to none; gives the events that tell of it.
///
/// # Errors
/// Those of the database.
pub(super) async fn outlive(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    gone: &[Uuid],
    into: Option<ChatId>,
    now: DateTime<Utc>,
) -> Result<Vec<Event>> {
    let tickets = store::move_all(connection, organization_id, gone, into, now).await?;
    Ok(tickets.into_iter().map(|ticket| Event::TicketUpdated(organization_id, Box::new(ticket))).collect())
}

/// Locks the chat that a ticket is put to, and sees that its assignee is a member.
async fn require_there(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    chat_id: Option<ChatId>,
    user_id: Option<UserId>,
) -> Result<()> {
    if let Some(chat_id) = chat_id
        && !chats::lock(connection, organization_id, chat_id).await?
    {
        return Err(Error::ChatNotFound);
    }
    if let Some(user_id) = user_id
        && !membership::is_member(connection, organization_id, user_id).await?
    {
        return Err(Error::NotFound("user"));
    }
    Ok(())
}

fn chat_named(id: &str) -> Result<ChatId> {
    id.parse().map_err(|_| Error::ChatNotFound)
}

fn user_named(id: &str) -> Result<UserId> {
    id.parse().map_err(|_| Error::NotFound("user"))
}

fn checked_title(title: &str) -> Result<String> {
    let title = title.trim();
    if title.is_empty() || title.chars().count() > LONGEST_TITLE || title.chars().any(char::is_control) {
        return Err(Error::invalid("title", format!("Give one line of 1 to {LONGEST_TITLE} characters.")));
    }
    Ok(title.to_owned())
}

fn checked_description(description: String) -> Result<String> {
    if description.chars().count() > LONGEST_DESCRIPTION {
        return Err(Error::invalid("description", format!("Give at most {LONGEST_DESCRIPTION} characters.")));
    }
    Ok(description)
}
