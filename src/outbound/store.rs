//! SQL of the outbound queue. Times are the database's, so that clocks of nodes do not matter.

mod idempotency;

use std::time::Duration;

pub use idempotency::*;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::id::{ChatId, MessageId, OrganizationId};

/// Puts a message at the end of its chat's queue. The upsert locks the chat's row, so that a queue that is just being
/// removed as empty cannot lose it.
///
/// # Errors
/// Those of the database.
pub async fn enqueue(
    connection: &mut PgConnection,
    message_id: MessageId,
    chat_id: ChatId,
    organization_id: OrganizationId,
    channel_id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into outbound_chats as c (chat_id, organization_id, channel_id, due_at) values ($1, $2, $3, now())
        on conflict (chat_id) do update set due_at = c.due_at
        "#,
        chat_id.0,
        organization_id.0,
        channel_id
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        r#"
        insert into outbound_messages (message_id, chat_id, organization_id, channel_id) values ($1, $2, $3, $4)
        on conflict (message_id) do nothing
        "#,
        message_id.0,
        chat_id.0,
        organization_id.0,
        channel_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A chat's queue, held by this node.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub chat_id: Uuid,
    pub channel_id: Uuid,
    pub organization_id: Uuid,
}

/// Takes due queues whose channel may send, longest due first.
///
/// # Errors
/// Those of the database.
pub async fn claim(
    executor: impl PgExecutor<'_>,
    lease_id: Uuid,
    lease: Duration,
    limit: i64,
) -> sqlx::Result<Vec<Claimed>> {
    sqlx::query_as!(
        Claimed,
        r#"
        with due as (
            select c.chat_id from outbound_chats c
            where c.due_at <= now() and (c.lease_until is null or c.lease_until < now())
                and not exists (
                    select 1 from outbound_pace p
                    where p.id = c.channel_id and (p.paused_until > now() or p.next_at > now() + interval '2 seconds')
                )
            order by c.due_at limit $3 for update of c skip locked
        )
        update outbound_chats c set lease_id = $1, lease_until = now() + make_interval(secs => $2)
        from due where c.chat_id = due.chat_id
        returning c.chat_id, c.channel_id, c.organization_id
        "#,
        lease_id,
        lease.as_secs_f64(),
        limit
    )
    .fetch_all(executor)
    .await
}

/// How long until the next queue may be claimed; `None` where nothing waits.
///
/// # Errors
/// Those of the database.
pub async fn find_next_due(executor: impl PgExecutor<'_>) -> sqlx::Result<Option<f64>> {
    sqlx::query_scalar!(
        r#"
        select extract(epoch from min(greatest(c.due_at, c.lease_until, p.paused_until, p.next_at - interval '2 seconds'))
            - now())::float8
        from (select * from outbound_chats order by due_at limit 1000) c
        left join outbound_pace p on p.id = c.channel_id
        "#
    )
    .fetch_one(executor)
    .await
}

/// The head of a queue.
#[derive(Debug)]
pub struct Head {
    pub message_id: Uuid,
    pub attempt: i32,
    pub attempt_started_at: Option<DateTime<Utc>>,
    pub queued_at: DateTime<Utc>,
    pub last_code: Option<String>,
}

/// Locks a queue that this lease holds, and keeps it; `false` where another node has it now.
///
/// # Errors
/// Those of the database.
pub async fn keep(connection: &mut PgConnection, chat_id: Uuid, lease_id: Uuid, lease: Duration) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        update outbound_chats set lease_until = now() + make_interval(secs => $3) where chat_id = $1 and lease_id = $2
        "#,
        chat_id,
        lease_id,
        lease.as_secs_f64()
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The message that is next in a queue.
///
/// # Errors
/// Those of the database.
pub async fn find_head(executor: impl PgExecutor<'_>, chat_id: Uuid) -> sqlx::Result<Option<Head>> {
    sqlx::query_as!(
        Head,
        r#"
        select message_id, attempt, attempt_started_at, queued_at, last_code
        from outbound_messages where chat_id = $1 order by place limit 1
        "#,
        chat_id
    )
    .fetch_optional(executor)
    .await
}

/// Records that an attempt begins, before the network is called; gives its number.
///
/// # Errors
/// Those of the database.
pub async fn begin_attempt(executor: impl PgExecutor<'_>, message_id: Uuid) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        "update outbound_messages set attempt = attempt + 1, attempt_started_at = now() where message_id = $1 returning attempt",
        message_id
    )
    .fetch_one(executor)
    .await
}

