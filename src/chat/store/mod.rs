//! SQL of chats: writing here, reading in [`read`] and [`list`]. Whoever changes a chat, its contact or its messages' order locks its `chat_activity` row first.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

pub mod list;
mod moved;
pub mod read;
mod resolved;

pub use list::*;
pub use moved::*;
pub use read::*;
pub use resolved::*;

use super::Row;
use crate::id::{ChatId, OrganizationId, TeamId, UserId};

/// A chat that a network names, with its place in the batch's list of keys.
#[derive(Debug)]
pub struct Locked {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub external_id: String,
    /// Whom it is with is blocked, under this contact or another one of the person's.
    pub is_blocked: bool,
}

/// Chats to make, in columns.
#[derive(Debug, Default)]
pub struct NewChats {
    pub ids: Vec<Uuid>,
    pub organization_ids: Vec<Uuid>,
    pub channel_ids: Vec<Uuid>,
    pub contact_ids: Vec<Uuid>,
    pub external_ids: Vec<String>,
    pub is_group: Vec<bool>,
    pub titles: Vec<Option<String>>,
}

/// Locks the chats that networks name by (channel, outside id), in id order; those that do not exist are left out.
///
/// # Errors
/// Those of the database.
pub async fn lock_by_keys(
    connection: &mut PgConnection,
    channel_ids: &[Uuid],
    external_ids: &[String],
) -> sqlx::Result<Vec<Locked>> {
    sqlx::query_as!(
        Locked,
        r#"
        select c.id, c.channel_id, c.external_id, exists (
                select 1 from contacts b
                where b.blocked_at is not null and coalesce(b.merged_into, b.id) = coalesce(ct.merged_into, ct.id)
            ) as "is_blocked!"
        from unnest($1::uuid[], $2::text[]) as k (channel_id, external_id)
        join chats c using (channel_id, external_id)
        join chat_activity a on a.chat_id = c.id
        join contacts ct on ct.id = c.contact_id
        order by a.chat_id
        for update of a
        "#,
        channel_ids,
        external_ids
    )
    .fetch_all(connection)
    .await
}

/// Locks one chat of the organization; `false` where there is none.
///
/// # Errors
/// Those of the database.
pub async fn lock(connection: &mut PgConnection, organization_id: OrganizationId, id: ChatId) -> sqlx::Result<bool> {
    let row = sqlx::query!(
        "select chat_id from chat_activity where chat_id = $1 and organization_id = $2 for update",
        id.0,
        organization_id.0
    );
    Ok(row.fetch_optional(connection).await?.is_some())
}

/// Locks chats by id, in id order.
///
/// # Errors
/// Those of the database.
pub async fn lock_many(connection: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!("select chat_id from chat_activity where chat_id = any($1) order by chat_id for update", ids)
        .fetch_all(connection)
        .await?;
    Ok(())
}

/// Makes chats with their activity; those that exist already are left alone. Returns the ids that were made.
///
/// # Errors
/// Those of the database.
pub async fn insert(connection: &mut PgConnection, chats: &NewChats, now: DateTime<Utc>) -> sqlx::Result<Vec<Uuid>> {
    let made = sqlx::query_scalar!(
        r#"
        with made as (
            insert into chats (id, organization_id, channel_id, contact_id, external_id, is_group, title, created_at, updated_at)
            select n.*, $8, $8
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bool[], $7::text[])
                as n (id, organization_id, channel_id, contact_id, external_id, is_group, title)
            order by n.channel_id, n.external_id
            on conflict (channel_id, external_id) do nothing
            returning id, organization_id
        )
        insert into chat_activity (chat_id, organization_id, active_at)
        select id, organization_id, $8 from made
        returning chat_id
        "#,
        &chats.ids,
        &chats.organization_ids,
        &chats.channel_ids,
        &chats.contact_ids,
        &chats.external_ids,
        &chats.is_group,
        &chats.titles as &[Option<String>],
        now,
    )
    .fetch_all(connection)
    .await?;
    Ok(made)
}

/// The id of the chat that a network names.
///
/// # Errors
/// Those of the database.
pub async fn find_id_by_key(
    executor: impl PgExecutor<'_>,
    channel_id: Uuid,
    external_id: &str,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("select id from chats where channel_id = $1 and external_id = $2", channel_id, external_id)
        .fetch_optional(executor)
        .await
}

