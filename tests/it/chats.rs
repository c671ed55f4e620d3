//! Reading the inbox over REST: lists, filters, cursors, histories, reading, changing, searching, deleting.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::ingest::only_chat;
use crate::send::Chat;
use crate::support::bodies::{TelegramChat, unique, waba_message, waba_messages, waba_text};
use crate::support::channel::{Telegram, Waba};
use crate::support::{Operator, check, shared, text};

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["id"])).collect()
}

/// Follows `nextCursor` to the end.
async fn pages(operator: &Operator, path: &str, parameter: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut next = path.to_owned();
    loop {
        let page = operator.get(&next).await.ok();
        pages.push(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["nextCursor"].as_str() else { return pages };
        assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{cursor:?}");
        assert!(pages.len() < 1_000, "the list has an end");
        next = format!("{path}&{parameter}={cursor}");
    }
}

#[tokio::test]
async fn chats_are_listed_by_newest_activity_page_by_page_without_a_loss() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customers: Vec<TelegramChat> = (0..25).map(|_| TelegramChat::new()).collect();
    for customer in &customers {
        telegram.deliver(&customer.text("hi")).await;
    }
    telegram.deliver(&customers[3].text("again")).await;
    let all = admin.get("/api/chats?limit=200").await.items();
    let mut expected: Vec<String> = customers.iter().rev().map(|customer| customer.id.to_string()).collect();
    let revived = expected.remove(25 - 1 - 3);
    expected.insert(0, revived);
    let listed: Vec<String> = all.iter().map(|chat| text(&chat["externalId"])).collect();
    assert_eq!(listed, expected);

    let pages = pages(&admin, "/api/chats?limit=7", "cursor").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [7, 7, 7, 4]);
    assert_eq!(ids(&pages.concat()), ids(&all));
    assert_eq!(admin.get("/api/chats").await.ok()["nextCursor"], Value::Null);
}

#[tokio::test]
async fn filters_narrow_the_list_and_combine() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let mine = Chat::open(&admin).await;
    let theirs = Chat::open_on(&admin, mine.telegram.clone()).await;
    let waba = Waba::create(&admin, &server).await;
    waba.deliver(&waba_text(&waba.number, &unique().to_string(), "wamid.1", "hello")).await;
    let whatsapp = text(&admin.get("/api/chats?channel=whatsapp").await.items()[0]["id"]);
    let change = async |id: &str, patch: Value| admin.patch(&format!("/api/chats/{id}"), patch).await.ok();
    change(&mine.id, json!({"assignedUserId": admin.user_id, "labels": ["vip", "billing"]})).await;
    change(&theirs.id, json!({"assignedUserId": colleague.user_id, "status": "resolved", "labels": ["vip"]})).await;
    admin.post(&format!("/api/chats/{whatsapp}/read"), json!({})).await.ok();

    let channel = format!("channelId={}", waba.id);
    let assigned = format!("assignedTo={}", colleague.user_id);
    for (query, expected) in [
        ("status=open", vec![&whatsapp, &mine.id]),
        ("status=resolved", vec![&theirs.id]),
        ("channel=telegram", vec![&theirs.id, &mine.id]),
        (&channel, vec![&whatsapp]),
        ("assignedTo=me", vec![&mine.id]),
        ("assignedTo=none", vec![&whatsapp]),
        (&assigned, vec![&theirs.id]),
        ("label=vip", vec![&theirs.id, &mine.id]),
        ("label=vip&status=open", vec![&mine.id]),
        ("unread=true", vec![&theirs.id, &mine.id]),
        ("unread=true&channel=whatsapp", vec![]),
        ("unknown=parameter&channel=whatsapp", vec![&whatsapp]),
    ] {
        let listed: HashSet<String> =
            ids(&admin.get(&format!("/api/chats?{query}")).await.items()).into_iter().collect();
        assert_eq!(listed, expected.into_iter().cloned().collect(), "?{query}");
    }
    assert_eq!(ids(&colleague.get("/api/chats?assignedTo=me").await.items()), std::slice::from_ref(&theirs.id));
    for bad in ["status=sleeping", "assignedTo=somebody", "limit=many"] {
        admin.get(&format!("/api/chats?{bad}")).await.refused(422, "INVALID_DATA");
    }
}

