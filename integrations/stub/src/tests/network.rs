//! The scripted network inside the process.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contract::{
    Account, ChannelStatus, Incoming, MessageType, Mode, Network, Outgoing, Rejection, Scope, SendError, Source,
    WebhookRequest,
};
use serde_json::json;
use uuid::Uuid;

use crate::{Answer, Stub};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn account() -> Account {
    Account {
        channel_id: Uuid::from_u128(1),
        credentials: json!({}),
        mode: Mode::Polling,
        webhook_url: String::new(),
        webhook_secret: "secret".into(),
    }
}

fn text(chat: &str, content: &str) -> Outgoing {
    Outgoing {
        message_id: Uuid::from_u128(7),
        attempt: 1,
        chat_external_id: chat.into(),
        is_group: false,
        kind: MessageType::Text,
        content: content.into(),
        metadata: serde_json::Map::new(),
        attachments: Vec::new(),
        reply_to: None,
        context: serde_json::Map::new(),
    }
}

#[tokio::test]
async fn it_delivers_unless_told_otherwise_and_remembers_the_order() {
    let stub = Stub::new();
    for content in ["one", "two"] {
        stub.send(&account(), &text("a", content)).await.unwrap();
    }
    let attempts = stub.attempts();
    let contents: Vec<&str> = attempts.iter().map(|attempt| attempt.outgoing.content.as_str()).collect();
    assert_eq!(contents, ["one", "two"]);
    assert!(attempts[0].at <= attempts[1].at && attempts.iter().all(|attempt| matches!(attempt.result, Some(Ok(_)))));
}

#[tokio::test]
async fn a_script_holds_for_its_chat_or_for_all_others() {
    let stub = Stub::new();
    stub.script(None, Answer::Refuse { code: "131026".into() });
    stub.script(Some("a"), Answer::Retry { times: 2, after: Some(Duration::from_secs(3)), scope: Scope::Chat });
    stub.script(Some("b"), Answer::NeverAnswer);
    stub.script(Some("c"), Answer::Slow(Duration::from_millis(1)));
    for _ in 0..2 {
        let error = stub.send(&account(), &text("a", "x")).await.unwrap_err();
        assert!(matches!(error, SendError::Retry { after: Some(after), .. } if after.as_secs() == 3));
    }
    assert!(stub.send(&account(), &text("a", "x")).await.is_ok());
    assert!(matches!(stub.send(&account(), &text("b", "x")).await, Err(SendError::Unknown { .. })));
    assert!(stub.send(&account(), &text("c", "x")).await.is_ok());
    let refused = stub.send(&account(), &text("d", "x")).await.unwrap_err();
    assert_eq!(refused, SendError::Refused { code: "131026".into(), message: "as scripted".into() });
    assert_eq!(stub.answered(6).await.len(), 6);
}

#[tokio::test]
async fn a_poll_hands_out_what_is_queued_until_it_is_confirmed() {
    let stub = Stub::new();
    let account = account();
    stub.queue(account.channel_id, 10, "ten");
    stub.queue(account.channel_id, 11, "eleven");
    stub.queue(Uuid::from_u128(2), 5, "another channel's");
    for _ in 0..2 {
        let polled = stub.poll(&account, None).await.unwrap();
        assert_eq!((polled.bodies, polled.next_offset), (vec![Bytes::from("ten"), Bytes::from("eleven")], Some(12)));
    }
    let (polled, ()) = tokio::join!(stub.poll(&account, Some(12)), async {
        stub.queue(account.channel_id, 12, "twelve");
    });
    assert_eq!(polled.unwrap().bodies, ["twelve"]);
}

#[test]
fn a_list_is_read_item_by_item() {
    let body = json!([
        { "from": { "id": 1, "name": "Ada" }, "message": { "id": "m1", "content": "hi" } },
        { "nonsense": true },
        { "status": { "messageId": "stub-1", "status": "delivered" } },
        { "from": { "id": 1 }, "chat": { "id": "g", "isGroup": true }, "message": { "id": 2, "type": "image" } },
    ]);
    let parcels = Stub::new().parse(body.to_string().as_bytes(), now()).unwrap();
    let kinds: Vec<&str> = parcels.iter().map(|parcel| parcel.kind.as_str()).collect();
    assert_eq!(kinds, ["message:text", "unknown", "status:delivered", "message:image"]);
    let Incoming::Message(group) = &parcels[3].item else { panic!("no message") };
    assert_eq!(group.sender.as_ref().unwrap().external_id, "1");
    let Source::Part(part) = &parcels[0].source else { panic!("no part") };
    assert_eq!(Stub::new().parse(part.as_bytes(), now()).unwrap()[0].kind, "message:text");
}

#[test]
fn only_the_channels_secret_opens_its_address() {
    let body = Bytes::new();
    let check = |secret: Option<&str>, account: Option<&Account>| {
        let mut headers = http::HeaderMap::new();
        if let Some(secret) = secret {
            headers.insert("x-stub-secret", secret.parse().unwrap());
        }
        Stub::new().verify(&WebhookRequest { headers: &headers, body: &body, now: now() }, account)
    };
    assert_eq!(check(Some("secret"), Some(&account())), Ok(()));
    let nameless = Account { webhook_secret: String::new(), ..account() };
    for refused in
        [check(None, Some(&account())), check(Some("other"), Some(&account())), check(Some(""), Some(&nameless))]
    {
        assert_eq!(refused, Err(Rejection::Unauthorized));
    }
    assert_eq!(check(Some("secret"), None), Err(Rejection::Unauthorized));
}

#[tokio::test]
async fn opening_answers_as_scripted() {
    let stub = Stub::new();
    assert_eq!(stub.open(&account()).await.unwrap().status, ChannelStatus::Connected);
    stub.script_open(Err(contract::OpenError::Refused { message: "no".into() }));
    assert!(stub.open(&account()).await.is_err());
}