/// Who some chats are assigned to.
///
/// # Errors
/// Those of the database.
pub async fn list_assigned(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<(Uuid, Option<Uuid>)>> {
    let rows =
        sqlx::query!("select id, assigned_user_id from chats where id = any($1)", ids).fetch_all(executor).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.assigned_user_id)).collect())
}

/// Raises what the team, and this operator, have read; never lowers it.
///
/// # Errors
/// Those of the database.
pub async fn set_read(
    connection: &mut PgConnection,
    id: ChatId,
    user_id: Option<UserId>,
    read_count: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("update chat_activity set read_count = $2 where chat_id = $1 and read_count < $2", id.0, read_count)
        .execute(&mut *connection)
        .await?;
    if let Some(user_id) = user_id {
        sqlx::query!(
            r#"
            insert into chat_reads as r (chat_id, user_id, read_count, read_at) values ($1, $2, $3, $4)
            on conflict (chat_id, user_id) do update
                set read_count = greatest(r.read_count, excluded.read_count), read_at = excluded.read_at
            "#,
            id.0,
            user_id.0,
            read_count,
            now
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Writes the fields that operators change.
///
/// # Errors
/// Those of the database.
pub async fn set_state(connection: &mut PgConnection, row: &Row, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update chats set status = $2, priority = $3, labels = $4, assigned_user_id = $5, snoozed_until = $6, title = $7,
            team_id = $8, updated_at = $9
        where id = $1
        "#,
        row.id,
        row.status,
        row.priority,
        &row.labels,
        row.assigned_user_id,
        row.snoozed_until,
        row.title,
        row.team_id,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Some of the chats that a team has, in id order.
///
/// # Errors
/// Those of the database.
pub async fn list_ids_of_team(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    team_id: TeamId,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from chats where team_id = $2 and organization_id = $1 order by id limit $3",
        organization_id.0,
        team_id.0,
        limit
    )
    .fetch_all(executor)
    .await
}

/// Takes some locked chats from a team, and gives those that it had.
///
/// # Errors
/// Those of the database.
pub async fn clear_team(
    executor: impl PgExecutor<'_>,
    team_id: TeamId,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "update chats set team_id = null, updated_at = $3 where id = any($2) and team_id = $1 returning id",
        team_id.0,
        ids,
        now
    )
    .fetch_all(executor)
    .await
}

/// Snoozed chats whose time has come, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list_due_snoozes(
    executor: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<(OrganizationId, ChatId)>> {
    let rows = sqlx::query!(
        r#"
        select organization_id, id from chats where status = 'snoozed' and snoozed_until <= $1
        order by snoozed_until limit $2
        "#,
        now,
        limit
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId(row.organization_id), ChatId(row.id))).collect())
}

/// The chat's row of an outside chat moves to another outside id; `false` where that one is taken.
///
/// # Errors
/// Those of the database.
pub async fn set_external_id(connection: &mut PgConnection, id: ChatId, external_id: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        update chats c set external_id = $2, updated_at = now()
        where id = $1 and not exists (select 1 from chats o where o.channel_id = c.channel_id and o.external_id = $2)
        "#,
        id.0,
        external_id
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a chat with everything that hangs on it.
///
/// # Errors
/// Those of the database.
pub async fn delete(connection: &mut PgConnection, id: ChatId) -> sqlx::Result<()> {
    sqlx::query!("delete from outbound_messages where chat_id = $1", id.0).execute(&mut *connection).await?;
    sqlx::query!("delete from outbound_chats where chat_id = $1", id.0).execute(&mut *connection).await?;
    sqlx::query!(
        r#"
        with gone as (delete from messages where chat_id = $1 returning id),
            files as (delete from attachments where message_id in (select id from gone))
        delete from reactions where message_id in (select id from gone)
        "#,
        id.0
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("delete from chat_reads where chat_id = $1", id.0).execute(&mut *connection).await?;
    sqlx::query!("delete from resolutions where chat_id = $1", id.0).execute(&mut *connection).await?;
    sqlx::query!("delete from chats where id = $1", id.0).execute(&mut *connection).await?;
    sqlx::query!("delete from chat_activity where chat_id = $1", id.0).execute(connection).await?;
    Ok(())
}