#[tokio::test]
async fn narrowed_lists_follow_what_happens_to_their_chats() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let pool = server.pool().await;
    let first = Chat::open(&admin).await;
    let second = Chat::open_on(&admin, first.telegram.clone()).await;
    let third = Chat::open_on(&admin, first.telegram.clone()).await;
    let listed = async |query: &str| ids(&admin.get(&format!("/api/chats?{query}")).await.items());
    let change = async |chat: &Chat, patch: Value| admin.patch(&format!("/api/chats/{}", chat.id), patch).await.ok();
    for chat in [&first, &second, &third] {
        change(chat, json!({"assignedUserId": admin.user_id, "labels": ["vip"]})).await;
    }
    for query in ["label=vip", "assignedTo=me", "assignedTo=me&status=open,resolved"] {
        assert_eq!(listed(query).await, [&*third.id, &second.id, &first.id], "?{query}");
    }

    // a customer's message and an answer move a chat to the front of each
    first.telegram.deliver(&first.customer.text("plain")).await;
    admin.send(&second.id, "answer").await;
    for query in ["label=vip", "assignedTo=me", "assignedTo=me&status=open,resolved"] {
        assert_eq!(listed(query).await, [&*second.id, &first.id, &third.id], "?{query}");
    }
    check::assert_sound(&pool, &admin.organization_id).await;

    change(&first, json!({"labels": ["vip", "billing", "vip"]})).await;
    change(&second, json!({"labels": [], "assignedUserId": colleague.user_id})).await;
    change(&third, json!({"labels": ["billing"], "status": "resolved", "assignedUserId": null})).await;
    assert_eq!(listed("label=vip").await, [&*first.id]);
    assert_eq!(listed("label=billing").await, [&*first.id, &third.id]);
    assert_eq!(listed("assignedTo=me").await, [&*first.id]);
    assert_eq!(listed(&format!("assignedTo={}", colleague.user_id)).await, [&*second.id]);
    third.telegram.deliver(&third.customer.text("reopens it")).await;
    assert_eq!(listed("label=billing&status=open").await, [&*third.id, &first.id]);
    check::assert_sound(&pool, &admin.organization_id).await;

    admin.delete(&format!("/api/chats/{}", first.id)).await.expect(204);
    assert_eq!(listed("label=billing").await, [&*third.id]);
    check::assert_sound(&pool, &admin.organization_id).await;
    admin.delete(&format!("/api/channels/{}", first.telegram.id)).await.expect(204);
    assert!(listed("label=billing").await.is_empty());
    check::assert_sound(&pool, &admin.organization_id).await;
}

#[tokio::test]
async fn history_goes_backwards_and_forwards_from_any_message() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let from = unique().to_string();
    let messages = (0..120).map(|n| waba_message(&from, &format!("wamid.{n}"), &n.to_string())).collect();
    waba.deliver(&waba_messages(&waba.number, &from, messages)).await;
    let base = format!("/api/chats/{}/messages", text(&only_chat(&admin).await["id"]));
    let number = |message: &Value| text(&message["content"]).parse::<i32>().unwrap();

    let first = admin.get(&base).await.items();
    assert_eq!(first.iter().map(number).collect::<Vec<_>>(), (70..120).rev().collect::<Vec<_>>(), "newest first, 50");
    let pages = pages(&admin, &format!("{base}?limit=50"), "before").await;
    assert_eq!(pages.concat().iter().map(number).collect::<Vec<_>>(), (0..120).rev().collect::<Vec<_>>());

    let all = pages.concat();
    let by_number = |n: i32| text(&all.iter().find(|message| number(message) == n).unwrap()["id"]);
    let after = admin.get(&format!("{base}?after={}&limit=3", by_number(10))).await.items();
    let mut just_after: Vec<i32> = after.iter().map(number).collect();
    just_after.sort_unstable();
    assert_eq!(just_after, [11, 12, 13], "those just after it");
    let before = admin.get(&format!("{base}?before={}&limit=3", by_number(10))).await.items();
    assert_eq!(before.iter().map(number).collect::<Vec<_>>(), [9, 8, 7]);
    assert!(admin.get(&format!("{base}?after={}", by_number(119))).await.items().is_empty());
    assert!(admin.get(&format!("{base}?before={}", by_number(0))).await.items().is_empty());
}

