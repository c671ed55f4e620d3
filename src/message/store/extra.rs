//! SQL of what hangs on messages: attachments, reactions, and what came before its message and waits.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::id::{AttachmentId, MessageId, OrganizationId};
use crate::message::{Attachment, Reaction};
use crate::time::Millis;

/// Attachments to store, in columns.
#[derive(Debug, Default)]
pub struct NewAttachments {
    pub ids: Vec<Uuid>,
    pub organization_ids: Vec<Uuid>,
    pub message_ids: Vec<Uuid>,
    pub positions: Vec<i16>,
    pub types: Vec<String>,
    /// JSON text of a `contract::MediaSource`.
    pub sources: Vec<String>,
    pub mime_types: Vec<Option<String>>,
    pub file_names: Vec<Option<String>>,
    pub sizes: Vec<Option<i64>>,
    pub widths: Vec<Option<i32>>,
    pub heights: Vec<Option<i32>>,
    pub durations: Vec<Option<i32>>,
    pub sha256: Vec<Option<String>>,
    pub statuses: Vec<String>,
    pub errors: Vec<Option<String>>,
}

/// Stores attachments of new messages.
///
/// # Errors
/// Those of the database.
pub async fn insert_attachments(connection: &mut PgConnection, new: &NewAttachments) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into attachments (id, organization_id, message_id, position, type, source, mime_type, file_name, size_bytes,
            width, height, duration_secs, sha256, status, error)
        select id, organization_id, message_id, position, type, source::json, mime_type, file_name, size_bytes, width,
            height, duration_secs, sha256, status, error
        from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int2[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::int8[], $10::int4[], $11::int4[], $12::int4[], $13::text[], $14::text[], $15::text[])
            as n (id, organization_id, message_id, position, type, source, mime_type, file_name, size_bytes, width, height,
                duration_secs, sha256, status, error)
        "#,
        &new.ids,
        &new.organization_ids,
        &new.message_ids,
        &new.positions,
        &new.types,
        &new.sources,
        &new.mime_types as &[Option<String>],
        &new.file_names as &[Option<String>],
        &new.sizes as &[Option<i64>],
        &new.widths as &[Option<i32>],
        &new.heights as &[Option<i32>],
        &new.durations as &[Option<i32>],
        &new.sha256 as &[Option<String>],
        &new.statuses,
        &new.errors as &[Option<String>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores the file of a message that is kept elsewhere, under an address that anybody may load; gives its id.
///
/// # Errors
/// Those of the database.
pub async fn insert_link(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    message_id: MessageId,
    kind: &str,
    link: &str,
) -> sqlx::Result<AttachmentId> {
    let id = AttachmentId::new();
    sqlx::query!(
        r#"
        insert into attachments (id, organization_id, message_id, type, source, status)
        values ($1, $2, $3, $4, json_build_object('from', 'link', 'url', $5::text), 'ready')
        "#,
        id.0,
        organization_id.0,
        message_id.0,
        kind,
        link,
    )
    .execute(connection)
    .await?;
    Ok(id)
}

/// An attachment of a message, with what decides where it is loaded from.
#[derive(Debug)]
pub struct Listed {
    pub message_id: Uuid,
    pub attachment: Attachment,
    /// Whether a small picture is kept beside it.
    pub has_thumbnail: bool,
    /// The file is kept elsewhere, at `url`.
    pub linked: bool,
}

/// Attachments of some messages, in order. Those that are kept here have no address yet.
///
/// # Errors
/// Those of the database.
pub async fn list_attachments(executor: impl PgExecutor<'_>, message_ids: &[Uuid]) -> sqlx::Result<Vec<Listed>> {
    let rows = sqlx::query!(
        r#"
        select id, message_id as "message_id!", type as kind, mime_type, file_name, size_bytes, width, height,
            duration_secs, status, error, thumbnail_type,
            case when source ->> 'from' = 'link' then source ->> 'url' end as link
        from attachments where message_id = any($1) order by message_id, position
        "#,
        message_ids
    )
    .fetch_all(executor)
    .await?;
    let attachments = rows.into_iter().map(|row| Listed {
        message_id: row.message_id,
        has_thumbnail: row.thumbnail_type.is_some(),
        linked: row.link.is_some(),
        attachment: Attachment {
            id: AttachmentId(row.id),
            kind: row.kind,
            url: row.link,
            thumbnail_url: None,
            mime_type: row.mime_type,
            file_name: row.file_name,
            size: row.size_bytes,
            width: row.width,
            height: row.height,
            duration: row.duration_secs,
            status: row.status,
            error: row.error,
        },
    });
    Ok(attachments.collect())
}

/// Replaces what one actor put on a message.
///
/// # Errors
/// Those of the database.
pub async fn set_reactions(
    connection: &mut PgConnection,
    message_id: MessageId,
    actor: &str,
    name: Option<&str>,
    emojis: &[String],
    at: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let removed = sqlx::query!(
        "delete from reactions where message_id = $1 and actor = $2 and emoji <> all($3)",
        message_id.0,
        actor,
        emojis
    )
    .execute(&mut *connection)
    .await?;
    let added = sqlx::query!(
        r#"
        insert into reactions (message_id, actor, emoji, name, created_at)
        select $1, $2, emoji, $4, $5 from unnest($3::text[]) as e (emoji)
        on conflict do nothing
        "#,
        message_id.0,
        actor,
        emojis,
        name,
        at
    )
    .execute(connection)
    .await?;
    Ok(removed.rows_affected() + added.rows_affected() > 0)
}

/// Whether operators have exactly this on a message.
///
/// # Errors
/// Those of the database.
pub async fn has_own_reaction(connection: &mut PgConnection, id: MessageId, emojis: &[String]) -> sqlx::Result<bool> {
    let own = sqlx::query_scalar!(
        "select emoji from reactions where message_id = $1 and actor like 'user:%' order by emoji",
        id.0
    );
    let own = own.fetch_all(connection).await?;
    Ok(!own.is_empty() && own == emojis)
}

/// Removes what the organization's own side put on a message, but for one actor.
///
/// # Errors
/// Those of the database.
pub async fn delete_own_reactions(connection: &mut PgConnection, id: MessageId, but_for: &str) -> sqlx::Result<bool> {
    let removed = sqlx::query!(
        r#"
        delete from reactions
        where message_id = $1 and (actor like 'user:%' or actor = 'contact:self') and actor <> $2
        "#,
        id.0,
        but_for
    );
    Ok(removed.execute(connection).await?.rows_affected() > 0)
}

/// Reactions of some messages, each with its message, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list_reactions(
    executor: impl PgExecutor<'_>,
    message_ids: &[Uuid],
) -> sqlx::Result<Vec<(Uuid, Reaction)>> {
    let rows = sqlx::query!(
        "select message_id, actor, emoji, name, created_at from reactions where message_id = any($1) order by created_at, actor, emoji",
        message_ids
    )
    .fetch_all(executor)
    .await?;
    let reactions = rows.into_iter().map(|row| {
        let reaction =
            Reaction { emoji: row.emoji, actor: row.actor, name: row.name, created_at: Millis(row.created_at) };
        (row.message_id, reaction)
    });
    Ok(reactions.collect())
}

