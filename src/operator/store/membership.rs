//! SQL of what a token's bearer belongs to.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::id::{ChatId, ContactId, OrganizationId, UserId};
use crate::operator::Role;

/// A user's place in an organization.
#[derive(Debug, Clone)]
pub struct Membership {
    pub user_id: UserId,
    pub organization_id: OrganizationId,
    pub role: Role,
    pub server_admin: bool,
}

/// The active memberships of these users.
///
/// # Errors
/// Those of the database.
pub async fn find_active(executor: impl PgExecutor<'_>, user_ids: &[Uuid]) -> sqlx::Result<Vec<Membership>> {
    let rows = sqlx::query!(
        r#"
        select m.user_id, m.organization_id, m.role, u.server_admin
        from memberships m join users u on u.id = m.user_id
        where m.user_id = any($1) and m.active
        order by m.organization_id
        "#,
        user_ids,
    );
    let memberships = rows.map(|row| Membership {
        user_id: UserId(row.user_id),
        organization_id: OrganizationId(row.organization_id),
        role: Role::stored(&row.role),
        server_admin: row.server_admin,
    });
    memberships.fetch_all(executor).await
}

/// A visitor: the contact of a chat.
#[derive(Debug, Clone, Copy)]
pub struct Guest {
    pub chat_id: ChatId,
    pub contact_id: ContactId,
    pub organization_id: OrganizationId,
}

/// Those of the pairs of chat and contact that belong together.
///
/// # Errors
/// Those of the database.
pub async fn find_guests(
    executor: impl PgExecutor<'_>,
    chat_ids: &[Uuid],
    contact_ids: &[Uuid],
) -> sqlx::Result<Vec<Guest>> {
    if chat_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"
        select c.id, c.contact_id, c.organization_id
        from chats c join unnest($1::uuid[], $2::uuid[]) as g (chat_id, contact_id)
            on c.id = g.chat_id and c.contact_id = g.contact_id
        "#,
        chat_ids,
        contact_ids,
    );
    let guests = rows.map(|row| Guest {
        chat_id: ChatId(row.id),
        contact_id: ContactId(row.contact_id),
        organization_id: OrganizationId(row.organization_id),
    });
    guests.fetch_all(executor).await
}

/// `false`, and nothing changed, if the user belongs to it already.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    user_id: UserId,
    role: Role,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into memberships (organization_id, user_id, role) values ($1, $2, $3) on conflict do nothing",
        organization_id.0,
        user_id.0,
        role.as_str(),
    );
    Ok(done.execute(executor).await?.rows_affected() == 1)
}

/// All organizations of a user, active there or not, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn find_organizations(executor: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Vec<OrganizationId>> {
    let ids = sqlx::query_scalar!(
        "select organization_id from memberships where user_id = $1 order by organization_id",
        user_id.0,
    );
    Ok(ids.fetch_all(executor).await?.into_iter().map(OrganizationId).collect())
}

/// Ids of all organizations of the server.
///
/// # Errors
/// Those of the database.
pub async fn list_organizations(executor: impl PgExecutor<'_>) -> sqlx::Result<Vec<OrganizationId>> {
    let ids = sqlx::query_scalar!("select id from organizations");
    Ok(ids.fetch_all(executor).await?.into_iter().map(OrganizationId).collect())
}

/// Names of organizations, by id.
///
/// # Errors
/// Those of the database.
pub async fn find_names(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<(OrganizationId, String)>> {
    let rows = sqlx::query!("select id, name from organizations where id = any($1) order by id", ids);
    rows.map(|row| (OrganizationId(row.id), row.name)).fetch_all(executor).await
}

/// The active administrators, locked until the transaction ends, so that two cannot step down at once.
///
/// # Errors
/// Those of the database.
pub async fn lock_admins(executor: impl PgExecutor<'_>, organization_id: OrganizationId) -> sqlx::Result<Vec<UserId>> {
    let ids = sqlx::query_scalar!(
        r#"
        select user_id from memberships where organization_id = $1 and role = 'admin' and active
        order by user_id for update
        "#,
        organization_id.0,
    );
    Ok(ids.fetch_all(executor).await?.into_iter().map(UserId).collect())
}

/// The active administrators, those who came first.
///
/// # Errors
/// Those of the database.
pub async fn list_admins(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    limit: i64,
) -> sqlx::Result<Vec<UserId>> {
    let ids = sqlx::query_scalar!(
        r#"
        select user_id from memberships where organization_id = $1 and role = 'admin' and active
        order by user_id limit $2
        "#,
        organization_id.0,
        limit,
    );
    Ok(ids.fetch_all(executor).await?.into_iter().map(UserId).collect())
}

/// Writes what is given and leaves the rest.
///
/// # Errors
/// Those of the database.
pub async fn update(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    user_id: UserId,
    role: Option<Role>,
    active: Option<bool>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update memberships set role = coalesce($3, role), active = coalesce($4, active)
        where organization_id = $1 and user_id = $2
        "#,
        organization_id.0,
        user_id.0,
        role.map(Role::as_str),
        active,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Whether a user is an active member of the organization.
///
/// # Errors
/// Those of the database.
pub async fn is_member(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    user_id: UserId,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select 1 from memberships where organization_id = $1 and user_id = $2 and active
        ) as "member!"
        "#,
        organization_id.0,
        user_id.0
    )
    .fetch_one(executor)
    .await
}
