//! SQL of contacts as operators see and change them: lists, merges, suggestions.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::contact::{Identity, Row};
use crate::id::{ChannelId, ContactId, OrganizationId};

macro_rules! select_contacts {
    ($tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select c.id, c.organization_id, c.name, c.username, c.phone, c.email, c.avatar_url, c.edited, c.merged_into,
                c.created_at, (
                    select min(b.blocked_at) from contacts b
                    where b.blocked_at is not null and coalesce(b.merged_into, b.id) = coalesce(c.merged_into, c.id)
                ) as blocked_at, exists (select 1 from chats g where g.contact_id = c.id and g.is_group) as "is_group!"
            from contacts c
            "# + $tail $(, $argument)*
        )
    };
}

/// What a list of contacts is narrowed by.
#[derive(Debug, Default)]
pub struct Filter {
    pub channel_id: Option<Uuid>,
    /// A pattern for `ilike`.
    pub pattern: Option<String>,
    /// `true`: only people who are blocked; `false`: only others.
    pub blocked: Option<bool>,
    /// The last contact of the page before.
    pub before: Option<Uuid>,
}

/// People of the organization, newest first; those that were merged show as the one that stands for them.
///
/// # Errors
/// Those of the database.
pub async fn list(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    filter: &Filter,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    select_contacts!(
        r#"
        where c.organization_id = $1 and c.merged_into is null and ($2::uuid is null or c.id < $2)
            and not exists (select 1 from chats g where g.contact_id = c.id and g.is_group)
            and exists (
                select 1 from contacts i
                where (i.id = c.id or i.merged_into = c.id) and ($3::uuid is null or i.channel_id = $3)
                    and ($4::text is null or i.name ilike $4 or i.username ilike $4 or i.phone ilike $4 or i.email ilike $4)
            )
            and ($6::bool is null or $6 = (
                select count(*) > 0 from contacts b
                where b.blocked_at is not null and coalesce(b.merged_into, b.id) = c.id
            ))
        order by c.id desc limit $5
        "#,
        organization_id.0,
        filter.before,
        filter.channel_id,
        filter.pattern,
        limit,
        filter.blocked
    )
    .fetch_all(executor)
    .await
}

/// One contact of the organization.
///
/// # Errors
/// Those of the database.
pub async fn find(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: ContactId,
) -> sqlx::Result<Option<Row>> {
    select_contacts!("where c.id = $1 and c.organization_id = $2", id.0, organization_id.0)
        .fetch_optional(executor)
        .await
}

/// Locks contacts of the organization, in id order.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    ids: &[Uuid],
) -> sqlx::Result<Vec<Row>> {
    select_contacts!(
        "where c.id = any($1) and c.organization_id = $2 order by c.id for update of c",
        ids,
        organization_id.0
    )
    .fetch_all(executor)
    .await
}

/// How some people are known at their networks: themselves, and those that were merged into them.
///
/// # Errors
/// Those of the database.
pub async fn list_identities(executor: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<(Uuid, Identity)>> {
    let rows = sqlx::query!(
        r#"
        select coalesce(c.merged_into, c.id) as "person_id!", c.id, c.channel_id, ch.provider, c.external_id, c.name,
            c.username, c.phone, c.email
        from contacts c join channels ch on ch.id = c.channel_id
        where c.id = any($1) or c.merged_into = any($1) order by c.id
        "#,
        ids
    )
    .fetch_all(executor)
    .await?;
    let identities = rows.into_iter().map(|row| {
        let identity = Identity {
            contact_id: ContactId(row.id),
            channel_id: ChannelId(row.channel_id),
            provider: row.provider,
            external_id: row.external_id,
            name: row.name,
            username: row.username,
            phone: row.phone,
            email: row.email,
        };
        (row.person_id, identity)
    });
    Ok(identities.collect())
}

/// Chats of a person: its own, and those of contacts merged into it.
///
/// # Errors
/// Those of the database.
pub async fn list_chats(executor: impl PgExecutor<'_>, id: ContactId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"
        select x.id from chats x join contacts c on c.id = x.contact_id where c.id = $1 or c.merged_into = $1 order by x.id
        "#,
        id.0
    )
    .fetch_all(executor)
    .await
}

/// Writes what operators know better than the network.
///
/// # Errors
/// Those of the database.
pub async fn set_fields(connection: &mut PgConnection, row: &Row) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update contacts set name = $2, username = $3, phone = $4, email = $5, edited = $6, updated_at = now() where id = $1
        "#,
        row.id,
        row.name,
        row.username,
        row.phone,
        row.email,
        &row.edited
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Blocks a person under all its contacts, or with `None` hears it again; `false` where nothing changed.
///
/// # Errors
/// Those of the database.
pub async fn set_blocked(
    connection: &mut PgConnection,
    id: ContactId,
    at: Option<DateTime<Utc>>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        update contacts set blocked_at = $2, updated_at = now()
        where (id = $1 or merged_into = $1) and (blocked_at is null) = ($2::timestamptz is not null)
        "#,
        id.0,
        at
    );
    Ok(done.execute(connection).await?.rows_affected() > 0)
}

