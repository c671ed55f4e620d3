//! The checker: reads outcomes from the database and knows nothing of how they came about.

use std::time::Duration;

use serde_json::Value;
use sqlx::{PgPool, Row};

use super::wait::within;

/// How many rows a query counts.
pub async fn count(pool: &PgPool, sql: &'static str, id: &str) -> i64 {
    let id: uuid::Uuid = id.parse().unwrap();
    sqlx::query(sql).bind(id).fetch_one(pool).await.unwrap().get(0)
}

/// Messages of an organization.
pub async fn messages_of(pool: &PgPool, organization_id: &str) -> i64 {
    count(pool, "select count(*) from messages where organization_id = $1", organization_id).await
}

/// Everything that must hold of an organization at any time.
pub async fn assert_sound(pool: &PgPool, organization_id: &str) {
    let organization: uuid::Uuid = organization_id.parse().unwrap();
    for (claim, sql) in [
        (
            "journal positions count up without holes",
            "select count(*) from (select position, row_number() over (order by position) as place from events
             where organization_id = $1) p where position <> place",
        ),
        (
            "the position that was handed out last is the last one in the journal",
            "select count(*) from event_positions p where organization_id = $1 and position <>
             (select coalesce(max(position), 0) from events e where e.organization_id = $1)",
        ),
        (
            "a message of a network is stored once",
            "select count(*) from (select 1 from messages where organization_id = $1 and external_id is not null
             group by channel_id, chat_id, external_id having count(*) > 1) doubled",
        ),
        (
            "a stored message was told once",
            "select count(*) from messages m where organization_id = $1 and 1 <> (select count(*) from events e
             where e.organization_id = $1 and e.event = 'message:new' and e.data ->> 'id' = m.id::text)",
        ),
        (
            "a stored chat was told once",
            "select count(*) from chats c where organization_id = $1 and 1 <> (select count(*) from events e
             where e.organization_id = $1 and e.event = 'chat:new' and e.data ->> 'id' = c.id::text)",
        ),
        (
            "messages of a chat count up without holes",
            "select count(*) from (select seq, row_number() over (partition by chat_id order by seq) as place
             from messages where organization_id = $1) p where seq <> place",
        ),
        (
            "a chat has read no more than came",
            "select count(*) from chat_activity where organization_id = $1 and (read_count > incoming_count or read_count < 0)",
        ),
        (
            "a chat counts what is stored in it",
            "select count(*) from chat_activity a where organization_id = $1 and (last_seq, incoming_count) <>
             (select coalesce(max(seq), 0), coalesce(max(m.incoming_count), 0) from messages m where m.chat_id = a.chat_id)",
        ),
        (
            "a chat is listed in the state that it is in, and as whose it is",
            "select count(*) from chats c where organization_id = $1 and not exists (select 1 from chat_activity a
             where a.chat_id = c.id and a.status = c.status and a.assigned_user_id is not distinct from c.assigned_user_id
                and a.has_labels = (c.labels <> '{}'))",
        ),
        (
            "a chat is listed under its labels and no others, as newly as it is",
            "select count(*) from (
                select c.id, label, a.active_at from chats c join chat_activity a on a.chat_id = c.id, unnest(c.labels) as l (label)
                where c.organization_id = $1
             ) c full join (select * from chat_labels where organization_id = $1) l on l.chat_id = c.id and l.label = c.label
             where c.active_at is distinct from l.active_at",
        ),
    ] {
        let broken: i64 = sqlx::query(sql).bind(organization).fetch_one(pool).await.unwrap().get(0);
        assert_eq!(broken, 0, "not so: {claim}");
    }
}

/// Waits until nothing is queued for a network any more: what a killed node had in hand is taken up after 30 s.
pub async fn sent_all(pool: &PgPool, organization_id: &str) {
    within(Duration::from_secs(90), "the queue is empty", || async {
        let sql = "select count(*) from outbound_messages where organization_id = $1";
        (count(pool, sql, organization_id).await == 0).then_some(())
    })
    .await;
}

/// The journal as an operator reads it, from its start.
pub async fn journal(operator: &super::Operator) -> Vec<Value> {
    read_journal(operator, String::new()).await
}

/// As [`journal`], from a cursor on.
pub async fn journal_after(operator: &super::Operator, cursor: &str) -> Vec<Value> {
    read_journal(operator, format!("&after={cursor}")).await
}

async fn read_journal(operator: &super::Operator, mut after: String) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let page = operator.get(&format!("/api/events?limit=1000{after}")).await.ok();
        events.extend(page["events"].as_array().unwrap().iter().cloned());
        if page["more"] != true {
            return events;
        }
        after = format!("&after={}", page["cursor"].as_str().unwrap());
    }
}
