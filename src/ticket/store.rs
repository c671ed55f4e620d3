//! SQL of tickets. Whoever puts a ticket to a chat locks the chat first, so that none is left with a chat that is gone.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{Ticket, TicketStatus};
use crate::chat::Priority;
use crate::id::{ChatId, OrganizationId, TicketId, UserId};
use crate::time::Millis;

struct Row {
    id: Uuid,
    number: i64,
    chat_id: Option<Uuid>,
    title: String,
    description: String,
    status: String,
    priority: String,
    assigned_user_id: Option<Uuid>,
    created_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

impl From<Row> for Ticket {
    fn from(row: Row) -> Self {
        Self {
            id: TicketId(row.id),
            number: row.number,
            chat_id: row.chat_id.map(ChatId),
            title: row.title,
            description: row.description,
            status: TicketStatus::stored(&row.status),
            priority: Priority::stored(&row.priority),
            assigned_user_id: row.assigned_user_id.map(UserId),
            created_by: row.created_by.map(UserId),
            created_at: Millis(row.created_at),
            updated_at: Millis(row.updated_at),
            closed_at: row.closed_at.map(Millis),
        }
    }
}

/// The columns of [`Row`], followed by a condition.
macro_rules! select_tickets {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select id, number, chat_id, title, description, status, priority, assigned_user_id, created_by, created_at,
                updated_at, closed_at
            from tickets
            "# + $tail $(, $argument)*
        )
    };
}

/// What a list of tickets is narrowed by; `None` does not narrow.
#[derive(Debug, Default)]
pub struct Filter {
    pub status: Option<Vec<String>>,
    pub assigned_user_id: Option<Uuid>,
    pub unassigned: bool,
    /// Only tickets of these chats.
    pub chat_ids: Option<Vec<Uuid>>,
    /// A part of the title.
    pub text: Option<String>,
    /// Or this number.
    pub number: Option<i64>,
    /// The number of the last ticket of the page before.
    pub before: Option<i64>,
}

/// A page of the organization's tickets, newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    filter: &Filter,
    limit: i64,
) -> sqlx::Result<Vec<Ticket>> {
    let pattern = filter.text.as_deref().map(crate::database::containing);
    let rows = select_tickets!(
        r#"
        where organization_id = $1 and ($2::text[] is null or status = any($2))
            and ($3::uuid is null or assigned_user_id = $3) and (not $4 or assigned_user_id is null)
            and ($5::uuid[] is null or chat_id = any($5)) and ($6::text is null or title ilike $6 or number = $7)
            and ($8::int8 is null or number < $8)
        order by number desc limit $9
        "#,
        organization_id.0,
        filter.status.as_deref() as Option<&[String]>,
        filter.assigned_user_id,
        filter.unassigned,
        filter.chat_ids.as_deref() as Option<&[Uuid]>,
        pattern,
        filter.number,
        filter.before,
        limit
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Ticket::from).collect())
}

/// One ticket of the organization.
///
/// # Errors
/// Those of the database.
pub async fn find(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: TicketId,
) -> sqlx::Result<Option<Ticket>> {
    let row = select_tickets!("where organization_id = $1 and id = $2", organization_id.0, id.0);
    Ok(row.fetch_optional(executor).await?.map(Ticket::from))
}

/// One ticket, locked.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    id: TicketId,
) -> sqlx::Result<Option<Ticket>> {
    let row = select_tickets!("where organization_id = $1 and id = $2 for update", organization_id.0, id.0);
    Ok(row.fetch_optional(connection).await?.map(Ticket::from))
}

/// The organization's next number. Others wait for theirs until the transaction ends, and get this one if it fails.
///
/// # Errors
/// Those of the database.
pub async fn next_number(connection: &mut PgConnection, organization_id: OrganizationId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        insert into ticket_numbers as n (organization_id, number) values ($1, 1)
        on conflict (organization_id) do update set number = n.number + 1
        returning number
        "#,
        organization_id.0
    )
    .fetch_one(connection)
    .await
}

/// Stores a new ticket.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    ticket: &Ticket,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into tickets (id, organization_id, number, chat_id, title, description, status, priority, assigned_user_id,
            created_by, created_at, updated_at, closed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        "#,
        ticket.id.0,
        organization_id.0,
        ticket.number,
        ticket.chat_id.map(|id| id.0),
        ticket.title,
        ticket.description,
        ticket.status.as_str(),
        ticket.priority.as_str(),
        ticket.assigned_user_id.map(|id| id.0),
        ticket.created_by.map(|id| id.0),
        ticket.created_at.0,
        ticket.updated_at.0,
        ticket.closed_at.map(|at| at.0)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes the fields that operators change.
///
/// # Errors
/// Those of the database.
pub async fn set(connection: &mut PgConnection, organization_id: OrganizationId, ticket: &Ticket) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update tickets set chat_id = $3, title = $4, description = $5, status = $6, priority = $7, assigned_user_id = $8,
            updated_at = $9, closed_at = $10
        where organization_id = $1 and id = $2
        "#,
        organization_id.0,
        ticket.id.0,
        ticket.chat_id.map(|id| id.0),
        ticket.title,
        ticket.description,
        ticket.status.as_str(),
        ticket.priority.as_str(),
        ticket.assigned_user_id.map(|id| id.0),
        ticket.updated_at.0,
        ticket.closed_at.map(|at| at.0)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts the tickets of locked chats to another chat, or to none, and gives them by number.
///
/// # Errors
/// Those of the database.
pub async fn move_all(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    from: &[Uuid],
    into: Option<ChatId>,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Ticket>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        update tickets set chat_id = $3, updated_at = $4 where organization_id = $1 and chat_id = any($2)
        returning id, number, chat_id, title, description, status, priority, assigned_user_id, created_by, created_at,
            updated_at, closed_at
        "#,
        organization_id.0,
        from,
        into.map(|id| id.0),
        now
    )
    .fetch_all(connection)
    .await?;
    let mut tickets: Vec<Ticket> = rows.into_iter().map(Ticket::from).collect();
    tickets.sort_unstable_by_key(|ticket| ticket.number);
    Ok(tickets)
}
