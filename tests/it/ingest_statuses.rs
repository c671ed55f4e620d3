//! What networks report of our own messages: statuses only rise, and those that come too early wait.

use serde_json::{Value, json};
use stub::Fault;

use crate::ingest::only_chat;
use crate::send::until;
use crate::support::bodies::{
    bridge_event, bridge_text, now, unique, waba_change, waba_status, waba_status_item, waba_text,
};
use crate::support::channel::{Bridge, Waba};
use crate::support::fake::fakes;
use crate::support::{Operator, Server, shared, text};

/// A WhatsApp chat whose customer has written.
struct Conversation {
    waba: Waba,
    customer: String,
    chat_id: String,
}

impl Conversation {
    async fn open(admin: &Operator, server: &Server) -> Self {
        let waba = Waba::create(admin, server).await;
        let customer = unique().to_string();
        waba.deliver(&waba_text(&waba.number, &customer, "wamid.IN1", "hi")).await;
        let chat_id = text(&only_chat(admin).await["id"]);
        Self { waba, customer, chat_id }
    }

    /// Sends an answer that the network knows by this id.
    async fn answer(&self, admin: &Operator, external_id: &str) -> String {
        let taken = json!({"messaging_product": "whatsapp", "messages": [{"id": external_id}],
            "contacts": [{"input": self.customer, "wa_id": self.customer}]});
        fakes().graph.fail(&self.customer, [Fault::Answer { status: 200, body: taken }]);
        let message = admin.send(&self.chat_id, "an answer").await;
        assert_eq!(message["status"], "queued");
        text(&message["id"])
    }

    async fn report(&self, external_id: &str, status: &str) {
        self.waba.deliver(&waba_status(&self.waba.number, &self.customer, external_id, status)).await;
    }

    async fn until(&self, admin: &Operator, message_id: &str, status: &str) -> Value {
        until(admin, &self.chat_id, message_id, status).await
    }
}

#[tokio::test]
async fn a_status_never_falls_whatever_order_it_comes_in() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Conversation::open(&admin, &server).await;
    let id = chat.answer(&admin, "wamid.S1").await;
    chat.until(&admin, &id, "sent").await;
    chat.report("wamid.S1", "read").await;
    let message = chat.until(&admin, &id, "read").await;
    assert!(message["readAt"].is_string() && message["sentAt"].is_string());
    for late in ["delivered", "sent", "failed", "read"] {
        chat.report("wamid.S1", late).await;
        assert_eq!(admin.message(&chat.chat_id, &id).await["status"], "read", "after a late {late:?}");
    }
}

#[tokio::test]
async fn a_status_that_comes_before_its_message_is_known_waits_for_it() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Conversation::open(&admin, &server).await;
    chat.report("wamid.EARLY", "delivered").await;
    let id = chat.answer(&admin, "wamid.EARLY").await;
    let message = chat.until(&admin, &id, "delivered").await;
    assert!(message["deliveredAt"].is_string());
}

#[tokio::test]
async fn a_failure_after_sending_is_shown_and_proof_of_delivery_lifts_it() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Conversation::open(&admin, &server).await;
    let id = chat.answer(&admin, "wamid.F1").await;
    chat.until(&admin, &id, "sent").await;
    let mut failed = waba_status_item(&chat.customer, "wamid.F1", "failed");
    failed["errors"] = json!([{"code": 131_026, "title": "Message undeliverable"}]);
    chat.waba.deliver(&waba_change(&chat.waba.number, json!({"statuses": [failed]}))).await;
    let message = chat.until(&admin, &id, "failed").await;
    assert_eq!(message["error"]["code"], "131026");
    chat.report("wamid.F1", "sent").await;
    assert_eq!(admin.message(&chat.chat_id, &id).await["status"], "failed", "sent is no proof of delivery");
    chat.report("wamid.F1", "delivered").await;
    let message = chat.until(&admin, &id, "delivered").await;
    assert_eq!(message["error"], Value::Null);
    chat.report("wamid.F1", "failed").await;
    assert_eq!(admin.message(&chat.chat_id, &id).await["status"], "delivered", "failed after delivered is ignored");
}

#[tokio::test]
async fn played_counts_as_read_and_unknown_statuses_change_nothing() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Conversation::open(&admin, &server).await;
    let id = chat.answer(&admin, "wamid.P1").await;
    chat.until(&admin, &id, "sent").await;
    chat.report("wamid.P1", "warning").await;
    assert_eq!(admin.message(&chat.chat_id, &id).await["status"], "sent");
    chat.report("wamid.P1", "played").await;
    chat.until(&admin, &id, "read").await;
}

#[tokio::test]
async fn statuses_in_one_body_are_applied_in_its_order_with_messages_between() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Conversation::open(&admin, &server).await;
    let id = chat.answer(&admin, "wamid.O1").await;
    chat.until(&admin, &id, "sent").await;
    let statuses = ["sent", "delivered", "read"].map(|status| waba_status_item(&chat.customer, "wamid.O1", status));
    let value = json!({"contacts": [{"profile": {"name": "Grace"}, "wa_id": chat.customer}],
        "messages": [{"from": chat.customer, "id": "wamid.IN2", "timestamp": now().to_string(), "type": "text",
            "text": {"body": "thanks"}}],
        "statuses": statuses});
    chat.waba.deliver(&waba_change(&chat.waba.number, value)).await;
    chat.until(&admin, &id, "read").await;
    assert_eq!(admin.messages(&chat.chat_id).await.len(), 3);
}

#[tokio::test]
async fn the_bridge_s_statuses_reach_the_message_too() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let customer = format!("{}@s.whatsapp.net", unique());
    bridge.deliver(&bridge_text(&customer, "M1", "hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let id = text(&admin.send(&chat_id, "an answer").await["id"]);
    let sent = until(&admin, &chat_id, &id, "sent").await;
    for status in ["delivered", "sent", "played", "failed"] {
        let data = json!({"id": sent["externalId"], "chatId": customer, "status": status, "timestamp": now()});
        bridge.deliver(&bridge_event("message.status", data)).await;
    }
    until(&admin, &chat_id, &id, "read").await;
}
