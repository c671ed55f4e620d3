//! Tickets: numbered, changed, listed, told to operators alone, and going on without their chat.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::send::Chat;
use crate::support::bodies::{bridge_event, bridge_text, unique};
use crate::support::channel::Bridge;
use crate::support::socket::Client;
use crate::support::visitor::Webchat;
use crate::support::{Answer, Operator, check, shared, text};

async fn ticket(operator: &Operator, body: Value) -> Value {
    operator.post("/api/tickets", body).await.created()
}

fn path(ticket: &Value) -> String {
    format!("/api/tickets/{}", text(&ticket["id"]))
}

async fn titles(operator: &Operator, query: &[(&str, &str)]) -> Vec<String> {
    let items = Answer::of(operator.request(Method::GET, "/api/tickets").query(query)).await.items();
    items.iter().map(|ticket| text(&ticket["title"])).collect()
}

#[tokio::test]
async fn a_ticket_has_its_shape_and_is_told_as_it_is() {
    let server = shared().await;
    let admin = server.admin().await;
    let operator = admin.colleague("user").await;
    let chat = Chat::open(&admin).await;
    let mut client = Client::js(&server, &admin).await;
    let body = json!({"chatId": chat.id, "title": " Refund ", "description": "Line one\nline two", "priority": "high",
        "assignedUserId": admin.user_id});
    let made = ticket(&operator, body).await;
    let expected = json!({"id": made["id"], "number": 1, "chatId": chat.id, "title": "Refund",
        "description": "Line one\nline two", "status": "open", "priority": "high", "assignedUserId": admin.user_id,
        "createdBy": operator.user_id, "createdAt": made["createdAt"], "updatedAt": made["createdAt"], "closedAt": null});
    assert_eq!(made, expected);
    let told = client.next("ticket:new").await;
    assert!(told["eventId"].is_string() && told["cursor"].is_string(), "{told}");
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&told[field], value, "{field} of ticket:new");
    }
    assert_eq!(operator.get(&path(&made)).await.ok(), made);
    let bare = admin.api_key("user").await.post("/api/tickets", json!({"title": "Bare"})).await.created();
    assert_eq!((&bare["number"], &bare["createdBy"], &bare["chatId"]), (&json!(2), &Value::Null, &Value::Null));
    assert_eq!((&bare["description"], &bare["priority"]), (&json!(""), &json!("normal")));
    assert!(admin.get("/api/notifications").await.items().is_empty(), "`chat_assigned` is of chats");
    let events = check::journal(&admin).await;
    let told = events.iter().find(|event| event["event"] == "ticket:new").unwrap();
    assert_eq!(told["room"], json!(format!("org_{}", admin.organization_id)));
}

#[tokio::test]
async fn closing_sets_the_time_and_reopening_clears_it() {
    let server = shared().await;
    let admin = server.admin().await;
    let mut client = Client::js(&server, &admin).await;
    let made = ticket(&admin, json!({"title": "Door", "assignedUserId": admin.user_id})).await;
    let change = async |body: Value| admin.patch(&path(&made), body).await.ok();
    let closed = change(json!({"status": "closed"})).await;
    assert!(closed["closedAt"].is_string() && closed["closedAt"] == closed["updatedAt"], "{closed}");
    assert_eq!(client.next("ticket:updated").await["closedAt"], closed["closedAt"]);
    assert_eq!(change(json!({"status": "closed"})).await, closed, "nothing changed");
    let renamed = change(json!({"title": "Window", "assignedUserId": null, "priority": "low"})).await;
    assert_eq!((&renamed["closedAt"], &renamed["assignedUserId"]), (&closed["closedAt"], &Value::Null));
    for status in ["in_progress", "resolved", "open"] {
        let open = change(json!({"status": status})).await;
        assert_eq!((&open["status"], &open["closedAt"]), (&json!(status), &Value::Null));
    }
    let told = check::journal(&admin).await.iter().filter(|event| event["event"] == "ticket:updated").count();
    assert_eq!(told, 5, "a change that changes nothing is not told");
}