#[tokio::test]
async fn reading_a_message_reads_all_up_to_it_and_nothing_after() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let chat = Chat::open(&admin).await;
    for n in 1..6 {
        chat.telegram.deliver(&chat.customer.text(&n.to_string())).await;
    }
    let messages = admin.messages(&chat.id).await;
    let read = format!("/api/chats/{}/read", chat.id);
    admin.post(&read, json!({"messageId": messages[3]["id"]})).await.ok();
    let unread = async |operator: &Operator| {
        let chat = operator.chat(&chat.id).await;
        (chat["unreadCount"].as_i64().unwrap(), chat["myUnreadCount"].as_i64().unwrap())
    };
    assert_eq!(unread(&admin).await, (3, 3));
    assert_eq!(unread(&colleague).await, (3, 6), "the team's count, and the colleague's own");
    admin.post(&read, json!({"messageId": messages[5]["id"]})).await.ok();
    assert_eq!(unread(&admin).await, (3, 3), "reading an older message takes nothing back");
    colleague.post(&read, json!({})).await.ok();
    assert_eq!((unread(&admin).await, unread(&colleague).await), ((0, 3), (0, 0)));
    chat.telegram.deliver(&chat.customer.text("more")).await;
    assert_eq!((unread(&admin).await, unread(&colleague).await), ((1, 4), (1, 1)));
    admin.post(&read, json!({"messageId": uuid::Uuid::now_v7()})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_chat_takes_the_changes_that_it_knows_and_refuses_the_others_whole() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let path = format!("/api/chats/{}", chat.id);
    let until = "2100-01-01T00:00:00.000Z";
    let snoozed = admin.patch(&path, json!({"status": "snoozed", "snoozedUntil": until})).await.ok();
    assert_eq!((&snoozed["status"], &snoozed["snoozedUntil"]), (&json!("snoozed"), &json!(until)));
    chat.telegram.deliver(&chat.customer.text("wake up")).await;
    let woken = admin.chat(&chat.id).await;
    assert_eq!((&woken["status"], &woken["snoozedUntil"]), (&json!("open"), &Value::Null));

    admin.patch(&path, json!({"priority": "urgent", "assignedUserId": admin.user_id})).await.ok();
    let freed = admin.patch(&path, json!({"assignedUserId": null})).await.ok();
    assert_eq!((&freed["priority"], &freed["assignedUserId"]), (&json!("urgent"), &Value::Null));
    let before = admin.chat(&chat.id).await;
    for bad in [
        json!({"status": "sleeping"}),
        json!({"priority": "low", "status": "sleeping"}),
        json!({"priority": 1}),
        json!({"labels": "vip"}),
        json!({"labels": [1]}),
        json!({"snoozedUntil": "tomorrow"}),
        json!([]),
    ] {
        let answer = admin.patch(&path, bad.clone()).await;
        assert_eq!(answer.status, 422, "{bad} was answered {}", answer.text);
        let problem = answer.refused(422, "INVALID_DATA");
        if bad.is_object() {
            assert!(
                problem["errors"][0]["field"].is_string() && problem["errors"][0]["message"].is_string(),
                "{problem}"
            );
        }
    }
    assert_eq!(admin.chat(&chat.id).await, before, "nothing of a refused change is kept");
    let request = admin.request(reqwest::Method::PATCH, &path).header("content-type", "application/json").body("{");
    crate::support::Answer::of(request).await.refused(400, "INVALID_DATA");
}

