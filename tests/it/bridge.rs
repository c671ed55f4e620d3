//! WhatsApp over a bridge: what goes to it besides messages, what it hands over, and other products in its place.

use serde_json::{Value, json};
use sqlx::Row;
use stub::bridge_api::Asked;

use crate::ingest::only_chat;
use crate::send::until;
use crate::support::api::http;
use crate::support::bodies::{bridge_event, bridge_text, now, unique};
use crate::support::channel::{Bridge, received};
use crate::support::fake::{BRIDGE_SECRET, fakes};
use crate::support::wait::eventually;
use crate::support::{Answer, Operator, check, shared, text};

fn person() -> String {
    format!("{}@s.whatsapp.net", unique())
}

async fn asked(below: &str) -> Asked {
    eventually(&format!("{below} is asked"), || async { fakes().bridge.asked(below).pop() }).await
}

async fn chat_of(admin: &Operator) -> String {
    text(&only_chat(admin).await["id"])
}

#[tokio::test]
async fn edits_deletions_reactions_and_receipts_go_to_the_session() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let customer = person();
    bridge.deliver(&bridge_text(&customer, "A1", "hi")).await;
    let chat = chat_of(&admin).await;
    let theirs = text(&admin.messages(&chat).await[0]["id"]);
    let sent = admin.send(&chat, "helo").await;
    let ours = until(&admin, &chat, &text(&sent["id"]), "sent").await;
    let (id, outside) = (text(&ours["id"]), text(&ours["externalId"]));
    let below = |rest: &str| format!("/sessions/{}/{rest}", bridge.id);

    admin.patch(&format!("/api/messages/{id}"), json!({"content": "hello"})).await.ok();
    let edit = asked(&below(&format!("messages/{outside}/edit"))).await;
    assert_eq!(edit.body, json!({"chatId": customer, "fromMe": true, "text": "hello"}));
    assert_eq!(edit.key, Some(format!("Bearer {BRIDGE_SECRET}")));

    admin.put(&format!("/api/messages/{theirs}/reaction"), json!({"emoji": "👍"})).await.ok();
    let reaction = asked(&below("messages/A1/reaction")).await;
    assert!(reaction.call.starts_with("PUT "));
    assert_eq!(reaction.body, json!({"chatId": customer, "fromMe": false, "emoji": "👍"}));

    admin.delete(&format!("/api/messages/{id}")).await.expect(204);
    assert!(asked(&format!("DELETE {}", below(&format!("messages/{outside}")))).await.body["fromMe"] == true);

    bridge.deliver(&bridge_text(&customer, "A2", "thanks")).await;
    admin.post(&format!("/api/chats/{chat}/read"), json!({})).await.ok();
    eventually("the receipt is sent", || async {
        fakes().bridge.reads().into_iter().find(|read| read["chatId"] == customer && read["messageId"] == "A2")
    })
    .await;
}

#[tokio::test]
async fn a_group_has_its_title_its_senders_and_marks() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let group = format!("{}-1@g.us", unique());
    let (ada, forwarded) = (person(), json!({"often": true}));
    let data = json!({"id": "G1", "chatId": group, "participant": ada, "pushName": "Ada", "isGroup": true,
        "title": "Neighbours", "type": "text", "text": "hi", "forwarded": true, "forwardedOften": true, "albumId": "P1"});
    bridge.deliver(&bridge_event("message", data)).await;
    let chat = only_chat(&admin).await;
    assert_eq!((&chat["title"], &chat["isGroup"]), (&json!("Neighbours"), &json!(true)));
    let message = &admin.messages(&text(&chat["id"])).await[0];
    assert_eq!(message["senderName"], "Ada");
    assert_eq!((&message["metadata"]["forwarded"], &message["metadata"]["albumId"]), (&forwarded, &json!("P1")));
}

#[tokio::test]
async fn history_is_stored_and_raises_nothing() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let customer = person();
    let data = json!({"id": "H1", "chatId": customer, "type": "text", "text": "long ago", "history": true,
        "timestamp": now() - 90_000});
    bridge.deliver(&bridge_event("message", data)).await;
    let chat = only_chat(&admin).await;
    assert_eq!(chat["unreadCount"], 0);
    assert_eq!(admin.messages(&text(&chat["id"])).await[0]["content"], "long ago");
}

#[tokio::test]
async fn a_dead_connection_is_shown_with_its_cause() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let cause = "Connected but dead: WhatsApp no longer answers. A new connection is tried.";
    bridge.deliver(&bridge_event("connection", json!({"status": "disconnected", "error": cause}))).await;
    let channel = admin.get(&format!("/api/channels/{}", bridge.id)).await.ok();
    assert_eq!((&channel["status"], &channel["lastError"]), (&json!("disconnected"), &json!(cause)));
    bridge.deliver(&bridge_event("connection", json!({"status": "connected"}))).await;
    let channel = admin.get(&format!("/api/channels/{}", bridge.id)).await.ok();
    assert_eq!((&channel["status"], &channel["lastError"]), (&json!("connected"), &Value::Null));
}