#[tokio::test]
async fn numbers_count_up_without_holes_also_when_many_are_made_at_once() {
    let server = shared().await;
    let (admin, other) = (server.admin().await, server.admin().await);
    let body = |n: usize| match n % 3 {
        0 => json!({"title": "lost", "chatId": uuid::Uuid::now_v7()}),
        _ => json!({"title": n.to_string()}),
    };
    let answers = join_all((0..24).map(|n| admin.post("/api/tickets", body(n)))).await;
    let mut numbers: Vec<i64> = answers
        .into_iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.json()["number"].as_i64().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=16).collect::<Vec<_>>());
    assert_eq!(ticket(&other, json!({"title": "first"})).await["number"], 1, "each organization has its own");
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn tickets_are_listed_newest_first_narrowed_and_page_by_page() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let webchat = Webchat::create(&admin, json!({})).await;
    let (one, two) = (webchat.visit(json!({"name": "One"})).await, webchat.visit(json!({"name": "Two"})).await);
    for body in [
        json!({"title": "100% refund", "chatId": one.chat_id}),
        json!({"title": "Broken door", "chatId": two.chat_id, "assignedUserId": admin.user_id}),
        json!({"title": "Later", "assignedUserId": colleague.user_id}),
        json!({"title": "Door 2"}),
    ] {
        ticket(&admin, body).await;
    }
    let third = Answer::of(admin.request(Method::GET, "/api/tickets?q=%233")).await.items().remove(0);
    admin.patch(&path(&third), json!({"status": "in_progress"})).await.ok();
    let merge = format!("/api/contacts/{}/merge", two.contact_id());
    admin.post(&merge, json!({"intoId": one.contact_id()})).await.ok();
    let person = ["Broken door", "100% refund"];
    for (query, expected) in [
        (vec![], vec!["Door 2", "Later", "Broken door", "100% refund"]),
        (vec![("status", "in_progress")], vec!["Later"]),
        (vec![("status", "in_progress,closed")], vec!["Later"]),
        (vec![("assignedTo", "me")], vec!["Broken door"]),
        (vec![("assignedTo", "none")], vec!["Door 2", "100% refund"]),
        (vec![("assignedTo", colleague.user_id.as_str())], vec!["Later"]),
        (vec![("chatId", one.chat_id.as_str())], vec!["100% refund"]),
        (vec![("contactId", &one.contact_id())], person.to_vec()),
        (vec![("contactId", &two.contact_id())], person.to_vec()),
        (vec![("contactId", &two.contact_id()), ("chatId", two.chat_id.as_str())], vec!["Broken door"]),
        (vec![("contactId", "nobody")], vec![]),
        (vec![("chatId", "nothing")], vec![]),
        (vec![("q", "DOOR")], vec!["Door 2", "Broken door"]),
        (vec![("q", "2")], vec!["Door 2", "Broken door"]),
        (vec![("q", "#2")], vec!["Broken door"]),
        (vec![("q", "0% r")], vec!["100% refund"]),
        (vec![("q", "0%d")], vec![]),
    ] {
        assert_eq!(titles(&admin, &query).await, expected, "{query:?}");
    }
    for bad in ["status=sleeping", "assignedTo=somebody", "limit=many", "cursor=%21"] {
        admin.get(&format!("/api/tickets?{bad}")).await.refused(422, "INVALID_DATA");
    }
    admin.api_key("user").await.get("/api/tickets?assignedTo=me").await.refused(422, "INVALID_DATA");
    let page = admin.get("/api/tickets?limit=3").await.ok();
    let rest = admin.get(&format!("/api/tickets?cursor={}", text(&page["nextCursor"]))).await.ok();
    assert_eq!((&rest["items"][0]["number"], &rest["nextCursor"]), (&json!(1), &Value::Null));
}

