//! SQL that reads chats.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::chat::Row;
use crate::id::{ChatId, OrganizationId, UserId};

/// The columns of [`Row`], followed by a condition.
macro_rules! select_chats {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select c.id, c.organization_id, c.channel_id, ch.provider, c.external_id, c.is_group, c.title,
                c.contact_id, ct.external_id as contact_external_id, ct.edited as contact_edited,
                coalesce(root.id, ct.id) as "person_id!",
                coalesce(root.name, ct.name) as contact_name, coalesce(root.username, ct.username) as contact_username,
                coalesce(root.phone, ct.phone) as contact_phone, coalesce(root.email, ct.email) as contact_email,
                coalesce(root.avatar_url, ct.avatar_url) as contact_avatar_url,
                ct.name as own_name, ct.username as own_username, ct.phone as own_phone, ct.email as own_email,
                ct.avatar_url as own_avatar_url,
                (
                    select count(*) > 0 from contacts b
                    where b.blocked_at is not null and coalesce(b.merged_into, b.id) = coalesce(ct.merged_into, ct.id)
                ) as "is_blocked!",
                c.status, c.priority, c.labels, c.assigned_user_id, c.team_id, c.snoozed_until, c.created_at, c.updated_at,
                a.version, a.last_seq, a.incoming_count, a.read_count, a.active_at, a.customer_at, a.last_message_id,
                m.type as "last_message_type?", left(m.content, 200) as last_message_preview,
                m.from_me as "last_message_from_me?", m.created_at as "last_message_created_at?"
            from chats c
            join chat_activity a on a.chat_id = c.id
            join channels ch on ch.id = c.channel_id
            join contacts ct on ct.id = c.contact_id
            left join contacts root on root.id = ct.merged_into
            left join messages m on m.id = a.last_message_id
            "# + $tail $(, $argument)*
        )
    };
}

/// Chats by id, in no order.
///
/// # Errors
/// Those of the database.
pub async fn list_by_ids(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Row>> {
    select_chats!("where c.id = any($1)", ids).fetch_all(executor).await
}

/// One chat of the organization.
///
/// # Errors
/// Those of the database.
pub async fn find(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: ChatId,
) -> sqlx::Result<Option<Row>> {
    select_chats!("where c.id = $1 and c.organization_id = $2", id.0, organization_id.0).fetch_optional(executor).await
}

/// The caller's own unread counts of some chats.
///
/// # Errors
/// Those of the database.
pub async fn list_unread_of(
    executor: impl PgExecutor<'_>,
    user_id: UserId,
    ids: &[Uuid],
) -> sqlx::Result<Vec<(Uuid, i64)>> {
    let rows = sqlx::query!(
        r#"
        select a.chat_id, greatest(a.incoming_count - coalesce(r.read_count, 0), 0) as "unread!"
        from chat_activity a left join chat_reads r on r.chat_id = a.chat_id and r.user_id = $2
        where a.chat_id = any($1)
        "#,
        ids,
        user_id.0
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (row.chat_id, row.unread)).collect())
}
