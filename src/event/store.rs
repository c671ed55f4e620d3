//! SQL of the journal: positions are handed out and events inserted in one statement, the last of its transaction.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::id::{ChatId, OrganizationId};

/// Separates room names in one text parameter; no room name can hold it.
pub const ROOM_SEPARATOR: &str = "\u{1f}";

/// An event before it has a place, in columns.
#[derive(Debug, Default)]
pub struct NewEvents {
    pub organization_ids: Vec<Uuid>,
    /// 1, 2, 3 … within the organization.
    pub offsets: Vec<i64>,
    pub ids: Vec<Uuid>,
    pub names: Vec<String>,
    /// Joined by [`ROOM_SEPARATOR`].
    pub rooms: Vec<String>,
    pub chat_ids: Vec<Option<Uuid>>,
    pub public: Vec<bool>,
    pub payloads: Vec<String>,
}

#[derive(Debug)]
pub struct Placed {
    pub id: Uuid,
    pub position: i64,
    pub created_at: DateTime<Utc>,
}

/// A stored event.
#[derive(Debug)]
pub struct Row {
    pub organization_id: Uuid,
    pub position: i64,
    pub id: Uuid,
    pub event: String,
    pub rooms: Vec<String>,
    pub chat_id: Option<Uuid>,
    pub public: bool,
    pub data: String,
    pub created_at: DateTime<Utc>,
}

/// Locks the organizations' positions in id order and appends. Nothing may follow it in the transaction but the commit.
///
/// # Errors
/// Those of the database.
pub async fn append(
    connection: &mut PgConnection,
    events: &NewEvents,
    totals: &[(Uuid, i64)],
) -> sqlx::Result<Vec<Placed>> {
    let (organization_ids, counts): (Vec<Uuid>, Vec<i64>) = totals.iter().copied().unzip();
    sqlx::query_as!(
        Placed,
        r#"
        with placed as (
            select w.organization_id, take_positions(w.organization_id, w.count) as base
            from (select * from unnest($1::uuid[], $2::int8[]) as w (organization_id, count) order by organization_id) w
        )
        insert into events (organization_id, position, id, event, rooms, chat_id, public, data)
        select e.organization_id, p.base + e.place, e.id, e.event, string_to_array(e.rooms, chr(31)), e.chat_id, e.public,
            e.data::json
        from unnest($3::uuid[], $4::int8[], $5::uuid[], $6::text[], $7::text[], $8::uuid[], $9::bool[], $10::text[])
            as e (organization_id, place, id, event, rooms, chat_id, public, data)
        join placed p using (organization_id)
        where p.base is not null
        returning id, position, created_at
        "#,
        &organization_ids,
        &counts,
        &events.organization_ids,
        &events.offsets,
        &events.ids,
        &events.names,
        &events.rooms,
        &events.chat_ids as &[Option<Uuid>],
        &events.public,
        &events.payloads,
    )
    .fetch_all(connection)
    .await
}

/// Events after `position`, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list_after(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    position: i64,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"
        select organization_id, position, id, event, rooms, chat_id, public, data::text as "data!", created_at
        from events where organization_id = $1 and position > $2
        order by position limit $3
        "#,
        organization_id.0,
        position,
        limit
    )
    .fetch_all(executor)
    .await
}

/// What the guest of a chat may see after a position, up to another one, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list_of_chat(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    chat_id: ChatId,
    (after, up_to): (i64, i64),
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"
        select organization_id, position, id, event, rooms, chat_id, public, data::text as "data!", created_at
        from events where organization_id = $1 and position > $3 and position <= $4 and chat_id = $2 and public
        order by position limit $5
        "#,
        organization_id.0,
        chat_id.0,
        after,
        up_to,
        limit
    )
    .fetch_all(executor)
    .await
}

/// The newest position of an organization; 0 before its first event.
///
/// # Errors
/// Those of the database.
pub async fn find_position(executor: impl PgExecutor<'_>, organization_id: OrganizationId) -> sqlx::Result<i64> {
    let position =
        sqlx::query_scalar!("select position from event_positions where organization_id = $1", organization_id.0);
    Ok(position.fetch_optional(executor).await?.unwrap_or(0))
}

/// The newest positions of many organizations.
///
/// # Errors
/// Those of the database.
pub async fn list_positions(
    executor: impl PgExecutor<'_>,
    organization_ids: &[Uuid],
) -> sqlx::Result<Vec<(Uuid, i64)>> {
    let rows = sqlx::query!(
        "select organization_id, position from event_positions where organization_id = any($1)",
        organization_ids
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.position)).collect())
}

/// The oldest position that is still kept; `None` where nothing is.
///
/// # Errors
/// Those of the database.
pub async fn find_oldest(executor: impl PgExecutor<'_>, organization_id: OrganizationId) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!("select min(position) from events where organization_id = $1", organization_id.0)
        .fetch_one(executor)
        .await
}

/// What tells one incarnation of the database from another: a restored backup has another system, timeline or database id.
///
/// # Errors
/// Those of the database.
pub async fn find_incarnation(executor: impl PgExecutor<'_>) -> sqlx::Result<String> {
    sqlx::query_scalar!(
        r#"
        select s.system_identifier::text || ':' || c.timeline_id::text || ':' || d.oid::text as "incarnation!"
        from pg_control_system() s, pg_control_checkpoint() c, pg_database d where d.datname = current_database()
        "#
    )
    .fetch_one(executor)
    .await
}
