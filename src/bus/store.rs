//! SQL of the bus.

use sqlx::PgExecutor;

/// Notifies all who listen, and does not wait for the disk: it may be lost.
///
/// # Errors
/// Those of the database.
pub async fn notify(executor: impl PgExecutor<'_>, channel: &str, payload: &str) -> sqlx::Result<()> {
    let notify = sqlx::query!(
        "select set_config('synchronous_commit', 'off', true) as quick, pg_notify($1, $2)::text as notified",
        channel,
        payload
    );
    notify.fetch_one(executor).await?;
    Ok(())
}
