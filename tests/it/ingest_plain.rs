//! Plain messages take one statement that looks at no chat; what a node knows of chats is never taken for true once it changed.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::contacts::contact;
use crate::ingest::{contents, only_chat};
use crate::support::bodies::{TelegramChat, now, unique, waba_change, waba_message, waba_messages, waba_text};
use crate::support::channel::{Telegram, Waba, received};
use crate::support::{Answer, Operator, Server, check, text};

/// The organization's newest event of a name.
async fn newest(operator: &Operator, name: &str) -> Value {
    let journal = check::journal(operator).await;
    journal.iter().rfind(|event| event["event"] == name).expect("such an event was told")["data"].clone()
}

/// A table of chats that nobody can look into until the transaction ends.
async fn close(pool: &sqlx::PgPool) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut holding = pool.begin().await.unwrap();
    sqlx::query("lock table chats in access exclusive mode").execute(&mut *holding).await.unwrap();
    holding
}

async fn is_taken(telegram: &Telegram, update: &Value) -> bool {
    let answer = tokio::time::timeout(Duration::from_secs(3), Answer::of(telegram.delivery(update))).await;
    answer.is_ok_and(|answer| answer.status.is_success())
}

#[tokio::test]
async fn a_plain_message_needs_no_look_at_its_chat() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let (telegram, customer) = (Telegram::create(&admin).await, TelegramChat::new());
    let there = telegram.at(&twin);
    telegram.deliver(&customer.text("1")).await;
    there.deliver(&customer.text("2")).await;
    let id = text(&only_chat(&admin).await["id"]);
    // counters move without what is known: by the other node, by an operator who reads and answers
    telegram.deliver(&customer.text("3")).await;
    admin.post(&format!("/api/chats/{id}/read"), json!({})).await.ok();
    admin.send(&id, "an answer").await;

    let pool = server.pool().await;
    let closed = close(&pool).await;
    assert!(is_taken(&telegram, &customer.text("4")).await, "it waits for the table of chats");
    assert!(is_taken(&there, &customer.text("5")).await, "the other node does");
    let other = TelegramChat::new();
    assert!(!is_taken(&telegram, &other.text("hello")).await, "an unknown chat has to be looked for");
    closed.rollback().await.unwrap();

    assert_eq!(contents(&admin, &id).await, ["1", "2", "3", "an answer", "4", "5"]);
    assert_eq!(admin.chat(&id).await["unreadCount"], 2);
    telegram.deliver(&customer.text("6")).await;
    let told = newest(&admin, "message:new").await;
    assert_eq!((&told["content"], &told["chat"]["unreadCount"]), (&json!("6"), &json!(3)));
    check::assert_sound(&pool, &admin.organization_id).await;
}

#[tokio::test]
async fn a_plain_message_is_told_like_any_other() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let phone = unique().to_string();
    let written = |ago: i64, text: &str| {
        let mut message = waba_message(&phone, &format!("wamid.{}", unique()), text);
        message["timestamp"] = json!((now() - ago).to_string());
        waba_messages(&waba.number, &phone, vec![message])
    };
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    waba.deliver(&written(300, "first")).await;
    let first = newest(&admin, "message:new").await;
    let id = text(&only_chat(&admin).await["id"]);
    let pool = server.pool().await;
    let closed = close(&pool).await;
    waba.deliver(&written(200, "plain")).await;
    closed.rollback().await.unwrap();
    let plain = newest(&admin, "message:new").await;
    assert_eq!((names(&plain), names(&plain["chat"])), (names(&first), names(&first["chat"])));
    let mut latest = plain["chat"].clone();
    // one that comes late, after a newer one, does not move the window of answers
    for ago in [0, 100] {
        let chat = admin.chat(&id).await;
        for (name, value) in latest.as_object().unwrap() {
            assert_eq!(value, &chat[name], "{name}");
        }
        waba.deliver(&written(ago, "another")).await;
        latest = newest(&admin, "message:new").await["chat"].clone();
    }
    let chat = admin.chat(&id).await;
    assert_eq!(latest["windowExpiresAt"], chat["windowExpiresAt"]);
    let expires = chrono::DateTime::parse_from_rfc3339(&text(&chat["windowExpiresAt"])).unwrap().timestamp();
    assert!(expires > now() + 86_400 - 60, "the newest one counts");
    check::assert_sound(&pool, &admin.organization_id).await;
}

