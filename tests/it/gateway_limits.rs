//! How much a `/ws` connection may ask, and what ends it.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;

use crate::gateway::Customer;
use crate::support::bodies::{TelegramChat, unique, waba_message, waba_messages};
use crate::support::channel::{Telegram, Waba};
use crate::support::gateway::{Plain, request};
use crate::support::operator::sign_token;
use crate::support::wait::{eventually, soon};
use crate::support::{Operator, Server, shared, text};

async fn connections(server: &Server) -> i64 {
    let figures = server.anonymous().get("/metrics").await.text;
    let line = figures.lines().find_map(|line| line.strip_prefix("websocket_connections{namespace=\"/ws\"} "));
    line.expect("the figure exists").parse().unwrap()
}

#[tokio::test]
async fn what_is_no_envelope_is_refused_and_the_connection_stays() {
    let server = shared().await;
    let admin = server.admin().await;
    let customer = Customer::of(&admin).await;
    let mut client = Plain::connect(&server, admin.token()).await;
    let large = |bytes: usize| json!({"type": "subscribe", "threadId": customer.chat_id, "more": "x".repeat(bytes)});
    for junk in ["", "nonsense", "[]", "null", "{}", "{\"type\":\"message\"}", "{\"type\":\"subscribe\"}", "\u{0}"] {
        client.send(junk);
        assert_eq!(client.refusal().await, "INVALID_DATA", "{junk}");
    }
    client.send_binary(b"{\"type\":\"subscribe\"}".to_vec());
    assert_eq!(client.refusal().await, "INVALID_DATA");
    client.send(&large(64 * 1024).to_string());
    assert_eq!(client.refusal().await, "MESSAGE_TOO_LARGE");
    client.send(&large(60 * 1024).to_string());
    client.next("thread_update").await;
    client.send(&large(1024 * 1024).to_string());
    assert_eq!(client.next("close").await["code"], 1009);
}

#[tokio::test]
async fn h2_more_than_fifty_messages_a_second_are_refused_and_ten_seconds_of_it_end_the_connection() {
    let server = Server::builder().env("RATE_LIMIT", "on").start().await;
    let admin = server.admin().await;
    let customer = Customer::of(&admin).await;
    let mut noisy = Plain::connect(&server, admin.token()).await;
    let mut neighbour = Plain::connect(&server, admin.token()).await;
    let closed = eventually("the flood is ended", || {
        for _ in 0..20 {
            noisy.say("typing", &customer.chat_id, json!({"isTyping": false}));
        }
        std::future::ready(noisy.of("close").pop())
    })
    .await;
    assert_eq!(closed["code"], 1008, "{closed}");
    assert!(noisy.of("error").iter().all(|error| error["payload"]["code"] == "RATE_LIMIT"));
    neighbour.subscribe(&customer.chat_id).await;
}

