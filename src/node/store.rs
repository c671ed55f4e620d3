//! SQL of the nodes.

use std::time::Duration;

use sqlx::PgExecutor;
use uuid::Uuid;

use super::Node;

/// Shows that a node lives, forgets those that are dead, and answers who lives, itself included.
///
/// # Errors
/// Those of the database.
pub async fn beat(executor: impl PgExecutor<'_>, id: Uuid, lease: Duration) -> sqlx::Result<Vec<Node>> {
    sqlx::query_as!(
        Node,
        r#"
        with beaten as (
            insert into nodes (id) values ($1) on conflict (id) do update set seen_at = now() returning id, started_at
        ), dead as (
            delete from nodes where seen_at < now() - make_interval(secs => $2) and id <> $1
        )
        select id as "id!", started_at as "started_at!" from beaten
        union all
        select id, started_at from nodes where seen_at >= now() - make_interval(secs => $2) and id <> $1
        "#,
        id,
        lease.as_secs_f64(),
    )
    .fetch_all(executor)
    .await
}

/// # Errors
/// Those of the database.
pub async fn delete(executor: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from nodes where id = $1", id).execute(executor).await?;
    Ok(())
}
