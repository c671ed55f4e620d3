//! SQL of API keys. A key itself is never stored: its SHA-256 is.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::id::{ApiKeyId, OrganizationId};
use crate::operator::Role;

/// What a key may do, and where.
#[derive(Debug, Clone)]
pub struct KeyHolder {
    pub id: ApiKeyId,
    pub organization_id: OrganizationId,
    pub role: Role,
}

/// The holder of the key with this hash; notes the use, once a minute at most.
///
/// # Errors
/// Those of the database.
pub async fn find_and_touch(executor: impl PgExecutor<'_>, key_hash: &[u8]) -> sqlx::Result<Option<KeyHolder>> {
    let row = sqlx::query!(
        r#"
        with used as (
            update api_keys set last_used_at = now()
            where key_hash = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')
        )
        select id, organization_id, role from api_keys where key_hash = $1
        "#,
        key_hash,
    );
    row.map(|row| holder(row.id, row.organization_id, &row.role)).fetch_optional(executor).await
}

/// The holders of these keys, as far as they exist.
///
/// # Errors
/// Those of the database.
pub async fn find_holders(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<KeyHolder>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!("select id, organization_id, role from api_keys where id = any($1)", ids);
    rows.map(|row| holder(row.id, row.organization_id, &row.role)).fetch_all(executor).await
}

fn holder(id: Uuid, organization_id: Uuid, role: &str) -> KeyHolder {
    KeyHolder { id: ApiKeyId(id), organization_id: OrganizationId(organization_id), role: Role::stored(role) }
}
