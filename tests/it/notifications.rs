//! What a member is told personally: raised by the change itself or by another backend, seen in all its tabs and by nobody else.

use reqwest::Method;
use serde_json::{Value, json};

use crate::send::Chat;
use crate::support::api::{Answer, Api};
use crate::support::bodies::{bridge_event, unique};
use crate::support::channel::{ApiChannel, Bridge};
use crate::support::fake::fakes;
use crate::support::socket::{Client, Connect, Language, RawClient};
use crate::support::wait::eventually;
use crate::support::{Operator, Server, check, shared, text};

/// A body for `POST /api/notifications`.
pub fn booking(user_id: &str) -> Value {
    json!({"userId": user_id, "type": "booking_confirmed", "title": "Booking confirmed",
        "body": "Tomorrow at 14:00", "data": {"bookingId": 7, "masterName": "Anna", "n": 1.5}})
}

pub async fn list(operator: &Operator) -> Vec<Value> {
    operator.get("/api/notifications").await.items()
}

async fn username(operator: &Operator) -> String {
    text(&operator.get("/api/me").await.ok()["username"])
}

async fn note(operator: &Operator, chat_id: &str, content: &str) -> Value {
    let body = json!({"chatId": chat_id, "content": content, "private": true});
    operator.post("/api/messages/send", body).await.created()
}

pub async fn assign(operator: &Operator, chat_id: &str, user_id: impl Into<Value>) {
    operator.patch(&format!("/api/chats/{chat_id}"), json!({"assignedUserId": user_id.into()})).await.ok();
}

/// A visitor of a web chat.
pub async fn visitor(admin: &Operator) -> (Api, String) {
    let body = json!({"name": "Site", "provider": "webchat", "credentials": {}});
    let channel = text(&admin.post("/api/channels", body).await.created()["id"]);
    let session =
        Api::new(&admin.base, None).post(&format!("/api/webchat/{channel}/sessions"), json!({})).await.created();
    (Api::new(&admin.base, session["token"].as_str()), text(&session["chatId"]))
}

#[tokio::test]
async fn a_notification_is_stored_told_and_listed_as_it_was_given() {
    let server = shared().await;
    let admin = server.admin().await;
    let operator = admin.colleague("user").await;
    let mut client = Client::js(&server, &operator).await;
    let made = admin.post("/api/notifications", booking(&operator.user_id)).await.created();
    let told = client.next("user:notification").await;
    assert_eq!(list(&operator).await, std::slice::from_ref(&made));
    let mut expected: Vec<&str> = vec!["id", "type", "title", "body", "data", "createdAt", "isRead", "readAt"];
    for field in &expected {
        assert_eq!(told[field], made[field], "{field}");
    }
    let mut fields: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    expected.sort_unstable();
    assert_eq!(fields, expected);
    assert_eq!((&made["isRead"], &made["readAt"]), (&json!(false), &Value::Null));
    assert_eq!(made["data"], booking("")["data"]);
    assert!(told["eventId"].is_string() && told["cursor"].is_string());
    let bare = json!({"userId": operator.user_id, "type": "mention", "title": " x "});
    let made = admin.api_key("user").await.post("/api/notifications", bare).await.created();
    assert_eq!((&made["title"], &made["body"], &made["data"]), (&json!("x"), &json!(""), &json!({})));
    assert_eq!(list(&operator).await[0]["id"], made["id"], "newest first");
}

