//! What operators write goes out: in order, one at a time in a chat, tried again where that is safe, and never twice.

use serde_json::{Value, json};
use stub::{Fault, graph_api, telegram_api};
use tokio::sync::Notify;

use std::sync::Arc;

use crate::ingest::only_chat;
use crate::support::bodies::{TelegramChat, bridge_text, unique, waba_text};
use crate::support::channel::{ApiChannel, Bridge, Telegram, Waba};
use crate::support::fake::fakes;
use crate::support::wait::eventually;
use crate::support::{Operator, Server, check, shared, text};

/// A Telegram chat whose customer has written.
pub struct Chat {
    pub telegram: Telegram,
    pub customer: TelegramChat,
    pub id: String,
}

impl Chat {
    pub async fn open(admin: &Operator) -> Self {
        let telegram = Telegram::create(admin).await;
        Self::open_on(admin, telegram).await
    }

    /// Another customer of the same bot.
    pub async fn open_on(admin: &Operator, telegram: Telegram) -> Self {
        let customer = TelegramChat::new();
        telegram.deliver(&customer.text("hi")).await;
        let chats = admin.get("/api/chats").await.items();
        let chat = chats.iter().find(|chat| text(&chat["externalId"]) == customer.id.to_string()).unwrap();
        Self { telegram, id: text(&chat["id"]), customer }
    }

    /// Texts that the bot was asked to send, in order.
    pub fn sent_texts(&self) -> Vec<String> {
        let sends = fakes().telegram.sends(&self.telegram.token);
        let mine = sends.iter().filter(|call| call.chat == self.customer.id.to_string());
        mine.map(|call| text(&call.body["text"])).collect()
    }

    /// The next sends to this chat fail so, one each.
    pub fn fail(&self, fault: Fault) {
        fakes().telegram.fail(&self.customer.id.to_string(), [fault]);
    }

    /// The next send is answered once the gate is opened by `notify_one`.
    pub fn hold(&self) -> Arc<Notify> {
        let gate = Arc::new(Notify::new());
        self.fail(Fault::Held(Arc::clone(&gate)));
        gate
    }
}

pub async fn until(admin: &Operator, chat_id: &str, message_id: &str, status: &str) -> Value {
    eventually(&format!("the message is {status}"), || async {
        let message = admin.message(chat_id, message_id).await;
        (message["status"] == status).then_some(message)
    })
    .await
}

#[tokio::test]
async fn an_answer_goes_out_as_it_was_written() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let odd = "1*2 _half [open `code {{1}} %s ${x} <b>&amp; 👩‍👩‍👧‍👦 \u{202e}rtl";
    let message = admin.send(&chat.id, odd).await;
    assert_eq!((&message["status"], &message["content"]), (&json!("queued"), &json!(odd)));
    assert_eq!((&message["fromMe"], &message["senderUserId"]), (&json!(true), &json!(admin.user_id)));
    let sent = until(&admin, &chat.id, &text(&message["id"]), "sent").await;
    assert!(sent["externalId"].is_string() && sent["sentAt"].is_string(), "{sent}");
    let call = chat.telegram.sends(1).await.remove(0);
    assert_eq!((call.chat, &call.body["text"]), (chat.customer.id.to_string(), &json!(odd)));
    assert_eq!(call.body["parse_mode"], Value::Null, "sent literally");
    assert_eq!(admin.chat(&chat.id).await["unreadCount"], 0, "answering is reading");
}

#[tokio::test]
async fn a_chat_s_messages_go_out_in_order_one_at_a_time_and_others_do_not_wait() {
    let server = shared().await;
    let admin = server.admin().await;
    let slow = Chat::open(&admin).await;
    let gate = slow.hold();
    let expected: Vec<String> = (0..8).map(|n| n.to_string()).collect();
    let mut ids = Vec::new();
    for content in &expected {
        ids.push(text(&admin.send(&slow.id, content).await["id"]));
    }
    slow.telegram.sends(1).await;
    let quick = Chat::open(&admin).await;
    let other = text(&admin.send(&quick.id, "I do not wait").await["id"]);
    until(&admin, &quick.id, &other, "sent").await;
    assert_eq!(slow.sent_texts(), ["0"], "one in flight");
    assert_eq!(admin.message(&slow.id, &ids[1]).await["status"], "queued");
    gate.notify_one();
    until(&admin, &slow.id, &ids[7], "sent").await;
    assert_eq!(slow.sent_texts(), expected);
    let stored: Vec<String> =
        admin.messages(&slow.id).await.iter().rev().skip(1).map(|m| text(&m["content"])).collect();
    assert_eq!(stored, expected, "and are shown in that order");
}

