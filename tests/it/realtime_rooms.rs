//! What a client may say on `/`: rooms, typing, reads; and what it is answered when it says too much or nonsense.

use serde_json::{Value, json};

use crate::ingest::only_chat;
use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::socket::{Client, MARK, RawClient};
use crate::support::wait::eventually;
use crate::support::{Operator, Server, shared, text};

async fn chat_of(admin: &Operator) -> String {
    Telegram::create(admin).await.deliver(&TelegramChat::new().text("hi")).await;
    text(&only_chat(admin).await["id"])
}

#[tokio::test]
async fn subscribing_joins_the_chat_and_says_who_is_there() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat_id = chat_of(&admin).await;
    let mut client = Client::js(&server, &admin).await;
    let ack = client.emit("subscribe:chat", json!({"chatId": chat_id})).await;
    assert_eq!(ack["ok"], true, "{ack}");
    assert_eq!(client.next("me:joined:chat").await["chatId"], chat_id.as_str());
    let left = client.emit("unsubscribe:chat", json!({"chatId": chat_id})).await;
    assert_eq!(left["ok"], true, "{left}");
    assert_eq!(client.next("me:left:chat").await["chatId"], chat_id.as_str());
}

#[tokio::test]
async fn typing_reaches_the_others_in_the_chat_and_not_the_typist() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let chat_id = chat_of(&admin).await;
    let mut typist = Client::js(&server, &admin).await;
    let mut reader = Client::js(&server, &colleague).await;
    let mut outsider = Client::js(&server, &colleague).await;
    for client in [&mut typist, &mut reader] {
        assert_eq!(client.emit("subscribe:chat", json!({"chatId": chat_id})).await["ok"], true);
    }
    assert_eq!(typist.emit("typing:start", json!({"chatId": chat_id})).await["ok"], true);
    let typing = reader.next("typing:start").await;
    assert_eq!((&typing["chatId"], &typing["userId"]), (&json!(chat_id), &json!(admin.user_id)));
    assert!(typing["name"].is_string());
    assert_eq!(typist.emit("typing:stop", json!({"chatId": chat_id})).await["ok"], true);
    assert_eq!(reader.next("typing:stop").await["userId"], admin.user_id.as_str());

    assert_eq!(typist.emit("typing:start", json!({"chatId": chat_id})).await["ok"], true);
    reader.next("typing:stop").await;
    let mark = admin.mark().await;
    for client in [&mut typist, &mut outsider] {
        client.up_to(&mark).await;
        assert!(client.of("typing:start").is_empty(), "neither the typist nor who is not in the chat");
    }
}

#[tokio::test]
async fn reading_over_the_socket_is_reading() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat_id = chat_of(&admin).await;
    let mut client = Client::js(&server, &admin).await;
    assert_eq!(client.emit("messages:read", json!({"chatId": chat_id})).await["ok"], true);
    assert_eq!(client.next("messages:read").await["readByUserId"], admin.user_id.as_str());
    assert_eq!(admin.chat(&chat_id).await["unreadCount"], 0);
}

