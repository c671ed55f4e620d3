#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

use chrono::{DateTime, Utc};
use contract::{Account, Incoming, IncomingMessage, MediaSource, MessageType, Mode, Network, Outgoing, Rejection};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Api, Webchat};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn item(body: &str) -> Incoming {
    let mut parcels = Api.parse(body.as_bytes(), now()).unwrap();
    assert_eq!(parcels.len(), 1);
    parcels.remove(0).item
}

fn message(body: &Value) -> IncomingMessage {
    match item(&body.to_string()) {
        Incoming::Message(message) => *message,
        other => panic!("not a message: {other:?}"),
    }
}

fn reason(body: &str) -> String {
    match item(body) {
        Incoming::Unknown { reason } => reason,
        other => panic!("understood as {other:?}"),
    }
}

fn text() -> Value {
    json!({ "from": { "id": "customer-1" }, "message": { "id": 17, "content": "Hello" } })
}

/// The text message with one field changed.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = text();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[field] = value;
    body
}

#[test]
fn the_least_body_is_a_text_in_the_customers_own_chat() {
    let message = message(&text());
    assert_eq!((message.kind, message.content.as_str()), (MessageType::Text, "Hello"));
    assert_eq!((message.external_id.as_str(), message.chat.external_id.as_str()), ("17", "customer-1"));
    assert_eq!(message.chat.contact.external_id, "customer-1");
    assert!(message.sender.is_none() && !message.from_me && !message.quiet && message.provider_at.is_none());
}

#[test]
fn everything_that_is_said_is_kept() {
    let body = json!({
        "from": { "id": 5, "name": "Ada", "username": "ada", "phone": "+49 (155) 501-00", "email": "ada@example.org" },
        "chat": { "id": "order-9", "title": "Order 9" },
        "message": {
            "id": "m1", "type": "photo", "content": "Look", "metadata": { "order": [9, null] }, "replyToId": 16,
            "attachments": [{ "url": "https://files.example/a.png", "mimeType": "image/png", "fileName": "a.png", "size": 7 }],
            "timestamp": "2026-09-01T10:00:00.250+02:00",
        },
    });
    let message = message(&body);
    let contact = &message.chat.contact;
    assert_eq!((contact.external_id.as_str(), contact.name.as_deref()), ("5", Some("Ada")));
    assert_eq!((contact.username.as_deref(), contact.email.as_deref()), (Some("ada"), Some("ada@example.org")));
    assert_eq!(contact.phone.as_deref(), Some("+4915550100"));
    assert_eq!((message.chat.external_id.as_str(), message.chat.title.as_deref()), ("order-9", Some("Order 9")));
    assert_eq!((message.kind, message.reply_to.as_deref()), (MessageType::Image, Some("16")));
    assert_eq!(json!(message.metadata), json!({ "order": [9, null] }));
    assert_eq!((message.attachments[0].kind, message.attachments[0].size_bytes), (MessageType::Image, Some(7)));
    assert!(matches!(&message.attachments[0].source, MediaSource::Url { url } if url.ends_with("/a.png")));
    assert_eq!(message.provider_at.unwrap().timestamp_millis(), 1_788_249_600_250);
}

#[test]
fn in_a_group_the_customer_is_the_sender() {
    let mut body = text();
    body["chat"] = json!({ "id": "g1", "isGroup": true, "title": "Team" });
    let message = message(&body);
    assert!(message.chat.is_group);
    assert_eq!(message.chat.contact.external_id, "g1");
    assert_eq!(message.sender.unwrap().external_id, "customer-1");
}

#[test]
fn a_file_without_a_type_is_what_its_mime_type_says() {
    for (mime_type, kind) in [("video/mp4", MessageType::Video), ("text/plain", MessageType::Document)] {
        let message = message(&with("/message/attachments", json!([{ "url": "https://x/1", "mimeType": mime_type }])));
        assert_eq!((message.kind, message.attachments[0].kind, message.content.as_str()), (kind, kind, "Hello"));
    }
}

#[test]
fn a_place_and_contacts_are_said_by_their_metadata() {
    let mut body = text();
    body["message"] = json!({ "id": 1, "type": "location", "metadata": { "lat": 52.5, "lng": 13.4 } });
    assert_eq!(message(&body).content, "52.5,13.4");
    body["message"] =
        json!({ "id": 1, "type": "contacts", "metadata": { "contacts": [{ "name": "A" }, { "name": "B" }] } });
    assert_eq!(message(&body).content, "A, B");
}

#[test]
fn times_are_read_in_every_spelling_and_odd_ones_left_out() {
    for (time, expected) in [
        (json!(1_789_000_001), Some(1_789_000_001)),
        (json!("1789000001"), Some(1_789_000_001)),
        (json!(1_789_000_001_500_i64), Some(1_789_000_001)),
        (json!("9999-01-01T00:00:00Z"), None),
        (json!(-1), None),
        (json!({}), None),
        (json!("soon"), None),
    ] {
        let at = message(&with("/message/timestamp", time.clone())).provider_at;
        assert_eq!(at.map(|at| at.timestamp()), expected, "{time}");
    }
}

