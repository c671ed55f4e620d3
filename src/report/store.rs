//! SQL of reports. Ids of messages and chats are UUIDv7, so a range of ids is a range of times: what was stored on a day is
//! one stretch of the primary key, and needs no index of its own. Each statement reads one day.
//!
//! An answer is what was said to the customer: no private note, nothing failed or deleted. The history of a phone that was
//! paired counts as neither question nor answer: its questions raise no `incoming_count`, its answers are of nobody here and
//! older than a day when they come.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::Range;
use crate::id::OrganizationId;

/// Messages of a day: of customers by channel, answers also by chat where an operator gave them.
#[derive(Debug)]
pub struct Traffic {
    pub channel_id: Uuid,
    pub from_me: bool,
    /// `None`: a customer, a program, or the business's own phone.
    pub user_id: Option<Uuid>,
    pub chat_id: Option<Uuid>,
    pub count: i64,
}

/// A wait that an operator ended, or a spell that came to its end.
#[derive(Debug)]
pub struct Duration {
    pub user_id: Option<Uuid>,
    /// `None` where no customer waited.
    pub secs: Option<f64>,
}

/// A channel.
#[derive(Debug)]
pub struct Named {
    pub id: Uuid,
    pub name: String,
    pub provider: String,
}

/// How much was said.
///
/// # Errors
/// Those of the database.
pub async fn list_traffic(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    day: Range,
) -> sqlx::Result<Vec<Traffic>> {
    let (first, next) = day.ids();
    sqlx::query_as!(
        Traffic,
        r#"
        with chats as (
            select chat_id, channel_id, from_me, sender_user_id,
                case when from_me then count(*) else max(incoming_count) - min(incoming_count) + 1 end as count
            from messages
            where id >= $2 and id < $3 and organization_id = $1 and type <> 'system'
                and case when from_me
                    then not private and status <> 'failed' and deleted_at is null
                        and (sender_user_id is not null or provider_at is null or provider_at > created_at - interval '1 day')
                    else incoming_count > 0
                end
            group by 1, 2, 3, 4
        )
        select channel_id as "channel_id!", from_me as "from_me!", sender_user_id as user_id,
            case when sender_user_id is not null then chat_id end as chat_id, sum(count)::int8 as "count!"
        from chats group by 1, 2, 3, 4
        "#,
        organization_id.0,
        first,
        next
    )
    .fetch_all(executor)
    .await
}

/// How long customers waited for the answers of operators. A wait begins with the first message of a customer after the
/// answer before, whoever gave that; it is looked up from the answer backwards, over the few messages between.
///
/// # Errors
/// Those of the database.
pub async fn list_first_responses(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    day: Range,
) -> sqlx::Result<Vec<Duration>> {
    let (first, next) = day.ids();
    sqlx::query_as!(
        Duration,
        r#"
        select a.sender_user_id as user_id, extract(epoch from a.created_at - asked.created_at)::float8 as secs
        from messages a
        left join lateral (
            select b.seq, b.incoming_count from messages b
            where b.chat_id = a.chat_id and b.seq < a.seq and b.from_me and not b.private and b.status <> 'failed'
                and b.deleted_at is null and b.type <> 'system'
            order by b.seq desc limit 1
        ) before on true
        cross join lateral (
            select c.created_at from messages c
            where c.chat_id = a.chat_id and c.seq > coalesce(before.seq, 0) and c.seq < a.seq and not c.from_me
                and c.incoming_count > coalesce(before.incoming_count, 0)
            order by c.seq limit 1
        ) asked
        where a.id >= $2 and a.id < $3 and a.organization_id = $1 and a.from_me and not a.private
            and a.status <> 'failed' and a.deleted_at is null and a.type <> 'system' and a.sender_user_id is not null
        "#,
        organization_id.0,
        first,
        next
    )
    .fetch_all(executor)
    .await
}

/// Chats that were begun, by channel.
///
/// # Errors
/// Those of the database.
pub async fn list_new_chats(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    day: Range,
) -> sqlx::Result<Vec<(Uuid, i64)>> {
    let (first, next) = day.ids();
    let rows = sqlx::query!(
        r#"
        select channel_id, count(*) as "count!" from chats where id >= $2 and id < $3 and organization_id = $1
        group by channel_id
        "#,
        organization_id.0,
        first,
        next
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (row.channel_id, row.count)).collect())
}

/// Changes to `resolved`, each with how long it took.
///
/// # Errors
/// Those of the database.
pub async fn list_resolutions(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    day: Range,
) -> sqlx::Result<Vec<Duration>> {
    sqlx::query_as!(
        Duration,
        r#"
        select user_id, extract(epoch from resolved_at - opened_at)::float8 as secs
        from resolutions where organization_id = $1 and resolved_at >= $2 and resolved_at < $3
        "#,
        organization_id.0,
        day.from,
        day.to
    )
    .fetch_all(executor)
    .await
}

/// How many chats are open now.
///
/// # Errors
/// Those of the database.
pub async fn count_open(executor: impl PgExecutor<'_>, organization_id: OrganizationId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from chats where organization_id = $1 and status = 'open'"#,
        organization_id.0
    )
    .fetch_one(executor)
    .await
}

/// The organization's channels.
///
/// # Errors
/// Those of the database.
pub async fn list_channels(executor: impl PgExecutor<'_>, organization_id: OrganizationId) -> sqlx::Result<Vec<Named>> {
    sqlx::query_as!(
        Named,
        "select id, name, provider from channels where organization_id = $1 order by id",
        organization_id.0
    )
    .fetch_all(executor)
    .await
}

/// Names of members, former ones too.
///
/// # Errors
/// Those of the database.
pub async fn list_operators(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    ids: &[Uuid],
) -> sqlx::Result<Vec<(Uuid, String)>> {
    let rows = sqlx::query!(
        r#"
        select u.id, u.name from memberships m join users u on u.id = m.user_id
        where m.organization_id = $1 and m.user_id = any($2)
        "#,
        organization_id.0,
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
