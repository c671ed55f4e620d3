//! `/ws`: who may connect, what is told in the envelope and what may be said.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use crate::ingest::only_chat;
use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::gateway::{Plain, request};
use crate::support::operator::{in_an_hour, sign_token};
use crate::support::socket::Client;
use crate::support::visitor::{Visitor, Webchat};
use crate::support::wait::eventually;
use crate::support::{Operator, Server, shared, text};

/// A customer with its chat.
pub struct Customer {
    pub telegram: Telegram,
    pub chat: TelegramChat,
    pub chat_id: String,
    pub contact_id: String,
}

impl Customer {
    pub async fn of(admin: &Operator) -> Self {
        let (telegram, chat) = (Telegram::create(admin).await, TelegramChat::new());
        telegram.deliver(&chat.text("hello")).await;
        let stored = only_chat(admin).await;
        let (chat_id, contact_id) = (text(&stored["id"]), text(&stored["contact"]["id"]));
        Self { telegram, chat, chat_id, contact_id }
    }

    pub async fn write(&self, content: &str) {
        self.telegram.deliver(&self.chat.text(content)).await;
    }
}

pub async fn visitor(admin: &Operator) -> Visitor {
    Webchat::create(admin, json!({})).await.visit(json!({"name": "Ada"})).await
}

async fn note(operator: &Operator, chat_id: &str, content: &str) {
    let body = json!({"chatId": chat_id, "content": content, "private": true});
    operator.post("/api/messages/send", body).await.created();
}

#[tokio::test]
async fn a_token_is_taken_in_three_ways_and_a_bad_one_closes_with_1008() {
    let server = shared().await;
    let admin = server.admin().await;
    let customer = Customer::of(&admin).await;
    let key = admin.api_key("user").await;
    let with = |name: &'static str, value: String| {
        let mut request = request(&server, "");
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    let bearer = |token: &str| with("authorization", format!("Bearer {token}"));
    let spoken = |token: &str| with("sec-websocket-protocol", format!("bearer, {token}"));
    for request in [
        request(&server, &format!("?token={}", admin.token())),
        bearer(admin.token()),
        spoken(admin.token()),
        request(&server, &format!("?token={}", key.token.as_deref().unwrap())),
    ] {
        let mut client = Plain::open(request).await.unwrap();
        assert_eq!(client.subscribe(&customer.chat_id).await["status"], "open");
    }
    let expired = sign_token(&json!({"userId": admin.user_id, "exp": 1_000_000}), server.env("JWT_SECRET"));
    for request in [
        request(&server, ""),
        request(&server, "?token="),
        request(&server, "?token=nonsense"),
        request(&server, &format!("?token={expired}")),
        bearer("nonsense"),
        spoken("nonsense"),
        with("sec-websocket-protocol", "bearer".into()),
        with("authorization", format!("Basic {}", admin.token())),
    ] {
        let mut client = Plain::open(request).await.expect("it is accepted, to be told");
        assert_eq!(client.next("close").await, json!({"code": 1008, "reason": "Invalid token"}));
        assert_eq!(client.names(), ["close"]);
    }
    let (_, answer) = tokio_tungstenite::connect_async(spoken(admin.token())).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "bearer");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
}

#[tokio::test]
async fn h8_pages_of_other_origins_and_plain_requests_open_nothing() {
    let server = Server::builder().env("CORS_ORIGINS", "https://app.example.com").start().await;
    let admin = server.admin().await;
    let open = async |origin: &str| {
        let mut request = request(&server, &format!("?token={}", admin.token()));
        request.headers_mut().insert("origin", origin.parse().unwrap());
        Plain::open(request).await.map(drop)
    };
    for origin in ["https://app.example.com", &server.base] {
        assert!(open(origin).await.is_ok(), "{origin}");
    }
    for origin in ["https://evil.example", "null"] {
        match open(origin).await {
            Err(tungstenite::Error::Http(answer)) => assert_eq!(answer.status(), 403, "{origin}"),
            other => panic!("{origin} was answered {other:?}"),
        }
    }
    admin.get("/ws").await.refused(400, "INVALID_DATA");
    admin.post("/ws", json!({})).await.refused(405, "INVALID_DATA");
}

#[tokio::test]
async fn a13_a_token_in_the_address_reaches_no_log() {
    let server = Server::builder().env("LOG_LEVEL", "trace").start().await;
    let admin = server.admin().await;
    let customer = Customer::of(&admin).await;
    let mut client = Plain::connect(&server, admin.token()).await;
    client.subscribe(&customer.chat_id).await;
    let log = server.log_text();
    assert!(log.contains("path=\"/ws\""), "the request is logged");
    let secret = admin.token().rsplit('.').next().unwrap();
    assert!(!log.contains(secret), "{}", log.lines().find(|line| line.contains(secret)).unwrap_or_default());
}

