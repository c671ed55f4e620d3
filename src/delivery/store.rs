//! SQL of raw bodies and dead letters.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::NewUpdates;
use crate::id::{DeadLetterId, OrganizationId};

/// Keeps raw bodies that no message came in; the others are stored with theirs.
///
/// # Errors
/// Those of the database.
pub async fn insert_updates(connection: &mut PgConnection, new: &NewUpdates) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into updates (provider, channel_id, body)
        select * from unnest($1::text[], $2::uuid[], $3::bytea[])
        "#,
        &new.providers,
        &new.channel_ids as &[Option<Uuid>],
        &new.bodies
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(Debug)]
pub struct NewDeadLetter {
    pub id: Uuid,
    pub organization_id: Option<Uuid>,
    pub channel_id: Option<Uuid>,
    pub provider: String,
    pub kind: String,
    pub reason: String,
    pub body: Vec<u8>,
    pub body_hash: Vec<u8>,
}

/// Keeps what was not understood; the same body of the same channel is kept once.
///
/// # Errors
/// Those of the database.
pub async fn insert(connection: &mut PgConnection, letter: &NewDeadLetter) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into dead_letters (id, organization_id, channel_id, provider, kind, reason, body, body_hash)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict do nothing
        "#,
        letter.id,
        letter.organization_id,
        letter.channel_id,
        letter.provider,
        letter.kind,
        letter.reason,
        letter.body,
        letter.body_hash
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(Debug)]
pub struct Row {
    pub id: Uuid,
    pub organization_id: Option<Uuid>,
    pub channel_id: Option<Uuid>,
    pub provider: String,
    pub kind: String,
    pub reason: String,
    pub body: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub replayed_at: Option<DateTime<Utc>>,
}

/// Dead letters, newest first: the organization's, and with `unowned` those that named no channel of ours. Of a body the
/// first 16 KiB, since a page of whole ones would not fit.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    unowned: bool,
    before: Option<DeadLetterId>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"
        select id, organization_id, channel_id, provider, kind, reason, substring(body for 16384) as "body!", created_at,
            replayed_at
        from dead_letters
        where id in (
            (
                select id from dead_letters
                where organization_id = $1 and id < coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
                order by id desc limit $4
            )
            union all
            (
                select id from dead_letters
                where $2 and organization_id is null
                    and id < coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
                order by id desc limit $4
            )
        )
        order by id desc limit $4
        "#,
        organization_id.0,
        unowned,
        before.map(|id| id.0),
        limit
    )
    .fetch_all(executor)
    .await
}

/// One dead letter, under the same rule as [`list`].
///
/// # Errors
/// Those of the database.
pub async fn find(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    unowned: bool,
    id: DeadLetterId,
) -> sqlx::Result<Option<Row>> {
    sqlx::query_as!(
        Row,
        r#"
        select id, organization_id, channel_id, provider, kind, reason, body, created_at, replayed_at
        from dead_letters where id = $3 and (organization_id = $1 or ($2 and organization_id is null))
        "#,
        organization_id.0,
        unowned,
        id.0
    )
    .fetch_optional(executor)
    .await
}

/// Removes a dead letter that was understood at last.
///
/// # Errors
/// Those of the database.
pub async fn delete(executor: impl PgExecutor<'_>, id: DeadLetterId) -> sqlx::Result<()> {
    sqlx::query!("delete from dead_letters where id = $1", id.0).execute(executor).await?;
    Ok(())
}

/// Notes that a replay did not help, with the reason of now.
///
/// # Errors
/// Those of the database.
pub async fn set_replayed(
    executor: impl PgExecutor<'_>,
    id: DeadLetterId,
    reason: &str,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("update dead_letters set reason = $2, replayed_at = $3 where id = $1", id.0, reason, at)
        .execute(executor)
        .await?;
    Ok(())
}

/// Whether the installation serves a single organization, whose administrators are then the server's too.
///
/// # Errors
/// Those of the database.
pub async fn is_single_tenant(executor: impl PgExecutor<'_>) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select count(*) < 2 as "single!" from (select 1 from organizations limit 2) o"#)
        .fetch_one(executor)
        .await
}

/// Makes today's and tomorrow's partitions of journal and raw bodies, and drops those past their days.
///
/// # Errors
/// Those of the database.
pub async fn turn_partitions(connection: &mut PgConnection, keep_days: i32) -> sqlx::Result<()> {
    for table in ["events", "updates"] {
        sqlx::query!("select ensure_day_partitions($1, 3)", table).fetch_one(&mut *connection).await?;
        sqlx::query!("select drop_day_partitions($1, $2)", table, keep_days).fetch_one(&mut *connection).await?;
    }
    Ok(())
}
