//! SQL of teams. A deleted team is gone for everybody; its row stays until no chat names it.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::Team;
use crate::id::{OrganizationId, TeamId, UserId};
use crate::time::Millis;

struct Row {
    id: Uuid,
    name: String,
    user_ids: Vec<Uuid>,
    created_at: DateTime<Utc>,
}

impl From<Row> for Team {
    fn from(row: Row) -> Self {
        Self {
            id: TeamId(row.id),
            name: row.name,
            user_ids: row.user_ids.into_iter().map(UserId).collect(),
            created_at: Millis(row.created_at),
        }
    }
}

macro_rules! select_teams {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select t.id, t.name, t.created_at, array(
                select m.user_id from team_members m
                join memberships s on s.user_id = m.user_id and s.organization_id = t.organization_id and s.active
                where m.team_id = t.id order by m.user_id
            ) as "user_ids!"
            from teams t
            "# + $tail $(, $argument)*
        )
    };
}

/// The organization's teams in the order in which they were made, from after `after`.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Team>> {
    let rows = select_teams!(
        r#"
        where t.organization_id = $1 and t.deleted_at is null and ($2::uuid is null or t.id > $2) order by t.id limit $3
        "#,
        organization_id.0,
        after,
        limit
    );
    Ok(rows.fetch_all(executor).await?.into_iter().map(Team::from).collect())
}

/// One team of the organization.
///
/// # Errors
/// Those of the database.
pub async fn find(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: TeamId,
) -> sqlx::Result<Option<Team>> {
    let row =
        select_teams!("where t.id = $1 and t.organization_id = $2 and t.deleted_at is null", id.0, organization_id.0);
    Ok(row.fetch_optional(executor).await?.map(Team::from))
}

/// Whether the organization has the team, which then stays until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn hold(executor: impl PgExecutor<'_>, organization_id: OrganizationId, id: TeamId) -> sqlx::Result<bool> {
    let row = sqlx::query!(
        "select id from teams where id = $1 and organization_id = $2 and deleted_at is null for share",
        id.0,
        organization_id.0
    );
    Ok(row.fetch_optional(executor).await?.is_some())
}

/// Makes a team without members.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: TeamId,
    name: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into teams (id, organization_id, name, created_at) values ($1, $2, $3, $4)",
        id.0,
        organization_id.0,
        name,
        now
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Locks a team and names it anew where a name is given; `false` where there is none.
///
/// # Errors
/// Those of the database.
pub async fn update(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: TeamId,
    name: Option<&str>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update teams set name = coalesce($3, name) where id = $1 and organization_id = $2 and deleted_at is null",
        id.0,
        organization_id.0,
        name
    );
    Ok(done.execute(executor).await?.rows_affected() == 1)
}

/// Puts these members in place of those that a team had; `false` where one of them is no active member of the organization.
///
/// # Errors
/// Those of the database.
pub async fn set_members(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    id: TeamId,
    user_ids: &[UserId],
) -> sqlx::Result<bool> {
    let ids: Vec<Uuid> = user_ids.iter().map(|id| id.0).collect();
    sqlx::query!("delete from team_members where team_id = $1", id.0).execute(&mut *connection).await?;
    let done = sqlx::query!(
        r#"
        insert into team_members (team_id, user_id)
        select $1, user_id from memberships where organization_id = $2 and user_id = any($3) and active
        "#,
        id.0,
        organization_id.0,
        &ids
    )
    .execute(connection)
    .await?;
    Ok(usize::try_from(done.rows_affected()) == Ok(ids.len()))
}

/// Lets a team be gone; `false` where there is none.
///
/// # Errors
/// Those of the database.
pub async fn mark_deleted(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: TeamId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update teams set deleted_at = $3 where id = $1 and organization_id = $2 and deleted_at is null",
        id.0,
        organization_id.0,
        now
    );
    Ok(done.execute(executor).await?.rows_affected() == 1)
}

/// Teams that are gone while chats may still name them, the first that went first.
///
/// # Errors
/// Those of the database.
pub async fn list_deleted(executor: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<(OrganizationId, TeamId)>> {
    let rows = sqlx::query!(
        "select id, organization_id from teams where deleted_at is not null order by deleted_at limit $1",
        limit
    );
    rows.map(|row| (OrganizationId(row.organization_id), TeamId(row.id))).fetch_all(executor).await
}

/// Removes the row of a deleted team, which no chat may name any more.
///
/// # Errors
/// Those of the database.
pub async fn remove(executor: impl PgExecutor<'_>, id: TeamId) -> sqlx::Result<()> {
    sqlx::query!("delete from teams where id = $1 and deleted_at is not null", id.0).execute(executor).await?;
    Ok(())
}