/// A message of a customer who has a number and an id of the business, or shows the id alone.
fn by_id(waba: &Waba, phone: Option<&str>, user_id: &str, text: &str) -> Value {
    let mut message = waba_message("", &format!("wamid.{}", unique()), text);
    message["from"] = json!(phone);
    message["from_user_id"] = json!(user_id);
    let contact = json!({"profile": {"name": "Grace"}, "wa_id": phone, "user_id": user_id});
    waba_change(&waba.number, json!({"contacts": [contact], "messages": [message]}))
}

#[tokio::test]
async fn a_chat_that_has_two_ids_is_plain_once_both_lead_to_it() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let (phone, user_id) = (unique().to_string(), format!("US.{}", unique()));
    let open = |text: &str| by_id(&waba, Some(&phone), &user_id, text);
    // first the number alone, so the id is new to a chat that is known
    let bare = |text: &str| waba_text(&waba.number, &phone, &format!("wamid.{}", unique()), text);
    for text in ["1", "2"] {
        waba.deliver(&bare(text)).await;
    }
    waba.deliver(&open("3")).await;
    waba.deliver(&by_id(&waba, None, &user_id, "4")).await;
    waba.deliver(&open("5")).await;

    let pool = server.pool().await;
    let closed = close(&pool).await;
    let taken = tokio::time::timeout(Duration::from_secs(3), waba.deliver(&open("6"))).await;
    assert!(taken.is_ok(), "it waits for the table of chats");
    closed.rollback().await.unwrap();

    // another id is another matter
    let later = format!("US.{}", unique());
    waba.deliver(&by_id(&waba, Some(&phone), &later, "7")).await;
    waba.deliver(&by_id(&waba, None, &later, "8")).await;
    let id = text(&only_chat(&admin).await["id"]);
    assert_eq!(contents(&admin, &id).await, ["1", "2", "3", "4", "5", "6", "7", "8"]);
    assert_eq!(admin.chat(&id).await["unreadCount"], 8);
    check::assert_sound(&pool, &admin.organization_id).await;
}

#[tokio::test]
async fn what_is_known_of_a_chat_is_not_taken_for_true_once_it_changed() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let (telegram, customer) = (Telegram::create(&admin).await, TelegramChat::new());
    telegram.deliver(&customer.text("hello")).await;
    telegram.deliver(&customer.text("hello again")).await;
    let chat = only_chat(&admin).await;
    let (path, person) = (format!("/api/chats/{}", text(&chat["id"])), contact(&chat));
    // what changes comes by the node that knows nothing of the messages
    let elsewhere = admin.at(&twin);

    elsewhere.patch(&path, json!({"assignedUserId": colleague.user_id})).await.ok();
    telegram.deliver(&customer.text("assigned")).await;
    let pool = server.pool().await;
    let rooms = "select count(*) from events where organization_id = $1 and event = 'message:new'
        and data ->> 'content' = 'assigned' and rooms[3] like 'user_%'";
    assert_eq!(check::count(&pool, rooms, &admin.organization_id).await, 1, "whom it was assigned to is told");

    for status in ["resolved", "snoozed"] {
        let snoozed_until = (status == "snoozed").then_some("2199-01-01T00:00:00Z");
        elsewhere.patch(&path, json!({"status": status, "snoozedUntil": snoozed_until})).await.ok();
        telegram.deliver(&customer.text(status)).await;
        assert_eq!(admin.chat(&text(&chat["id"])).await["status"], "open", "{status}");
        assert_eq!(newest(&admin, "message:new").await["chat"]["status"], "open", "{status}");
    }
    elsewhere.patch(&path, json!({"status": "pending"})).await.ok();
    telegram.deliver(&customer.text("pending")).await;
    assert_eq!(newest(&admin, "message:new").await["chat"]["status"], "pending");

    let unread = admin.chat(&text(&chat["id"])).await["unreadCount"].clone();
    elsewhere.post(&format!("/api/contacts/{person}/block"), json!({})).await.ok();
    telegram.deliver(&customer.text("blocked")).await;
    assert_eq!(admin.chat(&text(&chat["id"])).await["unreadCount"], unread, "a blocked one calls for nobody");
    elsewhere.delete(&format!("/api/contacts/{person}/block")).await.expect(204);

    telegram.deliver(&customer.text("back")).await;
    let mut renamed = customer.text("renamed");
    renamed["message"]["chat"]["first_name"] = json!("Augusta");
    renamed["message"]["from"]["first_name"] = json!("Augusta");
    telegram.deliver(&renamed).await;
    assert_eq!(newest(&admin, "chat:updated").await["contact"]["name"], "Augusta Lovelace");
    telegram.deliver(&customer.text("as before")).await;
    assert_eq!(newest(&admin, "chat:updated").await["contact"]["name"], "Ada Lovelace");
    check::assert_sound(&pool, &admin.organization_id).await;
}

