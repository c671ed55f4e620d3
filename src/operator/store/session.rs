//! SQL of sessions and their refresh tokens.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::id::{SessionId, UserId};

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
