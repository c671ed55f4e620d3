//! SQL that reads messages.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::id::{ChatId, MessageId, OrganizationId};
use crate::message::Row;

/// The columns of [`Row`], followed by a condition.
macro_rules! select_messages {
    ($tail:literal $(+ $more:literal)* $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select m.id, m.organization_id, m.chat_id, m.channel_id, ch.provider, m.seq, m.incoming_count, m.from_me,
                m.sender_user_id, m.sender_contact_id, m.sender_name, m.type as kind, m.content,
                m.metadata::text as "metadata!", m.reply_to_id, m.reply_to_external_id, m.private, m.status, m.error_code,
                m.error_message, m.external_id, m.created_at, m.provider_at, m.sent_at, m.delivered_at, m.read_at,
                m.edited_at, m.deleted_at
            from messages m join channels ch on ch.id = m.channel_id
            "# + $tail $(+ $more)* $(, $argument)*
        )
    };
}
pub(super) use select_messages;

/// One message of the organization.
///
/// # Errors
/// Those of the database.
pub async fn find(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: MessageId,
) -> sqlx::Result<Option<Row>> {
    select_messages!("where m.id = $1 and m.organization_id = $2", id.0, organization_id.0)
        .fetch_optional(executor)
        .await
}

/// Messages by id, in no order.
///
/// # Errors
/// Those of the database.
pub async fn list_by_ids(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Row>> {
    select_messages!("where m.id = any($1)", ids).fetch_all(executor).await
}

/// Locks messages that networks name by (channel, outside id), or by our own id where they hand it back, in id order.
///
/// # Errors
/// Those of the database.
pub async fn lock_by_keys(
    executor: impl PgExecutor<'_>,
    channel_ids: &[Uuid],
    external_ids: &[String],
    own_channel_ids: &[Uuid],
    own_ids: &[Uuid],
) -> sqlx::Result<Vec<Row>> {
    select_messages!(
        r#"
        where m.id in (
            select x.id from unnest($1::uuid[], $2::text[]) as k (channel_id, external_id)
            join messages x using (channel_id, external_id)
            union
            select x.id from unnest($3::uuid[], $4::uuid[]) as o (channel_id, id) join messages x using (channel_id, id)
        )
        order by m.id for update of m
        "#,
        channel_ids,
        external_ids,
        own_channel_ids,
        own_ids
    )
    .fetch_all(executor)
    .await
}

/// Locks messages by id, in id order.
///
/// # Errors
/// Those of the database.
pub async fn lock_by_ids(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Row>> {
    select_messages!("where m.id = any($1) order by m.id for update of m", ids).fetch_all(executor).await
}

/// Messages of a chat, newest first: those stored before `before`, or just after `after`.
///
/// # Errors
/// Those of the database.
pub async fn list_of_chat(
    executor: impl PgExecutor<'_>,
    chat_id: ChatId,
    before: Option<i64>,
    after: Option<i64>,
    with_private: bool,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    if let Some(after) = after {
        let mut rows = select_messages!(
            "where m.chat_id = $1 and m.seq > $2 and ($3 or not m.private) order by m.seq limit $4",
            chat_id.0,
            after,
            with_private,
            limit
        )
        .fetch_all(executor)
        .await?;
        rows.reverse();
        return Ok(rows);
    }
    select_messages!(
        "where m.chat_id = $1 and m.seq < $2 and ($3 or not m.private) order by m.seq desc limit $4",
        chat_id.0,
        before.unwrap_or(i64::MAX),
        with_private,
        limit
    )
    .fetch_all(executor)
    .await
}

/// A customer's message as its network knows it.
#[derive(Debug)]
pub struct LastIncoming {
    pub external_id: String,
    /// Who wrote it; the chat's contact, or a member of a group.
    pub sender_external_id: Option<String>,
    /// JSON text of an object.
    pub metadata: String,
}

/// The newest customer message up to a place.
///
/// # Errors
/// Those of the database.
pub async fn find_last_incoming(
    executor: impl PgExecutor<'_>,
    chat_id: ChatId,
    up_to_seq: i64,
) -> sqlx::Result<Option<LastIncoming>> {
    let found = sqlx::query_as!(
        LastIncoming,
        r#"
        select m.external_id as "external_id!", c.external_id as "sender_external_id?", m.metadata::text as "metadata!"
        from messages m left join contacts c on c.id = m.sender_contact_id
        where m.chat_id = $1 and m.seq <= $2 and not m.from_me and m.external_id is not null
        order by m.seq desc limit 1
        "#,
        chat_id.0,
        up_to_seq
    );
    found.fetch_optional(executor).await
}

/// The newest message of a chat; private notes count.
///
/// # Errors
/// Those of the database.
pub async fn find_newest(executor: impl PgExecutor<'_>, chat_id: ChatId) -> sqlx::Result<Option<Row>> {
    select_messages!("where m.chat_id = $1 order by m.seq desc limit 1", chat_id.0).fetch_optional(executor).await
}

/// Operators' messages of a chat up to a place that are not known to be read, newest first: ids alone.
///
/// # Errors
/// Those of the database.
pub async fn list_unseen(
    executor: impl PgExecutor<'_>,
    chat_id: ChatId,
    up_to_seq: i64,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"
        select id from messages
        where chat_id = $1 and seq <= $2 and from_me and not private and status in ('sent', 'delivered')
        order by seq desc limit $3
        "#,
        chat_id.0,
        up_to_seq,
        limit
    )
    .fetch_all(executor)
    .await
}

/// The message of a chat that a network names.
///
/// # Errors
/// Those of the database.
pub async fn find_by_external_id(
    executor: impl PgExecutor<'_>,
    channel_id: Uuid,
    external_id: &str,
    chat_id: Option<Uuid>,
) -> sqlx::Result<Option<Row>> {
    select_messages!(
        r#"
        where m.channel_id = $1 and m.external_id = $2 and ($3::uuid is null or m.chat_id = $3)
        order by m.id limit 1 for update of m
        "#,
        channel_id,
        external_id,
        chat_id
    )
    .fetch_optional(executor)
    .await
}
