//! SQL of messages: writing here, plain ones at once in [`plain`], reading in [`read`], finding by words in [`search`], what hangs on them in [`extra`].

pub mod extra;
pub mod plain;
pub mod read;
pub mod search;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

pub use extra::*;
pub use plain::*;
pub use read::*;
pub use search::*;

use crate::delivery::NewUpdates;
use crate::id::{ChatId, MessageId};
use crate::message::MessageError;

/// Messages to store, in columns, in order within each chat.
#[derive(Debug, Default)]
pub struct NewMessages {
    pub ids: Vec<Uuid>,
    pub organization_ids: Vec<Uuid>,
    pub chat_ids: Vec<Uuid>,
    pub channel_ids: Vec<Uuid>,
    pub from_me: Vec<bool>,
    /// Raises the chat's unread count.
    pub counts: Vec<bool>,
    /// Becomes the chat's last message.
    pub shows: Vec<bool>,
    pub sender_user_ids: Vec<Option<Uuid>>,
    pub sender_contact_ids: Vec<Option<Uuid>>,
    pub sender_names: Vec<Option<String>>,
    pub types: Vec<String>,
    pub contents: Vec<String>,
    pub metadata: Vec<String>,
    /// Known already, or of a message of the same batch.
    pub reply_to_ids: Vec<Option<Uuid>>,
    pub reply_to_external_ids: Vec<Option<String>>,
    pub private: Vec<bool>,
    pub statuses: Vec<String>,
    pub external_ids: Vec<Option<String>>,
    pub provider_at: Vec<Option<DateTime<Utc>>>,
    /// The customer's own time, for the window of free-form answers; `None` does not move it.
    pub customer_at: Vec<Option<DateTime<Utc>>>,
    pub edited_at: Vec<Option<DateTime<Utc>>>,
}

/// A message that was not stored before.
#[derive(Debug)]
pub struct Inserted {
    pub id: Uuid,
    pub incoming_count: i64,
    pub reply_to_id: Option<Uuid>,
    /// Something came before it and waits.
    pub has_parked: bool,
}

