//! SQL of the installation's own facts.

use sqlx::PgExecutor;

/// The stored value of a key, which is this one where there was none.
///
/// # Errors
/// Those of the database.
pub async fn find_or_insert(executor: impl PgExecutor<'_>, key: &str, value: &str) -> sqlx::Result<String> {
    sqlx::query_scalar!(
        r#"
        with made as (insert into installation (key, value) values ($1, $2) on conflict do nothing returning value)
        select value as "value!" from made union all select value from installation where key = $1 limit 1
        "#,
        key,
        value
    )
    .fetch_one(executor)
    .await
}