#[tokio::test]
async fn who_subscribes_is_told_in_order_and_once_what_happens_in_a_chat() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let customer = Customer::of(&admin).await;
    let chat_id = &customer.chat_id;
    let mut client = Plain::connect(&server, admin.token()).await;
    assert_eq!(client.subscribe(chat_id).await, json!({"status": "open", "managerId": null}));

    customer.write("first").await;
    let first = client.message("first").await;
    assert_eq!((&first["from"], &first["type"]), (&json!("client"), &json!("text")));
    assert_eq!(first["senderId"], customer.contact_id.as_str());
    let stored = admin.message(chat_id, &text(&first["id"])).await;
    for (own, rest) in [("createdAt", "createdAt"), ("status", "status"), ("senderName", "senderName")] {
        assert_eq!(first[own], stored[rest], "{first}");
    }
    assert!(first["eventId"].is_string() && first["attachments"].is_array() && first.get("private").is_none());

    let sent = colleague.send(chat_id, "second").await;
    let second = client.message("second").await;
    assert_eq!((&second["id"], &second["from"]), (&sent["id"], &json!("manager")));
    assert_eq!(second["senderId"], colleague.user_id.as_str());

    note(&colleague, chat_id, "between us").await;
    assert_eq!(client.message("between us").await["private"], true);

    let update = customer.chat.text("thrid");
    customer.telegram.deliver(&update).await;
    let told = client.message("thrid").await;
    customer.telegram.deliver(&customer.chat.edit(update["message"]["message_id"].as_i64().unwrap(), "third")).await;
    let edited = client.message("third").await;
    assert_eq!((&edited["id"], &edited["updated"]), (&told["id"], &json!(true)));
    assert!(edited["editedAt"].is_string() && told.get("updated").is_none());

    admin.patch(&format!("/api/chats/{chat_id}"), json!({"assignedUserId": colleague.user_id})).await.ok();
    let update = client.next("thread_update").await;
    assert_eq!((&update["threadId"], &update["payload"]["status"]), (&json!(chat_id), &json!("open")));
    assert_eq!(update["payload"]["managerId"], colleague.user_id.as_str());

    colleague.post(&format!("/api/chats/{chat_id}/read"), json!({"messageId": first["id"]})).await.ok();
    let reader = json!(colleague.user_id);
    let of_first = |read: &Value| read["payload"]["messageIds"] == json!([first["id"]]);
    let read = client.next_where("read", of_first).await;
    assert_eq!((&read["payload"]["userId"], &read["payload"]["from"]), (&reader, &json!("manager")));

    let texts = client.texts();
    assert_eq!(texts, ["first", "second", "between us", "thrid", "third"], "once and in order");
    client.send(&json!({"type": "unsubscribe", "threadId": chat_id}).to_string());
    client.send("{}");
    client.refusal().await;
    customer.write("unheard").await;
    client.subscribe(chat_id).await;
    customer.write("heard").await;
    client.message("heard").await;
    assert!(!client.texts().contains(&"unheard".to_owned()));
}

#[tokio::test]
async fn a_manager_is_told_of_its_chats_without_asking_and_of_each_thing_once() {
    let server = shared().await;
    let admin = server.admin().await;
    let (manager, other) = (admin.colleague("user").await, admin.colleague("user").await);
    let customer = Customer::of(&admin).await;
    let mut quiet = Plain::connect(&server, manager.token()).await;
    let mut eager = Plain::connect(&server, manager.token()).await;
    let mut stranger = Plain::connect(&server, other.token()).await;
    eager.subscribe(&customer.chat_id).await;
    let chat = format!("/api/chats/{}", customer.chat_id);
    admin.patch(&chat, json!({"assignedUserId": manager.user_id})).await.ok();
    for client in [&mut quiet, &mut eager] {
        let update = client.next("thread_update").await;
        assert_eq!(update["payload"]["managerId"], manager.user_id.as_str());
        assert_eq!(update["threadId"], customer.chat_id.as_str());
    }
    customer.write("for you").await;
    quiet.message("for you").await;
    eager.message("for you").await;
    admin.patch(&chat, json!({"assignedUserId": other.user_id})).await.ok();
    stranger.next("thread_update").await;
    customer.write("for another").await;
    stranger.message("for another").await;
    eager.message("for another").await;
    assert_eq!(quiet.texts(), ["for you"], "the chat is somebody else's now");
    assert_eq!(eager.texts(), ["for you", "for another"], "each once, though there are two reasons");
    assert_eq!(stranger.texts(), ["for another"]);
}