#[test]
fn a_wrong_field_is_named() {
    for (pointer, value, named) in [
        ("/from", json!(null), "`from`"),
        ("/from", json!([]), "`from`"),
        ("/from/id", json!(null), "`from.id`"),
        ("/from/id", json!(""), "`from.id`"),
        ("/from/name", json!(1), "`from.name`"),
        ("/message", json!(null), "`message`"),
        ("/message/id", json!({}), "`message.id`"),
        ("/message/type", json!("dance"), "`message.type`"),
        ("/message/type", json!("image"), "`message.attachments`"),
        ("/message/content", json!(""), "`message.content`"),
        ("/message/content", json!(null), "`message.content`"),
        ("/message/content", json!(1), "`message.content`"),
        ("/message/metadata", json!([]), "`message.metadata`"),
        ("/message/replyToId", json!([]), "`message.replyToId`"),
        ("/message/attachments", json!({}), "`message.attachments`"),
        ("/message/attachments", json!([1]), "`message.attachments[0]`"),
        ("/message/attachments", json!([{ "url": "file:///etc/passwd" }]), "`message.attachments[0].url`"),
        ("/message/attachments", json!([{ "url": "https://x", "type": "text" }]), "`message.attachments[0].type`"),
        ("/chat", json!("c"), "`chat`"),
        ("/chat", json!({ "isGroup": true }), "`chat.id`"),
        ("/chat", json!({ "isGroup": "yes" }), "`chat.isGroup`"),
    ] {
        let said = reason(&with(pointer, value.clone()).to_string());
        assert!(said.contains(named), "{pointer} = {value}: {said}");
    }
    let mut place = text();
    place["message"] = json!({ "id": 1, "type": "location", "metadata": { "lat": 91, "lng": 0 } });
    assert!(reason(&place.to_string()).contains("`lat` and `lng`"));
}

#[test]
fn bodies_of_another_kind_are_unknown_or_no_json() {
    for body in ["[]", "1", "\"x\"", "null", r#"{"from":1e400}"#, &format!("{}{}", "[".repeat(80), "]".repeat(80))] {
        assert!(!reason(body).is_empty());
    }
    assert_eq!(Api.parse(b"{", now()).unwrap_err(), Rejection::NotJson);
}

#[test]
fn mutants_are_answered() {
    let body = json!({
        "from": { "id": "1", "name": "A", "phone": "+4915550100" },
        "chat": { "id": "g", "isGroup": true },
        "message": {
            "id": "m", "type": "image", "content": "c", "metadata": { "a": 1 }, "timestamp": 1,
            "attachments": [{ "url": "https://x/1", "mimeType": "image/png", "size": 1 }],
        },
    });
    let mut mutants = 0;
    for pointer in [
        "/from",
        "/from/id",
        "/from/name",
        "/from/phone",
        "/chat",
        "/chat/id",
        "/chat/isGroup",
        "/message",
        "/message/id",
        "/message/type",
        "/message/content",
        "/message/metadata",
        "/message/metadata/a",
        "/message/timestamp",
        "/message/attachments",
        "/message/attachments/0",
        "/message/attachments/0/url",
        "/message/attachments/0/size",
    ] {
        let mut changed = body.clone();
        *changed.pointer_mut(pointer).unwrap() = json!("node");
        for value in ["null", "[]", "{}", "\"\"", "0", "-1", "true", "1e400", "9007199254740993", "[[1]]"] {
            item(&changed.to_string().replace("\"node\"", value));
            mutants += 1;
        }
    }
    assert_eq!(mutants, 180);
}

#[test]
fn webchat_keeps_the_origins_that_may_embed_it() {
    let origins = json!({ "allowedOrigins": ["https://Shop.example/", "http://localhost:8080"] });
    let stored = Webchat.validate(&origins).unwrap().credentials;
    assert_eq!(stored, json!({ "allowedOrigins": ["https://shop.example", "http://localhost:8080"] }));
    assert_eq!(Webchat.validate(&json!({})).unwrap().credentials, json!({}));
    for odd in [
        json!("https://shop.example"),
        json!([1]),
        json!(["shop.example"]),
        json!(["https://"]),
        json!(["https://a; script-src *"]),
        json!(["https://a/path"]),
        json!(["javascript:alert(1)"]),
    ] {
        let errors = Webchat.validate(&json!({ "allowedOrigins": odd })).unwrap_err();
        assert_eq!(errors[0].field, "allowedOrigins", "{odd}");
    }
    assert!(Api.validate(&json!([])).is_err());
    assert_eq!(Api.validate(&json!({ "anything": 1 })).unwrap().credentials, json!({}));
}

#[tokio::test]
async fn a_message_is_sent_once_it_is_stored() {
    let account = Account {
        channel_id: Uuid::nil(),
        credentials: json!({}),
        mode: Mode::Webhook,
        webhook_url: String::new(),
        webhook_secret: String::new(),
    };
    let outgoing = Outgoing {
        message_id: Uuid::from_u128(7),
        attempt: 1,
        chat_external_id: "customer-1".into(),
        is_group: false,
        kind: MessageType::Text,
        content: "Hello".into(),
        metadata: serde_json::Map::new(),
        attachments: Vec::new(),
        reply_to: None,
        context: serde_json::Map::new(),
    };
    for network in [&Api as &dyn Network, &Webchat] {
        assert!(network.capabilities().instant && network.capabilities().modes.is_empty());
        assert_eq!(network.send(&account, &outgoing).await.unwrap().external_id, Uuid::from_u128(7).to_string());
        assert_eq!(network.open(&account).await.unwrap().status, contract::ChannelStatus::Connected);
    }
}

#[test]
fn no_webhook_is_taken() {
    let (headers, body) = (http::HeaderMap::new(), bytes::Bytes::new());
    let request = contract::WebhookRequest { headers: &headers, body: &body, now: now() };
    for network in [&Api as &dyn Network, &Webchat] {
        assert_eq!(network.verify(&request, None), Err(Rejection::Unauthorized));
    }
}
