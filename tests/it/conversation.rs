//! The namespace `/chat`: visitors and operators in one conversation, in the words of seeds/001.

use serde_json::{Value, json};

use crate::ingest::only_chat;
use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::operator::{in_an_hour, sign_token};
use crate::support::socket::{Client, Connect, Language};
use crate::support::visitor::{Visitor, Webchat};
use crate::support::wait::eventually;
use crate::support::{Operator, Server, shared, text};

pub fn to_chat(server: &Server, auth: Value) -> Connect {
    Connect::with(server, auth).set("namespace", "/chat")
}

pub async fn operator(server: &Server, operator: &Operator) -> Client {
    Client::synced(Language::JavaScript, &to_chat(server, json!({"token": operator.token()}))).await
}

pub async fn visitor(server: &Server, visitor: &Visitor) -> Client {
    Client::synced(Language::JavaScript, &to_chat(server, json!({"token": visitor.token()}))).await
}

/// An organization with a web chat and one visitor in it.
pub async fn web_chat(server: &Server) -> (Operator, Visitor) {
    let admin = server.admin().await;
    let webchat = Webchat::create(&admin, json!({})).await;
    let visitor = webchat.visit(json!({"name": "Anna"})).await;
    (admin, visitor)
}

#[tokio::test]
async fn the_first_words_say_who_it_is_and_why_it_should_look() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    for (auth, person, language) in [
        (json!({"token": admin.token()}), admin.user_id.clone(), Language::JavaScript),
        (json!({"token": guest.token()}), guest.contact_id(), Language::Python),
    ] {
        let mut client = Client::spawn(language, &to_chat(&server, auth));
        let connected = client.next("connected").await;
        assert_eq!(connected["user_id"], person.as_str());
        assert!(connected["socket_id"].is_string() && connected["timestamp"].as_str().unwrap().ends_with('Z'));
        let sync = client.next("sync:required").await;
        assert_eq!((&sync["user_id"], &sync["reason"]), (&json!(person), &json!("connection_established")));
    }
    let auth = json!({"token": admin.token(), "reason": "token_refresh"});
    let mut renewed = Client::spawn(Language::JavaScript, &to_chat(&server, auth));
    assert_eq!(renewed.next("sync:required").await["reason"], "token_refresh");
}

#[tokio::test]
async fn a_bad_token_is_told_by_error_and_a_goodbye_and_joins_nothing() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let expired =
        json!({"userId": admin.user_id, "organizationId": admin.organization_id, "exp": in_an_hour() - 7_200});
    let expired = sign_token(&expired, server.env("JWT_SECRET"));
    for namespace in ["/chat", "/notifications"] {
        for auth in [json!({}), json!({"token": "nonsense"}), json!({"token": expired})] {
            let connect = Connect::with(&server, auth.clone()).set("namespace", namespace);
            let mut client = Client::spawn(Language::JavaScript, &connect);
            let error = client.next("error").await;
            assert_eq!(
                (&error["code"], &error["message"]),
                (&json!("UNAUTHORIZED"), &json!("Invalid token")),
                "{auth}"
            );
            assert!(error["timestamp"].is_string());
            client.next("disconnect").await;
            guest.write("hello").await;
            let names = client.names();
            assert!(!names.iter().any(|name| ["connected", "chat:message:new"].contains(&name.as_str())), "{names:?}");
        }
    }
}