#[tokio::test]
async fn h3_a_connection_follows_five_hundred_chats_at_most_and_leaves_them_all() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    for _ in 0..501 {
        telegram.deliver(&TelegramChat::new().text("hi")).await;
    }
    let mut ids: Vec<String> = Vec::new();
    let mut path = "/api/chats?limit=200".to_owned();
    loop {
        let page = admin.get(&path).await.ok();
        ids.extend(page["items"].as_array().unwrap().iter().map(|chat| text(&chat["id"])));
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        path = format!("/api/chats?limit=200&cursor={cursor}");
    }
    let mut client = Plain::connect(&server, admin.token()).await;
    for id in &ids[..500] {
        client.subscribe(id).await;
    }
    client.say("subscribe", &ids[500], json!({}));
    assert_eq!(client.refusal().await, "RATE_LIMIT");
    client.subscribe(&ids[0]).await;
    client.say("unsubscribe", &ids[0], json!({}));
    client.subscribe(&ids[500]).await;
    assert_eq!(connections(&server).await, 1);
    drop(client);
    eventually("nothing is left of it", || async { (connections(&server).await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn whoever_may_no_longer_enter_is_closed() {
    let server = shared().await;
    let admin = server.admin().await;
    let (fired, lowered) = (admin.colleague("user").await, admin.colleague("moderator").await);
    let key = admin.post("/api/api-keys", json!({"name": "tests", "role": "user"})).await.created();
    let login = json!({"email": admin.email, "password": admin.password});
    let session = server.anonymous().post("/api/auth/login", login).await.ok();
    let brief = |secs: i64| {
        let claims = json!({"userId": admin.user_id, "organizationId": admin.organization_id,
            "exp": chrono::Utc::now().timestamp() + secs});
        sign_token(&claims, server.env("JWT_SECRET"))
    };
    let tokens = [
        fired.token().to_owned(),
        lowered.token().to_owned(),
        text(&key["key"]),
        text(&session["accessToken"]),
        brief(3),
    ];
    let mut clients = Vec::new();
    for token in &tokens {
        clients.push(Plain::connect(&server, token).await);
    }
    let customer = Customer::of(&admin).await;
    let mut bystander = Plain::connect(&server, admin.token()).await;
    let user = |who: &Operator| format!("/api/users/{}", who.user_id);
    admin.patch(&user(&fired), json!({"active": false})).await.ok();
    admin.patch(&user(&lowered), json!({"role": "user"})).await.ok();
    admin.delete(&format!("/api/api-keys/{}", text(&key["id"]))).await.expect(204);
    let own = crate::support::api::Api::new(&server.base, session["accessToken"].as_str());
    let out = own.post("/api/auth/logout", json!({"refreshToken": session["refreshToken"]})).await;
    assert!(out.status.is_success(), "{} {}", out.status, out.text);
    for (client, who) in clients.iter_mut().zip(["removed", "demoted", "key", "logged out", "expired"]) {
        assert_eq!(client.next("close").await, json!({"code": 1008, "reason": "Invalid token"}), "{who}");
    }
    bystander.subscribe(&customer.chat_id).await;
    assert!(bystander.of("close").is_empty());
}

#[tokio::test]
async fn a_node_that_stops_says_goodbye() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let customer = Customer::of(&admin).await;
    let mut client = Plain::connect(&server, admin.token()).await;
    client.subscribe(&customer.chat_id).await;
    let status = server.terminate().await;
    assert!(status.success(), "{status}");
    assert_eq!(client.next("close").await, json!({"code": 1001, "reason": "Going away"}));
    assert!(!server.log_text().contains("cut off"), "no task was left: {}", server.log_text());
}

/// A client that reads only when it is told to.
struct Slow(tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>);

impl Slow {
    async fn connect(server: &Server, operator: &Operator) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 * 1024).unwrap();
        let address = server.base.trim_start_matches("http://").parse().unwrap();
        let stream = socket.connect(address).await.unwrap();
        let request = request(server, &format!("?token={}", operator.token()));
        Self(tokio_tungstenite::client_async(request, stream).await.unwrap().0)
    }

    async fn subscribe(&mut self, chat_id: &str) {
        let text = json!({"type": "subscribe", "threadId": chat_id}).to_string();
        self.0.send(Message::text(text)).await.unwrap();
        self.next().await.unwrap();
    }

    /// The next envelope, or the code of the close frame; nothing where the line broke.
    async fn next(&mut self) -> Result<Value, Option<u16>> {
        loop {
            match soon("a frame or the end", self.0.next()).await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }
}

/// Numbered messages of one customer, large and many.
struct Flood {
    waba: Waba,
    customer: String,
    written: usize,
}

impl Flood {
    async fn write(&mut self, many: usize) {
        let numbers = self.written..self.written + many;
        self.written += many;
        let content = |n: usize| format!("{n} {}", "\u{6c49}\u{5b57}\u{4fe1}\u{606f}".repeat(700));
        let messages = numbers.map(|n| waba_message(&self.customer, &format!("wamid.{n}"), &content(n)));
        self.waba.deliver(&waba_messages(&self.waba.number, &self.customer, messages.collect())).await;
    }
}

fn number(content: &Value) -> usize {
    text(content).split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn h6_a_reader_that_is_too_slow_is_told_to_come_back_and_misses_nothing() {
    let server = Server::builder().env("LOG_LEVEL", "info,switchboard=debug").start().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let mut flood = Flood { waba, customer: unique().to_string(), written: 0 };
    flood.write(1).await;
    let chat_id = text(&crate::ingest::only_chat(&admin).await["id"]);
    let mut slow = Slow::connect(&server, &admin).await;
    let mut neighbour = Plain::connect(&server, admin.token()).await;
    slow.subscribe(&chat_id).await;
    neighbour.subscribe(&chat_id).await;
    while !server.log_text().contains("reads too slowly") {
        flood.write(100).await;
    }
    // it reads on at once, so that the goodbye still finds its way
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    let code = loop {
        match slow.next().await {
            Ok(envelope) => {
                seen.push(number(&envelope["payload"]["text"]));
                cursor = text(&envelope["payload"]["cursor"]);
            }
            Err(code) => break code,
        }
    };
    assert_eq!(code, Some(1013), "after {} messages", seen.len());
    loop {
        let page = admin.get(&format!("/api/events?after={cursor}&limit=1000")).await.ok();
        assert_ne!(page["gap"], true);
        let events = page["events"].as_array().unwrap();
        let messages = events.iter().filter(|event| event["event"] == "message:new");
        seen.extend(messages.map(|event| number(&event["data"]["content"])));
        cursor = text(&page["cursor"]);
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seen, (1..flood.written).collect::<Vec<_>>(), "each once and in order");
    let last = flood.written - 1;
    neighbour.next_where("message", |message| number(&message["payload"]["text"]) == last).await;
    assert_eq!(neighbour.of("message").len(), last, "a neighbour that reads is told all of it");
}

#[tokio::test]
async fn h6_a_reader_that_stopped_is_let_go_and_holds_nothing_up() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let mut flood = Flood { waba, customer: unique().to_string(), written: 0 };
    flood.write(1).await;
    let chat_id = text(&crate::ingest::only_chat(&admin).await["id"]);
    let mut stuck = Slow::connect(&server, &admin).await;
    stuck.subscribe(&chat_id).await;
    assert_eq!(connections(&server).await, 1);
    flood.write(450).await;
    flood.write(450).await;
    eventually("it is let go", || async { (connections(&server).await == 0).then_some(()) }).await;
    let mut again = Slow::connect(&server, &admin).await;
    again.subscribe(&chat_id).await;
    flood.write(450).await;
    flood.write(450).await;
    let status = server.terminate().await;
    assert!(status.success(), "{status}");
    assert!(!server.log_text().contains("cut off"), "no task was left: {}", server.log_text());
    drop((stuck, again));
}
