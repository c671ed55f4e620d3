//! SQL that stores plain messages whole: one statement, which is its own transaction.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::NewMessages;
use crate::delivery::NewUpdates;

/// What is expected of the chats, where each message goes in its own, and how it is told; beside [`NewMessages`].
#[derive(Debug, Default)]
pub struct Expected {
    /// The chat's.
    pub versions: Vec<i64>,
    /// 1, 2, 3 … among those of its chat.
    pub places: Vec<i64>,
    /// Whether none of its chat follows.
    pub last: Vec<bool>,
    pub event_ids: Vec<Uuid>,
    /// 1, 2, 3 … among the events of its organization.
    pub event_places: Vec<i64>,
    /// Of its event, joined by `crate::event::store::ROOM_SEPARATOR`.
    pub rooms: Vec<String>,
    /// Its event's payload, before and behind the chat's unread count.
    pub heads: Vec<String>,
    pub tails: Vec<String>,
}

/// A message whose chat is as expected.
#[derive(Debug)]
pub struct Fitting {
    pub event_id: Uuid,
    /// Of its event; `None` where not all fitted, so that none is stored.
    pub position: Option<i64>,
    pub unread_count: i64,
    pub created_at: DateTime<Utc>,
}

/// Stores new messages of customers with all that follows from them: the chats' counters, the raw bodies, the events in the same
/// order. It stores all or none. The answer has those that fit: no other's chat has changed or is being worked on by somebody else,
/// and no other message is stored already, is older than its chat's newest, or has something that waits for it.
///
/// The chats' locks are taken without waiting, so what the statement sees is as new as they are. The journal's position comes
/// last, as in every transaction.
///
/// # Errors
/// Those of the database; a unique violation where another node stored one of the messages at the same moment.
pub async fn insert_plain(
    executor: impl PgExecutor<'_>,
    new: &NewMessages,
    expected: &Expected,
    totals: &[(Uuid, i64)],
    raw: &NewUpdates,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Fitting>> {
    let (organization_ids, counts): (Vec<Uuid>, Vec<i64>) = totals.iter().copied().unzip();
    sqlx::query_as!(
        Fitting,
        r#"
        with fresh as materialized (
            select i.*, a.last_seq + i.place as seq, a.incoming_count + i.place as incoming_count,
                greatest(a.incoming_count + i.place - a.read_count, 0) as unread_count
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::timestamptz[], $11::timestamptz[], $12::int8[], $13::int8[], $14::bool[], $15::uuid[], $16::int8[],
                $17::text[], $18::text[], $19::text[])
                as i (id, organization_id, chat_id, channel_id, sender_name, type, content, metadata, external_id, provider_at,
                    customer_at, version, place, is_last, event_id, event_place, rooms, head, tail)
            join chat_activity a on a.chat_id = i.chat_id
            where a.version = i.version and (a.customer_at is null or a.customer_at <= i.customer_at)
                and not exists (
                    select 1 from messages m
                    where m.channel_id = i.channel_id and m.external_id = i.external_id and m.chat_id = i.chat_id
                ) and not exists (
                    select 1 from parked p where p.channel_id = i.channel_id and p.message_external_id = i.external_id
                )
            for update of a skip locked
        ), all_fit as materialized (
            select where (select count(*) from fresh) = cardinality($1::uuid[])
        ), stored as (
            insert into messages (id, organization_id, chat_id, channel_id, seq, incoming_count, from_me, sender_name, type, content,
                metadata, private, status, external_id, created_at, provider_at)
            select id, organization_id, chat_id, channel_id, seq, incoming_count, false, sender_name, type, content,
                metadata::json, false, 'received', external_id, $20::timestamptz, provider_at
            from all_fit, fresh
            returning 1
        ), moved as (
            update chat_activity a set last_seq = f.seq, incoming_count = f.incoming_count, last_message_id = f.id,
                active_at = $20::timestamptz, customer_at = f.customer_at
            from all_fit, fresh f where f.is_last and a.chat_id = f.chat_id
            returning 1
        ), kept as (
            insert into updates (provider, channel_id, body)
            select u.* from all_fit, unnest($21::text[], $22::uuid[], $23::bytea[]) as u
            returning 1
        ), placed as (
            select w.organization_id, take_positions(w.organization_id, w.count) as base
            from (
                select * from unnest($24::uuid[], $25::int8[]) as w (organization_id, count)
                where (select count(*) from stored) + (select count(*) from moved) + (select count(*) from kept) > 0
                order by organization_id
            ) w
        ), told as (
            insert into events (organization_id, position, id, event, rooms, chat_id, public, data)
            select f.organization_id, p.base + f.event_place, f.event_id, 'message:new', string_to_array(f.rooms, chr(31)), f.chat_id,
                true, (f.head || f.unread_count || f.tail)::json
            from placed p join fresh f using (organization_id)
        )
        select f.event_id as "event_id!", p.base + f.event_place as position, f.unread_count as "unread_count!",
            now() as "created_at!"
        from fresh f left join placed p using (organization_id)
        "#,
        &new.ids,
        &new.organization_ids,
        &new.chat_ids,
        &new.channel_ids,
        &new.sender_names as &[Option<String>],
        &new.types,
        &new.contents,
        &new.metadata,
        &new.external_ids as &[Option<String>],
        &new.provider_at as &[Option<DateTime<Utc>>],
        &new.customer_at as &[Option<DateTime<Utc>>],
        &expected.versions,
        &expected.places,
        &expected.last,
        &expected.event_ids,
        &expected.event_places,
        &expected.rooms,
        &expected.heads,
        &expected.tails,
        now,
        &raw.providers,
        &raw.channel_ids as &[Option<Uuid>],
        &raw.bodies,
        &organization_ids,
        &counts,
    )
    .fetch_all(executor)
    .await
}