#[tokio::test]
async fn visitor_and_operator_talk_with_ticks_in_both_words() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let mut visitor = visitor(&server, &guest).await;
    let mut member = operator(&server, &admin).await;
    let mut dashboard = Client::js(&server, &admin).await;
    for client in [&mut member, &mut visitor] {
        let ack = client.emit("chat:join", json!({"chat_id": guest.chat_id})).await;
        assert_eq!(ack, json!({"status": "joined", "chat_id": guest.chat_id}));
    }

    let ack =
        visitor.emit("chat:message:send", json!({"chat_id": guest.chat_id, "type": "text", "content": "Hi!"})).await;
    assert_eq!(ack["status"], "sent", "{ack}");
    let told = member.next("chat:message:new").await;
    assert_eq!((&told["id"], &told["created_at"]), (&ack["message_id"], &ack["created_at"]));
    assert_eq!((&told["sender_id"], &told["sender_name"]), (&json!(guest.contact_id()), &json!("Anna")));
    assert_eq!((&told["type"], &told["content"], &told["status"]), (&json!("text"), &json!("Hi!"), &json!("sent")));
    assert_eq!(told["metadata"], json!({}));
    assert!(told["event_id"].is_string() && told["cursor"].is_string());
    assert_eq!(dashboard.next("message:new").await["content"], "Hi!", "the same on the operators' namespace");

    let sent = member.emit("chat:message:send", json!({"chat_id": guest.chat_id, "content": "Hello"})).await;
    let heard = visitor.next_where("chat:message:new", |message| message["content"] == "Hello").await;
    assert_eq!((&heard["id"], &heard["sender_id"]), (&sent["message_id"], &json!(admin.user_id)));
    let delivered = member.next("chat:message:delivered").await;
    assert_eq!(delivered["message_id"], sent["message_id"], "taken by the visitor's socket");
    assert_eq!(
        (&delivered["delivered_to"], &delivered["chat_id"]),
        (&json!(guest.contact_id()), &json!(guest.chat_id))
    );
    assert!(delivered["delivered_at"].is_string());

    let read = json!({"chat_id": guest.chat_id, "message_id": sent["message_id"]});
    assert_eq!(visitor.emit("chat:message:read", read).await["error"], Value::Null);
    let seen = member.next_where("chat:message:read", |read| read["read_by"] == guest.contact_id().as_str()).await;
    assert_eq!(seen["message_id"], sent["message_id"]);
    let status = dashboard.next_where("message:status", |status| status["status"] == "read").await;
    assert_eq!(status["messageId"], sent["message_id"]);

    let read = json!({"chat_id": guest.chat_id, "message_id": ack["message_id"]});
    member.emit("chat:message:read", read).await;
    let seen = visitor.next_where("chat:message:read", |read| read["read_by"] == admin.user_id.as_str()).await;
    assert!(seen["read_at"].is_string());
    assert_eq!(admin.chat(&guest.chat_id).await["unreadCount"], 0);
}

#[tokio::test]
async fn typing_is_seen_on_all_surfaces_and_never_by_the_typist() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let mut visitor = visitor(&server, &guest).await;
    let mut member = operator(&server, &admin).await;
    let mut dashboard = Client::js(&server, &admin.colleague("user").await).await;
    member.emit("chat:join", json!({"chat_id": guest.chat_id})).await;
    dashboard.emit("subscribe:chat", json!({"chatId": guest.chat_id})).await;

    visitor.emit("chat:typing", json!({"chat_id": guest.chat_id, "is_typing": true})).await;
    let typing = member.next("chat:typing").await;
    assert_eq!((&typing["user_id"], &typing["user_name"]), (&json!(guest.contact_id()), &json!("Anna")));
    assert_eq!((&typing["chat_id"], &typing["is_typing"]), (&json!(guest.chat_id), &json!(true)));
    let typing = dashboard.next("typing:start").await;
    assert_eq!((&typing["contactId"], typing.get("userId")), (&json!(guest.contact_id()), None));
    visitor.emit("chat:typing", json!({"chat_id": guest.chat_id, "is_typing": false})).await;
    assert_eq!(member.next("chat:typing").await["is_typing"], false);

    dashboard.emit("typing:start", json!({"chatId": guest.chat_id})).await;
    let typing = visitor.next("chat:typing").await;
    assert_eq!((&typing["is_typing"], &typing["user_name"]), (&json!(true), &json!("A user")));
    assert_eq!(visitor.of("chat:typing").len(), 1, "its own typing never came back");
    member.emit("chat:leave", json!({"chat_id": guest.chat_id})).await;
    dashboard.emit("typing:stop", json!({"chatId": guest.chat_id})).await;
    assert_eq!(visitor.next("chat:typing").await["is_typing"], false);
    guest.write("last").await;
    member.next_where("chat:message:new", |message| message["content"] == "last").await;
    assert_eq!(member.of("chat:typing").len(), 3, "who has left a chat is told of typing there no more");
}