#[tokio::test]
async fn b3_a_foreign_chat_cannot_be_named_and_its_traffic_is_not_seen() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    telegram.deliver(&customer.text("hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let mut spy = Client::js(&server, &stranger).await;
    let mut owner = Client::js(&server, &admin).await;
    owner.emit("subscribe:chat", json!({"chatId": chat_id})).await;
    spy.clear();
    let mut answers = Vec::new();
    for event in ["subscribe:chat", "subscribe:chat:delta", "typing:start", "typing:stop", "messages:read"] {
        for id in [chat_id.clone(), uuid::Uuid::now_v7().to_string()] {
            let mut ack = spy.emit(event, json!({"chatId": id})).await;
            assert_eq!((&ack["ok"], &ack["error"]["code"]), (&json!(false), &json!("CHAT_NOT_FOUND")), "{event} {ack}");
            answers.push(ack.take());
            let error = spy.next("chat:error").await;
            assert_eq!((&error["chatId"], &error["code"]), (&json!(id), &json!("CHAT_NOT_FOUND")));
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "foreign and unknown ids are answered alike");

    telegram.deliver(&customer.text("secret")).await;
    owner.emit("typing:start", json!({"chatId": chat_id})).await;
    owner.next_where("message:new", |message| message["content"] == "secret").await;
    admin.send(&chat_id, "also secret").await;
    owner.next_where("message:new", |message| message["content"] == "also secret").await;
    let mark = stranger.mark().await;
    spy.up_to(&mark).await;
    let seen: Vec<String> = spy.names().into_iter().filter(|name| name != "chat:error" && name != MARK).collect();
    assert!(seen.is_empty(), "the stranger saw {seen:?}");
    assert!(owner.of("typing:start").is_empty(), "no typing of a stranger");
    assert_eq!(admin.chat(&chat_id).await["unreadCount"], 0, "read by the answer");
}

#[tokio::test]
async fn b3_no_event_lets_a_client_name_a_room() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let mut spy = RawClient::operator(&server, &stranger).await;
    let room = format!("org_{}", admin.organization_id);
    for event in ["join", "room", "subscribe", "join:room", "subscribe:org"] {
        spy.emit_blindly(event, &json!({"room": room, "organizationId": admin.organization_id, "chatId": room}));
    }
    let ack = spy.emit("subscribe:chat", json!({"chatId": room})).await;
    assert_eq!(ack["error"]["code"], "CHAT_NOT_FOUND", "{ack}");
    let secret = admin.mark().await;
    let mark = stranger.mark().await;
    spy.up_to(&mark).await;
    assert!(spy.of(MARK).iter().all(|event| event["profile"]["username"] != secret));
}

#[tokio::test]
async fn h4_a_client_cannot_speak_as_the_server_or_as_somebody_else() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let chat_id = chat_of(&admin).await;
    let mut liar = RawClient::operator(&server, &colleague).await;
    let mut witness = RawClient::operator(&server, &admin).await;
    witness.emit("subscribe:chat", json!({"chatId": chat_id})).await;
    witness.clear();
    for event in ["message:new", "chat:deleted", "connected", "sync:required", "chat:updated", "user:notification"] {
        liar.emit_blindly(event, &json!({"chatId": chat_id, "id": chat_id, "content": "forged"}));
    }
    liar.emit("typing:start", json!({"chatId": chat_id, "userId": admin.user_id, "name": "Admin"})).await;
    let typing = witness.next("typing:start").await;
    assert_eq!(typing["userId"], colleague.user_id.as_str(), "identity comes from the session");
    liar.emit("messages:read", json!({"chatId": chat_id, "userId": admin.user_id, "readByUserId": admin.user_id}))
        .await;
    assert_eq!(witness.next("messages:read").await["readByUserId"], colleague.user_id.as_str());
    let mark = admin.mark().await;
    witness.up_to(&mark).await;
    assert!(!witness.all().iter().any(|event| event.payload.to_string().contains("forged")));
}

#[tokio::test]
async fn malformed_payloads_are_answered_as_such() {
    let server = shared().await;
    let admin = server.admin().await;
    let mut client = Client::js(&server, &admin).await;
    let odd =
        [Value::Null, json!([]), json!("text"), json!(5), json!({}), json!({"chatId": 5}), json!({"chatId": null})];
    for event in ["subscribe:chat", "unsubscribe:chat", "typing:start", "messages:read", "resync", "auth:refresh"] {
        for payload in &odd {
            let ack = client.emit(event, payload.clone()).await;
            assert_eq!(ack["ok"], false, "{event} {payload} was answered {ack}");
            let code = text(&ack["error"]["code"]);
            let expected = if event == "auth:refresh" { ["INVALID_DATA", "UNAUTHORIZED"] } else { ["INVALID_DATA"; 2] };
            assert!(expected.contains(&code.as_str()), "{event} {payload} was answered {ack}");
            assert!(ack["error"]["message"].is_string());
        }
    }
    let nothing = client.emit_later("subscribe:chat", json!([])).await.await.unwrap();
    assert_eq!(nothing["error"]["code"], "INVALID_DATA", "no argument at all");
}

