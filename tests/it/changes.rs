//! Operators change messages: texts are edited and taken back, reactions put and removed, here and at the network.

use serde_json::{Value, json};

use crate::conversation;
use crate::ingest::only_chat;
use crate::send::{Chat, until};
use crate::support::bodies::waba_text;
use crate::support::channel::{ApiChannel, Waba};
use crate::support::fake::fakes;
use crate::support::socket::Client;
use crate::support::visitor::Webchat;
use crate::support::{Operator, shared, text};

fn path(message: &Value) -> String {
    format!("/api/messages/{}", text(&message["id"]))
}

/// A chat of the organization's own backend, where nothing leaves.
async fn api_chat(admin: &Operator) -> String {
    let channel = ApiChannel::create(admin).await;
    channel.inbound("customer", "1", "hello").await.expect(200);
    text(&only_chat(admin).await["id"])
}

#[tokio::test]
async fn an_answer_is_edited_told_and_deleted() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat_id = api_chat(&admin).await;
    let sent = admin.send(&chat_id, "helo").await;
    let mut client = Client::js(&server, &admin).await;

    let edited = admin.patch(&path(&sent), json!({"content": "hello"})).await.ok();
    assert_eq!((&edited["content"], &edited["id"]), (&json!("hello"), &sent["id"]));
    assert!(edited["editedAt"].is_string());
    let told = client.next("message:updated").await;
    assert_eq!((&told["content"], &told["editedAt"]), (&edited["content"], &edited["editedAt"]));

    admin.delete(&path(&sent)).await.expect(204);
    let told = client.next("message:updated").await;
    assert!(told["deletedAt"].is_string(), "{told}");
    assert!(admin.message(&chat_id, &text(&sent["id"])).await["deletedAt"].is_string(), "it stays in the history");
    admin.patch(&path(&sent), json!({"content": "again"})).await.refused(409, "CONFLICT");
    admin.delete(&path(&sent)).await.refused(409, "CONFLICT");
}

