//! What an operator's socket is told on `/`: each event, its payload, its order, on every client that people use.

use serde_json::{Value, json};

use crate::ingest::only_chat;
use crate::support::bodies::{TelegramChat, bridge_event, now, unique, waba_status, waba_text};
use crate::support::channel::{Bridge, Telegram, Waba};
use crate::support::socket::{Client, Connect, Language, MARK, RawClient};
use crate::support::{Operator, Server, check, shared, text};

/// Publishes an event of its own and returns what was told before it.
async fn told_before_marker(client: &mut Client, admin: &Operator) -> Vec<String> {
    let mark = admin.mark().await;
    client.up_to(&mark).await;
    let names = client.names();
    names.into_iter().filter(|name| !matches!(name.as_str(), "connect" | "connected" | "sync:required")).collect()
}

async fn a_new_customer_is_told(language: Language, connect: impl FnOnce(&Server, &Operator) -> Connect) {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let mut client = Client::synced(language, &connect(&server, &admin)).await;
    client.clear();
    let customer = TelegramChat::new();
    telegram.deliver(&customer.text("first")).await;
    telegram.deliver(&customer.text("second")).await;

    let chat = client.next("chat:new").await;
    let first = client.next("message:new").await;
    let second = client.next("message:new").await;
    let stored = only_chat(&admin).await;
    for field in ["id", "organizationId", "channelId", "externalId", "title", "contact", "createdAt"] {
        assert_eq!(chat[field], stored[field], "{field} of chat:new");
    }
    assert_eq!((&first["content"], &second["content"]), (&json!("first"), &json!("second")));
    assert_eq!((&first["chatId"], &first["type"], &first["fromMe"]), (&stored["id"], &json!("text"), &json!(false)));
    assert_eq!((&first["chat"]["unreadCount"], &second["chat"]["unreadCount"]), (&json!(1), &json!(2)));
    assert_eq!(second["chat"]["status"], "open");
    assert_eq!(second["chat"]["windowExpiresAt"], Value::Null);
    assert!(second["chat"]["lastMessageAt"].is_string());
    let messages = admin.messages(&text(&stored["id"])).await;
    for field in ["id", "content", "metadata", "createdAt", "providerAt", "senderName", "status"] {
        assert_eq!(first[field], messages[1][field], "{field} of message:new");
    }
    for event in [&chat, &first, &second] {
        assert!(event["eventId"].is_string() && event["cursor"].is_string(), "{event}");
    }
    assert_ne!(first["cursor"], second["cursor"]);
    let names = told_before_marker(&mut client, &admin).await;
    let expected = ["chat:new", "message:new", "message:new", MARK];
    let facts: Vec<&String> = names.iter().filter(|name| *name != "channel:updated").collect();
    assert_eq!(facts, expected, "nothing else, and no chat:updated where nothing of the chat changed");
}

#[tokio::test]
async fn a_new_customer_is_told_to_a_javascript_client() {
    a_new_customer_is_told(Language::JavaScript, Connect::operator).await;
}

#[tokio::test]
async fn a_new_customer_is_told_to_a_python_client() {
    a_new_customer_is_told(Language::Python, Connect::operator).await;
}

#[tokio::test]
async fn a_new_customer_is_told_to_a_javascript_client_that_polls() {
    a_new_customer_is_told(Language::JavaScript, |server, admin| Connect::operator(server, admin).polling()).await;
}

#[tokio::test]
async fn a_new_customer_is_told_to_a_python_client_that_polls() {
    a_new_customer_is_told(Language::Python, |server, admin| Connect::operator(server, admin).polling()).await;
}