/// Notes further outside ids of a message: the other files of an album.
///
/// # Errors
/// Those of the database.
pub async fn set_parts(connection: &mut PgConnection, id: MessageId, parts: &[String]) -> sqlx::Result<()> {
    sqlx::query!(
        "update messages set metadata = (metadata::jsonb || jsonb_build_object('partIds', $2::text[]))::json where id = $1",
        id.0,
        parts
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Things that came before their message, in columns.
#[derive(Debug, Default)]
pub struct NewParked {
    pub ids: Vec<Uuid>,
    pub organization_ids: Vec<Uuid>,
    pub channel_ids: Vec<Uuid>,
    pub message_external_ids: Vec<String>,
    /// `status`, `reaction` or `deletion`.
    pub kinds: Vec<String>,
    /// JSON text of what was delivered.
    pub payloads: Vec<String>,
}

/// Keeps what cannot be applied yet; the same thing twice is kept once.
///
/// # Errors
/// Those of the database.
pub async fn park(connection: &mut PgConnection, new: &NewParked) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into parked (id, organization_id, channel_id, message_external_id, kind, payload)
        select n.id, n.organization_id, n.channel_id, n.message_external_id, n.kind, n.payload::json
        from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[])
            as n (id, organization_id, channel_id, message_external_id, kind, payload)
        where not exists (
            select 1 from parked p where p.channel_id = n.channel_id and p.message_external_id = n.message_external_id
                and p.kind = n.kind and p.payload::text = n.payload
        )
        "#,
        &new.ids,
        &new.organization_ids,
        &new.channel_ids,
        &new.message_external_ids,
        &new.kinds,
        &new.payloads,
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(Debug)]
pub struct Parked {
    pub channel_id: Uuid,
    pub message_external_id: String,
    pub kind: String,
    pub payload: String,
}

/// Takes what waits for some messages, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn take_parked(
    connection: &mut PgConnection,
    channel_ids: &[Uuid],
    external_ids: &[String],
) -> sqlx::Result<Vec<Parked>> {
    sqlx::query_as!(
        Parked,
        r#"
        with taken as (
            delete from parked p using unnest($1::uuid[], $2::text[]) as k (channel_id, message_external_id)
            where p.channel_id = k.channel_id and p.message_external_id = k.message_external_id
            returning p.id, p.channel_id, p.message_external_id, p.kind, p.payload
        )
        select channel_id, message_external_id, kind, payload::text as "payload!" from taken order by id
        "#,
        channel_ids,
        external_ids
    )
    .fetch_all(connection)
    .await
}

/// Forgets what waited too long.
///
/// # Errors
/// Those of the database.
pub async fn delete_old_parked(executor: impl PgExecutor<'_>, before: DateTime<Utc>) -> sqlx::Result<u64> {
    Ok(sqlx::query!("delete from parked where created_at < $1", before).execute(executor).await?.rows_affected())
}
