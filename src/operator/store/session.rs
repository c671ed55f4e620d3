//! SQL of sessions and their refresh tokens.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::id::{OrganizationId, SessionId, UserId};

/// Whose a session is, and whether it was ended.
#[derive(Debug, Clone, Copy)]
pub struct SessionState {
    pub id: SessionId,
    pub user_id: UserId,
    pub revoked: bool,
}

/// Those of the sessions that exist.
///
/// # Errors
/// Those of the database.
pub async fn find_states(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<SessionState>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select id, user_id, revoked_at is not null as "revoked!" from sessions where id = any($1)"#,
        ids,
    );
    let states =
        rows.map(|row| SessionState { id: SessionId(row.id), user_id: UserId(row.user_id), revoked: row.revoked });
    states.fetch_all(executor).await
}

/// Opens a session.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    id: SessionId,
    user_id: UserId,
    organization_id: OrganizationId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into sessions (id, user_id, organization_id, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        id.0,
        user_id.0,
        organization_id.0,
        now,
        expires_at,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Adds a refresh token to a session, and lets the session live until `expires_at`.
///
/// # Errors
/// Those of the database.
pub async fn insert_token(
    connection: &mut PgConnection,
    session_id: SessionId,
    token_hash: &[u8],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("update sessions set expires_at = $2 where id = $1", session_id.0, expires_at)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "insert into refresh_tokens (token_hash, session_id, created_at) values ($1, $2, $3)",
        token_hash,
        session_id.0,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A refresh token with its session.
#[derive(Debug)]
pub struct Presented {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub organization_id: OrganizationId,
    pub expires_at: DateTime<Utc>,
    pub revoked: bool,
    /// It was exchanged before.
    pub used: bool,
    /// The token that it was exchanged for last was itself exchanged.
    pub successor_used: bool,
}

/// A refresh token, its session locked until the transaction ends, so that tabs that refresh at once take turns.
///
/// # Errors
/// Those of the database.
pub async fn lock_presented(connection: &mut PgConnection, token_hash: &[u8]) -> sqlx::Result<Option<Presented>> {
    let locked = sqlx::query_scalar!(
        r#"
        select id from sessions where id = (select session_id from refresh_tokens where token_hash = $1) for update
        "#,
        token_hash,
    );
    let Some(session_id) = locked.fetch_optional(&mut *connection).await? else { return Ok(None) };
    // a statement of its own: it sees what the one before it waited for
    let row = sqlx::query!(
        r#"
        select s.user_id, s.organization_id, s.expires_at, s.revoked_at is not null as "revoked!",
            t.used_at is not null as "used!", n.used_at is not null as "successor_used!"
        from refresh_tokens t join sessions s on s.id = t.session_id
            left join refresh_tokens n on n.token_hash = t.successor_hash
        where t.token_hash = $1
        "#,
        token_hash,
    );
    let presented = row.map(|row| Presented {
        session_id: SessionId(session_id),
        user_id: UserId(row.user_id),
        organization_id: OrganizationId(row.organization_id),
        expires_at: row.expires_at,
        revoked: row.revoked,
        used: row.used,
        successor_used: row.successor_used,
    });
    presented.fetch_optional(connection).await
}

/// Notes what a refresh token was exchanged for.
///
/// # Errors
/// Those of the database.
pub async fn set_successor(
    executor: impl PgExecutor<'_>,
    token_hash: &[u8],
    successor_hash: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update refresh_tokens set successor_hash = $2, used_at = coalesce(used_at, $3) where token_hash = $1",
        token_hash,
        successor_hash,
        now,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// Those of the database.
pub async fn revoke(executor: impl PgExecutor<'_>, id: SessionId, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update sessions set revoked_at = coalesce(revoked_at, $2) where id = $1", id.0, now)
        .execute(executor)
        .await?;
    Ok(())
}

/// Ends all sessions of a member.
///
/// # Errors
/// Those of the database.
pub async fn revoke_all(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    user_id: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update sessions set revoked_at = $3
        where organization_id = $1 and user_id = $2 and revoked_at is null
        "#,
        organization_id.0,
        user_id.0,
        now,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Forgets sessions that ended by themselves, and exchanged tokens that are older than a session lives.
///
/// # Errors
/// Those of the database.
pub async fn sweep(executor: impl PgExecutor<'_>, now: DateTime<Utc>, oldest: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        with ended as (delete from sessions where expires_at < $1)
        delete from refresh_tokens where used_at < $2
        "#,
        now,
        oldest,
    )
    .execute(executor)
    .await?;
    Ok(())
}
