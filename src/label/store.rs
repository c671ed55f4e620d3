//! SQL of labels.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::Label;
use crate::id::{LabelId, OrganizationId};
use crate::time::Millis;

struct Row {
    id: Uuid,
    name: String,
    color: String,
    created_at: DateTime<Utc>,
}

impl From<Row> for Label {
    fn from(row: Row) -> Self {
        Self { id: LabelId(row.id), name: row.name, color: row.color, created_at: Millis(row.created_at) }
    }
}

/// By what a list of labels is sorted, and what is unique: the name in small letters.
#[must_use]
pub fn key(name: &str) -> String {
    name.to_lowercase()
}

/// The organization's labels by name, from after `after`.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    after: Option<String>,
    limit: i64,
) -> sqlx::Result<Vec<Label>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select id, name, color, created_at from labels
        where organization_id = $1 and ($2::text is null or key > $2) order by key limit $3
        "#,
        organization_id.0,
        after,
        limit
    );
    Ok(rows.fetch_all(executor).await?.into_iter().map(Label::from).collect())
}

/// One label of the organization.
///
/// # Errors
/// Those of the database.
pub async fn find(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: LabelId,
) -> sqlx::Result<Option<Label>> {
    let row = sqlx::query_as!(
        Row,
        "select id, name, color, created_at from labels where id = $1 and organization_id = $2",
        id.0,
        organization_id.0
    );
    Ok(row.fetch_optional(executor).await?.map(Label::from))
}

/// `false`, and nothing changed, where the name is taken.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    label: &Label,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        insert into labels (id, organization_id, name, key, color, created_at) values ($1, $2, $3, $4, $5, $6)
        on conflict (organization_id, key) do nothing
        "#,
        label.id.0,
        organization_id.0,
        label.name,
        key(&label.name),
        label.color,
        label.created_at.0
    );
    Ok(done.execute(executor).await?.rows_affected() == 1)
}

/// Gives a label another color.
///
/// # Errors
/// Those of the database.
pub async fn set_color(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: LabelId,
    color: &str,
) -> sqlx::Result<()> {
    sqlx::query!("update labels set color = $3 where id = $1 and organization_id = $2", id.0, organization_id.0, color)
        .execute(executor)
        .await?;
    Ok(())
}

/// `false` where there is none.
///
/// # Errors
/// Those of the database.
pub async fn delete(executor: impl PgExecutor<'_>, organization_id: OrganizationId, id: LabelId) -> sqlx::Result<bool> {
    let done = sqlx::query!("delete from labels where id = $1 and organization_id = $2", id.0, organization_id.0);
    Ok(done.execute(executor).await?.rows_affected() == 1)
}
