//! SQL of files: uploads, what is known of a file, and what is to be removed; what is to be fetched in [`fetches`].

pub mod fetches;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

pub use fetches::*;

use crate::id::{AttachmentId, MessageId, OrganizationId};

/// A file as stored, with what decides who may have it.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub message_id: Option<Uuid>,
    /// Who uploaded it; see the migration.
    pub owner: Option<String>,
    pub kind: String,
    pub mime_type: Option<String>,
    pub file_name: Option<String>,
    pub size_bytes: Option<i64>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_secs: Option<i32>,
    /// Hexadecimal once the file is ready; before, as the network wrote it.
    pub sha256: Option<String>,
    pub thumbnail_type: Option<String>,
    pub status: String,
    /// JSON text of a `contract::MediaSource`, or `{"from":"link","url"}`; none once the file is here.
    pub source: Option<String>,
    pub chat_id: Option<Uuid>,
    pub private: Option<bool>,
}

macro_rules! select_files {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select a.id, a.organization_id, a.message_id, a.owner, a.type as kind, a.mime_type, a.file_name, a.size_bytes,
                a.width, a.height, a.duration_secs, a.sha256, a.thumbnail_type, a.status, a.source::text as source,
                m.chat_id as "chat_id?", m.private as "private?"
            from attachments a left join messages m on m.id = a.message_id
            "# + $tail $(, $argument)*
        )
    };
}

/// One file, whoever owns it: for addresses that prove themselves.
///
/// # Errors
/// Those of the database.
pub async fn find(executor: impl PgExecutor<'_>, id: AttachmentId) -> sqlx::Result<Option<Row>> {
    select_files!("where a.id = $1", id.0).fetch_optional(executor).await
}

/// Files of a message, in order.
///
/// # Errors
/// Those of the database.
pub async fn list_of_message(executor: impl PgExecutor<'_>, message_id: Uuid) -> sqlx::Result<Vec<Row>> {
    select_files!("where a.message_id = $1 order by a.position", message_id).fetch_all(executor).await
}

/// Locks files of the organization, in id order.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    ids: &[Uuid],
) -> sqlx::Result<Vec<Row>> {
    select_files!(
        "where a.id = any($1) and a.organization_id = $2 order by a.id for update of a",
        ids,
        organization_id.0
    )
    .fetch_all(connection)
    .await
}

/// Writes down that a file is being uploaded.
///
/// # Errors
/// Those of the database.
pub async fn insert_upload(
    executor: impl PgExecutor<'_>,
    id: AttachmentId,
    organization_id: OrganizationId,
    owner: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into attachments (id, organization_id, owner, type, status) values ($1, $2, $3, 'document', 'pending')
        "#,
        id.0,
        organization_id.0,
        owner
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Uploads of somebody that no message has yet.
///
/// # Errors
/// Those of the database.
pub async fn count_unsent(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    owner: &str,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from attachments
        where message_id is null and organization_id = $1 and owner = $2
        "#,
        organization_id.0,
        owner
    )
    .fetch_one(executor)
    .await
}

/// What is known of a file that is here.
#[derive(Debug, Clone)]
pub struct Ready {
    /// `None` leaves the message type that the network gave.
    pub kind: Option<String>,
    pub mime_type: String,
    pub file_name: Option<String>,
    pub size_bytes: i64,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_secs: Option<i32>,
    /// Hexadecimal.
    pub sha256: String,
    pub thumbnail_type: Option<String>,
}

/// Writes down that a file is here, and forgets where it came from. What the network said of its size in pixels and seconds
/// stays where the file does not say.
///
/// # Errors
/// Those of the database.
pub async fn set_ready(executor: impl PgExecutor<'_>, id: AttachmentId, ready: &Ready) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update attachments set status = 'ready', error = null, source = null, type = coalesce($2, type), mime_type = $3,
            file_name = $4, size_bytes = $5, width = coalesce($6, width), height = coalesce($7, height),
            duration_secs = coalesce($8, duration_secs), sha256 = $9, thumbnail_type = $10
        where id = $1
        "#,
        id.0,
        ready.kind,
        ready.mime_type,
        ready.file_name,
        ready.size_bytes,
        ready.width,
        ready.height,
        ready.duration_secs,
        ready.sha256,
        ready.thumbnail_type
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Writes down that a file will not come, or that it is fetched once more.
///
/// # Errors
/// Those of the database.
pub async fn set_status(
    executor: impl PgExecutor<'_>,
    id: AttachmentId,
    status: &str,
    error: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!("update attachments set status = $2, error = $3 where id = $1", id.0, status, error)
        .execute(executor)
        .await?;
    Ok(())
}

/// Gives uploads to a message, in this order.
///
/// # Errors
/// Those of the database.
pub async fn attach(
    executor: impl PgExecutor<'_>,
    message_id: MessageId,
    ids: &[Uuid],
    kinds: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update attachments a set message_id = $1, position = n.place::int2, type = n.kind
        from unnest($2::uuid[], $3::text[]) with ordinality as n (id, kind, place) where a.id = n.id
        "#,
        message_id.0,
        ids,
        kinds
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Deletes a row; its file follows.
///
/// # Errors
/// Those of the database.
pub async fn delete(executor: impl PgExecutor<'_>, id: AttachmentId) -> sqlx::Result<()> {
    sqlx::query!("delete from attachments where id = $1", id.0).execute(executor).await?;
    Ok(())
}

/// Deletes uploads that no message ever had; their files follow.
///
/// # Errors
/// Those of the database.
pub async fn delete_unsent(executor: impl PgExecutor<'_>, before: DateTime<Utc>) -> sqlx::Result<u64> {
    let deleted = sqlx::query!("delete from attachments where message_id is null and created_at < $1", before);
    Ok(deleted.execute(executor).await?.rows_affected())
}

/// Takes files whose attachment is gone; they are this transaction's until it ends.
///
/// # Errors
/// Those of the database.
pub async fn take_garbage(executor: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query!(
        r#"
        delete from media_garbage where attachment_id in (
            select attachment_id from media_garbage limit $1 for update skip locked
        ) returning attachment_id, organization_id
        "#,
        limit
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.attachment_id)).collect())
}
