//! SQL of failed logins, counted over all nodes. Times are the database's.

use sqlx::PgExecutor;

/// Failures under one key in the last 15 minutes.
#[derive(Debug, Clone, Copy)]
pub struct Recent {
    pub count: i64,
    /// Seconds until so many of them are older that fewer than the limit are left.
    pub wait_secs: f64,
}

/// Counts what failed under a key, and when there are `limit` or more, how long to wait.
///
/// # Errors
/// Those of the database.
pub async fn recent(executor: impl PgExecutor<'_>, key: &str, limit: i64) -> sqlx::Result<Recent> {
    sqlx::query_as!(
        Recent,
        r#"
        select count(*) as "count!",
            coalesce(extract(epoch from min(failed_at) + interval '15 minutes' - now()), 0)::float8 as "wait_secs!"
        from (
            select failed_at from login_failures
            where key = $1 and failed_at > now() - interval '15 minutes'
            order by failed_at desc limit $2
        ) newest
        "#,
        key,
        limit,
    )
    .fetch_one(executor)
    .await
}

/// Notes a failure under each key.
///
/// # Errors
/// Those of the database.
pub async fn insert(executor: impl PgExecutor<'_>, keys: &[String]) -> sqlx::Result<()> {
    sqlx::query!("insert into login_failures (key) select * from unnest($1::text[])", keys).execute(executor).await?;
    Ok(())
}

/// Forgets what failed under a key.
///
/// # Errors
/// Those of the database.
pub async fn delete(executor: impl PgExecutor<'_>, key: &str) -> sqlx::Result<()> {
    sqlx::query!("delete from login_failures where key = $1", key).execute(executor).await?;
    Ok(())
}

/// Forgets what no limit counts any more.
///
/// # Errors
/// Those of the database.
pub async fn sweep(executor: impl PgExecutor<'_>) -> sqlx::Result<u64> {
    let done = sqlx::query!("delete from login_failures where failed_at < now() - interval '15 minutes'");
    Ok(done.execute(executor).await?.rows_affected())
}
