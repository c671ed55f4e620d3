//! How much a socket may ask, and what ends it: limits, pages of other origins, bearers who may no longer enter.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use crate::ingest::only_chat;
use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::operator::{in_an_hour, sign_token};
use crate::support::socket::{Client, RawClient};
use crate::support::wait::{eventually, soon};
use crate::support::{Operator, Server, shared, text};

async fn figure(server: &Server, name: &str) -> f64 {
    let figures = server.anonymous().get("/metrics").await.text;
    let line = figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no figure {name}")).parse().unwrap()
}

async fn chats(admin: &Operator, many: usize) -> Vec<String> {
    let telegram = Telegram::create(admin).await;
    for _ in 0..many {
        telegram.deliver(&TelegramChat::new().text("hi")).await;
    }
    let mut ids = Vec::new();
    let mut path = "/api/chats?limit=200".to_owned();
    loop {
        let page = admin.get(&path).await.ok();
        ids.extend(page["items"].as_array().unwrap().iter().map(|chat| text(&chat["id"])));
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/api/chats?limit=200&cursor={cursor}"),
            None => return ids,
        }
    }
}

#[tokio::test]
async fn h3_a_socket_follows_five_hundred_chats_at_most_and_leaves_them_all() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let ids = chats(&admin, 251).await;
    let mut client = RawClient::operator(&server, &admin).await;
    let before = figure(&server, "websocket_rooms").await;
    let rooms: Vec<(&str, &String)> =
        ids.iter().flat_map(|id| [("subscribe:chat", id), ("subscribe:chat:delta", id)]).collect();
    for (event, id) in &rooms[..500] {
        assert_eq!(client.emit(event, json!({"chatId": id})).await["ok"], true);
    }
    assert_eq!(figure(&server, "websocket_rooms").await, before + 500.0);
    let (event, id) = rooms[500];
    let refused = client.emit(event, json!({"chatId": id})).await;
    assert_eq!(refused["error"]["code"], "RATE_LIMIT", "{refused}");
    let (event, id) = rooms[0];
    assert_eq!(client.emit(event, json!({"chatId": id})).await["ok"], true, "it follows that one already");
    drop(client);
    eventually("nothing is left of it", || async {
        (figure(&server, "websocket_rooms").await == 0.0
            && figure(&server, "websocket_connections{namespace=\"/\"}").await == 0.0)
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn h2_a_socket_that_floods_for_ten_seconds_is_closed() {
    let server = Server::builder().env("RATE_LIMIT", "on").start().await;
    let admin = server.admin().await;
    let mut noisy = RawClient::operator(&server, &admin).await;
    let mut neighbour = RawClient::operator(&server, &admin).await;
    eventually("the flood is ended", || {
        for _ in 0..20 {
            noisy.emit_blindly("typing:stop", &json!({}));
        }
        std::future::ready((!noisy.of("disconnect").is_empty()).then_some(()))
    })
    .await;
    assert!(noisy.of("app:error").iter().any(|error| error["code"] == "RATE_LIMIT"));
    let calm = neighbour.emit("typing:stop", json!({})).await;
    assert_eq!(calm["error"]["code"], "INVALID_DATA", "the neighbour is heard: {calm}");
}

#[tokio::test]
async fn h8_a_page_of_another_origin_opens_no_socket() {
    let server = Server::builder().env("CORS_ORIGINS", "https://app.example.com").start().await;
    let open = async |origin: &str| {
        let url = format!("{}/socket.io/?EIO=4&transport=websocket", server.base.replacen("http", "ws", 1));
        let mut request = tungstenite::client::IntoClientRequest::into_client_request(url).unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        tokio_tungstenite::connect_async(request).await
    };
    for origin in ["https://app.example.com", &server.base] {
        assert!(open(origin).await.is_ok(), "{origin}");
    }
    for origin in ["https://evil.example", "null", "https://app.example.com.evil.example"] {
        match open(origin).await {
            Err(tungstenite::Error::Http(answer)) => assert_eq!(answer.status(), 403, "{origin}"),
            other => panic!("{origin} was answered {other:?}"),
        }
    }
}

#[tokio::test]
async fn h7_sessions_that_nobody_has_are_400() {
    let server = shared().await;
    let api = server.anonymous();
    for query in ["transport=polling&sid=AAAAAAAAAAAAAAAA", "transport=polling&sid=x", "transport=websocket"] {
        let answer = api.get(&format!("/socket.io/?EIO=4&{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
    assert_eq!(api.get("/socket.io/?EIO=3&transport=polling").await.status, 400);
}

#[tokio::test]
async fn h1_a_connection_that_joins_nothing_is_closed() {
    let server = shared().await;
    let mut silent = RawClient::open(&server).await;
    let mut turned_away = Vec::new();
    for namespace in ["", "/chat,", "/notifications,"] {
        let refused = RawClient::open(&server).await;
        refused.send(&format!("40{namespace}{{\"token\":\"nonsense\"}}"));
        turned_away.push(refused);
    }
    silent.next("disconnect").await;
    for mut refused in turned_away {
        refused.next("disconnect").await;
    }
}

#[tokio::test]
async fn whoever_may_no_longer_enter_is_told_and_closed() {
    let server = shared().await;
    let admin = server.admin().await;
    let (fired, lowered) = (admin.colleague("user").await, admin.colleague("moderator").await);
    let key = admin.post("/api/api-keys", json!({"name": "tests", "role": "user"})).await.created();
    let login = json!({"email": admin.email, "password": admin.password});
    let session = server.anonymous().post("/api/auth/login", login).await.ok();
    let as_bearer = async |token: &Value| {
        let mut client = RawClient::open(&server).await;
        client.send(&format!("40{}", json!({"token": token})));
        client.next("sync:required").await;
        client
    };
    let mut clients = Vec::new();
    for token in [json!(fired.token()), json!(lowered.token()), key["key"].clone(), session["accessToken"].clone()] {
        clients.push(as_bearer(&token).await);
    }
    let mut bystander = as_bearer(&json!(admin.token())).await;
    let user = |who: &Operator| format!("/api/users/{}", who.user_id);
    admin.patch(&user(&fired), json!({"active": false})).await.ok();
    admin.patch(&user(&lowered), json!({"role": "user"})).await.ok();
    admin.delete(&format!("/api/api-keys/{}", text(&key["id"]))).await.expect(204);
    let own = crate::support::api::Api::new(&server.base, session["accessToken"].as_str());
    let out = own.post("/api/auth/logout", json!({"refreshToken": session["refreshToken"]})).await;
    assert!(out.status.is_success(), "{} {}", out.status, out.text);
    for (client, who) in clients.iter_mut().zip(["removed", "demoted", "key", "logged out"]) {
        assert_eq!(client.next("app:error").await["code"], "UNAUTHORIZED", "{who}");
        client.next("disconnect").await;
    }
    assert!(bystander.of("disconnect").is_empty());
    let ack = bystander.emit("resync", json!({})).await;
    assert_eq!(ack["error"]["code"], "INVALID_DATA", "a bystander stays: {ack}");
}

#[tokio::test]
async fn guests_are_kept_out_and_api_keys_listen() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    telegram.deliver(&TelegramChat::new().text("hi")).await;
    let chat = only_chat(&admin).await;
    let guest = json!({"contactId": chat["contact"]["id"], "chatId": chat["id"], "exp": in_an_hour()});
    let mut client = RawClient::open(&server).await;
    client.send(&format!("40{}", json!({"token": sign_token(&guest, server.env("JWT_SECRET"))})));
    let mut bearer = RawClient::open(&server).await;
    let key = admin.api_key("user").await;
    bearer.send(&format!("40{}", json!({"token": key.token})));
    assert_eq!(bearer.next("connected").await["userId"], Value::Null);
    bearer.next("sync:required").await;
    telegram.deliver(&TelegramChat::new().text("hello")).await;
    bearer.next("message:new").await;
    let typing = bearer.emit("typing:start", json!({"chatId": chat["id"]})).await;
    assert_eq!(typing["error"]["code"], "FORBIDDEN", "{typing}");
    assert!(client.of("connect").is_empty() && client.of("connected").is_empty(), "the guest is refused");
}

#[tokio::test]
async fn who_watches_a_chat_is_told_of_its_messages_in_short() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    telegram.deliver(&customer.text("first")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let mut watcher = Client::js(&server, &admin).await;
    assert_eq!(watcher.emit("subscribe:chat:delta", json!({"chatId": chat_id})).await["ok"], true);
    telegram.deliver(&customer.text("second")).await;
    let message = watcher.next("message:new").await;
    let delta = watcher.next("chat:delta:new").await;
    let expected = json!({"chatId": chat_id, "messageId": message["id"], "type": "text", "preview": "second",
        "unreadCount": 2, "createdAt": message["createdAt"]});
    assert_eq!(delta, expected);
    assert_eq!(watcher.emit("unsubscribe:chat:delta", json!({"chatId": chat_id})).await["ok"], true);
    telegram.deliver(&customer.text("third")).await;
    watcher.next_where("message:new", |message| message["content"] == "third").await;
    watcher.emit("resync", json!({})).await;
    assert_eq!(watcher.of("chat:delta:new").len(), 1);
}

#[tokio::test]
async fn unknown_events_are_acknowledged_as_such() {
    let server = shared().await;
    let admin = server.admin().await;
    let mut client = RawClient::operator(&server, &admin).await;
    for event in ["nonsense", "message:new", "connected"] {
        let ack = client.emit(event, json!({"chatId": uuid::Uuid::now_v7()})).await;
        assert_eq!(ack["error"]["code"], "INVALID_DATA", "{event} {ack}");
    }
    let first = soon("all are answered", client.emit_later("typing:stop", &json!([]))).await.unwrap();
    assert_eq!(first["error"]["code"], "INVALID_DATA");
}
