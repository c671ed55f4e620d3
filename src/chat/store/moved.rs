//! SQL of chats that live under another outside id now, and of two that turned out to be one.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::id::ChatId;

/// Where an outside id leads.
#[derive(Debug, Clone)]
pub struct Alias {
    pub channel_id: Uuid,
    pub external_id: String,
    pub target: String,
    /// What message ids of the old chat are kept with.
    pub message_prefix: Option<String>,
}

/// Notes that a chat lives under another outside id. What led to the old one leads on to the new.
///
/// # Errors
/// Those of the database.
pub async fn set_alias(connection: &mut PgConnection, alias: &Alias) -> sqlx::Result<()> {
    sqlx::query!("delete from chat_aliases where channel_id = $1 and external_id = $2", alias.channel_id, alias.target)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        r#"
        insert into chat_aliases (channel_id, external_id, target, message_prefix) values ($1, $2, $3, $4)
        on conflict (channel_id, external_id) do update
            set target = excluded.target, message_prefix = excluded.message_prefix
        "#,
        alias.channel_id,
        alias.external_id,
        alias.target,
        alias.message_prefix
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update chat_aliases set target = $3 where channel_id = $1 and target = $2",
        alias.channel_id,
        alias.external_id,
        alias.target
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Where some outside ids lead; those that are no aliases are left out.
///
/// # Errors
/// Those of the database.
pub async fn list_aliases(
    executor: impl PgExecutor<'_>,
    channel_ids: &[Uuid],
    external_ids: &[String],
) -> sqlx::Result<Vec<Alias>> {
    sqlx::query_as!(
        Alias,
        r#"
        select a.channel_id, a.external_id, a.target, a.message_prefix
        from unnest($1::uuid[], $2::text[]) as k (channel_id, external_id) join chat_aliases a using (channel_id, external_id)
        "#,
        channel_ids,
        external_ids
    )
    .fetch_all(executor)
    .await
}

/// Puts a prefix before the network's ids of all messages of a chat: they mean others in the chat that it becomes.
///
/// # Errors
/// Those of the database.
pub async fn prefix_message_ids(connection: &mut PgConnection, id: ChatId, prefix: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "update messages set external_id = $2 || external_id where chat_id = $1 and external_id is not null",
        id.0,
        prefix
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A private chat's contact follows its chat to another outside id: the one that is there already, which then has the notes and
/// the block too, or its own row renamed.
///
/// # Errors
/// Those of the database.
pub async fn move_contact(
    connection: &mut PgConnection,
    id: ChatId,
    to: &str,
    phone: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        with old as (select c.id, c.channel_id, c.blocked_at from chats x join contacts c on c.id = x.contact_id where x.id = $1),
            there as (select c.id from contacts c join old on c.channel_id = old.channel_id where c.external_id = $2),
            pointed as (
                update chats set contact_id = (select id from there) where id = $1 and exists (select 1 from there)
            ),
            noted as (
                update contact_notes n set contact_id = there.id from old, there
                where n.contact_id = old.id and old.id <> there.id
            ),
            blocked as (
                update contacts c set blocked_at = coalesce(c.blocked_at, old.blocked_at) from old, there
                where c.id = there.id and old.id <> there.id
            )
        update contacts c set external_id = $2, updated_at = now()
        from old where c.id = old.id and not exists (select 1 from there)
        "#,
        id.0,
        to
    )
    .execute(&mut *connection)
    .await?;
    if let Some(phone) = phone {
        sqlx::query!(
            "update contacts c set phone = $2, updated_at = now() from chats x where x.id = $1 and c.id = x.contact_id",
            id.0,
            phone
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Puts all messages of one chat among those of another, in the order in which they were stored, and gives the ids of those
/// that changed chats. A message that both have is kept once. Both must be locked.
///
/// # Errors
/// Those of the database.
pub async fn move_messages(connection: &mut PgConnection, from: ChatId, into: ChatId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query!(
        r#"
        with doubled as (
            select m.id from messages m join messages o using (channel_id, external_id)
            where m.chat_id = $1 and o.chat_id = $2
        ), files as (delete from attachments where message_id in (select id from doubled)),
            marks as (delete from reactions where message_id in (select id from doubled)),
            queued as (delete from outbound_messages where message_id in (select id from doubled))
        delete from messages where id in (select id from doubled)
        "#,
        from.0,
        into.0
    )
    .execute(&mut *connection)
    .await?;
    // places are taken below zero first: a unique index is checked row by row
    let moved = sqlx::query_scalar!(
        r#"
        with first as (select min(created_at) as at from messages where chat_id = $1),
            base as (
                select coalesce(max(seq), 0) as seq, coalesce(max(incoming_count), 0) as incoming_count
                from messages, first where chat_id = $2 and created_at < first.at
                    and seq < coalesce((select min(seq) from messages o, first where o.chat_id = $2 and o.created_at >= first.at),
                        9223372036854775807)
            ),
            both_chats as (
                select id, chat_id, seq, created_at,
                    incoming_count - lag(incoming_count, 1, 0::bigint) over (partition by chat_id order by seq) as counts
                from messages where chat_id in ($1, $2)
            ),
            placed as (
                select b.id, b.chat_id, base.seq + row_number() over w as seq,
                    base.incoming_count + sum(b.counts) over w as incoming_count
                from both_chats b, base where b.chat_id = $1 or b.seq > base.seq
                window w as (order by b.created_at, b.id)
            )
        update messages m set chat_id = $2, seq = -p.seq, incoming_count = p.incoming_count
        from placed p where m.id = p.id
        returning case when p.chat_id = $1 then m.id end as id
        "#,
        from.0,
        into.0
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!("update messages set seq = -seq where chat_id = $1 and seq < 0", into.0).execute(connection).await?;
    Ok(moved.into_iter().flatten().collect())
}

/// Adds up what two chats know of their messages and readers, and lets the first go with what waits to be sent there. What is
/// just under way is given the time to come back.
///
/// # Errors
/// Those of the database.
pub async fn join(connection: &mut PgConnection, from: ChatId, into: ChatId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        with total as (
            select coalesce(max(seq), 0) as last_seq, coalesce(max(incoming_count), 0) as incoming_count
            from messages where chat_id = $2
        ), newest as (
            select id, created_at from messages where chat_id = $2 and not private order by seq desc limit 1
        ), readers as (
            select user_id,
                coalesce(a.incoming_count - r.read_count, a.incoming_count) + coalesce(b.incoming_count - s.read_count, b.incoming_count)
                    as unread,
                coalesce(r.read_at, s.read_at) as read_at
            from (select user_id from chat_reads where chat_id in ($1, $2) group by user_id) u
            cross join (select incoming_count from chat_activity where chat_id = $1) a
            cross join (select incoming_count from chat_activity where chat_id = $2) b
            left join (select * from chat_reads where chat_id = $1) r using (user_id)
            left join (select * from chat_reads where chat_id = $2) s using (user_id)
        ), read as (
            insert into chat_reads as c (chat_id, user_id, read_count, read_at)
            select $2, user_id, greatest(total.incoming_count - unread, 0), read_at from readers, total
            on conflict (chat_id, user_id) do update set read_count = excluded.read_count
        )
        update chat_activity t set
            last_seq = total.last_seq,
            incoming_count = total.incoming_count,
            read_count = greatest(total.incoming_count - (f.incoming_count - f.read_count) - (t.incoming_count - t.read_count), 0),
            last_message_id = (select id from newest),
            active_at = greatest(t.active_at, f.active_at),
            customer_at = greatest(t.customer_at, f.customer_at)
        from chat_activity f, total where t.chat_id = $2 and f.chat_id = $1
        "#,
        from.0,
        into.0
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        r#"
        with waiting as (
            update outbound_messages set chat_id = $2 where chat_id = $1 returning attempt_started_at is not null as underway
        )
        insert into outbound_chats as c (chat_id, organization_id, channel_id, due_at)
        select $2, organization_id, channel_id,
            now() + case when (select bool_or(underway) from waiting) then interval '40 seconds' else interval '0' end
        from chats where id = $2 and exists (select 1 from waiting)
        on conflict (chat_id) do update set due_at = greatest(c.due_at, excluded.due_at)
        "#,
        from.0,
        into.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets a chat have what another one that goes was given: its operator, if it has none, its labels, and when it was resolved;
/// and its contact the notes and the block of the other's.
///
/// # Errors
/// Those of the database.
pub async fn inherit(connection: &mut PgConnection, from: ChatId, into: ChatId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        with noted as (
            update contact_notes n set contact_id = t.contact_id from chats f, chats t
            where f.id = $1 and t.id = $2 and n.contact_id = f.contact_id
        ), blocked as (
            update contacts c set blocked_at = coalesce(c.blocked_at, o.blocked_at)
            from chats f join contacts o on o.id = f.contact_id, chats t
            where f.id = $1 and t.id = $2 and c.id = t.contact_id and o.blocked_at is not null
        )
        update chats t set
            assigned_user_id = coalesce(t.assigned_user_id, f.assigned_user_id),
            team_id = coalesce(t.team_id, f.team_id),
            labels = (select coalesce(array_agg(distinct label), '{}') from unnest(t.labels || f.labels) as l (label)),
            updated_at = now()
        from chats f where t.id = $2 and f.id = $1
        "#,
        from.0,
        into.0
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("update resolutions set chat_id = $2 where chat_id = $1", from.0, into.0).execute(connection).await?;
    Ok(())
}
