//! Reports: what was said, how soon it was answered and by whom, for those who lead a team.

use serde_json::{Value, json};
use sqlx::PgPool;
use stub::telegram_api;

use crate::ingest::only_chat;
use crate::send::{Chat, until};
use crate::support::bodies::{bridge_event, now, unique};
use crate::support::channel::Bridge;
use crate::support::{Operator, shared, text};

async fn overview(operator: &Operator, query: &str) -> Value {
    operator.get(&format!("/api/reports/overview{query}")).await.ok()
}

/// Lets a message have been stored so many seconds earlier than it was.
async fn age(pool: &PgPool, message: &Value, secs: f64) {
    let id: uuid::Uuid = text(&message["id"]).parse().unwrap();
    sqlx::query("update messages set created_at = created_at - make_interval(secs => $2) where id = $1")
        .bind(id)
        .bind(secs)
        .execute(pool)
        .await
        .unwrap();
}

/// The chat's newest message, so many seconds old.
async fn waiting_since(pool: &PgPool, operator: &Operator, chat: &Chat, secs: f64) {
    chat.telegram.deliver(&chat.customer.text("hello?")).await;
    let newest = operator.messages(&chat.id).await.remove(0);
    age(pool, &newest, secs).await;
}

#[track_caller]
fn assert_spread(spread: &Value, count: i64, secs: &[i64; 2]) {
    assert_eq!(spread["count"], count, "{spread}");
    for (name, least) in ["p50Secs", "p90Secs"].iter().zip(secs) {
        let secs = spread[name].as_i64().unwrap();
        assert!((*least..*least + 30).contains(&secs), "{name} of {spread} is about {least}");
    }
}

