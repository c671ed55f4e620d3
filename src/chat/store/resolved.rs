//! SQL of resolutions: when chats were resolved, and what customers had waited for by then.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::chat::Row;
use crate::id::UserId;

/// Keeps that a locked chat was resolved, with the customer's message that opened the spell: the first that counts since
/// the resolution before. `by` is `None` for programs.
///
/// # Errors
/// Those of the database.
pub async fn note_resolution(
    connection: &mut PgConnection,
    row: &Row,
    by: Option<UserId>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    // where chats were joined, places have shifted: times tell which messages are new, places only where to begin
    sqlx::query!(
        r#"
        with before as (
            select resolved_at, last_seq, incoming_count from resolutions where chat_id = $2 order by resolved_at desc limit 1
        )
        insert into resolutions (organization_id, chat_id, channel_id, resolved_at, user_id, last_seq, incoming_count, opened_at)
        values ($1, $2, $3, $4, $5, $6, $7, (
            select m.created_at from messages m
            where m.chat_id = $2 and m.seq > coalesce((select last_seq from before), 0) and not m.from_me
                and m.incoming_count > coalesce((select incoming_count from before), 0)
                and m.created_at > coalesce((select resolved_at from before), '-infinity')
            order by m.seq limit 1
        ))
        on conflict do nothing
        "#,
        row.organization_id,
        row.id,
        row.channel_id,
        now,
        by.map(|id| id.0),
        row.last_seq,
        row.incoming_count
    )
    .execute(connection)
    .await?;
    Ok(())
}
