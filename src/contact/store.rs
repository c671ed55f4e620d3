//! SQL of contacts: what networks say of them here, what operators do with them in [`people`].

mod notes;
mod people;

pub use notes::*;
pub use people::*;

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// Contacts as a network named them, in columns; `None` leaves what is stored.
#[derive(Debug, Default)]
pub struct NewContacts {
    pub ids: Vec<Uuid>,
    pub organization_ids: Vec<Uuid>,
    pub channel_ids: Vec<Uuid>,
    pub external_ids: Vec<String>,
    pub names: Vec<Option<String>>,
    pub usernames: Vec<Option<String>>,
    pub phones: Vec<Option<String>>,
    pub emails: Vec<Option<String>>,
}

#[derive(Debug)]
pub struct Found {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub external_id: String,
    /// The person is blocked, as this contact or as another one of its.
    pub is_blocked: bool,
}

/// Inserts what is new and takes over what changed, in key order; returns all of them.
///
/// # Errors
/// Those of the database.
pub async fn upsert(connection: &mut PgConnection, contacts: &NewContacts) -> sqlx::Result<Vec<Found>> {
    sqlx::query!(
        r#"
        insert into contacts as c (id, organization_id, channel_id, external_id, name, username, phone, email)
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
            as n (id, organization_id, channel_id, external_id, name, username, phone, email)
        order by n.channel_id, n.external_id
        on conflict (channel_id, external_id) do update set
            name = case when 'name' = any(c.edited) then c.name else coalesce(excluded.name, c.name) end,
            username = case when 'username' = any(c.edited) then c.username else coalesce(excluded.username, c.username) end,
            phone = case when 'phone' = any(c.edited) then c.phone else coalesce(excluded.phone, c.phone) end,
            email = case when 'email' = any(c.edited) then c.email else coalesce(excluded.email, c.email) end,
            updated_at = now()
        where (excluded.name, excluded.username, excluded.phone, excluded.email) is distinct from
            (c.name, c.username, c.phone, c.email)
        "#,
        &contacts.ids,
        &contacts.organization_ids,
        &contacts.channel_ids,
        &contacts.external_ids,
        &contacts.names as &[Option<String>],
        &contacts.usernames as &[Option<String>],
        &contacts.phones as &[Option<String>],
        &contacts.emails as &[Option<String>],
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_as!(
        Found,
        r#"
        select c.id, c.channel_id, c.external_id, exists (
                select 1 from contacts b
                where b.blocked_at is not null and coalesce(b.merged_into, b.id) = coalesce(c.merged_into, c.id)
            ) as "is_blocked!"
        from unnest($1::uuid[], $2::text[]) as k (channel_id, external_id) join contacts c using (channel_id, external_id)
        "#,
        &contacts.channel_ids,
        &contacts.external_ids,
    )
    .fetch_all(connection)
    .await
}

/// What a contact is called at its network.
///
/// # Errors
/// Those of the database.
pub async fn find_external_id(executor: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select external_id from contacts where id = $1", id).fetch_optional(executor).await
}
