//! Sent once: repeated requests, races for a chat, and a server that dies while the network is being asked.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use stub::Fault;

use crate::ingest::only_chat;
use crate::send::{Chat, until};
use crate::support::bodies::{bridge_text, unique, waba_change, waba_status_item, waba_text};
use crate::support::channel::{Bridge, Waba};
use crate::support::fake::fakes;
use crate::support::wait::within;
use crate::support::{Answer, Operator, Server, check, shared, text};

async fn send_with_key(admin: &Operator, key: &str, body: &Value) -> Answer {
    let request = admin.request(reqwest::Method::POST, "/api/messages/send").header("idempotency-key", key).json(body);
    Answer::of(request).await
}

#[tokio::test]
async fn the_same_key_is_the_same_message() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let body = json!({"chatId": chat.id, "content": "once"});
    let first = send_with_key(&admin, "k1", &body).await.created();
    until(&admin, &chat.id, &text(&first["id"]), "sent").await;
    let again = send_with_key(&admin, "k1", &body).await.created();
    assert_eq!(again, first, "the body first answered");
    let reordered = Answer::of(
        admin
            .request(reqwest::Method::POST, "/api/messages/send")
            .header("idempotency-key", "k1")
            .header("content-type", "application/json")
            .body(format!("{{ \"content\": \"once\", \"chatId\": \"{}\" }}", chat.id)),
    )
    .await;
    assert!([201, 409].contains(&reordered.status.as_u16()), "the same words in another order: {}", reordered.text);
    send_with_key(&admin, "k1", &json!({"chatId": chat.id, "content": "other"})).await.refused(409, "CONFLICT");
    assert_eq!(chat.sent_texts(), ["once"]);
    assert_eq!(admin.messages(&chat.id).await.len(), 2);

    let stranger = server.admin().await;
    let theirs = Chat::open(&stranger).await;
    send_with_key(&stranger, "k1", &json!({"chatId": theirs.id, "content": "mine"})).await.created();
}

#[tokio::test]
async fn repeats_at_once_wait_for_the_first_and_get_its_answer() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let body = json!({"chatId": chat.id, "content": "once"});
    let there = admin.at(&twin);
    let repeats = (0..24).map(|n| send_with_key(if n % 2 == 0 { &admin } else { &there }, "k1", &body));
    let answers: Vec<Value> = join_all(repeats).await.into_iter().map(Answer::created).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    check::sent_all(&server.pool().await, &admin.organization_id).await;
    assert_eq!(chat.sent_texts(), ["once"]);
    assert_eq!(admin.messages(&chat.id).await.len(), 2);
}

#[tokio::test]
async fn a_refusal_is_not_remembered_under_its_key() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let long = json!({"chatId": chat.id, "content": "x".repeat(5_000)});
    send_with_key(&admin, "k2", &long).await.refused(413, "MESSAGE_TOO_LARGE");
    send_with_key(&admin, "k2", &json!({"chatId": chat.id, "content": "short"})).await.created();
}

#[tokio::test]
async fn one_of_many_claims_wins_and_the_others_learn_who() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let mut operators = vec![admin.clone()];
    for _ in 0..5 {
        operators.push(admin.colleague("user").await);
    }
    let claim = format!("/api/chats/{}/claim", chat.id);
    let answers = join_all(operators.iter().map(|operator| operator.post(&claim, json!({})))).await;
    let won: Vec<usize> = (0..answers.len()).filter(|n| answers[*n].status == 200).collect();
    assert_eq!(won.len(), 1, "one wins");
    let winner = &operators[won[0]].user_id;
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        let problem = answer.refused(409, "CONFLICT");
        assert_eq!(problem["assignedUserId"], winner.as_str());
        assert!(problem["name"].is_string());
    }
    assert_eq!(admin.chat(&chat.id).await["assignedUserId"], winner.as_str());
    operators[won[0]].post(&format!("/api/chats/{}/release", chat.id), json!({})).await.ok();
    assert_eq!(admin.chat(&chat.id).await["assignedUserId"], Value::Null);
}