#[tokio::test]
async fn a_file_that_the_bridge_keeps_is_fetched_with_the_secret() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let url = fakes().bridge.keep(&bridge.id, "0123", b"%PDF-1.4\nkept at the bridge\n%%EOF\n");
    let media = json!({"url": url, "mimeType": "application/pdf", "fileName": "offer.pdf"});
    let data = json!({"id": "F1", "chatId": person(), "type": "document", "media": media, "timestamp": now()});
    bridge.deliver(&bridge_event("message", data)).await;
    let chat = chat_of(&admin).await;
    let file = eventually("the file is there", || async {
        let file = admin.messages(&chat).await[0]["attachments"][0].clone();
        (file["status"] != "pending").then_some(file)
    })
    .await;
    assert_eq!((&file["status"], &file["fileName"]), (&json!("ready"), &json!("offer.pdf")), "{file}");
}

const KEY: &str = "B6D711FCDE4D4FD5936544120E713976";

/// All raw bodies and dead letters of the installation that hold this text.
async fn kept_with(pool: &sqlx::PgPool, words: &str) -> i64 {
    let sql = "select (select count(*) from updates where position(convert_to($1, 'UTF8') in body) > 0)
        + (select count(*) from dead_letters where position(convert_to($1, 'UTF8') in body) > 0)";
    sqlx::query(sql).bind(words).fetch_one(pool).await.unwrap().get(0)
}

#[tokio::test]
async fn evolution_stands_in_for_the_bridge_and_its_key_is_not_kept() {
    let server = shared().await;
    let admin = server.admin().await;
    let channel = Bridge::of_product(&admin, "evolution", KEY).await;
    let (customer, marker) = (person(), format!("marker-{}", unique()));
    let body = |id: &str, key: &str| {
        json!({"event": "messages.upsert", "instance": channel.id, "apikey": key, "data": {
            "key": {"remoteJid": customer, "fromMe": false, "id": id}, "pushName": "Ada",
            "message": {"conversation": marker}, "messageTimestamp": now()}})
        .to_string()
    };
    let deliver = async |body: String| Answer::of(http().post(channel.url()).body(body)).await;
    deliver(body("A1", "wrong")).await.refused(401, "UNAUTHORIZED");
    received(&deliver(body("A1", KEY)).await);
    received(&deliver(body("A1", KEY)).await);
    let strange = json!({"event": "strange.event", "instance": "x", "apikey": KEY, "data": {"x": marker}}).to_string();
    received(&deliver(strange).await);
    let chat = chat_of(&admin).await;
    assert_eq!(admin.messages(&chat).await.len(), 1, "once");
    let pool = server.pool().await;
    assert!(kept_with(&pool, &marker).await > 0);
    assert_eq!(kept_with(&pool, KEY).await, 0);

    let sent = admin.send(&chat, "hello").await;
    let sent = until(&admin, &chat, &text(&sent["id"]), "sent").await;
    let call = asked(&format!("/message/sendText/{}", channel.id)).await;
    assert_eq!((call.key.as_deref(), &call.body["text"]), (Some(KEY), &json!("hello")));
    let read = json!({"event": "MESSAGES_UPDATE", "instance": channel.id, "apikey": KEY, "data": {
        "keyId": sent["externalId"], "remoteJid": customer, "fromMe": true, "status": "READ"}});
    received(&deliver(read.to_string()).await);
    until(&admin, &chat, &text(&sent["id"]), "read").await;
    check::assert_sound(&pool, &admin.organization_id).await;
}

#[tokio::test]
async fn waha_stands_in_for_the_bridge() {
    use hmac::{Hmac, Mac};
    let server = shared().await;
    let admin = server.admin().await;
    let channel = Bridge::of_product(&admin, "waha", KEY).await;
    let number = unique();
    let deliver = async |body: Value, key: &str| {
        let body = body.to_string();
        let mut mac = Hmac::<sha2::Sha512>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let seal = hex::encode(mac.finalize().into_bytes());
        Answer::of(http().post(channel.url()).header("x-webhook-hmac", seal).body(body)).await
    };
    let hello = json!({"event": "message", "session": "default", "payload": {
        "id": format!("false_{number}@c.us_AAA"), "timestamp": now(), "from": format!("{number}@c.us"),
        "fromMe": false, "body": "hello", "hasMedia": false}});
    deliver(hello.clone(), "another key").await.refused(401, "UNAUTHORIZED");
    received(&deliver(hello, KEY).await);
    let chat = chat_of(&admin).await;
    let sent = admin.send(&chat, "welcome").await;
    let sent = until(&admin, &chat, &text(&sent["id"]), "sent").await;
    let call = eventually("the message is sent", || async {
        fakes().bridge.asked("/api/sendText").into_iter().find(|call| call.body["session"] == channel.id)
    })
    .await;
    assert_eq!(call.body["chatId"], format!("{number}@c.us"));
    let ack = json!({"event": "message.ack", "session": "default", "payload": {
        "id": format!("true_{number}@c.us_{}", text(&sent["externalId"])), "fromMe": true, "ack": 2, "ackName": "DEVICE"}});
    received(&deliver(ack, KEY).await);
    until(&admin, &chat, &text(&sent["id"]), "delivered").await;
}
