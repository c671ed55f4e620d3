//! SQL of what operators write down of a person: a note hangs on one contact and is seen at all of the person's.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::contact::ContactNote;
use crate::id::{ContactId, ContactNoteId, OrganizationId, UserId};
use crate::time::Millis;

struct Row {
    id: Uuid,
    contact_id: Uuid,
    user_id: Option<Uuid>,
    content: String,
    created_at: DateTime<Utc>,
}

impl From<Row> for ContactNote {
    fn from(row: Row) -> Self {
        Self {
            id: ContactNoteId(row.id),
            contact_id: ContactId(row.contact_id),
            user_id: row.user_id.map(UserId),
            content: row.content,
            created_at: Millis(row.created_at),
        }
    }
}

/// Notes of a person, newest first, from before `before`.
///
/// # Errors
/// Those of the database.
pub async fn list_notes(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    contact_id: ContactId,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<ContactNote>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select n.id, n.contact_id, n.user_id, n.content, n.created_at from contact_notes n
        where n.organization_id = $1 and ($3::uuid is null or n.id < $3) and n.contact_id in (
            select i.id from contacts o join contacts i
                on i.id = coalesce(o.merged_into, o.id) or i.merged_into = coalesce(o.merged_into, o.id)
            where o.id = $2
        )
        order by n.id desc limit $4
        "#,
        organization_id.0,
        contact_id.0,
        before,
        limit
    );
    Ok(rows.fetch_all(executor).await?.into_iter().map(ContactNote::from).collect())
}

/// One note of a person.
///
/// # Errors
/// Those of the database.
pub async fn find_note(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    contact_id: ContactId,
    id: ContactNoteId,
) -> sqlx::Result<Option<ContactNote>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select n.id, n.contact_id, n.user_id, n.content, n.created_at
        from contact_notes n join contacts i on i.id = n.contact_id
        join contacts o on coalesce(o.merged_into, o.id) = coalesce(i.merged_into, i.id)
        where n.id = $3 and n.organization_id = $1 and o.id = $2
        "#,
        organization_id.0,
        contact_id.0,
        id.0
    );
    Ok(row.fetch_optional(executor).await?.map(ContactNote::from))
}

/// `false`, and nothing written, where the organization has no such contact.
///
/// # Errors
/// Those of the database.
pub async fn insert_note(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    note: &ContactNote,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        insert into contact_notes (id, organization_id, contact_id, user_id, content, created_at)
        select $1, $2, id, $4, $5, $6 from contacts where id = $3 and organization_id = $2
        "#,
        note.id.0,
        organization_id.0,
        note.contact_id.0,
        note.user_id.map(|id| id.0),
        note.content,
        note.created_at.0
    );
    Ok(done.execute(executor).await?.rows_affected() == 1)
}

/// Deletes a note; one that is gone already is no error.
///
/// # Errors
/// Those of the database.
pub async fn delete_note(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: ContactNoteId,
) -> sqlx::Result<()> {
    sqlx::query!("delete from contact_notes where id = $1 and organization_id = $2", id.0, organization_id.0)
        .execute(executor)
        .await?;
    Ok(())
}