#[tokio::test]
async fn a_payload_over_64_kib_is_refused_and_the_socket_stays() {
    let server = shared().await;
    let admin = server.admin().await;
    let mut client = Client::js(&server, &admin).await;
    let big = json!({"chatId": uuid::Uuid::now_v7(), "padding": "x".repeat(70_000)});
    let ack = client.emit("typing:start", big).await;
    assert_eq!((&ack["ok"], &ack["error"]["code"]), (&json!(false), &json!("MESSAGE_TOO_LARGE")), "{ack}");
    let mark = admin.mark().await;
    client.up_to(&mark).await;
}

#[tokio::test]
async fn h2_more_than_fifty_events_a_second_are_refused_and_a_neighbour_is_not() {
    let server = Server::builder().env("RATE_LIMIT", "on").start().await;
    let admin = server.admin().await;
    let chat_id = chat_of(&admin).await;
    let mut noisy = RawClient::operator(&server, &admin).await;
    let mut neighbour = RawClient::operator(&server, &admin).await;
    let acks: Vec<_> = (0..200).map(|_| noisy.emit_later("typing:start", &json!({"chatId": chat_id}))).collect();
    let calm = neighbour.emit("typing:stop", json!({"chatId": chat_id})).await;
    assert_eq!(calm["ok"], true, "{calm}");
    let mut refused = 0;
    for ack in acks {
        let ack = ack.await.expect("the socket stays open");
        if ack["ok"] != true {
            assert_eq!(ack["error"]["code"], "RATE_LIMIT");
            refused += 1;
        }
    }
    assert!(refused > 0, "two hundred at once are too many");
}

#[tokio::test]
async fn h5_broken_frames_close_that_socket_at_most() {
    let server = shared().await;
    let admin = server.admin().await;
    let mut witness = RawClient::operator(&server, &admin).await;
    let frames = [
        "42",
        "42[",
        "42{}",
        "42[]",
        "42[1]",
        "42[null,null]",
        "42[\"\"]",
        "42[\"__proto__\",{}]",
        "4299999999999999999999[\"x\"]",
        "45",
        "451-[\"x\",{\"_placeholder\":true,\"num\":9}]",
        "451000000-[\"x\"]",
        "40/nowhere,",
        "40{\"token\":",
        "41",
        "43[]",
        "430[]",
        "4",
        "9",
        "",
        "\u{0}",
        "42[\"subscribe:chat\",{\"chatId\":{\"_placeholder\":true,\"num\":0}}]",
        "44{}",
        "4a",
    ];
    for frame in frames {
        let client = RawClient::operator(&server, &admin).await;
        client.send(frame);
        client.send_binary(vec![0xff; 100]);
        client.send("3probe");
    }
    let mark = admin.mark().await;
    witness.up_to(&mark).await;
    RawClient::operator(&server, &admin).await;
    assert!(!server.log_text().contains("panicked"), "no panic");
}

#[tokio::test]
async fn what_a_socket_joined_is_left_when_it_closes() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let rooms = async || {
        let figures = server.anonymous().get("/metrics").await.expect(200).text;
        let line = figures.lines().find(|line| line.starts_with("websocket_rooms ")).map(str::to_owned);
        line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
    };
    let chat_id = chat_of(&admin).await;
    let mut client = RawClient::operator(&server, &admin).await;
    client.emit("subscribe:chat", json!({"chatId": chat_id})).await;
    assert_eq!(rooms().await, Some(3.0), "the organization's, the user's and the chat's");
    drop(client);
    eventually("no room is left", || async { (rooms().await == Some(0.0)).then_some(()) }).await;
}