#[tokio::test]
async fn only_administrators_and_programs_notify_and_only_their_own_members() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let operator = admin.colleague("moderator").await;
    operator.post("/api/notifications", booking(&admin.user_id)).await.refused(403, "FORBIDDEN");
    let (guest, _) = visitor(&admin).await;
    guest.post("/api/notifications", booking(&admin.user_id)).await.refused(403, "FORBIDDEN");
    let unknown = uuid::Uuid::now_v7().to_string();
    for id in [stranger.user_id.as_str(), &unknown, "no-id"] {
        admin.post("/api/notifications", booking(id)).await.refused(404, "NOT_FOUND");
    }
    let left = admin.colleague("user").await;
    admin.patch(&format!("/api/users/{}", left.user_id), json!({"active": false})).await.ok();
    admin.post("/api/notifications", booking(&left.user_id)).await.refused(404, "NOT_FOUND");
    assert!(list(&stranger).await.is_empty() && check::journal(&stranger).await.is_empty());
    // the web chat that was opened above may still be told of
    let journal = check::journal(&admin).await;
    assert!(journal.iter().all(|event| event["event"] != "user:notification"), "nothing was written: {journal:#?}");
}

#[tokio::test]
async fn a_wrong_field_is_refused_by_its_name() {
    let server = shared().await;
    let admin = server.admin().await;
    let with = |field: &str, value: Value| {
        let mut body = booking(&admin.user_id);
        body[field] = value;
        body
    };
    for (field, value) in [
        ("type", json!("chat_assigned ")),
        ("type", json!(1)),
        ("title", json!("  ")),
        ("title", json!("x".repeat(201))),
        ("title", json!("a\u{0}b")),
        ("body", json!("x".repeat(4_001))),
        ("data", json!([])),
        ("data", json!("text")),
    ] {
        let problem = admin.post("/api/notifications", with(field, value.clone())).await.refused(422, "INVALID_DATA");
        assert_eq!(problem["errors"][0]["field"], field, "{value}");
    }
    let problem = admin.post("/api/notifications", with("type", json!("x"))).await.refused(422, "INVALID_DATA");
    let listed = text(&problem["errors"][0]["message"]);
    for kind in ["booking_request", "auto_booking_proposal", "chat_assigned", "sla_breached", "channel_disconnected"] {
        assert!(listed.contains(kind), "{listed}");
    }
    let large = with("data", json!({"x": "x".repeat(64 << 10)}));
    admin.post("/api/notifications", large).await.refused(413, "MESSAGE_TOO_LARGE");
    let longest = with("title", json!("я".repeat(200)));
    admin.post("/api/notifications", longest).await.created();
    assert_eq!(list(&admin).await.len(), 1);
}

