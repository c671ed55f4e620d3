//! SQL of quick replies.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::QuickReply;
use crate::id::{OrganizationId, QuickReplyId, UserId};
use crate::time::Millis;

struct Row {
    id: Uuid,
    shortcut: String,
    content: String,
    created_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for QuickReply {
    fn from(row: Row) -> Self {
        Self {
            id: QuickReplyId(row.id),
            shortcut: row.shortcut,
            content: row.content,
            created_by: row.created_by.map(UserId),
            created_at: Millis(row.created_at),
            updated_at: Millis(row.updated_at),
        }
    }
}

/// By what a list is sorted, and what is unique: the shortcut in small letters.
#[must_use]
pub fn key(shortcut: &str) -> String {
    shortcut.to_lowercase()
}

/// The organization's quick replies by shortcut, from after `after`; with a pattern for `ilike`, those whose shortcut or
/// text has it.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    pattern: Option<String>,
    after: Option<String>,
    limit: i64,
) -> sqlx::Result<Vec<QuickReply>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select id, shortcut, content, created_by, created_at, updated_at from quick_replies
        where organization_id = $1 and ($2::text is null or shortcut ilike $2 or content ilike $2)
            and ($3::text is null or key > $3)
        order by key limit $4
        "#,
        organization_id.0,
        pattern,
        after,
        limit
    );
    Ok(rows.fetch_all(executor).await?.into_iter().map(QuickReply::from).collect())
}

/// One quick reply of the organization.
///
/// # Errors
/// Those of the database.
pub async fn find(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: QuickReplyId,
) -> sqlx::Result<Option<QuickReply>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select id, shortcut, content, created_by, created_at, updated_at from quick_replies
        where id = $1 and organization_id = $2
        "#,
        id.0,
        organization_id.0
    );
    Ok(row.fetch_optional(executor).await?.map(QuickReply::from))
}

/// `false`, and nothing changed, where the shortcut is taken.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    reply: &QuickReply,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        insert into quick_replies (id, organization_id, shortcut, key, content, created_by, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (organization_id, key) do nothing
        "#,
        reply.id.0,
        organization_id.0,
        reply.shortcut,
        key(&reply.shortcut),
        reply.content,
        reply.created_by.map(|id| id.0),
        reply.created_at.0,
        reply.updated_at.0
    );
    Ok(done.execute(executor).await?.rows_affected() == 1)
}

/// Writes what is given and leaves the rest; gives the whole, or `None` where there is none.
///
/// # Errors
/// Those of the database; a unique violation where the shortcut is taken.
pub async fn update(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: QuickReplyId,
    shortcut: Option<&str>,
    content: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<QuickReply>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        update quick_replies set shortcut = coalesce($3, shortcut), key = coalesce($4, key),
            content = coalesce($5, content), updated_at = $6
        where id = $1 and organization_id = $2
        returning id, shortcut, content, created_by, created_at, updated_at
        "#,
        id.0,
        organization_id.0,
        shortcut,
        shortcut.map(key),
        content,
        now
    );
    Ok(row.fetch_optional(executor).await?.map(QuickReply::from))
}

/// `false` where there is none.
///
/// # Errors
/// Those of the database.
pub async fn delete(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: QuickReplyId,
) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("delete from quick_replies where id = $1 and organization_id = $2", id.0, organization_id.0);
    Ok(done.execute(executor).await?.rows_affected() == 1)
}