#[tokio::test]
async fn only_the_own_side_is_edited_and_notes_by_their_author() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat_id = api_chat(&admin).await;
    let incoming = &admin.messages(&chat_id).await[0];
    admin.patch(&path(incoming), json!({"content": "x"})).await.refused(422, "INVALID_DATA");
    admin.delete(&path(incoming)).await.refused(422, "INVALID_DATA");

    let (author, colleague) = (admin.colleague("user").await, admin.colleague("user").await);
    let note = json!({"chatId": chat_id, "content": "mine", "private": true});
    let note = author.post("/api/messages/send", note).await.created();
    colleague.patch(&path(&note), json!({"content": "yours"})).await.refused(403, "FORBIDDEN");
    assert_eq!(author.patch(&path(&note), json!({"content": "mine!"})).await.ok()["content"], "mine!");
    admin.delete(&path(&note)).await.expect(204);

    let answer = author.send(&chat_id, "an answer").await;
    assert_eq!(colleague.patch(&path(&answer), json!({"content": "better"})).await.ok()["content"], "better");
    for wrong in [json!({"content": " "}), json!({"content": "a\u{0}b"}), json!({})] {
        author.patch(&path(&answer), wrong).await.refused(422, "INVALID_DATA");
    }
    let long = json!({"content": "x".repeat(65_537)});
    author.patch(&path(&answer), long).await.refused(413, "MESSAGE_TOO_LARGE");

    let stranger = server.admin().await;
    stranger.patch(&path(&answer), json!({"content": "x"})).await.refused(404, "NOT_FOUND");
    stranger.delete(&path(&answer)).await.refused(404, "NOT_FOUND");
    stranger.put(&format!("{}/reaction", path(&answer)), json!({"emoji": "👍"})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn each_operator_has_one_reaction_and_a_guest_sees_it() {
    let server = shared().await;
    let admin = server.admin().await;
    let webchat = Webchat::create(&admin, json!({})).await;
    let visitor = webchat.visit(json!({"name": "Vera"})).await;
    let message = visitor.write("hello").await;
    let reaction = format!("{}/reaction", path(&message));
    let colleague = admin.colleague("user").await;
    let mut guest = conversation::visitor(&server, &visitor).await;

    admin.put(&reaction, json!({"emoji": "👍"})).await.ok();
    let told = guest.next("chat:message:updated").await;
    assert_eq!(told["id"], message["id"]);
    colleague.put(&reaction, json!({"emoji": "❤️"})).await.ok();
    let both = admin.put(&reaction, json!({"emoji": "👨‍👩‍👧‍👦"})).await.ok();
    let of = |message: &Value| -> Vec<(String, String)> {
        let reactions = message["reactions"].as_array().unwrap().iter();
        let mut all: Vec<_> = reactions.map(|one| (text(&one["actor"]), text(&one["emoji"]))).collect();
        all.sort();
        all
    };
    let mut expected = vec![
        (format!("user:{}", admin.user_id), "👨‍👩‍👧‍👦".to_owned()),
        (format!("user:{}", colleague.user_id), "❤️".to_owned()),
    ];
    expected.sort();
    assert_eq!(of(&both), expected);
    let left = admin.put(&reaction, json!({"emoji": null})).await.ok();
    assert_eq!(of(&left).len(), 1);
    for wrong in ["hello", "👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍", "a"] {
        admin.put(&reaction, json!({"emoji": wrong})).await.refused(422, "INVALID_DATA");
    }
    visitor.api.put(&reaction, json!({"emoji": "👍"})).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn what_is_still_queued_leaves_with_the_new_text_or_never() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let gate = chat.hold();
    let first = admin.send(&chat.id, "first").await;
    chat.telegram.sends(1).await;
    let (second, third) = (admin.send(&chat.id, "secnod").await, admin.send(&chat.id, "third").await);
    admin.patch(&path(&first), json!({"content": "x"})).await.refused(409, "CONFLICT");
    admin.patch(&path(&second), json!({"content": "second"})).await.ok();
    admin.delete(&path(&third)).await.expect(204);
    let mut client = Client::js(&server, &admin).await;
    gate.notify_one();
    until(&admin, &chat.id, &text(&second["id"]), "sent").await;
    assert_eq!(chat.sent_texts(), ["first", "second"]);
    let third = admin.message(&chat.id, &text(&third["id"])).await;
    assert_eq!((&third["status"], &third["error"]["code"]), (&json!("failed"), &json!("DELETED")));
    admin.send(&chat.id, "fourth").await;
    client.next_where("message:status", |status| status["status"] == "sent").await;
}

#[tokio::test]
async fn what_telegram_has_is_changed_there_first() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let incoming = admin.messages(&chat.id).await.remove(0);
    let sent = admin.send(&chat.id, "helo").await;
    let sent = until(&admin, &chat.id, &text(&sent["id"]), "sent").await;

    admin.patch(&path(&sent), json!({"content": "hello"})).await.ok();
    admin.put(&format!("{}/reaction", path(&incoming)), json!({"emoji": "👍"})).await.ok();
    admin.delete(&path(&sent)).await.expect(204);
    let bot = &chat.telegram.token;
    let asked: Vec<_> = fakes().telegram.errands(bot);
    let of = |method: &str| asked.iter().find(|call| call.operation == method).unwrap().body.clone();
    let edit = of("editMessageText");
    assert_eq!((&edit["text"], edit["message_id"].to_string()), (&json!("hello"), text(&sent["externalId"])));
    assert_eq!(of("setMessageReaction")["reaction"][0]["emoji"], "👍");
    assert_eq!(of("deleteMessage")["message_id"].to_string(), text(&sent["externalId"]));
}

#[tokio::test]
async fn a_refusal_of_the_network_is_said_and_changes_nothing() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let sent = admin.send(&chat.id, "hello").await;
    let sent = until(&admin, &chat.id, &text(&sent["id"]), "sent").await;
    let refusal = stub::telegram_api::refusal(400, "Bad Request: message can't be edited");
    fakes().telegram.fail_errand(&chat.customer.id.to_string(), [refusal]);
    let refusal = admin.patch(&path(&sent), json!({"content": "x"})).await.refused(422, "INVALID_DATA");
    assert!(refusal["errors"][0]["message"].as_str().unwrap().contains("can't be edited"), "{refusal}");
    assert_eq!(admin.message(&chat.id, &text(&sent["id"])).await["content"], "hello");
}

#[tokio::test]
async fn a_channel_that_cannot_says_so() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    waba.deliver(&waba_text(&waba.number, "15550100222", "wamid.CH1", "hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let sent = admin.send(&chat_id, "hello").await;
    let sent = until(&admin, &chat_id, &text(&sent["id"]), "sent").await;
    for refusal in [admin.patch(&path(&sent), json!({"content": "x"})).await, admin.delete(&path(&sent)).await] {
        let refusal = refusal.refused(422, "INVALID_DATA");
        assert!(refusal["errors"][0]["message"].as_str().unwrap().starts_with("This channel cannot"), "{refusal}");
    }
}
