//! SQL of presence where there is no Redis; the changes themselves are the function `presence_change` of the migrations.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use super::desk::{Held, Op};
use super::{Connection, Snapshot};
use crate::id::{ChatId, OrganizationId, UserId};

/// Applies changes of connections of the node `owner`, in their order, and tells all nodes in the name of `from`.
///
/// # Errors
/// Those of the database; nothing was done then.
pub async fn change(
    executor: impl PgExecutor<'_>,
    channel: &str,
    owner: Uuid,
    from: Uuid,
    now_ms: i64,
    ops: &[Op],
) -> sqlx::Result<()> {
    let kinds: Vec<&str> = ops.iter().map(|op| op.kind.as_str()).collect();
    let connections: Vec<Uuid> = ops.iter().map(|op| op.connection.id).collect();
    let organizations: Vec<Uuid> = ops.iter().map(|op| op.connection.organization_id.0).collect();
    let users: Vec<Uuid> = ops.iter().map(|op| op.connection.user_id.0).collect();
    let chats: Vec<Option<Uuid>> = ops.iter().map(|op| op.chat_id.map(|id| id.0)).collect();
    let profiles: Vec<&str> = ops.iter().map(|op| op.profile.as_deref().unwrap_or("{}")).collect();
    sqlx::query!(
        r#"
        select set_config('synchronous_commit', 'off', true) as quick,
               presence_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)::text as changed
        "#,
        channel,
        owner,
        from,
        now_ms,
        &kinds as &[&str],
        &connections,
        &organizations,
        &users,
        &chats as &[Option<Uuid>],
        &profiles as &[&str],
    )
    .fetch_one(executor)
    .await?;
    Ok(())
}

/// Who is in a chat. A version that is shown is the one that the next change counts on from.
///
/// # Errors
/// Those of the database.
pub async fn find_snapshot(pool: &PgPool, chat_id: ChatId, now_ms: i64) -> sqlx::Result<Snapshot> {
    sqlx::query!(
        "insert into presence_chats (chat_id, version) select $1, $2
         where not exists (select from presence_chats where chat_id = $1) on conflict do nothing",
        chat_id.0,
        now_ms
    )
    .execute(pool)
    .await?;
    let found = sqlx::query!(
        r#"
        select c.version, array(
            select distinct m.user_id from presence_members m where m.chat_id = c.chat_id order by 1
        ) as "members!"
        from presence_chats c where c.chat_id = $1
        "#,
        chat_id.0
    )
    .fetch_optional(pool)
    .await?;
    let Some(found) = found else { return Ok(Snapshot::default()) };
    let member_ids: Vec<UserId> = found.members.into_iter().map(UserId).collect();
    Ok(Snapshot { count: member_ids.len() as u64, member_ids, version: found.version })
}

/// How many users of an organization are online.
///
/// # Errors
/// Those of the database.
pub async fn find_total(executor: impl PgExecutor<'_>, organization_id: OrganizationId) -> sqlx::Result<u64> {
    let total = sqlx::query_scalar!("select total from presence_totals where organization_id = $1", organization_id.0);
    Ok(u64::try_from(total.fetch_optional(executor).await?.unwrap_or_default()).unwrap_or_default())
}

/// How many users of these organizations are online, counted in each of theirs.
///
/// # Errors
/// Those of the database.
pub async fn find_total_of(executor: impl PgExecutor<'_>, organizations: &[OrganizationId]) -> sqlx::Result<u64> {
    let organizations: Vec<Uuid> = organizations.iter().map(|id| id.0).collect();
    let total = sqlx::query_scalar!(
        r#"select coalesce(sum(total), 0)::bigint as "total!" from presence_totals where organization_id = any($1)"#,
        &organizations
    );
    Ok(u64::try_from(total.fetch_one(executor).await?).unwrap_or_default())
}

/// Which of these users are online in the organization.
///
/// # Errors
/// Those of the database.
pub async fn list_online(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    users: &[UserId],
) -> sqlx::Result<HashSet<UserId>> {
    let users: Vec<Uuid> = users.iter().map(|id| id.0).collect();
    let online = sqlx::query_scalar!(
        "select distinct user_id from presence_connections where organization_id = $1 and user_id = any($2)",
        organization_id.0,
        &users
    );
    Ok(online.fetch_all(executor).await?.into_iter().map(UserId).collect())
}

/// Connections that are written for a node, with the chats they are in, up to so many.
///
/// # Errors
/// Those of the database.
pub async fn list_held(executor: impl PgExecutor<'_>, node: Uuid, most: usize) -> sqlx::Result<Vec<Held>> {
    let rows = sqlx::query!(
        r#"
        select c.id, c.organization_id, c.user_id, m.chat_id as "chat_id?"
        from (select * from presence_connections where node_id = $1 limit $2) c
        left join presence_members m on m.connection_id = c.id
        "#,
        node,
        i64::try_from(most).unwrap_or(i64::MAX)
    )
    .fetch_all(executor)
    .await?;
    let mut held: BTreeMap<Uuid, Held> = BTreeMap::new();
    for row in rows {
        let one = held.entry(row.id).or_insert_with(|| {
            let (organization_id, user_id) = (OrganizationId(row.organization_id), UserId(row.user_id));
            Held { connection: Connection { id: row.id, organization_id, user_id }, chats: BTreeSet::new() }
        });
        one.chats.extend(row.chat_id.map(ChatId));
    }
    Ok(held.into_values().collect())
}

/// Nodes that connections are written for.
///
/// # Errors
/// Those of the database.
pub async fn list_nodes(executor: impl PgExecutor<'_>) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"
        with recursive node as (
            (select node_id from presence_connections order by node_id limit 1)
            union all
            select p.node_id from node n cross join lateral (
                select node_id from presence_connections where node_id > n.node_id order by node_id limit 1
            ) p
        )
        select node_id as "node_id!" from node
        "#
    )
    .fetch_all(executor)
    .await
}

/// Forgets the versions of chats that nobody has been in for an hour.
///
/// # Errors
/// Those of the database.
pub async fn delete_empty(executor: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("delete from presence_chats where members = 0 and changed_at < now() - interval '1 hour'")
        .execute(executor)
        .await?;
    Ok(())
}
