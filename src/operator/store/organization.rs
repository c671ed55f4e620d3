//! SQL of organizations.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::id::OrganizationId;

/// Inserts an organization with the place of its journal.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut PgConnection,
    id: OrganizationId,
    name: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("insert into organizations (id, name, created_at) values ($1, $2, $3)", id.0, name, now)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("insert into event_positions (organization_id) values ($1)", id.0).execute(connection).await?;
    Ok(())
}