#[tokio::test]
async fn reading_is_for_once_and_for_one_s_own() {
    let server = shared().await;
    let admin = server.admin().await;
    let operator = admin.colleague("user").await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(text(&admin.post("/api/notifications", booking(&operator.user_id)).await.created()["id"]));
    }
    let path = format!("/api/notifications/{}/read", ids[0]);
    let read = operator.post(&path, json!({})).await.ok();
    assert_eq!((&read["id"], &read["isRead"]), (&json!(ids[0]), &json!(true)));
    assert!(read["readAt"].is_string());
    assert_eq!(operator.post(&path, json!({})).await.ok(), read, "again is harmless");
    admin.post(&path, json!({})).await.refused(404, "NOT_FOUND");
    admin.api_key("admin").await.post(&path, json!({})).await.refused(404, "NOT_FOUND");
    let unread = operator.get("/api/notifications?isRead=false").await.items();
    assert_eq!(unread.iter().map(|one| text(&one["id"])).collect::<Vec<_>>(), [&*ids[3], &ids[2], &ids[1]]);
    assert_eq!(operator.get("/api/notifications?isRead=true").await.items(), [read]);
    let first = operator.get("/api/notifications?isRead=false&limit=2").await.ok();
    let cursor = text(&first["nextCursor"]);
    let second = operator.get(&format!("/api/notifications?isRead=false&limit=2&cursor={cursor}")).await.ok();
    assert_eq!((&second["items"][0]["id"], &second["nextCursor"]), (&json!(ids[1]), &Value::Null));
    assert_eq!(operator.post("/api/notifications/read-all", json!({})).await.ok(), json!({"updated": 3}));
    assert_eq!(operator.post("/api/notifications/read-all", json!({})).await.ok(), json!({"updated": 0}));
    assert!(operator.get("/api/notifications?isRead=false").await.items().is_empty());
    assert_eq!(
        admin.api_key("admin").await.get("/api/notifications").await.ok(),
        json!({"items": [], "nextCursor": null})
    );
    let (guest, _) = visitor(&admin).await;
    for path in ["/api/notifications", "/api/v2/notifications"] {
        guest.get(path).await.refused(403, "FORBIDDEN");
    }
    guest.post("/api/notifications/read-all", json!({})).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn all_tabs_of_the_member_hear_it_and_nobody_else_by_any_path() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let (operator, colleague) = (admin.colleague("user").await, admin.colleague("admin").await);
    let (guest, _) = visitor(&admin).await;
    let start = text(&admin.get("/api/events?after=latest").await.ok()["cursor"]);
    let mut tabs = [
        Client::js(&server, &operator).await,
        Client::operator(Language::Python, &server, &operator).await,
        Client::js(&twin, &operator.at(&twin)).await,
    ];
    let mut others =
        [RawClient::operator(&server, &colleague).await, RawClient::operator(&twin, &colleague.at(&twin)).await];
    let made = admin.post("/api/notifications", booking(&operator.user_id)).await.created();
    let mark = admin.mark().await;
    for tab in &mut tabs {
        tab.up_to(&mark).await;
        assert_eq!(tab.of("user:notification").len(), 1);
        assert_eq!(tab.of("user:notification")[0]["id"], made["id"]);
    }
    for other in &mut others {
        other.up_to(&mark).await;
        assert!(other.of("user:notification").is_empty());
    }
    // by replay, to the member alone
    let replay = async |server: &Server, who: &Operator| {
        let mut client = Client::spawn(Language::JavaScript, &Connect::operator(server, who).cursor(&start));
        client.next("sync:required").await;
        client.of("user:notification")
    };
    assert_eq!(replay(&twin, &operator).await.len(), 1);
    assert_eq!(replay(&server, &colleague).await, [Value::Null; 0]);
    let mut resynced = RawClient::operator(&server, &colleague).await;
    assert_eq!(resynced.emit("resync", json!({"cursor": start})).await["ok"], true);
    assert!(resynced.of("user:notification").is_empty());
    // by long polling and by lists
    let named = |answer: Answer| answer.text.contains(&text(&made["id"]));
    let events = format!("/api/events?after={start}&limit=1000");
    let own = operator.get(&events).await.ok();
    let own = own["events"].as_array().unwrap().iter().find(|event| event["event"] == "user:notification").unwrap();
    assert_eq!(own["room"], format!("user_{}", operator.user_id), "in no other room");
    let key = admin.api_key("admin").await;
    for path in [events.as_str(), "/api/events?limit=1000", "/api/notifications", "/api/v2/notifications"] {
        assert!(!named(colleague.get(path).await), "{path}");
        assert!(!named(key.get(path).await), "{path} with a key");
    }
    assert!(!named(guest.get("/api/events").await));
}