#[tokio::test]
async fn a_visitor_hears_its_own_chat_and_never_a_note() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let telegram = Telegram::create(&admin).await;
    let mut visitor = visitor(&server, &guest).await;
    telegram.deliver(&TelegramChat::new().text("of somebody else")).await;
    let note = json!({"chatId": guest.chat_id, "content": "a note", "private": true});
    admin.post("/api/messages/send", note).await.created();
    admin.patch(&format!("/api/chats/{}", guest.chat_id), json!({"labels": ["vip"]})).await.ok();
    admin.publish(&format!("chat:{}", guest.chat_id), "deal:won", json!({"amount": 1})).await;
    admin.send(&guest.chat_id, "for you").await;
    assert_eq!(visitor.next("chat:message:new").await["content"], "for you");
    let names = visitor.names();
    let allowed =
        ["connect", "connected", "sync:required", "chat:message:new", "chat:message:read", "chat:message:delivered"];
    let other: Vec<&String> = names.iter().filter(|name| !allowed.contains(&name.as_str())).collect();
    assert!(other.is_empty(), "{other:?}");
    let cursor = text(&visitor.of("chat:message:new")[0]["cursor"]);
    assert!(cursor.len() > 40, "sealed: it says nothing of the organization's journal");
}

#[tokio::test]
async fn a_visitor_that_was_away_gets_what_it_missed_once() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let telegram = Telegram::create(&admin).await;
    let mut visitor = visitor(&server, &guest).await;
    admin.send(&guest.chat_id, "first").await;
    let cursor = text(&visitor.next("chat:message:new").await["cursor"]);
    visitor.disconnect().await;
    let note = json!({"chatId": guest.chat_id, "content": "a note", "private": true});
    admin.post("/api/messages/send", note).await.created();
    let customer = TelegramChat::new();
    for n in 0..5 {
        telegram.deliver(&customer.text(&format!("other {n}"))).await;
    }
    let second = admin.send(&guest.chat_id, "second").await;
    visitor.clear();
    visitor.connect_again(json!({"token": guest.token(), "cursor": cursor})).await;
    let sync = visitor.next("sync:required").await;
    assert_eq!(sync["reason"], "reconnection", "{sync}");
    let told: Vec<Value> = visitor.of("chat:message:new").iter().map(|message| message["content"].clone()).collect();
    assert_eq!(told, ["second"], "before `sync:required`, and nothing else");
    let path = format!("/api/chats/{}/messages", guest.chat_id);
    eventually("what was replayed is delivered", || async {
        let messages = admin.get(&path).await.items();
        messages
            .iter()
            .find(|message| message["id"] == second["id"])
            .filter(|found| found["status"] == "delivered")
            .map(drop)
    })
    .await;

    let other = admin.get("/api/events?after=latest").await.ok();
    visitor.disconnect().await;
    visitor.connect_again(json!({"token": guest.token(), "cursor": other["cursor"]})).await;
    assert_eq!(visitor.next("sync:required").await["reason"], "gap", "an operator's cursor is not a visitor's");
}