/// Stores what is new and moves the chats' activity, in one statement with the raw bodies that all of it came in; messages
/// whose (channel, outside id, chat) is stored already are left out of the answer. The caller holds the locks of all chats,
/// and names no key twice, so the look-up cannot race; the unique index stands behind it.
///
/// # Errors
/// Those of the database.
pub async fn insert(
    connection: &mut PgConnection,
    new: &NewMessages,
    raw: &NewUpdates,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Inserted>> {
    sqlx::query_as!(
        Inserted,
        r#"
        with input as (
            select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bool[], $6::bool[], $7::bool[], $8::uuid[],
                $9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[], $14::uuid[], $15::text[], $16::bool[],
                $17::text[], $18::text[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[]) with ordinality
                as i (id, organization_id, chat_id, channel_id, from_me, counts, shows, sender_user_id, sender_contact_id,
                    sender_name, type, content, metadata, reply_to_id, reply_to_external_id, private, status, external_id,
                    provider_at, customer_at, edited_at, place)
        ), fresh as (
            select i.*, a.last_seq + row_number() over chat as seq,
                a.incoming_count + count(*) filter (where i.counts) over chat as incoming_count,
                coalesce(i.reply_to_id, (
                    select r.id from messages r where r.channel_id = i.channel_id and r.external_id = i.reply_to_external_id
                        and r.chat_id = i.chat_id
                )) as reply_id
            from input i join chat_activity a on a.chat_id = i.chat_id
            where i.external_id is null or not exists (
                select 1 from messages m
                where m.channel_id = i.channel_id and m.external_id = i.external_id and m.chat_id = i.chat_id
            )
            window chat as (partition by i.chat_id order by i.place)
        ), stored as (
            insert into messages (id, organization_id, chat_id, channel_id, seq, incoming_count, from_me, sender_user_id,
                sender_contact_id, sender_name, type, content, metadata, reply_to_id, reply_to_external_id, private, status,
                external_id, created_at, provider_at, sent_at, edited_at)
            select id, organization_id, chat_id, channel_id, seq, incoming_count, from_me, sender_user_id,
                sender_contact_id, sender_name, type, content, metadata::json, reply_id, reply_to_external_id, private,
                status, external_id, $22::timestamptz, provider_at, case when status = 'sent' then $22::timestamptz end, edited_at
            from fresh
        ), newest as (
            select chat_id, max(seq) as seq, max(incoming_count) as incoming_count,
                (array_agg(id order by seq desc) filter (where shows))[1] as last_message_id,
                max(customer_at) as customer_at
            from fresh group by chat_id
        ), moved as (
            update chat_activity a set last_seq = n.seq, incoming_count = n.incoming_count,
                last_message_id = coalesce(n.last_message_id, a.last_message_id),
                active_at = case when n.last_message_id is null then a.active_at else $22::timestamptz end,
                customer_at = greatest(a.customer_at, n.customer_at)
            from newest n where a.chat_id = n.chat_id
        ), kept as (
            insert into updates (provider, channel_id, body) select * from unnest($23::text[], $24::uuid[], $25::bytea[])
        )
        select f.id as "id!", f.incoming_count as "incoming_count!", f.reply_id as reply_to_id,
            exists (
                select 1 from parked p where p.channel_id = f.channel_id and p.message_external_id = f.external_id
            ) as "has_parked!"
        from fresh f order by f.place
        "#,
        &new.ids,
        &new.organization_ids,
        &new.chat_ids,
        &new.channel_ids,
        &new.from_me,
        &new.counts,
        &new.shows,
        &new.sender_user_ids as &[Option<Uuid>],
        &new.sender_contact_ids as &[Option<Uuid>],
        &new.sender_names as &[Option<String>],
        &new.types,
        &new.contents,
        &new.metadata,
        &new.reply_to_ids as &[Option<Uuid>],
        &new.reply_to_external_ids as &[Option<String>],
        &new.private,
        &new.statuses,
        &new.external_ids as &[Option<String>],
        &new.provider_at as &[Option<DateTime<Utc>>],
        &new.customer_at as &[Option<DateTime<Utc>>],
        &new.edited_at as &[Option<DateTime<Utc>>],
        now,
        &raw.providers,
        &raw.channel_ids as &[Option<Uuid>],
        &raw.bodies,
    )
    .fetch_all(connection)
    .await
}

/// A status that is written, in columns; `None` leaves the time as it is.
#[derive(Debug, Default)]
pub struct StatusChanges {
    pub ids: Vec<Uuid>,
    pub statuses: Vec<String>,
    pub error_codes: Vec<Option<String>>,
    pub error_messages: Vec<Option<String>>,
    /// The provider's id where it becomes known now.
    pub external_ids: Vec<Option<String>>,
    pub at: Vec<DateTime<Utc>>,
}

/// Writes statuses of locked messages, each time into the column of its status.
///
/// # Errors
/// Those of the database; a unique violation where the outside id belongs to another message already.
pub async fn set_statuses(connection: &mut PgConnection, changes: &StatusChanges) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update messages m set status = s.status, error_code = s.error_code, error_message = s.error_message,
            external_id = coalesce(m.external_id, s.external_id),
            sent_at = case when s.status in ('sent', 'delivered', 'read') then coalesce(m.sent_at, s.at) else m.sent_at end,
            delivered_at = case when s.status in ('delivered', 'read') then coalesce(m.delivered_at, s.at)
                else m.delivered_at end,
            read_at = case when s.status = 'read' then coalesce(m.read_at, s.at) else m.read_at end
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
            as s (id, status, error_code, error_message, external_id, at)
        where m.id = s.id
        "#,
        &changes.ids,
        &changes.statuses,
        &changes.error_codes as &[Option<String>],
        &changes.error_messages as &[Option<String>],
        &changes.external_ids as &[Option<String>],
        &changes.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Replaces the text of a message by a newer revision; `false` where the stored one is as new.
///
/// # Errors
/// Those of the database.
pub async fn set_content(
    connection: &mut PgConnection,
    id: MessageId,
    content: &str,
    metadata: &str,
    edited_at: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        update messages set content = $2, metadata = $3::text::json, edited_at = $4
        where id = $1 and (edited_at is null or edited_at <= $4) and (content, metadata::text) is distinct from ($2, $3)
        "#,
        id.0,
        content,
        metadata,
        edited_at
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks a message as deleted; `false` where it was already.
///
/// # Errors
/// Those of the database.
pub async fn set_deleted(connection: &mut PgConnection, id: MessageId, at: DateTime<Utc>) -> sqlx::Result<bool> {
    let done = sqlx::query!("update messages set deleted_at = $2 where id = $1 and deleted_at is null", id.0, at);
    Ok(done.execute(connection).await?.rows_affected() == 1)
}

/// Ends a message that has not left.
///
/// # Errors
/// Those of the database.
pub async fn set_failed(connection: &mut PgConnection, id: MessageId, error: &MessageError) -> sqlx::Result<()> {
    sqlx::query!(
        "update messages set status = 'failed', error_code = $2, error_message = $3 where id = $1",
        id.0,
        error.code,
        error.message
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes the place of the chat's newest message for one that was failed and is queued again.
///
/// # Errors
/// Those of the database.
pub async fn set_queued(connection: &mut PgConnection, chat_id: ChatId, id: MessageId) -> sqlx::Result<()> {
    sqlx::query!(
        "update messages set status = 'queued', error_code = null, error_message = null where id = $1 and chat_id = $2",
        id.0,
        chat_id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Finds the message of ours that a network echoed under an outside id: one that has that id, or one with this text that is
/// being sent, or whose outcome is unknown, and takes the id now.
///
/// # Errors
/// Those of the database.
pub async fn claim_echo(connection: &mut PgConnection, echo: &Echo<'_>) -> sqlx::Result<Option<Uuid>> {
    let known = sqlx::query_scalar!(
        "select id from messages where channel_id = $1 and external_id = $2 and chat_id = $3",
        echo.channel_id,
        echo.external_id,
        echo.chat_id
    )
    .fetch_optional(&mut *connection)
    .await?;
    if known.is_some() {
        return Ok(known);
    }
    sqlx::query_scalar!(
        r#"
        update messages set external_id = $2
        where id = (
            select m.id from messages m left join outbound_messages o on o.message_id = m.id
            where m.chat_id = $1 and m.from_me and m.external_id is null and not m.private
                and (m.id = $3 or ($3::uuid is null and m.type = $4 and m.content = $5))
                and (o.attempt_started_at is not null or m.error_code = 'OUTCOME_UNKNOWN')
            order by m.seq limit 1
        )
        returning id
        "#,
        echo.chat_id,
        echo.external_id,
        echo.own_id,
        echo.kind,
        echo.content
    )
    .fetch_optional(connection)
    .await
}

/// A message from the business's own side.
#[derive(Debug)]
pub struct Echo<'a> {
    pub channel_id: Uuid,
    pub chat_id: Uuid,
    pub external_id: &'a str,
    /// Our id where the network handed it back.
    pub own_id: Option<Uuid>,
    pub kind: &'a str,
    pub content: &'a str,
}