#[tokio::test]
async fn typing_is_seen_on_all_surfaces_and_never_by_the_typist() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let guest = visitor(&admin).await;
    let mut plain = Plain::connect(&server, admin.token()).await;
    let mut typist = Plain::connect(&server, colleague.token()).await;
    let mut page = Plain::connect(&server, guest.token()).await;
    let mut socket = Client::js(&server, &admin).await;
    plain.subscribe(&guest.chat_id).await;
    typist.subscribe(&guest.chat_id).await;
    socket.emit("subscribe:chat", json!({"chatId": guest.chat_id})).await;

    typist.say("typing", &guest.chat_id, json!({"isTyping": true}));
    let seen = plain.next("typing").await;
    assert_eq!(seen["threadId"], guest.chat_id.as_str());
    assert_eq!(seen["payload"]["userId"], colleague.user_id.as_str());
    assert_eq!(seen["payload"]["isTyping"], true);
    assert_eq!(page.next("typing").await["payload"]["userId"], colleague.user_id.as_str());
    assert_eq!(socket.next("typing:start").await["userId"], colleague.user_id.as_str());
    typist.say("typing", &guest.chat_id, json!({"isTyping": false}));
    assert_eq!(plain.next("typing").await["payload"]["isTyping"], false);
    socket.next("typing:stop").await;

    // a visitor need not name its chat, and is its contact
    page.send(&json!({"type": "typing", "payload": {"isTyping": true}}).to_string());
    let seen = typist.next("typing").await["payload"].take();
    assert_eq!((&seen["userId"], &seen["name"]), (&json!(guest.contact_id()), &json!("Ada")));
    assert_eq!(socket.next("typing:start").await["contactId"], guest.contact_id());

    // the other way round; and it ends with its connection
    socket.emit("typing:start", json!({"chatId": guest.chat_id})).await;
    typist.next_where("typing", |typing| typing["payload"]["userId"] == admin.user_id.as_str()).await;
    drop(page);
    let over =
        |typing: &Value| typing["payload"] == json!({"userId": guest.contact_id(), "isTyping": false, "name": "Ada"});
    typist.next_where("typing", over).await;
    let own = |client: &mut Plain, id: &str| client.of("typing").iter().any(|typing| typing["payload"]["userId"] == id);
    assert!(!own(&mut typist, &colleague.user_id) && !own(&mut plain, &admin.user_id), "never back to the typist");
}

#[tokio::test]
async fn reading_is_reading_whoever_reads_and_wherever() {
    let server = shared().await;
    let admin = server.admin().await;
    let guest = visitor(&admin).await;
    let (one, two) = (guest.write("one").await, guest.write("two").await);
    let mut operator = Plain::connect(&server, admin.token()).await;
    let mut page = Plain::connect(&server, guest.token()).await;
    let mut socket = Client::js(&server, &admin).await;
    operator.subscribe(&guest.chat_id).await;
    operator.say("read", &guest.chat_id, json!({"messageIds": [two["id"], one["id"], "nonsense"]}));
    for client in [&mut operator, &mut page] {
        let read = client.next("read").await["payload"].take();
        assert_eq!(read["messageIds"], json!([two["id"]]), "up to the newest");
        assert_eq!((&read["userId"], &read["from"]), (&json!(admin.user_id), &json!("manager")));
    }
    assert_eq!(socket.next("messages:read").await["lastReadMessageId"], two["id"]);
    assert_eq!(admin.chat(&guest.chat_id).await["unreadCount"], 0);

    let answer = admin.send(&guest.chat_id, "answer").await;
    page.message("answer").await;
    eventually("what the page took is delivered", || async {
        (admin.message(&guest.chat_id, &text(&answer["id"])).await["status"] == "delivered").then_some(())
    })
    .await;
    page.send(&json!({"type": "read", "messageIds": [answer["id"]]}).to_string());
    let read = operator.next_where("read", |read| read["payload"]["from"] == "client").await["payload"].take();
    assert_eq!((&read["messageIds"], &read["userId"]), (&json!([answer["id"]]), &json!(guest.contact_id())));
    assert_eq!(admin.message(&guest.chat_id, &text(&answer["id"])).await["status"], "read");

    operator.say("read", &guest.chat_id, json!({"messageIds": [uuid::Uuid::now_v7()]}));
    assert_eq!(operator.refusal().await, "NOT_FOUND");
}