#[tokio::test]
async fn b3_a_foreign_chat_cannot_be_joined_by_any_event() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let (stranger, other_guest) = web_chat(&server).await;
    let mut spies = [operator(&server, &stranger).await, visitor(&server, &other_guest).await];
    let message = admin.send(&guest.chat_id, "secret").await;
    for spy in &mut spies {
        let unknown = uuid::Uuid::now_v7().to_string();
        for chat_id in [guest.chat_id.as_str(), unknown.as_str(), "org_1", "*"] {
            for (event, payload) in [
                ("chat:join", json!({"chat_id": chat_id})),
                ("chat:leave", json!({"chat_id": chat_id})),
                ("chat:message:send", json!({"chat_id": chat_id, "content": "spam"})),
                ("chat:typing", json!({"chat_id": chat_id, "is_typing": true})),
                ("chat:message:read", json!({"chat_id": chat_id, "message_id": message["id"]})),
            ] {
                let ack = spy.emit(event, payload).await;
                assert_eq!(ack["error"]["code"], "CHAT_NOT_FOUND", "{event} {chat_id}: {ack}");
                assert_eq!(spy.next("error").await["code"], "CHAT_NOT_FOUND", "{event}");
            }
        }
    }
    let mut owner = operator(&server, &admin).await;
    owner.emit("chat:join", json!({"chat_id": guest.chat_id})).await;
    guest.write("also secret").await;
    owner.next("chat:message:new").await;
    assert!(owner.of("chat:typing").is_empty());
    stranger.send(&other_guest.chat_id, "mark").await;
    for spy in &mut spies {
        assert_eq!(spy.next("chat:message:new").await["content"], "mark", "nothing of the other organization");
    }
    let own: Vec<Value> =
        admin.messages(&guest.chat_id).await.iter().map(|message| message["content"].clone()).collect();
    assert_eq!(own, ["also secret", "secret"]);
}

#[tokio::test]
async fn h4_a_client_cannot_speak_for_the_server_or_for_somebody_else() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let mut visitor = visitor(&server, &guest).await;
    let mut member = operator(&server, &admin).await;
    member.emit("chat:join", json!({"chat_id": guest.chat_id})).await;
    for event in
        ["chat:message:new", "chat:message:delivered", "connected", "user:online", "notification:new", "post:liked"]
    {
        let payload = json!({"chat_id": guest.chat_id, "content": "forged", "sender_id": admin.user_id, "user_id": admin.user_id});
        let ack = visitor.emit(event, payload).await;
        assert_eq!(ack["error"]["code"], "INVALID_DATA", "{event}");
    }
    let typing = json!({"chat_id": guest.chat_id, "is_typing": true, "user_id": admin.user_id, "user_name": "Boss"});
    visitor.emit("chat:typing", typing).await;
    let typing = member.next("chat:typing").await;
    assert_eq!((&typing["user_id"], &typing["user_name"]), (&json!(guest.contact_id()), &json!("Anna")));
    let forged = json!({"chat_id": guest.chat_id, "content": "mine", "sender_id": admin.user_id, "from_me": true, "private": true});
    visitor.emit("chat:message:send", forged).await;
    let told = member.next("chat:message:new").await;
    assert_eq!((&told["sender_id"], told.get("private")), (&json!(guest.contact_id()), None));
    assert_eq!(member.of("chat:message:new").len(), 1);
}

#[tokio::test]
async fn custom_events_are_told_to_operators_here_in_snake_case() {
    let server = shared().await;
    let (admin, _) = web_chat(&server).await;
    let mut member = operator(&server, &admin).await;
    let liked = json!({"post_id": "p1", "user_id": "u1", "user_name": "Анна", "likes_count": 125});
    admin.publish("org", "post:liked", liked).await;
    admin.publish(&format!("user:{}", admin.user_id), "post:commented", json!({})).await;
    let told = member.next("post:liked").await;
    assert_eq!((&told["likes_count"], &told["user_name"]), (&json!(125), &json!("Анна")));
    assert!(told["event_id"].is_string() && told["cursor"].is_string() && told.get("eventId").is_none(), "{told}");
    let told = member.next("post:commented").await;
    assert!(told["event_id"].is_string() && told.get("eventId").is_none(), "{told}");
}