/// Takes one sending slot of a channel or chat: 0 where it may send now (and the slot is used), else the seconds to wait.
/// One slot every `every`, `burst` of them at once.
///
/// # Errors
/// Those of the database.
pub async fn take_slot(executor: impl PgExecutor<'_>, id: Uuid, every: Duration, burst: u32) -> sqlx::Result<f64> {
    sqlx::query_scalar!(
        r#"
        with slot as (
            insert into outbound_pace as p (id, next_at) values ($1, now() + make_interval(secs => $2))
            on conflict (id) do update set next_at = greatest(p.next_at, now()) + make_interval(secs => $2)
            where p.next_at <= now() + make_interval(secs => $2 * ($3::float8 - 1))
            returning 0::float8 as wait
        )
        select coalesce(
            (select wait from slot),
            (select greatest(extract(epoch from p.next_at - now())::float8 - $2 * ($3::float8 - 1), 0.001)
                from outbound_pace p where p.id = $1),
            0
        ) as "wait!"
        "#,
        id,
        every.as_secs_f64(),
        f64::from(burst)
    )
    .fetch_one(executor)
    .await
}

/// Pauses a channel: as long as its network asked for, or 5 s doubling to 5 min while no send succeeds.
///
/// # Errors
/// Those of the database.
pub async fn pause(executor: impl PgExecutor<'_>, channel_id: Uuid, hint: Option<Duration>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into outbound_pace as p (id, paused_until, pause_secs)
        values ($1, now() + make_interval(secs => coalesce($2, $3::int4::float8)), case when $2::float8 is null then $3 else 0 end)
        on conflict (id) do update set
            paused_until = now() + make_interval(
                secs => coalesce($2, least(greatest(p.pause_secs * 2, $3), 300)::float8)),
            pause_secs = case when $2::float8 is null then least(greatest(p.pause_secs * 2, $3), 300) else p.pause_secs end
        "#,
        channel_id,
        hint.map(|hint| hint.as_secs_f64()),
        super::FIRST_PAUSE_SECS
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Forgets a channel's pause, after a success or when an administrator changed it.
///
/// # Errors
/// Those of the database.
pub async fn resume(executor: impl PgExecutor<'_>, channel_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "update outbound_pace set paused_until = null, pause_secs = 0 where id = $1 and (pause_secs > 0 or paused_until is not null)",
        channel_id
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Whether this attempt is still the one that counts; locks its row.
///
/// # Errors
/// Those of the database.
pub async fn lock_attempt(executor: impl PgExecutor<'_>, message_id: Uuid, attempt: i32) -> sqlx::Result<bool> {
    let row = sqlx::query!(
        "select message_id from outbound_messages where message_id = $1 and attempt = $2 for update",
        message_id,
        attempt
    );
    Ok(row.fetch_optional(executor).await?.is_some())
}

/// Lets an attempt be followed by another one.
///
/// # Errors
/// Those of the database.
pub async fn end_attempt(executor: impl PgExecutor<'_>, message_id: Uuid, code: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "update outbound_messages set attempt_started_at = null, last_code = $2 where message_id = $1",
        message_id,
        code
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Takes a message out of its queue.
///
/// # Errors
/// Those of the database.
pub async fn remove(executor: impl PgExecutor<'_>, message_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from outbound_messages where message_id = $1", message_id).execute(executor).await?;
    Ok(())
}

/// Gives a queue back, to be served again after `wait`; an empty one is removed. The queue's row is locked in a statement of
/// its own, so that a message that was just put in is seen.
///
/// # Errors
/// Those of the database.
pub async fn release(connection: &mut PgConnection, chat_id: Uuid, lease_id: Uuid, wait: Duration) -> sqlx::Result<()> {
    let held = sqlx::query!(
        r#"
        update outbound_chats set lease_id = null, lease_until = null, due_at = now() + make_interval(secs => $3)
        where chat_id = $1 and lease_id = $2
        "#,
        chat_id,
        lease_id,
        wait.as_secs_f64()
    )
    .execute(&mut *connection)
    .await?;
    if held.rows_affected() == 1 {
        sqlx::query!(
            r#"
            delete from outbound_chats c where chat_id = $1
                and not exists (select 1 from outbound_messages m where m.chat_id = c.chat_id)
            "#,
            chat_id
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Messages that wait, by provider: of an organization, or all.
///
/// # Errors
/// Those of the database.
pub async fn count_waiting(
    executor: impl PgExecutor<'_>,
    organization_id: Option<OrganizationId>,
) -> sqlx::Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"
        select ch.provider, count(*) as "count!" from outbound_messages m join channels ch on ch.id = m.channel_id
        where $1::uuid is null or ch.organization_id = $1 group by ch.provider
        "#,
        organization_id.map(|id| id.0),
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (row.provider, row.count)).collect())
}

/// Whether a queued message is in the network's hands right now. Locks its chat's queue, so that no attempt begins before the
/// transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn lock_underway(connection: &mut PgConnection, chat_id: Uuid, message_id: Uuid) -> sqlx::Result<bool> {
    sqlx::query!("select chat_id from outbound_chats where chat_id = $1 for update", chat_id)
        .fetch_optional(&mut *connection)
        .await?;
    let underway = sqlx::query_scalar!(
        r#"select attempt_started_at is not null as "underway!" from outbound_messages where message_id = $1"#,
        message_id
    );
    Ok(underway.fetch_optional(connection).await?.unwrap_or(false))
}