#[tokio::test]
async fn a_client_may_start_by_polling_and_upgrade() {
    a_new_customer_is_told(Language::JavaScript, |server, admin| {
        Connect::operator(server, admin).set("transports", json!(["polling", "websocket"]))
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_also_watches_the_chat_is_told_once() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    telegram.deliver(&customer.text("first")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    admin.patch(&format!("/api/chats/{chat_id}"), json!({"assignedUserId": admin.user_id})).await.ok();
    let mut client = Client::js(&server, &admin).await;
    assert_eq!(client.emit("subscribe:chat", json!({"chatId": chat_id})).await["ok"], true);
    client.clear();
    telegram.deliver(&customer.text("second")).await;
    told_before_marker(&mut client, &admin).await;
    assert_eq!(client.of("message:new").len(), 1, "in three of its rooms, told once");
}

#[tokio::test]
async fn an_answer_is_told_as_queued_and_then_as_the_network_reports_it() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let customer = unique().to_string();
    waba.deliver(&waba_text(&waba.number, &customer, "wamid.IN", "hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let mut client = Client::js(&server, &admin).await;
    client.clear();
    let answer = admin.send(&chat_id, "good morning").await;

    let read = client.next("messages:read").await;
    assert_eq!((&read["chatId"], &read["readByUserId"]), (&json!(chat_id), &json!(admin.user_id)));
    client.clear();
    let status = client.next_where("message:status", |status| status["messageId"] == answer["id"]).await;
    assert_eq!((&status["chatId"], &status["status"]), (&json!(chat_id), &json!("sent")));
    assert!(status["timestamp"].is_string());
    let external_id = text(&admin.message(&chat_id, &text(&answer["id"])).await["externalId"]);
    waba.deliver(&waba_status(&waba.number, &customer, &external_id, "read")).await;
    let status = client.next("message:status").await;
    assert_eq!((&status["messageId"], &status["status"]), (&answer["id"], &json!("read")));
}

#[tokio::test]
async fn an_answer_is_one_message_new_and_one_messages_read_and_a_note_is_no_read() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    telegram.deliver(&TelegramChat::new().text("hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let mut client = Client::js(&server, &admin).await;
    client.clear();
    let note = json!({"chatId": chat_id, "content": "careful", "private": true});
    admin.post("/api/messages/send", note).await.created();
    told_before_marker(&mut client, &admin).await;
    assert_eq!((client.of("message:new").len(), client.of("messages:read").len()), (1, 0));
    assert_eq!(client.of("message:new")[0]["private"], true);
    client.clear();
    let answer = admin.send(&chat_id, "hello").await;
    told_before_marker(&mut client, &admin).await;
    assert_eq!((client.of("message:new").len(), client.of("messages:read").len()), (1, 1));
    let new = client.of("message:new").remove(0);
    assert_eq!((&new["id"], &new["fromMe"]), (&answer["id"], &json!(true)));
    assert_eq!((&new["senderUserId"], &new["status"]), (&json!(admin.user_id), &json!("queued")));
    assert_eq!(new["chat"]["unreadCount"], 0);
}

#[tokio::test]
async fn changes_of_a_chat_are_told_with_the_whole_chat() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    telegram.deliver(&customer.text("hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let mut client = Client::js(&server, &admin).await;
    client.clear();
    let patch = json!({"status": "resolved", "priority": "high", "labels": ["billing"]});
    admin.patch(&format!("/api/chats/{chat_id}"), patch).await.ok();
    let updated = client.next("chat:updated").await;
    assert_eq!((&updated["status"], &updated["priority"]), (&json!("resolved"), &json!("high")));
    assert_eq!((&updated["labels"], &updated["id"]), (&json!(["billing"]), &json!(chat_id)));

    telegram.deliver(&customer.text("one more thing")).await;
    let reopened = client.next("chat:updated").await;
    assert_eq!(reopened["status"], "open", "a resolved chat reopens when its customer writes");
    let names = told_before_marker(&mut client, &admin).await;
    let order: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != "channel:updated").collect();
    assert_eq!(order, ["chat:updated", "message:new", "chat:updated", MARK]);

    admin.post(&format!("/api/chats/{chat_id}/read"), json!({})).await.ok();
    let read = client.next("messages:read").await;
    let newest = admin.messages(&chat_id).await.remove(0);
    assert_eq!(read["lastReadMessageId"], newest["id"]);
    assert!(read["readAt"].is_string());

    admin.delete(&format!("/api/chats/{chat_id}")).await.expect(204);
    assert_eq!(client.next("chat:deleted").await["chatId"], chat_id.as_str());
}

#[tokio::test]
async fn edits_reactions_and_deletions_are_told_as_updates_of_the_message() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let customer = format!("{}@s.whatsapp.net", unique());
    let mut client = Client::js(&server, &admin).await;
    let tell = async |event: &str, mut data: Value| {
        data["chatId"] = json!(customer);
        data["from"] = json!(customer);
        data["timestamp"] = json!(now());
        bridge.deliver(&bridge_event(event, data)).await;
    };
    tell("message", json!({"id": "M1", "type": "text", "text": "Helo", "pushName": "Linus"})).await;
    let id = client.next("message:new").await["id"].clone();
    tell("message.edit", json!({"id": "M1", "type": "text", "text": "Hello"})).await;
    let edited = client.next("message:updated").await;
    assert_eq!((&edited["id"], &edited["content"]), (&id, &json!("Hello")));
    let reaction = json!({"id": "R1", "type": "reaction", "reaction": {"messageId": "M1", "emoji": "👍"}});
    tell("message", reaction).await;
    let reacted = client.next("message:updated").await;
    assert_eq!(reacted["reactions"][0]["emoji"], "👍", "{reacted}");
    tell("message.delete", json!({"id": "M1"})).await;
    let deleted = client.next("message:updated").await;
    assert!(deleted["deletedAt"].is_string());
    assert_eq!(client.of("message:new").len(), 1, "none of these is a message");
}

#[tokio::test]
async fn a_channel_s_state_is_told_with_the_code_to_scan() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let mut client = Client::js(&server, &admin).await;
    bridge.deliver(&bridge_event("connection", json!({"status": "qr", "qr": "2@scan-me"}))).await;
    let channel = client.next_where("channel:updated", |channel| channel["qr"] == "2@scan-me").await;
    assert_eq!((&channel["id"], &channel["status"]), (&json!(bridge.id), &json!("qr")));
    assert!(channel["credentials"].is_null());
    // nobody scanned it: the phone's page has to show the next one
    bridge.deliver(&bridge_event("connection", json!({"status": "qr", "qr": "2@scan-me-too"}))).await;
    client.next_where("channel:updated", |channel| channel["qr"] == "2@scan-me-too").await;
    bridge.deliver(&bridge_event("connection", json!({"status": "connected", "phone": "+15550100000"}))).await;
    client.next_where("channel:updated", |channel| channel["status"] == "connected").await;
    let journal = check::journal(&admin).await;
    assert!(journal.iter().any(|event| event["event"] == "channel:updated"));
    assert!(!journal.iter().any(|event| event["data"].to_string().contains("2@scan-me")), "the code is not journalled");
}

#[tokio::test]
async fn what_another_program_publishes_reaches_the_rooms_that_it_names() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let mut mine = RawClient::operator(&server, &admin).await;
    let mut theirs = RawClient::operator(&server, &colleague).await;
    let key = admin.api_key("admin").await;
    let room = format!("user:{}", colleague.user_id);
    let body = json!({"room": room, "event": "post:liked", "data": {"postId": "p1"}});
    assert!(key.post("/api/events", body).await.status.is_success());
    admin.publish("org", "post:commented", json!({"postId": "p2"})).await;
    assert_eq!(theirs.next("post:liked").await["postId"], "p1");
    theirs.next("post:commented").await;
    mine.next("post:commented").await;
    assert!(mine.of("post:liked").is_empty(), "it was for the colleague alone");
}

#[tokio::test]
async fn all_sockets_see_all_events_in_the_journal_s_order() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let mut here = RawClient::operator(&server, &admin).await;
    let mut there = RawClient::operator(&twin, &admin.at(&twin)).await;
    let customers: Vec<TelegramChat> = (0..10).map(|_| TelegramChat::new()).collect();
    let elsewhere = telegram.at(&twin);
    let updates: Vec<_> = (0..200).map(|n| customers[n % 10].text(&format!("{n}"))).collect();
    let deliveries = updates.iter().enumerate().map(|(n, update)| {
        let node = if n % 2 == 0 { &telegram } else { &elsewhere };
        node.deliver(update)
    });
    futures::future::join_all(deliveries).await;
    let mark = admin.mark().await;
    let journal: Vec<String> = check::journal(&admin).await.iter().map(|event| text(&event["eventId"])).collect();
    for client in [&mut here, &mut there] {
        client.up_to(&mark).await;
        let seen: Vec<String> =
            client.all().iter().filter_map(|event| Some(event.payload["eventId"].as_str()?.to_owned())).collect();
        let first = journal.iter().position(|id| *id == seen[0]).expect("what is told is in the journal");
        assert_eq!(seen, journal[first..first + seen.len()], "in order, none skipped, none doubled");
        assert_eq!(client.of("message:new").len(), 200);
    }
}