#[tokio::test]
async fn what_is_refused_says_one_of_the_six_codes() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let mut member = operator(&server, &admin).await;
    let chat_id = &guest.chat_id;
    for (event, payload, code) in [
        ("chat:message:send", json!({"chat_id": chat_id, "content": ""}), "INVALID_DATA"),
        ("chat:message:send", json!({"chat_id": chat_id, "content": "x".repeat(10_001)}), "MESSAGE_TOO_LARGE"),
        ("chat:message:send", json!({"chat_id": chat_id, "content": "x".repeat(70_000)}), "MESSAGE_TOO_LARGE"),
        ("chat:message:send", json!("nonsense"), "INVALID_DATA"),
        ("chat:message:read", json!({"chat_id": chat_id, "message_id": "nonsense"}), "INVALID_DATA"),
        ("chat:typing", json!({"chat_id": chat_id}), "INVALID_DATA"),
        ("notification:read", json!({"notification_id": chat_id}), "INVALID_DATA"),
        ("auth:refresh", json!({"token": "nonsense"}), "UNAUTHORIZED"),
    ] {
        let ack = member.emit(event, payload.clone()).await;
        assert_eq!((&ack["error"]["code"], ack.get("ok")), (&json!(code), None), "{event} {ack}");
        assert!(!ack["error"]["message"].as_str().unwrap().is_empty());
        assert_eq!(member.next("error").await["code"], code, "{event}");
    }
    let key = admin.api_key("user").await;
    let connect = to_chat(&server, json!({"token": key.token}));
    let mut program = Client::synced(Language::JavaScript, &connect).await;
    let ack = program.emit("chat:typing", json!({"chat_id": chat_id, "is_typing": true})).await;
    assert_eq!(ack["error"]["code"], "FORBIDDEN", "an API key is nobody");
}

#[tokio::test]
async fn a_token_is_renewed_on_every_namespace_and_one_of_somebody_else_is_not_taken() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let (_, other) = web_chat(&server).await;
    let mut visitor = visitor(&server, &guest).await;
    assert_eq!(visitor.emit("auth:refresh", json!({"token": guest.token()})).await["ok"], true);
    assert_eq!(visitor.next("sync:required").await["reason"], "token_refresh");
    for foreign in [other.token(), admin.token()] {
        let ack = visitor.emit("auth:refresh", json!({"token": foreign})).await;
        assert_eq!(ack["error"]["code"], "UNAUTHORIZED");
    }
    let short = json!({"contactId": guest.contact_id(), "chatId": guest.chat_id, "organizationId": admin.organization_id,
        "role": "guest", "exp": in_an_hour() - 3_598});
    let short = sign_token(&short, server.env("JWT_SECRET"));
    let mut passing = Client::synced(Language::JavaScript, &to_chat(&server, json!({"token": short}))).await;
    assert_eq!(passing.next("error").await["code"], "UNAUTHORIZED", "when the token ends");
    passing.next("disconnect").await;
}

#[tokio::test]
async fn a_telegram_chat_is_spoken_of_here_too_with_its_ticks() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    telegram.deliver(&TelegramChat::new().text("from telegram")).await;
    let chat = only_chat(&admin).await;
    let mut member = operator(&server, &admin).await;
    let ack = member.emit("chat:message:send", json!({"chat_id": chat["id"], "content": "answer"})).await;
    let told = member.next("chat:message:new").await;
    assert_eq!((&told["id"], &told["status"]), (&ack["message_id"], &json!("sent")), "`queued` is spoken `sent`");
    let key = json!({"chat_id": chat["id"], "content": "once", "idempotencyKey": "k1"});
    let first = member.emit("chat:message:send", key.clone()).await;
    assert_eq!(member.emit("chat:message:send", key).await, first, "the same key gives the same answer");
}
