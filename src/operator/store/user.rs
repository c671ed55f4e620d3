//! SQL of users, and of their places in organizations.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::id::{OrganizationId, UserId};
use crate::operator::{Member, Role, User};
use crate::time::Millis;

struct Row {
    id: Uuid,
    name: String,
    email: String,
    username: Option<String>,
    avatar_url: Option<String>,
    role: String,
    active: bool,
    last_seen_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            id: UserId(row.id),
            name: row.name,
            email: row.email,
            username: row.username,
            avatar_url: row.avatar_url,
            role: Role::stored(&row.role),
            online: false,
            last_seen_at: row.last_seen_at.map(Millis),
            created_at: Millis(row.created_at),
        }
    }
}

impl From<Row> for Member {
    fn from(row: Row) -> Self {
        Self { active: row.active, user: row.into() }
    }
}

/// Those of the users who belong to the organization, active or not: what was written stays signed.
///
/// # Errors
/// Those of the database.
pub async fn find_members(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    ids: &[Uuid],
) -> sqlx::Result<Vec<User>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select u.id, u.name, u.email, u.username, u.avatar_url, m.role, m.active, u.last_seen_at, u.created_at
        from memberships m join users u on u.id = m.user_id
        where m.organization_id = $1 and m.user_id = any($2)
        order by u.id
        "#,
        organization_id.0,
        ids,
    );
    Ok(rows.fetch_all(executor).await?.into_iter().map(User::from).collect())
}

/// A member of the organization.
///
/// # Errors
/// Those of the database.
pub async fn find_member(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: UserId,
) -> sqlx::Result<Option<User>> {
    Ok(find_members(executor, organization_id, &[id.0]).await?.pop())
}

/// Members in the order in which they were made, from after `after`: those who are active, those who are not, or all.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    active: Option<bool>,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Member>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select u.id, u.name, u.email, u.username, u.avatar_url, m.role, m.active, u.last_seen_at, u.created_at
        from memberships m join users u on u.id = m.user_id
        where m.organization_id = $1 and ($2::bool is null or m.active = $2) and ($3::uuid is null or u.id > $3)
        order by u.id
        limit $4
        "#,
        organization_id.0,
        active,
        after,
        limit,
    );
    Ok(rows.fetch_all(executor).await?.into_iter().map(Member::from).collect())
}

/// Who may be behind an e-mail and a password.
#[derive(Debug)]
pub struct Account {
    pub id: UserId,
    pub password_hash: String,
}

/// The account of an e-mail, which is written in lower case.
///
/// # Errors
/// Those of the database.
pub async fn find_account(executor: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<Account>> {
    let row = sqlx::query!("select id, password_hash from users where email = $1", email);
    row.map(|row| Account { id: UserId(row.id), password_hash: row.password_hash }).fetch_optional(executor).await
}

/// A user that is not stored yet.
#[derive(Debug)]
pub struct NewUser<'a> {
    pub id: UserId,
    pub email: &'a str,
    pub password_hash: &'a str,
    pub name: &'a str,
    pub username: Option<&'a str>,
    pub server_admin: bool,
}

/// `false`, and nothing changed, if the e-mail is known.
///
/// # Errors
/// Those of the database.
pub async fn insert(executor: impl PgExecutor<'_>, user: &NewUser<'_>, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        insert into users (id, email, password_hash, name, username, server_admin, created_at)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict (email) do nothing
        "#,
        user.id.0,
        user.email,
        user.password_hash,
        user.name,
        user.username,
        user.server_admin,
        now,
    );
    Ok(done.execute(executor).await?.rows_affected() == 1)
}

/// Writes what is given and leaves the rest; an empty username or picture clears it.
///
/// # Errors
/// Those of the database; a unique violation where the e-mail is somebody else's.
pub async fn update(
    executor: impl PgExecutor<'_>,
    id: UserId,
    profile: &crate::operator::ProfileChange,
    email: Option<&str>,
    password_hash: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update users set
            name = coalesce($2, name),
            username = case when $3::text is null then username else nullif($3, '') end,
            avatar_url = case when $4::text is null then avatar_url else nullif($4, '') end,
            email = coalesce($5, email),
            password_hash = coalesce($6, password_hash)
        where id = $1
        "#,
        id.0,
        profile.name.as_deref(),
        profile.username.as_deref(),
        profile.avatar_url.as_deref(),
        email,
        password_hash,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Whether another member of an organization of this user has the username, in whatever case. Until the transaction ends,
/// nobody else can take it.
///
/// # Errors
/// Those of the database.
pub async fn is_username_taken(
    connection: &mut PgConnection,
    organization_ids: &[Uuid],
    id: UserId,
    username: &str,
) -> sqlx::Result<bool> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('username:' || lower($1), 0))", username)
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar!(
        r#"
        select exists (
            select from users u join memberships m on m.user_id = u.id
            where m.organization_id = any($1) and u.id <> $2 and lower(u.username) = lower($3)
        ) as "taken!"
        "#,
        organization_ids,
        id.0,
        username,
    )
    .fetch_one(connection)
    .await
}

/// Whether nobody has an account yet.
///
/// # Errors
/// Those of the database.
pub async fn is_nobody(executor: impl PgExecutor<'_>) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select not exists (select 1 from users) as "nobody!""#).fetch_one(executor).await
}

/// Lets nobody else make, change or remove a user until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn lock_all(executor: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("lock table users in share row exclusive mode").execute(executor).await?;
    Ok(())
}

/// The name under which an operator writes.
///
/// # Errors
/// Those of the database.
pub async fn find_name(executor: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select name from users where id = $1", user_id.0).fetch_optional(executor).await
}

/// Notes when users were last seen.
///
/// # Errors
/// Those of the database.
pub async fn note_seen(executor: impl PgExecutor<'_>, seen: &[(UserId, DateTime<Utc>)]) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = seen.iter().map(|(id, _)| id.0).collect();
    let times: Vec<DateTime<Utc>> = seen.iter().map(|(_, at)| *at).collect();
    sqlx::query!(
        r#"
        update users u set last_seen_at = greatest(u.last_seen_at, s.at)
        from unnest($1::uuid[], $2::timestamptz[]) as s (id, at) where u.id = s.id
        "#,
        &ids,
        &times,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The active members with one of these usernames, which are in lower case, as are those that are given.
///
/// # Errors
/// Those of the database.
pub async fn find_by_usernames(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    usernames: &[String],
) -> sqlx::Result<Vec<(UserId, String)>> {
    let rows = sqlx::query!(
        r#"
        select u.id, lower(u.username) as "username!" from memberships m join users u on u.id = m.user_id
        where m.organization_id = $1 and m.active and lower(u.username) = any($2)
        order by u.id
        "#,
        organization_id.0,
        usernames,
    );
    rows.map(|row| (UserId(row.id), row.username)).fetch_all(executor).await
}
