//! What operators do with a chat as a whole: change, claim, release, delete it; and waking those whose snooze is over.

use std::str::FromStr;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{Inbox, journal, notify, tickets};
use crate::chat::{Chat, ChatStatus, Priority, Row, store as chats};
use crate::error::{Error, Result};
use crate::event::{ChatDeleted, Event};
use crate::id::{ChatId, OrganizationId, TeamId, UserId};
use crate::operator::store::{membership, user};
use crate::operator::{Caller, Role, Who};
use crate::team::store as teams;

/// Labels of one chat, and characters of one label.
const LABELS: usize = 50;
const LABEL_LENGTH: usize = 64;

/// What to change; a field that is left out stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatChange {
    pub status: Option<ChatStatus>,
    pub priority: Option<Priority>,
    pub labels: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub assigned_user_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub team_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub snoozed_until: Option<Option<DateTime<Utc>>>,
}

/// Tells `null` from a field that was left out.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Inbox {
    /// Changes a chat's state.
    ///
    /// # Errors
    /// [`Error::ChatNotFound`], [`Error::Invalid`]; [`Error::NotFound`] for an assignee who is no active member, and for a team
    /// of others.
    pub async fn change_chat(&self, caller: &Caller, id: ChatId, change: ChatChange) -> Result<Chat> {
        caller.require(Role::User)?;
        let labels = change.labels.map(checked_labels).transpose()?;
        let assignee = read_id::<UserId>(change.assigned_user_id, "user")?;
        let team = read_id::<TeamId>(change.team_id, "team")?;
        let now = self.clock.now();
        if let Some(Some(until)) = change.snoozed_until
            && until <= now
        {
            return Err(Error::invalid("snoozedUntil", "Give a time that is still to come."));
        }
        self.with_chat(caller, id, async |connection, row| {
            if let Some(Some(user_id)) = assignee
                && !membership::is_member(&mut *connection, caller.organization_id, user_id).await?
            {
                return Err(Error::NotFound("user"));
            }
            if let Some(Some(team_id)) = team
                && !teams::hold(&mut *connection, caller.organization_id, team_id).await?
            {
                return Err(Error::NotFound("team"));
            }
            if let Some(team) = team {
                row.team_id = team.map(|id| id.0);
            }
            if let Some(assignee) = assignee {
                row.assigned_user_id = assignee.map(|id| id.0);
            }
            if let Some(priority) = change.priority {
                priority.as_str().clone_into(&mut row.priority);
            }
            if let Some(labels) = labels {
                row.labels = labels;
            }
            if let Some(until) = change.snoozed_until {
                row.snoozed_until = until.map(|until| until.trunc_subsecs(3));
            }
            // a time alone means "snooze"; any other state ends a snooze
            let status = match (change.status, change.snoozed_until) {
                (Some(status), _) => status,
                (None, Some(Some(_))) => ChatStatus::Snoozed,
                (None, Some(None)) if row.status == "snoozed" => ChatStatus::Open,
                (None, _) => ChatStatus::stored(&row.status),
            };
            if status == ChatStatus::Snoozed && row.snoozed_until.is_none() {
                return Err(Error::invalid("snoozedUntil", "Say until when the chat is snoozed."));
            }
            if status != ChatStatus::Snoozed {
                row.snoozed_until = None;
            }
            status.as_str().clone_into(&mut row.status);
            Ok(())
        })
        .await
    }

    /// Takes an unassigned chat; of several who try at once, one wins. Taking one's own again is no error.
    ///
    /// # Errors
    /// [`Error::Conflict`] with `assignedUserId` and `name` of who has it.
    pub async fn claim_chat(&self, caller: &Caller, id: ChatId) -> Result<Chat> {
        let user_id = caller.user_id().ok_or_else(|| Error::Forbidden("Only an operator can claim a chat.".into()))?;
        self.with_chat(caller, id, async |connection, row| {
            if let Some(holder) = row.assigned_user_id.filter(|holder| *holder != user_id.0) {
                let name = user::find_name(&mut *connection, UserId(holder)).await?;
                let mut members = Map::new();
                members.insert("assignedUserId".into(), Value::String(holder.to_string()));
                members.insert("name".into(), name.clone().map_or(Value::Null, Value::String));
                let name = name.unwrap_or_else(|| "Another operator".into());
                return Err(Error::Conflict { detail: format!("{name} has this chat already."), members });
            }
            row.assigned_user_id = Some(user_id.0);
            Ok(())
        })
        .await
    }

    /// Gives a chat back. One's own, or as a moderator anybody's.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where a colleague has it.
    pub async fn release_chat(&self, caller: &Caller, id: ChatId) -> Result<Chat> {
        self.with_chat(caller, id, async |_, row| {
            let own = row.assigned_user_id.is_none() || row.assigned_user_id == caller.user_id().map(|id| id.0);
            if !own {
                caller.require(Role::Moderator)?;
            }
            row.assigned_user_id = None;
            Ok(())
        })
        .await
    }

    /// Deletes a chat with its messages. A customer who writes again opens a new one.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::ChatNotFound`].
    pub async fn delete_chat(&self, caller: &Caller, id: ChatId) -> Result<()> {
        caller.require(Role::Moderator)?;
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        if !chats::lock(connection, caller.organization_id, id).await? {
            return Err(Error::ChatNotFound);
        }
        chats::delete(connection, id).await?;
        let mut events = vec![Event::ChatDeleted(caller.organization_id, ChatDeleted { chat_id: id })];
        events.extend(tickets::outlive(connection, caller.organization_id, &[id.0], None, self.clock.now()).await?);
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        Ok(())
    }

    /// Opens chats whose snooze is over; gives how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn wake_snoozed(&self) -> Result<usize> {
        let due = chats::list_due_snoozes(&self.pool, self.clock.now(), 100).await?;
        let count = due.len();
        for (organization_id, id) in due {
            let now = self.clock.now();
            self.with_row(organization_id, id, None, async |_, row| {
                if row.status == "snoozed" && row.snoozed_until.is_none_or(|until| until <= now) {
                    ChatStatus::Open.as_str().clone_into(&mut row.status);
                    row.snoozed_until = None;
                }
                Ok(())
            })
            .await?;
        }
        Ok(count)
    }

    /// A chat as this caller sees it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn present_chat(&self, caller: &Caller, row: Row) -> Result<Chat> {
        let capabilities = self.networks.capabilities(&row.provider);
        if matches!(caller.who, Who::Guest { .. }) {
            return Ok(row.present_to_guest(capabilities));
        }
        let mut chat = row.present(capabilities);
        if let Some(user_id) = caller.user_id() {
            let counts = chats::list_unread_of(&self.pool, user_id, &[row.id]).await?;
            chat.my_unread_count = Some(counts.first().map_or(0, |(_, unread)| *unread));
        }
        Ok(chat)
    }

    async fn with_chat<F>(&self, caller: &Caller, id: ChatId, change: F) -> Result<Chat>
    where
        F: AsyncFnOnce(&mut PgConnection, &mut Row) -> Result<()>,
    {
        caller.require(Role::User)?;
        let row = self.with_row(caller.organization_id, id, caller.user_id(), change).await?;
        self.present_chat(caller, row).await
    }

    /// Changes a locked chat, and tells it where something changed; `by` is `None` for programs and for time.
    async fn with_row<F>(
        &self,
        organization_id: OrganizationId,
        id: ChatId,
        by: Option<UserId>,
        change: F,
    ) -> Result<Row>
    where
        F: AsyncFnOnce(&mut PgConnection, &mut Row) -> Result<()>,
    {
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        if !chats::lock(connection, organization_id, id).await? {
            return Err(Error::ChatNotFound);
        }
        let stored = chats::find(&mut *connection, organization_id, id).await?.ok_or(Error::ChatNotFound)?;
        let mut row = stored.clone();
        change(connection, &mut row).await?;
        if state(&row) == state(&stored) {
            return Ok(stored);
        }
        row.updated_at = self.clock.now();
        chats::set_state(connection, &row, row.updated_at).await?;
        if row.status != stored.status && ChatStatus::stored(&row.status) == ChatStatus::Resolved {
            chats::note_resolution(connection, &row, by, row.updated_at).await?;
        }
        let chat = row.present(self.networks.capabilities(&row.provider));
        let mut events = vec![Event::ChatUpdated(Box::new(chat))];
        if row.assigned_user_id != stored.assigned_user_id {
            events.extend(notify::of_assignment(connection, by, &row, row.updated_at).await?);
        }
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        Ok(row)
    }
}

/// What a change can change.
fn state(row: &Row) -> impl PartialEq + '_ {
    (&row.status, &row.priority, &row.labels, row.assigned_user_id, row.team_id, row.snoozed_until)
}

/// The id that a change names; `null` stays `null`, and what is no id is nothing of ours.
fn read_id<T: FromStr>(given: Option<Option<String>>, noun: &'static str) -> Result<Option<Option<T>>> {
    let read = |text: String| text.parse().map_err(|_| Error::NotFound(noun));
    given.map(|id| id.map(read).transpose()).transpose()
}

fn checked_labels(labels: Vec<String>) -> Result<Vec<String>> {
    let mut checked: Vec<String> = Vec::new();
    for label in labels {
        let label = label.trim().to_owned();
        if label.is_empty() || label.chars().count() > LABEL_LENGTH || label.chars().any(char::is_control) {
            return Err(Error::invalid("labels", format!("A label has 1 to {LABEL_LENGTH} characters.")));
        }
        if !checked.contains(&label) {
            checked.push(label);
        }
    }
    if checked.len() > LABELS {
        return Err(Error::invalid("labels", format!("A chat has at most {LABELS} labels.")));
    }
    Ok(checked)
}