#[tokio::test]
async fn order_survives_failures_that_pass() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    chat.fail(telegram_api::refusal(500, "Internal Server Error"));
    let mut last = String::new();
    for n in 0..4 {
        last = text(&admin.send(&chat.id, &n.to_string()).await["id"]);
    }
    until(&admin, &chat.id, &last, "sent").await;
    assert_eq!(chat.sent_texts(), ["0", "0", "1", "2", "3"], "the first was tried again before the others went");
}

#[tokio::test]
async fn a_rate_limit_is_waited_out_for_as_long_as_the_network_asks() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    chat.fail(telegram_api::too_many_requests(2));
    let asked = std::time::Instant::now();
    let id = text(&admin.send(&chat.id, "patience").await["id"]);
    until(&admin, &chat.id, &id, "sent").await;
    assert!(asked.elapsed().as_secs_f64() >= 2.0, "not before the two seconds were over");
    assert_eq!(chat.sent_texts().len(), 2);
}

#[tokio::test]
async fn whatsapp_says_rate_limits_as_400_and_they_are_tried_again() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let customer = unique().to_string();
    waba.deliver(&waba_text(&waba.number, &customer, "wamid.IN", "hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    fakes().graph.fail(&customer, [graph_api::refusal(400, 131_016, "Service unavailable")]);
    let message = admin.send(&chat_id, "hello").await;
    until(&admin, &chat_id, &text(&message["id"]), "sent").await;
    let calls = waba.sends(2).await;
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].body["text"]["body"], "hello");
    assert!(calls[0].body["biz_opaque_callback_data"].as_str().unwrap().contains(&text(&message["id"])));
}

#[tokio::test]
async fn a_final_refusal_is_failed_with_the_network_s_code_and_the_next_message_goes_on() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    chat.fail(telegram_api::refusal(403, "Forbidden: bot was blocked by the user"));
    let first = text(&admin.send(&chat.id, "to nobody").await["id"]);
    let failed = until(&admin, &chat.id, &first, "failed").await;
    assert_eq!(failed["error"]["code"], "403", "{failed}");
    assert!(failed["error"]["message"].as_str().unwrap().contains("blocked"));
    let second = text(&admin.send(&chat.id, "to somebody").await["id"]);
    until(&admin, &chat.id, &second, "sent").await;
    assert_eq!(chat.sent_texts(), ["to nobody", "to somebody"], "a refusal is not repeated");
    assert!(!server.log_text().contains(&chat.telegram.token), "the token is in no log line");
}

#[tokio::test]
async fn an_unknown_outcome_is_not_repeated_by_itself() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    chat.fail(Fault::Reset);
    let first = text(&admin.send(&chat.id, "perhaps").await["id"]);
    let second = text(&admin.send(&chat.id, "surely").await["id"]);
    let failed = until(&admin, &chat.id, &first, "failed").await;
    assert_eq!(failed["error"]["code"], "OUTCOME_UNKNOWN", "{failed}");
    until(&admin, &chat.id, &second, "sent").await;
    assert_eq!(chat.sent_texts(), ["perhaps", "surely"]);
}

#[tokio::test]
async fn a_failed_message_is_queued_again_under_its_id_at_the_end_of_its_chat() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    chat.fail(telegram_api::refusal(400, "Bad Request: chat not found"));
    let id = text(&admin.send(&chat.id, "again").await["id"]);
    until(&admin, &chat.id, &id, "failed").await;
    let gate = chat.hold();
    let other = text(&admin.send(&chat.id, "meanwhile").await["id"]);
    let retry = format!("/api/messages/{id}/retry");
    let retried = admin.post(&retry, json!({})).await.ok();
    assert_eq!((&retried["id"], &retried["status"], &retried["error"]), (&json!(id), &json!("queued"), &Value::Null));
    admin.post(&retry, json!({})).await.refused(409, "CONFLICT");
    gate.notify_one();
    until(&admin, &chat.id, &id, "sent").await;
    assert_eq!(chat.sent_texts(), ["again", "meanwhile", "again"]);
    for sent in [&id, &other] {
        admin.post(&format!("/api/messages/{sent}/retry"), json!({})).await.refused(409, "CONFLICT");
    }
}

