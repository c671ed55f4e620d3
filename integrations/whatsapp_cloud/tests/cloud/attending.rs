//! Receipts, typing and reactions.

use contract::{Change, MessageType, Network, OutgoingChange, SendError, Thread};
use serde_json::{Map, json};

use crate::server::{Asked, Meta, say};
use crate::support::{CUSTOMER, account, cloud};

const DONE: &str = r#"{"success":true}"#;

fn thread(message: &str) -> Thread {
    Thread { chat_external_id: CUSTOMER.into(), message_external_id: Some(message.into()), ..Thread::default() }
}

fn change(change: Change) -> OutgoingChange {
    OutgoingChange {
        chat_external_id: CUSTOMER.into(),
        is_group: false,
        message_external_id: "wamid.T1".into(),
        from_me: false,
        sender_external_id: None,
        kind: MessageType::Text,
        context: Map::new(),
        answered: serde_json::Map::new(),
        change,
    }
}

#[tokio::test]
async fn a_read_receipt_names_the_message() {
    let meta = Meta::start(vec![say(200, DONE)]).await;
    cloud(&meta.url).mark_read(&account(), &thread("sha256:00")).await;
    cloud(&meta.url).mark_read(&account(), &thread("wamid.T1")).await;
    let known = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.T1" });
    assert_eq!(meta.asked().iter().map(Asked::json).collect::<Vec<_>>(), [known]);
    cloud("http://127.0.0.1:1").mark_read(&account(), &thread("wamid.T1")).await;
}

#[tokio::test]
async fn typing_is_shown_on_the_newest_message_and_never_taken_back() {
    let meta = Meta::start(vec![say(200, DONE)]).await;
    let network = cloud(&meta.url);
    network.typing(&account(), &Thread::default(), true).await;
    network.typing(&account(), &thread("wamid.T1"), false).await;
    network.typing(&account(), &thread("wamid.T1"), true).await;
    let known = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.T1",
        "typing_indicator": { "type": "text" } });
    assert_eq!(meta.asked().iter().map(Asked::json).collect::<Vec<_>>(), [known]);
}

#[tokio::test]
async fn a_reaction_goes_as_a_message_and_comes_off_with_an_empty_one() {
    let answer = r#"{"messages":[{"id":"wamid.R1"}]}"#;
    let meta = Meta::start(vec![say(200, answer), say(200, answer)]).await;
    for emoji in [Some("👍".to_owned()), None] {
        cloud(&meta.url).change(&account(), &change(Change::React { emoji })).await.unwrap();
    }
    let asked: Vec<_> = meta.asked().iter().map(Asked::json).collect();
    let known = json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": CUSTOMER,
        "type": "reaction", "reaction": { "message_id": "wamid.T1", "emoji": "👍" } });
    assert_eq!((&asked[0], &asked[1]["reaction"]["emoji"]), (&known, &json!("")));
}

#[tokio::test]
async fn nothing_else_of_a_sent_message_changes_at_whatsapp() {
    let network = cloud("http://127.0.0.1:1");
    let mut unnamed = change(Change::React { emoji: Some("👍".into()) });
    unnamed.message_external_id = "sha256:00".into();
    for change in [change(Change::Delete), change(Change::Edit { content: "x".into() }), unnamed] {
        let error = network.change(&account(), &change).await.unwrap_err();
        assert!(matches!(error, SendError::Refused { .. }), "{error:?}");
    }
}
