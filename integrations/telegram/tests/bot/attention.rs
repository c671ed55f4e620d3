//! Typing, read marks and pressed buttons.

use contract::{Account, Mode, Network, Thread};
use serde_json::{Value, json};

use crate::server::{Answer, Server, nobody, refusal};
use crate::support::{account, network};

fn thread(context: Value) -> Thread {
    Thread {
        chat_external_id: "-1002200000077".into(),
        is_group: true,
        message_external_id: Some("11".into()),
        sender_external_id: None,
        context: context.as_object().cloned().unwrap_or_default(),
    }
}

#[tokio::test]
async fn typing_is_shown_in_the_topic_and_through_the_business_account() {
    let server = Server::ok(json!(true)).await;
    let network = network(&server.url);
    let account = account(Mode::Polling);
    network.typing(&account, &thread(json!({})), true).await;
    let plain = json!({ "chat_id": -1_002_200_000_077_i64, "action": "typing" });
    assert_eq!((server.last().method(), server.last().json()), ("sendChatAction", plain));
    network.typing(&account, &thread(json!({ "topicId": "5", "businessConnectionId": "bc7" })), true).await;
    let asked = server.last().json();
    assert_eq!((&asked["message_thread_id"], &asked["business_connection_id"]), (&json!(5), &json!("bc7")));
    network.typing(&account, &thread(json!({})), false).await;
    assert_eq!(server.requests().len(), 2, "it ends by itself");
}

#[tokio::test]
async fn only_business_chats_are_marked_as_read() {
    let server = Server::ok(json!(true)).await;
    let network = network(&server.url);
    let account = account(Mode::Polling);
    network.mark_read(&account, &thread(json!({}))).await;
    let note =
        Thread { message_external_id: Some("callback:7".into()), ..thread(json!({ "businessConnectionId": "b" })) };
    network.mark_read(&account, &note).await;
    assert!(server.requests().is_empty());
    network.mark_read(&account, &thread(json!({ "businessConnectionId": "bc7" }))).await;
    let read = json!({ "business_connection_id": "bc7", "chat_id": -1_002_200_000_077_i64, "message_id": 11 });
    assert_eq!((server.last().method(), server.last().json()), ("readBusinessMessage", read));
}

#[tokio::test]
async fn a_pressed_button_is_answered() {
    let server = Server::ok(json!(true)).await;
    network(&server.url).acknowledge(&account(Mode::Polling), "88001").await;
    assert_eq!(server.last().method(), "answerCallbackQuery");
    assert_eq!(server.last().json(), json!({ "callback_query_id": "88001" }));
}

#[tokio::test]
async fn what_fails_harms_nobody() {
    let no_token = Account { credentials: json!({}), ..account(Mode::Polling) };
    let servers = [
        Server::start(vec![refusal(400, "Bad Request: query is too old", json!({}))]).await.url,
        Server::start(vec![Answer::Reset]).await.url,
        nobody().await,
    ];
    for url in servers {
        for account in [&account(Mode::Polling), &no_token] {
            let network = network(&url);
            network.acknowledge(account, "1").await;
            network.typing(account, &thread(json!({})), true).await;
            network.mark_read(account, &thread(json!({ "businessConnectionId": "b" }))).await;
        }
    }
}
