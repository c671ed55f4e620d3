//! SQL of answers that are kept for repeated requests.

use sqlx::{PgConnection, PgExecutor};

use crate::id::OrganizationId;

/// Claims an idempotency key: `None` where it is ours now, else the request's hash and answer that were kept. Waits for a
/// concurrent request with the same key.
///
/// # Errors
/// Those of the database.
pub async fn claim_key(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    key: &str,
    request_hash: &[u8],
) -> sqlx::Result<Option<(Vec<u8>, Option<String>)>> {
    let claimed = sqlx::query!(
        r#"
        insert into idempotency_keys as k (organization_id, key, request_hash) values ($1, $2, $3)
        on conflict (organization_id, key) do update
            set request_hash = excluded.request_hash, response = null, created_at = now()
            where k.created_at < now() - interval '24 hours'
        "#,
        organization_id.0,
        key,
        request_hash
    )
    .execute(&mut *connection)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    let kept = sqlx::query!(
        "select request_hash, response from idempotency_keys where organization_id = $1 and key = $2",
        organization_id.0,
        key
    )
    .fetch_one(connection)
    .await?;
    Ok(Some((kept.request_hash, kept.response)))
}

/// Keeps the answer to a request.
///
/// # Errors
/// Those of the database.
pub async fn set_answer(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    key: &str,
    response: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update idempotency_keys set response = $3 where organization_id = $1 and key = $2",
        organization_id.0,
        key,
        response
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Forgets answers that are a day old, and pacing that no longer matters.
///
/// # Errors
/// Those of the database.
pub async fn delete_old(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("delete from idempotency_keys where created_at < now() - interval '24 hours'")
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        r#"
        delete from outbound_pace
        where next_at < now() - interval '1 hour' and coalesce(paused_until, next_at) < now() and pause_secs = 0
        "#
    )
    .execute(connection)
    .await?;
    Ok(())
}
