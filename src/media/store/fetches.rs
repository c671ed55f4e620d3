//! SQL of files that are to be fetched: a queue with leases. Times are the database's, so that clocks of nodes do not matter.

use std::time::Duration;

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::id::AttachmentId;

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
