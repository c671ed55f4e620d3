//! What has been in use for years: lists of chats and searches reach what is far behind the newest, in order, a page at a time.

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool, Row};
use uuid::Uuid;

use crate::send::Chat;
use crate::support::{Operator, Server, shared, text};

/// More chats than a list goes through before it gathers what fits.
const CHATS: i64 = 1_150;

/// A chat, and many more beside it whose activity is a minute older each.
const PAST_CHATS: &str = "
    with template as (
        select c.* from chats c where c.organization_id = $1
    ), places as (
        select n, gen_random_uuid() as id from generate_series(1, $2::bigint) n
    ), people as (
        insert into contacts (id, organization_id, channel_id, external_id, name)
        select p.id, t.organization_id, t.channel_id, 'past' || p.n, case when p.n > 1140 then 'Zebedee ' else 'Ada ' end || p.n
        from template t, places p
    ), past as (
        insert into chats (id, organization_id, channel_id, contact_id, external_id, status, labels, assigned_user_id)
        select p.id, t.organization_id, t.channel_id, p.id, 'past' || p.n,
            case when p.n % 3 = 0 then 'resolved' when p.n > 1100 then 'pending' else 'open' end,
            case when p.n > 1120 then '{vip}'::text[] else '{}' end, case when p.n > 1130 then $3::uuid end
        from template t, places p
    )
    insert into chat_activity (chat_id, organization_id, incoming_count, read_count, active_at)
    select p.id, t.organization_id, 1, case when p.n > 1090 then 0 else 1 end, now() - p.n * interval '1 minute'
    from template t, places p
";