#[tokio::test]
async fn an_overview_counts_what_was_said_and_how_soon_and_by_whom() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let pool = server.pool().await;
    let chat = Chat::open(&admin).await;
    age(&pool, &admin.messages(&chat.id).await[0], 1_000.0).await;
    chat.telegram.deliver(&chat.customer.text("still there?")).await;
    // neither a note nor what fails or is taken back is an answer
    let send = async |operator: &Operator, body: Value| operator.post("/api/messages/send", body).await.created();
    send(&admin, json!({"chatId": chat.id, "content": "note", "private": true})).await;
    chat.fail(telegram_api::refusal(400, "Bad Request: chat not found"));
    let failed = admin.send(&chat.id, "lost").await;
    until(&admin, &chat.id, &text(&failed["id"]), "failed").await;
    let deleted = admin.send(&chat.id, "oops").await;
    until(&admin, &chat.id, &text(&deleted["id"]), "sent").await;
    let path = format!("/api/messages/{}", text(&deleted["id"]));
    assert!(admin.delete(&path).await.status.is_success());
    colleague.send(&chat.id, "here").await;
    colleague.send(&chat.id, "and here").await;
    // a program ends a wait, and is nobody
    waiting_since(&pool, &admin, &chat, 500.0).await;
    admin
        .api_key("user")
        .await
        .post("/api/messages/send", json!({"chatId": chat.id, "content": "bot"}))
        .await
        .created();
    admin.send(&chat.id, "nobody waits").await;
    waiting_since(&pool, &admin, &chat, 3_000.0).await;
    admin.send(&chat.id, "sorry").await;
    admin.patch(&format!("/api/chats/{}", chat.id), json!({"status": "resolved"})).await.ok();
    Chat::open_on(&admin, chat.telegram.clone()).await;

    let seen = overview(&admin, "").await;
    assert_eq!(seen["chats"], json!({"new": 2, "resolved": 1, "open": 1}));
    assert_eq!(seen["messages"], json!({"incoming": 5, "outgoing": 5}));
    let name = &admin.get(&format!("/api/channels/{}", chat.telegram.id)).await.ok()["name"];
    let channel = json!({"channelId": chat.telegram.id, "name": name, "channel": "telegram", "newChats": 2, "incoming": 5,
        "outgoing": 5});
    assert_eq!(seen["byChannel"], json!([channel]));
    assert_spread(&seen["firstResponse"], 2, &[1_000, 3_000]);
    assert_spread(&seen["resolution"], 1, &[1_000; 2]);
    let operators = seen["byOperator"].as_array().unwrap();
    assert_eq!(operators.len(), 2, "{operators:#?}");
    let of = |id: &str| operators.iter().find(|operator| operator["userId"] == id).unwrap();
    let (boss, other) = (of(&admin.user_id), of(&colleague.user_id));
    assert_eq!((&boss["answers"], &boss["chats"], &boss["resolved"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!((&other["answers"], &other["chats"], &other["resolved"]), (&json!(2), &json!(1), &json!(0)));
    assert_eq!(other["name"], "A user");
    assert_spread(&boss["firstResponse"], 1, &[3_000; 2]);
    assert_spread(&other["firstResponse"], 1, &[1_000; 2]);
    let days = seen["daily"].as_array().unwrap();
    assert_eq!(days.len(), 8, "a week that begins and ends within days");
    let sum = |field: &str| days.iter().map(|day| day[field].as_i64().unwrap()).sum::<i64>();
    assert_eq!([sum("incoming"), sum("outgoing"), sum("newChats"), sum("resolved")], [5, 5, 2, 1]);
    assert!(text(&seen["from"]) < text(&seen["to"]) && text(&seen["to"]).starts_with(&text(&days[7]["date"])));
}

#[tokio::test]
async fn a_spell_begins_with_the_customer_s_first_message_since_the_chat_was_resolved() {
    let server = shared().await;
    let admin = server.admin().await;
    let pool = server.pool().await;
    let chat = Chat::open(&admin).await;
    age(&pool, &admin.messages(&chat.id).await[0], 5_000.0).await;
    let set =
        async |status: &str| admin.patch(&format!("/api/chats/{}", chat.id), json!({"status": status})).await.ok();
    set("resolved").await;
    set("resolved").await;
    // nobody waited, so nothing is measured; it is counted all the same
    set("open").await;
    set("resolved").await;
    for word in ["again", "and again"] {
        chat.telegram.deliver(&chat.customer.text(word)).await;
    }
    assert_eq!(admin.chat(&chat.id).await["status"], "open");
    set("resolved").await;
    let seen = overview(&admin, "").await;
    assert_eq!(seen["chats"], json!({"new": 1, "resolved": 3, "open": 0}));
    assert_eq!(seen["resolution"]["count"], 2, "{seen}");
    assert!(seen["resolution"]["p50Secs"].as_i64().unwrap() < 60, "{seen}");
    assert!(seen["resolution"]["p90Secs"].as_i64().unwrap() >= 5_000, "{seen}");
    assert_eq!(seen["firstResponse"], json!({"count": 0, "p50Secs": null, "p90Secs": null}));
    admin.delete(&format!("/api/chats/{}", chat.id)).await.expect(204);
    assert_eq!(overview(&admin, "").await["chats"], json!({"new": 0, "resolved": 0, "open": 0}), "gone with its chat");
}

#[tokio::test]
async fn the_history_of_a_paired_phone_is_no_traffic() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let customer = format!("{}@s.whatsapp.net", unique());
    for (id, from_me) in [("H1", false), ("H2", true), ("H3", false)] {
        let data = json!({"id": id, "chatId": customer, "type": "text", "text": id, "history": true, "fromMe": from_me,
            "timestamp": now() - 600_000});
        bridge.deliver(&bridge_event("message", data)).await;
    }
    admin.send(&text(&only_chat(&admin).await["id"]), "hello").await;
    let seen = overview(&admin, "").await;
    assert_eq!(seen["messages"], json!({"incoming": 0, "outgoing": 1}));
    assert_eq!(seen["firstResponse"]["count"], 0);
}

#[tokio::test]
async fn a_report_covers_the_time_that_was_asked_for() {
    let server = shared().await;
    let (admin, other) = (server.admin().await, server.admin().await);
    let chat = Chat::open(&admin).await;
    Chat::open(&other).await;
    let seen = overview(&admin, "?from=2020-01-01T10:00:00Z&to=2020-01-02T10:00:00.000Z").await;
    let day = |date: &str| json!({"date": date, "incoming": 0, "outgoing": 0, "newChats": 0, "resolved": 0});
    assert_eq!(seen["daily"], json!([day("2020-01-01"), day("2020-01-02")]));
    assert_eq!((&seen["from"], &seen["to"]), (&json!("2020-01-01T10:00:00.000Z"), &json!("2020-01-02T10:00:00.000Z")));
    assert_eq!(
        seen["byChannel"][0]["channelId"],
        json!(chat.telegram.id),
        "channels are named also where nothing came"
    );
    let at = text(&admin.messages(&chat.id).await[0]["createdAt"]);
    let until = overview(&admin, &format!("?to={at}")).await;
    assert_eq!(until["messages"]["incoming"], 0, "the end is not part of it");
    let since = overview(&admin, &format!("?from={at}")).await;
    assert!(since["messages"]["incoming"].as_i64().unwrap() <= 1, "the other organization's is not counted");
    assert_eq!(overview(&admin, "").await["messages"]["incoming"], 1);
    for wrong in [
        "?from=yesterday",
        "?from=2020-01-02T00:00:00Z&to=2020-01-01T00:00:00Z",
        "?from=2020-01-01T00:00:00Z&to=2020-01-01T00:00:00Z",
        "?from=2020-01-01T00:00:00Z&to=2020-04-03T00:00:00Z",
        "?from=2020-01-01T00:00:00Z",
        "?from=2100-01-01T00:00:00Z",
    ] {
        for path in ["overview", "overview.csv"] {
            admin.get(&format!("/api/reports/{path}{wrong}")).await.refused(422, "INVALID_DATA");
        }
    }
    assert_eq!(
        overview(&admin, "?from=2020-01-01T00:00:00Z&to=2020-04-02T00:00:00Z").await["daily"][91]["date"],
        "2020-04-01"
    );
}

#[tokio::test]
async fn reports_are_for_moderators() {
    let server = shared().await;
    let admin = server.admin().await;
    for path in ["/api/reports/overview", "/api/reports/overview.csv"] {
        admin.colleague("user").await.get(path).await.refused(403, "FORBIDDEN");
        admin.colleague("moderator").await.get(path).await.expect(200);
        server.anonymous().get(path).await.refused(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn names_become_no_formulas_in_a_spreadsheet() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let channel = "=HYPERLINK(\"http://example.org\",\"x\")";
    admin.patch(&format!("/api/channels/{}", chat.telegram.id), json!({"name": channel})).await.ok();
    admin.patch("/api/me", json!({"name": "@SUM(1+1), \"Ada\""})).await.ok();
    admin.send(&chat.id, "hello").await;
    let answer = admin.get("/api/reports/overview.csv").await.expect(200);
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"overview.csv\"");
    let tables: Vec<Vec<&str>> =
        answer.text.split("\r\n\r\n").map(|table| table.trim_end().split("\r\n").collect()).collect();
    assert_eq!(tables.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 9], "{}", answer.text);
    assert_eq!(tables[0][0], "channelId,name,channel,newChats,incoming,outgoing");
    let quoted = "\"'=HYPERLINK(\"\"http://example.org\"\",\"\"x\"\")\"";
    assert_eq!(tables[0][1], format!("{},{quoted},telegram,1,1,1", chat.telegram.id));
    let columns = "userId,name,answers,chats,firstResponseCount,firstResponseP50Secs,firstResponseP90Secs,resolved";
    assert_eq!(tables[1][0], columns);
    let begin = format!("{},\"'@SUM(1+1), \"\"Ada\"\"\",1,1,1,", admin.user_id);
    assert!(tables[1][1].starts_with(&begin) && tables[1][1].ends_with(",0"), "{}", tables[1][1]);
    assert_eq!(tables[2][0], "date,incoming,outgoing,newChats,resolved");
    assert!(tables[2][8].ends_with(",1,1,1,0"), "{}", tables[2][8]);
}
