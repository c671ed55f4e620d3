//! SQL of files: uploads, what is to be fetched, and what is to be removed. Times are the database's, so that clocks of nodes
//! do not matter.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::id::{AttachmentId, MessageId, OrganizationId};

/// A file as stored, with what decides who may have it.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub message_id: Option<Uuid>,
    /// Who uploaded it; see the migration.
    pub owner: Option<String>,
    pub kind: String,
    pub mime_type: Option<String>,
    pub file_name: Option<String>,
    pub size_bytes: Option<i64>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_secs: Option<i32>,
    /// Hexadecimal once the file is ready; before, as the network wrote it.
    pub sha256: Option<String>,
    pub thumbnail_type: Option<String>,
    pub status: String,
    /// JSON text of a `contract::MediaSource`, or `{"from":"link","url"}`; none once the file is here.
    pub source: Option<String>,
    pub chat_id: Option<Uuid>,
    pub private: Option<bool>,
}

macro_rules! select_files {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select a.id, a.organization_id, a.message_id, a.owner, a.type as kind, a.mime_type, a.file_name, a.size_bytes,
                a.width, a.height, a.duration_secs, a.sha256, a.thumbnail_type, a.status, a.source::text as source,
                m.chat_id as "chat_id?", m.private as "private?"
            from attachments a left join messages m on m.id = a.message_id
            "# + $tail $(, $argument)*
        )
    };
}

/// One file, whoever owns it: for addresses that prove themselves.
///
/// # Errors
/// Those of the database.
pub async fn find(executor: impl PgExecutor<'_>, id: AttachmentId) -> sqlx::Result<Option<Row>> {
    select_files!("where a.id = $1", id.0).fetch_optional(executor).await
}

/// Files of a message, in order.
///
/// # Errors
/// Those of the database.
pub async fn list_of_message(executor: impl PgExecutor<'_>, message_id: Uuid) -> sqlx::Result<Vec<Row>> {
    select_files!("where a.message_id = $1 order by a.position", message_id).fetch_all(executor).await
}

/// Locks files of the organization, in id order.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    ids: &[Uuid],
) -> sqlx::Result<Vec<Row>> {
    select_files!(
        "where a.id = any($1) and a.organization_id = $2 order by a.id for update of a",
        ids,
        organization_id.0
    )
    .fetch_all(connection)
    .await
}

/// Writes down that a file is being uploaded.
///
/// # Errors
/// Those of the database.
pub async fn insert_upload(
    executor: impl PgExecutor<'_>,
    id: AttachmentId,
    organization_id: OrganizationId,
    owner: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into attachments (id, organization_id, owner, type, status) values ($1, $2, $3, 'document', 'pending')
        "#,
        id.0,
        organization_id.0,
        owner
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Uploads of somebody that no message has yet.
///
/// # Errors
/// Those of the database.
pub async fn count_unsent(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    owner: &str,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from attachments
        where message_id is null and organization_id = $1 and owner = $2
        "#,
        organization_id.0,
        owner
    )
    .fetch_one(executor)
    .await
}

/// What is known of a file that is here.
#[derive(Debug, Clone)]
pub struct Ready {
    /// `None` leaves the message type that the network gave.
    pub kind: Option<String>,
    pub mime_type: String,
    pub file_name: Option<String>,
    pub size_bytes: i64,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_secs: Option<i32>,
    /// Hexadecimal.
    pub sha256: String,
    pub thumbnail_type: Option<String>,
}