#[tokio::test]
async fn what_is_wrong_is_refused_whole_and_named() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let foreign = Chat::open(&stranger).await;
    let made = ticket(&admin, json!({"title": "Mine"})).await;
    let before = check::journal(&admin).await.len();
    let long = "x".repeat(201);
    let odd = [
        (json!({"title": ""}), 422),
        (json!({"title": " \t "}), 422),
        (json!({"title": "two\nlines"}), 422),
        (json!({"title": long}), 422),
        (json!({"title": "x", "description": "x".repeat(10_001)}), 422),
        (json!({"title": "x", "priority": "huge"}), 422),
        (json!({"title": "x", "chatId": foreign.id}), 404),
        (json!({"title": "x", "chatId": "nothing"}), 404),
        (json!({"title": "x", "assignedUserId": stranger.user_id}), 404),
        (json!({"title": "x", "assignedUserId": "nobody"}), 404),
    ];
    for (body, status) in &odd {
        for answer in [admin.post("/api/tickets", body.clone()).await, admin.patch(&path(&made), body.clone()).await] {
            let problem = answer.expect(*status).json();
            let code = if *status == 422 { json!("INVALID_DATA") } else { problem["code"].clone() };
            assert_eq!(problem["code"], code, "{body}: {problem}");
        }
    }
    admin.post("/api/tickets", json!({"priority": "low"})).await.refused(422, "INVALID_DATA");
    admin.patch(&path(&made), json!({"status": "sleeping"})).await.refused(422, "INVALID_DATA");
    assert_eq!(admin.get(&path(&made)).await.ok(), made);
    assert_eq!(check::journal(&admin).await.len(), before, "nothing was written");
    let edge = json!({"title": "é".repeat(200), "description": "é".repeat(10_000)});
    assert_eq!(ticket(&admin, edge).await["number"], 2, "what was refused took no number");
}

#[tokio::test]
async fn a_deleted_chat_leaves_its_tickets_and_tells_so() {
    let server = shared().await;
    let admin = server.admin().await;
    let (one, two) = (Chat::open(&admin).await, Chat::open(&admin).await);
    let first = ticket(&admin, json!({"title": "first", "chatId": one.id})).await;
    let second = ticket(&admin, json!({"title": "second", "chatId": two.id})).await;
    let mut client = Client::js(&server, &admin).await;
    admin.delete(&format!("/api/chats/{}", one.id)).await.expect(204);
    admin.delete(&format!("/api/channels/{}", two.telegram.id)).await.expect(204);
    for ticket in [&first, &second] {
        let told = client.next_where("ticket:updated", |told| told["id"] == ticket["id"]).await;
        let stored = admin.get(&path(ticket)).await.ok();
        assert_eq!((&told["chatId"], &stored["chatId"]), (&Value::Null, &Value::Null));
        assert_eq!(told["updatedAt"], stored["updatedAt"]);
    }
}

#[tokio::test]
async fn two_chats_that_are_joined_keep_the_tickets_of_both() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let number = unique();
    let (hidden, open) = (format!("{number}@lid"), format!("{number}@s.whatsapp.net"));
    bridge.deliver(&bridge_text(&hidden, "A", "one")).await;
    bridge.deliver(&bridge_text(&open, "B", "two")).await;
    for chat in admin.get("/api/chats").await.items() {
        ticket(&admin, json!({"title": "of one of them", "chatId": chat["id"]})).await;
    }
    bridge.deliver(&bridge_event("chat.moved", json!({"from": hidden, "to": open}))).await;
    let chats = admin.get("/api/chats").await.items();
    let tickets = admin.get(&format!("/api/tickets?chatId={}", text(&chats[0]["id"]))).await.items();
    assert_eq!((chats.len(), tickets.len()), (1, 2));
    let told = check::journal(&admin).await;
    let moved: Vec<&Value> = told.iter().filter(|event| event["event"] == "ticket:updated").collect();
    assert_eq!(moved.iter().map(|event| &event["data"]["chatId"]).collect::<Vec<_>>(), [&chats[0]["id"]]);
}

#[tokio::test]
async fn visitors_see_no_tickets() {
    let server = shared().await;
    let admin = server.admin().await;
    let webchat = Webchat::create(&admin, json!({})).await;
    let visitor = webchat.visit(json!({})).await;
    let cursor = visitor.now().await;
    let made = ticket(&admin, json!({"title": "secret", "chatId": visitor.chat_id})).await;
    admin.patch(&path(&made), json!({"status": "closed"})).await.ok();
    visitor.api.get("/api/tickets").await.refused(403, "FORBIDDEN");
    visitor.api.get(&path(&made)).await.refused(403, "FORBIDDEN");
    visitor.api.post("/api/tickets", json!({"title": "mine"})).await.refused(403, "FORBIDDEN");
    assert!(!visitor.events(&cursor).await.to_string().contains("secret"));
    server.anonymous().get("/api/tickets").await.refused(401, "UNAUTHORIZED");
}
