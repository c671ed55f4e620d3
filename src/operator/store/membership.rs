//! SQL of what a token's bearer belongs to.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::id::{ChatId, ContactId, OrganizationId, UserId};
use crate::operator::Role;

/// A user's place in an organization.
#[derive(Debug, Clone)]
pub struct Membership {
    pub user_id: UserId,
    pub organization_id: OrganizationId,
    pub role: Role,
    pub server_admin: bool,
}

/// The active memberships of these users.
///
/// # Errors
/// Those of the database.
pub async fn find_active(executor: impl PgExecutor<'_>, user_ids: &[Uuid]) -> sqlx::Result<Vec<Membership>> {
    let rows = sqlx::query!(
        r#"
        select m.user_id, m.organization_id, m.role, u.server_admin
        from memberships m join users u on u.id = m.user_id
        where m.user_id = any($1) and m.active
        order by m.organization_id
        "#,
        user_ids,
    );
    let memberships = rows.map(|row| Membership {
        user_id: UserId(row.user_id),
        organization_id: OrganizationId(row.organization_id),
        role: Role::stored(&row.role),
        server_admin: row.server_admin,
    });
    memberships.fetch_all(executor).await
}

/// A visitor: the contact of a chat.
#[derive(Debug, Clone, Copy)]
pub struct Guest {
    pub chat_id: ChatId,
    pub contact_id: ContactId,
    pub organization_id: OrganizationId,
}

/// Those of the pairs of chat and contact that belong together.
///
/// # Errors
/// Those of the database.
pub async fn find_guests(
    executor: impl PgExecutor<'_>,
    chat_ids: &[Uuid],
    contact_ids: &[Uuid],
) -> sqlx::Result<Vec<Guest>> {
    if chat_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"
        select c.id, c.contact_id, c.organization_id
        from chats c join unnest($1::uuid[], $2::uuid[]) as g (chat_id, contact_id)
            on c.id = g.chat_id and c.contact_id = g.contact_id
        "#,
        chat_ids,
        contact_ids,
    );
    let guests = rows.map(|row| Guest {
        chat_id: ChatId(row.id),
        contact_id: ContactId(row.contact_id),
        organization_id: OrganizationId(row.organization_id),
    });
    guests.fetch_all(executor).await
}