#[tokio::test]
async fn search_finds_words_in_the_organization_s_messages_alone() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let chat = Chat::open(&admin).await;
    let other = Chat::open_on(&admin, chat.telegram.clone()).await;
    let foreign = Chat::open(&stranger).await;
    for (chat, words) in [
        (&chat, "the red bicycle"),
        (&chat, "Красный велосипед"),
        (&other, "a green bicycle"),
        (&foreign, "a secret bicycle"),
    ] {
        chat.telegram.deliver(&chat.customer.text(words)).await;
    }
    let found = async |query: &[(&str, &str)]| {
        let request = admin.request(reqwest::Method::GET, "/api/messages").query(query);
        let items = crate::support::Answer::of(request).await.items();
        items.iter().map(|message| text(&message["content"])).collect::<HashSet<_>>()
    };
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<HashSet<_>>();
    assert_eq!(found(&[("q", "bicycle")]).await, set(&["the red bicycle", "a green bicycle"]));
    assert_eq!(found(&[("q", "bicycles red")]).await, set(&["the red bicycle"]));
    assert_eq!(found(&[("q", "велосипеды")]).await, set(&["Красный велосипед"]));
    assert_eq!(found(&[("q", "bicycle"), ("chatId", &other.id)]).await, set(&["a green bicycle"]));
    assert!(found(&[("q", "bicycle"), ("from", "2100-01-01T00:00:00Z")]).await.is_empty());
    assert!(found(&[("q", "bicycle"), ("to", "2000-01-01T00:00:00Z")]).await.is_empty());
    assert!(found(&[("q", "bicycle"), ("chatId", &foreign.id)]).await.is_empty());
}

#[tokio::test]
async fn a_deleted_chat_is_gone_and_a_new_message_makes_a_new_one() {
    let server = shared().await;
    let admin = server.admin().await;
    let operator = admin.colleague("user").await;
    let moderator = admin.colleague("moderator").await;
    let chat = Chat::open(&admin).await;
    let path = format!("/api/chats/{}", chat.id);
    operator.delete(&path).await.refused(403, "FORBIDDEN");
    moderator.delete(&path).await.expect(204);
    admin.get(&path).await.refused(404, "CHAT_NOT_FOUND");
    admin.get(&format!("{path}/messages")).await.refused(404, "CHAT_NOT_FOUND");
    admin.delete(&path).await.refused(404, "CHAT_NOT_FOUND");
    assert!(admin.get("/api/chats").await.items().is_empty());
    chat.telegram.deliver(&chat.customer.text("still there?")).await;
    let anew = only_chat(&admin).await;
    assert_ne!(anew["id"], chat.id.as_str());
    assert_eq!(anew["unreadCount"], 1);
}

#[tokio::test]
async fn claims_are_seen_in_the_lists() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let chat = Chat::open(&admin).await;
    let claim = format!("/api/chats/{}/claim", chat.id);
    assert_eq!(colleague.post(&claim, json!({})).await.ok()["assignedUserId"], colleague.user_id.as_str());
    let problem = admin.post(&claim, json!({})).await.refused(409, "CONFLICT");
    assert_eq!((&problem["assignedUserId"], &problem["name"]), (&json!(colleague.user_id), &json!("A user")));
    assert!(admin.get("/api/chats?assignedTo=none").await.items().is_empty());
}

#[tokio::test]
async fn methods_and_types_that_a_route_does_not_have_are_named() {
    let server = shared().await;
    let admin = server.admin().await;
    admin.put("/api/chats", json!({})).await.refused(405, "INVALID_DATA");
    let form =
        admin.request(reqwest::Method::POST, "/api/messages/send").header("content-type", "text/plain").body("hi");
    crate::support::Answer::of(form).await.refused(415, "INVALID_DATA");
    let large = json!({"content": "x".repeat(2 << 20)});
    admin.post("/api/messages/send", large).await.refused(413, "INVALID_DATA");
    admin.get("/api/nothing/here").await.refused(404, "NOT_FOUND");
}
