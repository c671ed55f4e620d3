//! SQL of notifications. Every statement names the organization and the member: somebody else's is like none.

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::Notification;
use crate::id::{NotificationId, OrganizationId, UserId};
use crate::time::Millis;

/// Old rows that one statement deletes.
const SWEPT: i64 = 10_000;

struct Row {
    id: Uuid,
    kind: String,
    title: String,
    body: String,
    data: String,
    created_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

impl From<Row> for Notification {
    fn from(row: Row) -> Self {
        Self {
            id: NotificationId(row.id),
            kind: row.kind,
            title: row.title,
            body: row.body,
            data: RawValue::from_string(row.data).unwrap_or_else(|_| RawValue::NULL.to_owned()),
            created_at: Millis(row.created_at),
            is_read: row.read_at.is_some(),
            read_at: row.read_at.map(Millis),
        }
    }
}

/// The columns of [`Row`], followed by a condition.
macro_rules! select_notifications {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select id, type as kind, title, body, data::text as "data!", created_at, read_at from notifications "#
                + $tail $(, $argument)*
        )
    };
}

/// Notifications to store, in columns.
#[derive(Debug, Default)]
pub struct NewNotifications {
    pub ids: Vec<Uuid>,
    pub organization_ids: Vec<Uuid>,
    pub user_ids: Vec<Uuid>,
    pub kinds: Vec<String>,
    pub titles: Vec<String>,
    pub bodies: Vec<String>,
    /// JSON texts of objects.
    pub data: Vec<String>,
}

/// Stores notifications, unread.
///
/// # Errors
/// Those of the database.
pub async fn insert(connection: &mut PgConnection, new: &NewNotifications, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into notifications (id, organization_id, user_id, type, title, body, data, created_at)
        select n.id, n.organization_id, n.user_id, n.type, n.title, n.body, n.data::json, $8
        from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
            as n (id, organization_id, user_id, type, title, body, data)
        order by n.user_id
        "#,
        &new.ids,
        &new.organization_ids,
        &new.user_ids,
        &new.kinds,
        &new.titles,
        &new.bodies,
        &new.data,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A member's notifications from before an id, newest first; `is_read` narrows to those that are, or are not.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    user_id: UserId,
    is_read: Option<bool>,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Notification>> {
    // two statements, since a condition that a parameter chooses cannot use the index of the unread
    let rows = if is_read == Some(false) {
        select_notifications!(
            r#"where organization_id = $1 and user_id = $2 and read_at is null and ($3::uuid is null or id < $3)
            order by id desc limit $4"#,
            organization_id.0,
            user_id.0,
            before,
            limit,
        )
        .fetch_all(executor)
        .await?
    } else {
        select_notifications!(
            r#"where organization_id = $1 and user_id = $2 and ($3::uuid is null or id < $3)
                and (not $5 or read_at is not null)
            order by id desc limit $4"#,
            organization_id.0,
            user_id.0,
            before,
            limit,
            is_read.unwrap_or(false),
        )
        .fetch_all(executor)
        .await?
    };
    Ok(rows.into_iter().map(Notification::from).collect())
}

/// Marks one as read and gives it; the first time stays. `None` where the member has no such notification.
///
/// # Errors
/// Those of the database.
pub async fn set_read(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    user_id: UserId,
    id: NotificationId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Notification>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        update notifications set read_at = coalesce(read_at, $4)
        where id = $3 and organization_id = $1 and user_id = $2
        returning id, type as kind, title, body, data::text as "data!", created_at, read_at
        "#,
        organization_id.0,
        user_id.0,
        id.0,
        now,
    );
    Ok(row.fetch_optional(executor).await?.map(Notification::from))
}

/// Marks all of a member as read; gives how many were not.
///
/// # Errors
/// Those of the database.
pub async fn set_all_read(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    user_id: UserId,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update notifications set read_at = $3 where organization_id = $1 and user_id = $2 and read_at is null",
        organization_id.0,
        user_id.0,
        now,
    );
    Ok(done.execute(executor).await?.rows_affected())
}

/// Deletes some of those that were made before `read` and have been read, or before `unread`; gives how many.
///
/// # Errors
/// Those of the database.
pub async fn delete_old(
    executor: impl PgExecutor<'_>,
    read: DateTime<Utc>,
    unread: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        r#"
        delete from notifications where id in (
            select id from notifications where created_at < $1 and (read_at is not null or created_at < $2) limit $3
        )
        "#,
        read,
        unread,
        SWEPT,
    );
    Ok(done.execute(executor).await?.rows_affected())
}