#[tokio::test]
async fn notes_and_channels_without_a_network_are_sent_once_they_are_stored() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let note = json!({"chatId": chat.id, "content": "between us", "private": true});
    let note = admin.post("/api/messages/send", note).await.created();
    assert_eq!((&note["status"], &note["private"]), (&json!("sent"), &json!(true)));
    let id = text(&admin.send(&chat.id, "for the customer").await["id"]);
    until(&admin, &chat.id, &id, "sent").await;
    assert_eq!(chat.sent_texts(), ["for the customer"], "a note leaves the house never");

    let program = ApiChannel::create(&admin).await;
    program.inbound("c1", "m1", "hi").await;
    let chats = admin.get("/api/chats?channel=api").await.items();
    assert_eq!(admin.send(&text(&chats[0]["id"]), "hello").await["status"], "sent");
}

#[tokio::test]
async fn a_text_as_long_as_the_network_allows_is_taken_and_a_longer_one_is_413() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    for (content, fits) in
        [("x".repeat(4_096), true), ("x".repeat(4_097), false), ("😀".repeat(2_048), true), ("😀".repeat(2_049), false)]
    {
        let answer = admin.post("/api/messages/send", json!({"chatId": chat.id, "content": content})).await;
        if fits {
            answer.created();
        } else {
            answer.refused(413, "MESSAGE_TOO_LARGE");
        }
    }
    for body in [
        json!({"chatId": chat.id}),
        json!({"chatId": chat.id, "content": ""}),
        json!({"chatId": chat.id, "content": 5}),
        json!({"chatId": chat.id, "content": "x", "type": "smoke_signal"}),
        json!({"content": "x"}),
    ] {
        admin.post("/api/messages/send", body).await.refused(422, "INVALID_DATA");
    }
    admin
        .post("/api/messages/send", json!({"chatId": uuid::Uuid::now_v7(), "content": "x"}))
        .await
        .refused(404, "CHAT_NOT_FOUND");
}

#[tokio::test]
async fn after_24_hours_whatsapp_takes_templates_only() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let mut old = waba_text(&waba.number, &unique().to_string(), "wamid.OLD", "hi");
    let yesterday = (crate::support::bodies::now() - 25 * 3_600).to_string();
    old["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"] = json!(yesterday);
    waba.deliver(&old).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let body = json!({"chatId": chat_id, "content": "too late"});
    admin.post("/api/messages/send", body).await.refused(422, "WINDOW_CLOSED");
    let template = json!({"chatId": chat_id, "type": "template", "content": "",
        "template": {"name": "hello_world", "language": "en_US", "components": []}});
    let message = admin.post("/api/messages/send", template).await.created();
    until(&admin, &chat_id, &text(&message["id"]), "sent").await;
    let body = waba.sends(1).await.remove(0).body;
    assert_eq!((&body["type"], &body["template"]["name"]), (&json!("template"), &json!("hello_world")));
}

#[tokio::test]
async fn an_operator_opens_a_chat_by_naming_whom_to_write_to() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let number = format!("49{}", unique());
    let to = format!("{number}@s.whatsapp.net");
    let body = json!({"channelId": bridge.id, "to": to, "content": "hello out there"});
    let message = admin.post("/api/messages/send", body).await.created();
    let chat_id = text(&message["chatId"]);
    until(&admin, &chat_id, &text(&message["id"]), "sent").await;
    let asked = bridge.sends(1).await.remove(0).body;
    assert_eq!((&asked["to"], &asked["text"]), (&json!(to), &json!("hello out there")));
    assert_eq!(asked["clientId"], message["id"]);
    bridge.deliver(&bridge_text(&to, "M9", "who is there?")).await;
    assert_eq!(only_chat(&admin).await["id"], chat_id.as_str(), "the answer comes into the same chat");
}

#[tokio::test]
async fn two_nodes_share_the_queue_and_send_each_message_once_in_order() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let there = admin.at(&twin);
    let mut expected = Vec::new();
    for n in 0..30 {
        let node = if n % 2 == 0 { &admin } else { &there };
        node.send(&chat.id, &n.to_string()).await;
        expected.push(n.to_string());
    }
    check::sent_all(&server.pool().await, &admin.organization_id).await;
    assert_eq!(chat.sent_texts(), expected);
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}