#[tokio::test]
async fn a_person_who_was_renamed_in_a_group_is_called_as_it_says_in_its_own_chat() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let (telegram, customer) = (Telegram::create(&admin).await, TelegramChat::new());
    telegram.deliver(&customer.text("one")).await;
    telegram.deliver(&customer.text("two")).await;
    let mut spoken = customer.text("in a group");
    spoken["message"]["chat"] = json!({"id": -customer.id, "type": "group", "title": "Club"});
    spoken["message"]["from"]["first_name"] = json!("Augusta");
    telegram.deliver(&spoken).await;
    telegram.deliver(&customer.text("three")).await;
    let chats = admin.get("/api/chats").await.items();
    let own = chats.iter().find(|chat| chat["isGroup"] == false).unwrap();
    assert_eq!(own["contact"]["name"], "Ada Lovelace");
}

#[tokio::test]
async fn plain_messages_on_two_nodes_while_operators_work_are_stored_and_counted_once() {
    const CUSTOMERS: usize = 6;
    const EACH: usize = 25;
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let there = telegram.at(&twin);
    let customers: Vec<TelegramChat> = (0..CUSTOMERS).map(|_| TelegramChat::new()).collect();
    for customer in &customers {
        telegram.deliver(&customer.text("first")).await;
        there.deliver(&customer.text("second")).await;
    }
    let chats = admin.get("/api/chats").await.items();
    let work = async {
        for n in 0..40 {
            let id = text(&chats[n % CUSTOMERS]["id"]);
            let status = ["resolved", "pending", "open"][n % 3];
            admin.patch(&format!("/api/chats/{id}"), json!({"status": status})).await.ok();
            admin.at(&twin).send(&id, &format!("answer {n}")).await;
        }
    };
    // each message is delivered to both nodes at once
    let talk = join_all(customers.iter().map(|customer| async {
        for n in 0..EACH {
            let update = customer.text(&format!("{n}"));
            let (one, other) =
                tokio::join!(Answer::of(telegram.delivery(&update)), Answer::of(there.delivery(&update)));
            received(&one);
            received(&other);
        }
    }));
    tokio::join!(work, talk);
    let pool = server.pool().await;
    for chat in &chats {
        let told = contents(&admin, &text(&chat["id"])).await;
        let spoken: Vec<&String> = told.iter().filter(|content| content.parse::<usize>().is_ok()).collect();
        let expected: Vec<String> = (0..EACH).map(|n| n.to_string()).collect();
        assert_eq!(spoken, expected.iter().collect::<Vec<_>>(), "in order, once");
    }
    let counted = "select count(*) from chat_activity where organization_id = $1 and incoming_count <> 27";
    assert_eq!(check::count(&pool, counted, &admin.organization_id).await, 0, "counted once");
    check::assert_sound(&pool, &admin.organization_id).await;
}