/// Lets a contact, and those merged into it, be shown as another.
///
/// # Errors
/// Those of the database.
pub async fn merge(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    id: ContactId,
    into: ContactId,
    by: Option<Uuid>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        with went_along as (
            update contacts set merged_into = $4, updated_at = now() where merged_into = $3 returning id
        ), itself as (
            update contacts set merged_into = $4, updated_at = now() where id = $3
        )
        insert into contact_merges (id, organization_id, contact_id, into_id, moved, merged_by)
        values ($1, $2, $3, $4, (select coalesce(array_agg(id), '{}') from went_along), $5)
        "#,
        Uuid::now_v7(),
        organization_id.0,
        id.0,
        into.0,
        by
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Chats on other channels of people whom a contact of this channel stands for.
///
/// # Errors
/// Those of the database.
pub async fn list_chats_elsewhere(executor: impl PgExecutor<'_>, channel_id: ChannelId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"
        select x.id
        from contacts r join contacts c on c.merged_into = r.id and c.channel_id <> r.channel_id
        join chats x on x.contact_id = c.id
        where r.channel_id = $1 order by x.id
        "#,
        channel_id.0
    )
    .fetch_all(executor)
    .await
}

/// Makes a channel's contacts ready to go: the oldest of those that one stood for elsewhere stands for the others now, and people
/// who stay keep their notes.
///
/// # Errors
/// Those of the database.
pub async fn hand_over(connection: &mut PgConnection, channel_id: ChannelId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        with heirs as (
            select r.id as root, (array_agg(c.id order by c.id))[1] as heir
            from contacts r join contacts c on c.merged_into = r.id and c.channel_id <> r.channel_id
            where r.channel_id = $1 group by r.id
        ), told_apart as (
            delete from contact_merges
            where contact_id in (select heir from heirs union select id from contacts where channel_id = $1)
        ), noted as (
            update contact_notes n set contact_id = coalesce(h.heir, d.merged_into)
            from contacts d left join heirs h on h.root = coalesce(d.merged_into, d.id)
            where d.channel_id = $1 and n.contact_id = d.id and coalesce(h.heir, d.merged_into) is not null
        )
        update contacts c set merged_into = nullif(h.heir, c.id), updated_at = now()
        from heirs h where c.merged_into = h.root and c.channel_id <> $1
        "#,
        channel_id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Undoes a contact's merge; `None` where it is not merged, else who stood for it.
///
/// # Errors
/// Those of the database.
pub async fn unmerge(connection: &mut PgConnection, id: ContactId) -> sqlx::Result<Option<Uuid>> {
    let undone = sqlx::query!("delete from contact_merges where contact_id = $1 returning moved", id.0);
    let Some(undone) = undone.fetch_optional(&mut *connection).await? else { return Ok(None) };
    sqlx::query_scalar!(
        r#"
        with stood as (select merged_into as id from contacts where id = $1),
            back as (
                update contacts c set merged_into = $1, updated_at = now()
                from stood where c.id = any($2) and c.merged_into = stood.id
            ),
            itself as (update contacts set merged_into = null, updated_at = now() where id = $1)
        select id as "id!" from stood where id is not null
        "#,
        id.0,
        &undone.moved
    )
    .fetch_optional(connection)
    .await
}

/// Other people who share a phone number or an e-mail address with one, with what they share.
///
/// # Errors
/// Those of the database.
pub async fn list_alike(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    id: ContactId,
    limit: i64,
) -> sqlx::Result<Vec<(Uuid, Vec<String>)>> {
    let rows = sqlx::query!(
        r#"
        with own as (select phone, lower(email) as email from contacts where id = $2 or merged_into = $2),
            alike as (
                select coalesce(c.merged_into, c.id) as id, 'phone' as shares from contacts c
                where c.organization_id = $1 and c.phone in (select phone from own)
                union
                select coalesce(c.merged_into, c.id), 'email' from contacts c
                where c.organization_id = $1 and lower(c.email) in (select email from own)
            )
        select id as "id!", array_agg(shares order by shares desc) as "shares!" from alike where id <> $2
        group by id order by count(*) desc, id limit $3
        "#,
        organization_id.0,
        id.0,
        limit
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.shares)).collect())
}