#[tokio::test]
async fn who_is_given_a_chat_by_another_is_told() {
    let server = shared().await;
    let admin = server.admin().await;
    let operator = admin.colleague("user").await;
    let chat = Chat::open(&admin).await;
    let mut client = Client::js(&server, &operator).await;
    assign(&admin, &chat.id, operator.user_id.as_str()).await;
    let told = client.next("user:notification").await;
    assert_eq!((&told["type"], &told["isRead"]), (&json!("chat_assigned"), &json!(false)));
    assert_eq!(told["data"], json!({"chatId": chat.id, "assignedBy": admin.user_id}));
    let title = text(&admin.chat(&chat.id).await["title"]);
    let name = text(&admin.get("/api/me").await.ok()["name"]);
    let body = text(&told["body"]);
    assert!(body.contains(&title) && body.contains(&name), "{body}");
    // unchanged, by oneself, given back, or claimed
    assign(&admin, &chat.id, operator.user_id.as_str()).await;
    assign(&admin, &chat.id, Value::Null).await;
    assign(&operator, &chat.id, operator.user_id.as_str()).await;
    operator.post(&format!("/api/chats/{}/release", chat.id), json!({})).await.ok();
    operator.post(&format!("/api/chats/{}/claim", chat.id), json!({})).await.ok();
    admin.patch(&format!("/api/chats/{}", chat.id), json!({"priority": "high"})).await.ok();
    assert_eq!(list(&operator).await.len(), 1);
    assert!(list(&admin).await.is_empty());
    // a program is nobody, so never oneself
    let key = admin.api_key("user").await;
    key.patch(&format!("/api/chats/{}", chat.id), json!({"assignedUserId": admin.user_id})).await.ok();
    assert_eq!(list(&admin).await[0]["data"], json!({"chatId": chat.id, "assignedBy": null}));
    let body = json!({"assignedUserId": operator.user_id, "status": "snoozed"});
    admin.patch(&format!("/api/chats/{}", chat.id), body).await.refused(422, "INVALID_DATA");
    assert_eq!(list(&operator).await.len(), 1, "what was refused notifies nobody");
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn a_note_tells_those_whom_it_names_once_each() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let (anna, bob, left) =
        (admin.colleague("user").await, admin.colleague("user").await, admin.colleague("user").await);
    let chat = Chat::open(&admin).await;
    let (of_anna, of_bob, of_stranger) = (username(&anna).await, username(&bob).await, "outsider");
    stranger.patch("/api/me", json!({"username": of_stranger})).await.ok();
    let of_left = username(&left).await;
    admin.patch(&format!("/api/users/{}", left.user_id), json!({"active": false})).await.ok();
    let content = format!(
        "@{}, please ask @{of_bob}. And @{of_anna}; not @{of_left}, @{of_stranger} or x@{of_bob}",
        of_anna.to_uppercase()
    );
    let message = note(&admin, &chat.id, &content).await;
    for operator in [&anna, &bob] {
        let told = list(operator).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["type"], "chat_mentioned");
        let data = json!({"chatId": chat.id, "messageId": message["id"], "mentionedBy": admin.user_id});
        assert_eq!(told[0]["data"], data);
        assert!(content.starts_with(text(&told[0]["body"]).trim_end_matches('…')), "the note's beginning");
    }
    assert!(list(&stranger).await.is_empty() && list(&admin).await.is_empty());
    // neither oneself, nor an address, nor a message that leaves
    note(&anna, &chat.id, &format!("@{of_anna} x@{of_bob}")).await;
    let public = json!({"chatId": chat.id, "content": format!("@{of_bob}")});
    admin.post("/api/messages/send", public).await.created();
    assert_eq!((list(&anna).await.len(), list(&bob).await.len()), (1, 1));
    // the whole name goes before a shorter one
    bob.patch("/api/me", json!({"username": format!("{of_anna}.")})).await.ok();
    note(&admin, &chat.id, &format!("hello @{of_anna}. Hello")).await;
    assert_eq!((list(&anna).await.len(), list(&bob).await.len()), (1, 2));
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn a_note_that_is_sent_again_under_its_key_tells_once() {
    let server = shared().await;
    let admin = server.admin().await;
    let bob = admin.colleague("user").await;
    let chat = Chat::open(&admin).await;
    let body = json!({"chatId": chat.id, "content": format!("@{}", username(&bob).await), "private": true});
    for _ in 0..2 {
        let request = admin.request(Method::POST, "/api/messages/send").header("idempotency-key", "note-1");
        Answer::of(request.json(&body)).await.created();
    }
    assert_eq!(list(&bob).await.len(), 1);
}