#[tokio::test]
async fn a8_a_visitor_hears_its_own_chat_without_private_notes() {
    let server = shared().await;
    let admin = server.admin().await;
    let guest = visitor(&admin).await;
    let mut page = Plain::connect(&server, guest.token()).await;
    let mut operator = Plain::connect(&server, admin.token()).await;
    let operators_cursor = {
        operator.subscribe(&guest.chat_id).await;
        guest.write("first").await;
        operator.message("first").await["cursor"].clone()
    };
    let first = page.message("first").await;
    assert_eq!(first["senderId"], guest.contact_id());
    assert_eq!(operators_cursor.as_str().unwrap().len(), 28);
    assert_eq!(first["cursor"].as_str().unwrap().len(), 70, "sealed");

    page.subscribe(&guest.chat_id).await;
    note(&admin, &guest.chat_id, "secret").await;
    admin.send(&guest.chat_id, "public").await;
    page.message("public").await;
    operator.message("secret").await;
    assert_eq!(page.texts(), ["first", "public"], "once, and no note");

    let resumed = guest.events(first["cursor"].as_str().unwrap()).await;
    let messages: Vec<_> =
        resumed["events"].as_array().unwrap().iter().filter(|event| event["event"] == "message:new").collect();
    assert_eq!(messages.len(), 1, "its cursor is good for long polling: {resumed}");
    assert_eq!(messages[0]["data"]["content"], "public");

    let other = visitor(&admin).await;
    for kind in ["subscribe", "typing", "read", "unsubscribe"] {
        page.say(kind, &other.chat_id, json!({}));
        assert_eq!(page.refusal().await, "CHAT_NOT_FOUND", "{kind}");
    }
}

#[tokio::test]
async fn b3_a_foreign_chat_cannot_be_named_and_its_traffic_is_not_seen() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let (own, foreign) = (Customer::of(&admin).await, Customer::of(&stranger).await);
    let mut client = Plain::connect(&server, admin.token()).await;
    let mut theirs = Plain::connect(&server, stranger.token()).await;
    theirs.subscribe(&foreign.chat_id).await;
    let unknown = uuid::Uuid::now_v7().to_string();
    for thread_id in [&foreign.chat_id, &unknown, "*", "15", "nonsense\n"] {
        for kind in ["subscribe", "typing", "read", "unsubscribe"] {
            client.say(kind, thread_id, json!({"isTyping": true}));
            let error = client.next("error").await;
            assert_eq!(error["payload"]["code"], "CHAT_NOT_FOUND", "{kind} {thread_id}");
            assert_eq!(error["threadId"], thread_id);
        }
    }
    foreign.write("theirs").await;
    theirs.say("typing", &foreign.chat_id, json!({"isTyping": true}));
    theirs.message("theirs").await;
    client.subscribe(&own.chat_id).await;
    own.write("ours").await;
    client.message("ours").await;
    assert_eq!(client.texts(), ["ours"]);
    assert!(client.of("typing").is_empty() && theirs.of("typing").is_empty());
}

#[tokio::test]
async fn api_keys_listen_and_are_nobody() {
    let server = shared().await;
    let admin = server.admin().await;
    let customer = Customer::of(&admin).await;
    let key = admin.api_key("user").await;
    let mut client = Plain::connect(&server, key.token.as_deref().unwrap()).await;
    client.subscribe(&customer.chat_id).await;
    customer.write("heard").await;
    client.message("heard").await;
    for kind in ["typing", "read"] {
        client.say(kind, &customer.chat_id, json!({}));
        assert_eq!(client.refusal().await, "FORBIDDEN", "{kind}");
    }
}

#[tokio::test]
async fn a_deleted_chat_is_left_by_everybody() {
    let server = shared().await;
    let admin = server.admin().await;
    let customer = Customer::of(&admin).await;
    let mut client = Plain::connect(&server, admin.token()).await;
    client.subscribe(&customer.chat_id).await;
    admin.delete(&format!("/api/chats/{}", customer.chat_id)).await.expect(204);
    let error = client.next("error").await;
    assert_eq!((&error["threadId"], &error["payload"]["code"]), (&json!(customer.chat_id), &json!("CHAT_NOT_FOUND")));
}

#[tokio::test]
async fn a_guest_of_another_backend_is_a_guest() {
    let server = shared().await;
    let admin = server.admin().await;
    let customer = Customer::of(&admin).await;
    let claims = json!({"contactId": customer.contact_id, "chatId": customer.chat_id, "exp": in_an_hour()});
    let mut page = Plain::connect(&server, &sign_token(&claims, server.env("JWT_SECRET"))).await;
    page.subscribe(&customer.chat_id).await;
    admin.send(&customer.chat_id, "hi").await;
    page.message("hi").await;
}