async fn pages(operator: &Operator, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = operator.get(&format!("{path}&limit={limit}{cursor}")).await.ok();
        let found = page["items"].as_array().unwrap();
        assert!(found.len() <= limit);
        items.extend(found.iter().cloned());
        let Some(next) = page["nextCursor"].as_str() else { return items };
        assert_eq!(found.len(), limit, "only the last page is short");
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn a_list_reaches_the_few_chats_that_fit_behind_a_thousand_that_do_not() {
    let server = shared().await;
    let admin = server.admin().await;
    Chat::open(&admin).await;
    let pool = server.pool().await;
    let organization: Uuid = admin.organization_id.parse().unwrap();
    let user: Uuid = admin.user_id.parse().unwrap();
    sqlx::query(PAST_CHATS).bind(organization).bind(CHATS).bind(user).execute(&pool).await.unwrap();

    for (query, fits) in [
        ("status=pending", "c.status = 'pending'"),
        ("status=pending,resolved", "c.status in ('pending', 'resolved')"),
        ("status=open,pending,snoozed", "c.status in ('open', 'pending')"),
        ("label=vip", "'vip' = any(c.labels)"),
        ("label=vip&status=resolved", "'vip' = any(c.labels) and c.status = 'resolved'"),
        ("label=vip&assignedTo=me", "'vip' = any(c.labels) and c.assigned_user_id is not null"),
        ("label=vip&unread=true", "'vip' = any(c.labels) and a.incoming_count > a.read_count"),
        ("label=none", "false"),
        ("assignedTo=me", "c.assigned_user_id is not null"),
        ("assignedTo=me&status=pending", "c.assigned_user_id is not null and c.status = 'pending'"),
        ("assignedTo=me&unread=true", "c.assigned_user_id is not null and a.incoming_count > a.read_count"),
        ("assignedTo=me&q=bede", "c.assigned_user_id is not null and ct.name like 'Zebedee%'"),
        ("assignedTo=none&status=pending", "c.assigned_user_id is null and c.status = 'pending'"),
        ("unread=true", "a.incoming_count > a.read_count"),
        ("unread=true&status=resolved", "a.incoming_count > a.read_count and c.status = 'resolved'"),
        ("q=zebedee", "ct.name like 'Zebedee%'"),
        ("q=bede&label=vip&channel=telegram", "ct.name like 'Zebedee%'"),
        ("q=nobody", "false"),
        ("channel=telegram", "true"),
        ("channel=whatsapp", "false"),
    ] {
        for (sort, direction) in [("newest", "desc"), ("oldest", "asc")] {
            let expected = fitting(&pool, organization, fits, direction).await;
            let listed = pages(&admin, &format!("/api/chats?sort={sort}&{query}"), 150).await;
            let listed: Vec<String> = listed.iter().map(|chat| text(&chat["id"])).collect();
            assert_eq!(listed, expected, "?{query} by {sort}");
        }
    }
}

async fn fitting(pool: &PgPool, organization: Uuid, fits: &str, direction: &str) -> Vec<String> {
    let sql = format!(
        "select c.id::text from chats c join chat_activity a on a.chat_id = c.id join contacts ct on ct.id = c.contact_id
         where c.organization_id = $1 and {fits} order by a.active_at {direction}, a.chat_id {direction}"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(organization).fetch_all(pool).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Messages of a chat that were stored so many hours ago, several of each age.
async fn write_past(server: &Server, chat: &Chat, hours: &[i64], each: i64) {
    let pool = server.pool().await;
    for (place, hours) in hours.iter().enumerate() {
        sqlx::query(
            "insert into messages (id, organization_id, chat_id, channel_id, seq, incoming_count, from_me, type, content,
                metadata, status, created_at)
             select (lpad(to_hex((extract(epoch from at) * 1000)::bigint + n), 12, '0')
                    || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid,
                c.organization_id, c.id, c.channel_id, 1000 * ($3::bigint + 1) + n, 1, false, 'text',
                'quartz of ' || $2 || case when n = 1 then ' alone' else '' end, '{}', 'received', at
             from chats c, generate_series(1, $4::bigint) n, lateral (select now() - $2 * interval '1 hour' as at) t
             where c.id = $1::uuid",
        )
        .bind(chat.id.parse::<Uuid>().unwrap())
        .bind(hours)
        .bind(i64::try_from(place).unwrap())
        .bind(each)
        .execute(&pool)
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_search_reaches_years_back_and_gives_the_newest_first() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let chat = Chat::open(&admin).await;
    let other = Chat::open_on(&admin, chat.telegram.clone()).await;
    let ages = [1, 7, 30, 200, 2_000, 20_000];
    write_past(&server, &chat, &ages, 12).await;
    write_past(&server, &Chat::open(&stranger).await, &[3], 5).await;
    other.telegram.deliver(&other.customer.text("a quartz of now")).await;

    let found = async |query: &str, limit: usize| {
        let items = pages(&admin, &format!("/api/messages?q={query}"), limit).await;
        items.iter().map(|message| text(&message["content"])).collect::<Vec<_>>()
    };
    let mut expected = vec!["a quartz of now".to_owned()];
    for hours in ages {
        expected.extend((0..11).map(|_| format!("quartz of {hours}")));
        expected.push(format!("quartz of {hours} alone"));
    }
    for limit in [5, 13, 50, 200] {
        assert_eq!(found("quartz", limit).await, expected, "{limit} to a page");
    }
    let alone: Vec<String> = ages.iter().map(|hours| format!("quartz of {hours} alone")).collect();
    assert_eq!(found("quartz%20alone", 4).await, alone);
    assert_eq!(found("quartz%20-of", 4).await, expected, "a word that is in no index excludes nothing");
    assert_eq!(found("alone%20-20000", 4).await, alone[..5]);
    assert_eq!(found("\"quartz%20of%2020000\"", 50).await.len(), 12);
    assert!(found("the", 50).await.is_empty(), "words that are in no index are in no message");
    assert!(found("feldspar", 50).await.is_empty());

    let at = |hours: i64| (chrono::Utc::now() - chrono::TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%SZ");
    assert_eq!(found(&format!("alone&from={}", at(100)), 2).await, alone[..3]);
    assert_eq!(found(&format!("alone&to={}", at(100)), 2).await, alone[3..]);
    assert_eq!(found(&format!("alone&from={}&to={}", at(1_000), at(20)), 2).await, alone[2..4]);
    assert_eq!(found(&format!("alone&chatId={}", chat.id), 4).await, alone);
    assert_eq!(found(&format!("quartz&chatId={}", other.id), 4).await, expected[..1]);
}