#[tokio::test]
async fn administrators_are_told_once_that_a_channel_was_lost() {
    let server = shared().await;
    let admin = server.admin().await;
    let (second, operator) = (admin.colleague("admin").await, admin.colleague("user").await);
    let bridge = Bridge::create(&admin, &server).await;
    let says = async |status: &str| bridge.deliver(&bridge_event("connection", json!({"status": status}))).await;
    says("disconnected").await;
    let told = list(&admin).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["type"], "channel_disconnected");
    assert_eq!(told[0]["data"], json!({"channelId": bridge.id, "status": "disconnected"}));
    assert!(text(&told[0]["title"]).contains("Phone"), "{told:?}");
    // still lost, in whatever words
    says("connecting").await;
    says("qr").await;
    says("disconnected").await;
    assert_eq!((list(&admin).await.len(), list(&second).await.len()), (1, 1));
    says("connected").await;
    says("connecting").await;
    assert_eq!(list(&admin).await.len(), 1);
    says("disconnected").await;
    assert_eq!((list(&admin).await.len(), list(&second).await.len()), (2, 2));
    assert!(list(&operator).await.is_empty());
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn a_channel_that_never_worked_is_no_loss_and_one_that_a_change_breaks_is() {
    let server = shared().await;
    let admin = server.admin().await;
    let (bad, good) = (format!("EAAbad{}", unique()), format!("EAAgood{}", unique()));
    fakes().graph.revoke(&bad);
    let credentials = |token: &str| json!({"phoneNumberId": unique().to_string(), "accessToken": token});
    let body = json!({"name": "Number", "provider": "waba", "credentials": credentials(&bad)});
    let id = text(&admin.post("/api/channels", body).await.created()["id"]);
    let path = format!("/api/channels/{id}");
    let until = async |status: &str| {
        eventually(&format!("the channel is {status}"), || async {
            (admin.get(&path).await.ok()["status"] == status).then_some(())
        })
        .await;
    };
    until("error").await;
    assert!(list(&admin).await.is_empty());
    admin.patch(&path, json!({"credentials": {"accessToken": good}})).await.ok();
    until("connected").await;
    admin.patch(&path, json!({"credentials": {"accessToken": bad}})).await.ok();
    until("error").await;
    let told = list(&admin).await;
    assert_eq!((told.len(), &told[0]["data"]["status"]), (1, &json!("error")));
    assert!(!told[0].to_string().contains(&bad), "no credential is told");
}

#[tokio::test]
async fn a_hundred_changes_at_once_lose_no_notification() {
    let server = shared().await;
    let admin = server.admin().await;
    let operator = admin.colleague("user").await;
    let of_operator = username(&operator).await;
    let channel = ApiChannel::create(&admin).await;
    let chats = futures::future::join_all((0..20).map(|number| {
        let channel = &channel;
        async move { channel.inbound(&format!("customer-{number}"), "1", "hi").await.status }
    }));
    assert!(chats.await.iter().all(|status| status.is_success()));
    let chats = admin.get("/api/chats").await.items();
    assert_eq!(chats.len(), 20);
    futures::future::join_all(chats.iter().map(|chat| async {
        let id = text(&chat["id"]);
        let notes = [format!("@{of_operator} one"), format!("@{of_operator} two")];
        futures::join!(
            assign(&admin, &id, operator.user_id.as_str()),
            note(&admin, &id, &notes[0]),
            note(&admin, &id, &notes[1]),
            async { admin.post("/api/notifications", booking(&operator.user_id)).await.created() },
            async { channel.inbound(&text(&chat["externalId"]), "2", "more").await },
        );
    }))
    .await;
    let told = operator.get("/api/notifications?limit=200").await.items();
    assert_eq!(told.len(), 80);
    let journal = check::journal(&operator).await;
    let mut journalled: Vec<String> = journal
        .iter()
        .filter(|event| event["event"] == "user:notification")
        .map(|event| text(&event["data"]["id"]))
        .collect();
    let mut listed: Vec<String> = told.iter().map(|one| text(&one["id"])).collect();
    journalled.sort_unstable();
    listed.sort_unstable();
    assert_eq!(journalled, listed, "each is told once");
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}