/// A crashed node's chat is free again after its lease of 30 s.
const AFTER_LEASE: Duration = Duration::from_secs(75);

async fn until_after_lease(admin: &Operator, chat_id: &str, message_id: &str, status: &str) -> Value {
    within(AFTER_LEASE, &format!("the message is {status}"), || async {
        let message = admin.message(chat_id, message_id).await;
        (message["status"] == status).then_some(message)
    })
    .await
}

#[tokio::test]
async fn a_crash_while_telegram_is_asked_leaves_an_unknown_outcome_and_the_rest_goes_out() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    chat.fail(Fault::Silence);
    let first = text(&admin.send(&chat.id, "asked").await["id"]);
    let second = text(&admin.send(&chat.id, "waiting").await["id"]);
    chat.telegram.sends(1).await;
    server.restart().await;
    let failed = until_after_lease(&admin, &chat.id, &first, "failed").await;
    assert_eq!(failed["error"]["code"], "OUTCOME_UNKNOWN", "{failed}");
    until_after_lease(&admin, &chat.id, &second, "sent").await;
    assert_eq!(chat.sent_texts(), ["asked", "waiting"], "nothing was sent twice");
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn a_crash_while_whatsapp_is_asked_is_settled_by_the_status_that_names_our_message() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let customer = unique().to_string();
    waba.deliver(&waba_text(&waba.number, &customer, "wamid.IN", "hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    fakes().graph.fail(&customer, [Fault::Silence]);
    let id = text(&admin.send(&chat_id, "asked").await["id"]);
    let asked = waba.sends(1).await.remove(0).body;
    server.restart().await;
    let mut status = waba_status_item(&customer, "wamid.LOST", "delivered");
    status["biz_opaque_callback_data"] = asked["biz_opaque_callback_data"].clone();
    waba.deliver(&waba_change(&waba.number, json!({"statuses": [status]}))).await;
    let settled = until_after_lease(&admin, &chat_id, &id, "delivered").await;
    assert_eq!((&settled["error"], &settled["externalId"]), (&Value::Null, &json!("wamid.LOST")));
    assert_eq!(waba.sends(1).await.len(), 1, "nothing was sent twice");
}

#[tokio::test]
async fn a_crash_while_the_bridge_is_asked_is_repeated_under_the_same_client_id() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let customer = format!("{}@s.whatsapp.net", unique());
    bridge.deliver(&bridge_text(&customer, "M1", "hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    fakes().bridge.fail(&customer, [Fault::Silence]);
    let id = text(&admin.send(&chat_id, "asked").await["id"]);
    let asked = bridge.sends(1).await.remove(0).body;
    assert_eq!(asked["clientId"], id.as_str());
    server.restart().await;
    until_after_lease(&admin, &chat_id, &id, "sent").await;
    assert_eq!(bridge.sends(1).await.len(), 1, "the repeat named the same client id, so the customer has it once");
}

#[tokio::test]
async fn what_was_queued_before_a_kill_is_sent_after_it() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let chats = [Chat::open(&admin).await, Chat::open(&admin).await];
    for n in 0..10 {
        for chat in &chats {
            admin.send(&chat.id, &n.to_string()).await;
        }
    }
    server.restart().await;
    let pool = server.pool().await;
    within(AFTER_LEASE, "the queue is empty", || async {
        let sql = "select count(*) from outbound_messages where organization_id = $1";
        (check::count(&pool, sql, &admin.organization_id).await == 0).then_some(())
    })
    .await;
    for chat in &chats {
        let sent = chat.sent_texts();
        assert_eq!(sent, (0..10).map(|n| n.to_string()).collect::<Vec<_>>(), "each once, in order");
        let messages = admin.messages(&chat.id).await;
        let unknown = messages.iter().filter(|message| message["status"] == "failed").count();
        assert!(unknown <= 1, "at most the one that was under way when the server died");
        assert!(!messages.iter().any(|message| message["status"] == "queued"));
    }
}