/// Writes down that a file is here, and forgets where it came from. What the network said of its size in pixels and seconds
/// stays where the file does not say.
///
/// # Errors
/// Those of the database.
pub async fn set_ready(executor: impl PgExecutor<'_>, id: AttachmentId, ready: &Ready) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update attachments set status = 'ready', error = null, source = null, type = coalesce($2, type), mime_type = $3,
            file_name = $4, size_bytes = $5, width = coalesce($6, width), height = coalesce($7, height),
            duration_secs = coalesce($8, duration_secs), sha256 = $9, thumbnail_type = $10
        where id = $1
        "#,
        id.0,
        ready.kind,
        ready.mime_type,
        ready.file_name,
        ready.size_bytes,
        ready.width,
        ready.height,
        ready.duration_secs,
        ready.sha256,
        ready.thumbnail_type
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Writes down that a file will not come, or that it is fetched once more.
///
/// # Errors
/// Those of the database.
pub async fn set_status(
    executor: impl PgExecutor<'_>,
    id: AttachmentId,
    status: &str,
    error: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!("update attachments set status = $2, error = $3 where id = $1", id.0, status, error)
        .execute(executor)
        .await?;
    Ok(())
}

/// Gives uploads to a message, in this order.
///
/// # Errors
/// Those of the database.
pub async fn attach(
    executor: impl PgExecutor<'_>,
    message_id: MessageId,
    ids: &[Uuid],
    kinds: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update attachments a set message_id = $1, position = n.place::int2, type = n.kind
        from unnest($2::uuid[], $3::text[]) with ordinality as n (id, kind, place) where a.id = n.id
        "#,
        message_id.0,
        ids,
        kinds
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Deletes a row; its file follows.
///
/// # Errors
/// Those of the database.
pub async fn delete(executor: impl PgExecutor<'_>, id: AttachmentId) -> sqlx::Result<()> {
    sqlx::query!("delete from attachments where id = $1", id.0).execute(executor).await?;
    Ok(())
}

/// Deletes uploads that no message ever had; their files follow.
///
/// # Errors
/// Those of the database.
pub async fn delete_unsent(executor: impl PgExecutor<'_>, before: DateTime<Utc>) -> sqlx::Result<u64> {
    let deleted = sqlx::query!("delete from attachments where message_id is null and created_at < $1", before);
    Ok(deleted.execute(executor).await?.rows_affected())
}

/// Puts files of stored messages among those to be fetched.
///
/// # Errors
/// Those of the database.
pub async fn enqueue(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into media_fetches (attachment_id, organization_id, channel_id)
        select a.id, a.organization_id, m.channel_id from attachments a join messages m on m.id = a.message_id
        where a.id = any($1) and a.source is not null and a.status <> 'failed'
        on conflict do nothing
        "#,
        ids
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// A file that this node fetches.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub attachment_id: Uuid,
    pub organization_id: Uuid,
    pub channel_id: Uuid,
    /// Counts from 1.
    pub attempt: i32,
}

/// Takes files that are due, in turns among channels; of each channel no more than `of_channel` are under way on all nodes.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    executor: impl PgExecutor<'_>,
    lease_id: Uuid,
    lease: Duration,
    limit: i64,
    of_channel: i64,
) -> sqlx::Result<Vec<Claimed>> {
    sqlx::query_as!(
        Claimed,
        r#"
        with recursive channel as (
            (select channel_id from media_fetches order by channel_id limit 1)
            union all
            select f.channel_id from channel c cross join lateral (
                select channel_id from media_fetches where channel_id > c.channel_id order by channel_id limit 1
            ) f
        ), due as (
            select f.attachment_id, f.due_at, row_number() over (partition by c.channel_id order by f.due_at) + (
                    select count(*) from media_fetches where channel_id = c.channel_id and lease_until > now()
                ) as turn
            from channel c cross join lateral (
                select attachment_id, due_at from media_fetches
                where channel_id = c.channel_id and due_at <= now() and (lease_until is null or lease_until < now())
                order by due_at limit $3
            ) f
        ), taken as (
            select f.attachment_id from media_fetches f join (
                select attachment_id from due where turn <= $4 order by turn, due_at limit $3
            ) d using (attachment_id)
            where f.due_at <= now() and (f.lease_until is null or f.lease_until < now())
            for update of f skip locked
        )
        update media_fetches f set lease_id = $1, lease_until = now() + make_interval(secs => $2), attempt = f.attempt + 1
        from taken t where f.attachment_id = t.attachment_id
        returning f.attachment_id, f.organization_id, f.channel_id, f.attempt
        "#,
        lease_id,
        lease.as_secs_f64(),
        limit,
        of_channel
    )
    .fetch_all(executor)
    .await
}

/// Keeps a file under way; `false` where another node has it, or nobody wants it any more.
///
/// # Errors
/// Those of the database.
pub async fn keep(
    executor: impl PgExecutor<'_>,
    id: AttachmentId,
    lease_id: Uuid,
    lease: Duration,
) -> sqlx::Result<bool> {
    let kept = sqlx::query!(
        "update media_fetches set lease_until = now() + make_interval(secs => $3) where attachment_id = $1 and lease_id = $2",
        id.0,
        lease_id,
        lease.as_secs_f64()
    );
    Ok(kept.execute(executor).await?.rows_affected() == 1)
}

/// Gives a file back, to be tried after `wait`; `counts`: whether the try counts.
///
/// # Errors
/// Those of the database.
pub async fn release(
    executor: impl PgExecutor<'_>,
    id: AttachmentId,
    lease_id: Uuid,
    wait: Duration,
    counts: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update media_fetches set lease_id = null, lease_until = null, due_at = now() + make_interval(secs => $3),
            attempt = case when $4 then attempt else attempt - 1 end
        where attachment_id = $1 and lease_id = $2
        "#,
        id.0,
        lease_id,
        wait.as_secs_f64(),
        counts
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Ends the work on a file; `false` where it was not this lease's any more.
///
/// # Errors
/// Those of the database.
pub async fn finish(executor: impl PgExecutor<'_>, id: AttachmentId, lease_id: Uuid) -> sqlx::Result<bool> {
    let done = sqlx::query!("delete from media_fetches where attachment_id = $1 and lease_id = $2", id.0, lease_id);
    Ok(done.execute(executor).await?.rows_affected() == 1)
}

/// Seconds until a file is due that nobody has; `None` where none waits.
///
/// # Errors
/// Those of the database.
pub async fn find_next_due(executor: impl PgExecutor<'_>) -> sqlx::Result<Option<f64>> {
    sqlx::query_scalar!(
        r#"
        select extract(epoch from least(
            (select min(due_at) from media_fetches where lease_until is null),
            (select min(greatest(due_at, lease_until)) from media_fetches where lease_until is not null)
        ) - now())::float8
        "#
    )
    .fetch_one(executor)
    .await
}

/// Of these files, those that are still to be fetched.
///
/// # Errors
/// Those of the database.
pub async fn list_waiting(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!("select attachment_id from media_fetches where attachment_id = any($1)", ids)
        .fetch_all(executor)
        .await
}

/// Takes files whose attachment is gone; they are this transaction's until it ends.
///
/// # Errors
/// Those of the database.
pub async fn take_garbage(executor: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query!(
        r#"
        delete from media_garbage where attachment_id in (
            select attachment_id from media_garbage limit $1 for update skip locked
        ) returning attachment_id, organization_id
        "#,
        limit
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.attachment_id)).collect())
}
