//! SQL of API keys. A key itself is never stored: its SHA-256 is.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgExecutor;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::id::{ApiKeyId, OrganizationId, UserId};
use crate::operator::Role;
use crate::time::Millis;

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

/// A key as administrators see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub role: Role,
    /// To the minute.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub last_used_at: Option<Millis>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
}

/// Keys in the order in which they were made, from after `after`.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<ApiKey>> {
    let rows = sqlx::query!(
        r#"
        select id, name, role, last_used_at, created_at from api_keys
        where organization_id = $1 and ($2::uuid is null or id > $2)
        order by id limit $3
        "#,
        organization_id.0,
        after,
        limit,
    );
    let keys = rows.map(|row| ApiKey {
        id: ApiKeyId(row.id),
        name: row.name,
        role: Role::stored(&row.role),
        last_used_at: row.last_used_at.map(Millis),
        created_at: Millis(row.created_at),
    });
    keys.fetch_all(executor).await
}

/// A key that is not stored yet.
#[derive(Debug)]
pub struct NewKey<'a> {
    pub id: ApiKeyId,
    pub organization_id: OrganizationId,
    pub name: &'a str,
    pub role: Role,
    pub key_hash: &'a [u8],
    pub created_by: Option<UserId>,
}

/// Stores a key.
///
/// # Errors
/// Those of the database.
pub async fn insert(executor: impl PgExecutor<'_>, key: &NewKey<'_>, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into api_keys (id, organization_id, name, role, key_hash, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        key.id.0,
        key.organization_id.0,
        key.name,
        key.role.as_str(),
        key.key_hash,
        key.created_by.map(|id| id.0),
        now,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// `false` if the organization has no such key.
///
/// # Errors
/// Those of the database.
pub async fn delete(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: ApiKeyId,
) -> sqlx::Result<bool> {
    let done = sqlx::query!("delete from api_keys where organization_id = $1 and id = $2", organization_id.0, id.0);
    Ok(done.execute(executor).await?.rows_affected() == 1)
}
