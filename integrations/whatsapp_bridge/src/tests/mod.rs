#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

mod flavours;
mod messages;
mod sending;
mod strange_bodies;

use std::sync::Once;

use chrono::{DateTime, Utc};
use contract::{Account, Incoming, IncomingMessage, Mode, Network, Parcel};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::WhatsappBridge;

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(crate) fn bridge(url: &str) -> WhatsappBridge {
    static TLS: Once = Once::new();
    TLS.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    let http = reqwest::Client::builder().build().unwrap();
    WhatsappBridge::new(url, "a bridge secret of thirty-two bytes".into(), http)
}

pub(crate) fn account() -> Account {
    Account {
        channel_id: Uuid::from_u128(1),
        credentials: json!({ "flavour": "switchboard" }),
        mode: Mode::Webhook,
        webhook_url: "http://127.0.0.1:3000/webhooks/bridge/1".into(),
        webhook_secret: String::new(),
    }
}

pub(crate) fn parse_one(body: &str) -> Parcel {
    let mut parcels = crate::parse::parse(body.as_bytes(), now()).unwrap();
    assert_eq!(parcels.len(), 1);
    parcels.remove(0)
}

pub(crate) fn parse_message(body: &str) -> IncomingMessage {
    match parse_one(body).item {
        Incoming::Message(message) => *message,
        other => panic!("not a message: {other:?}"),
    }
}

pub(crate) fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A text message's body with these fields of `data` changed; `null` takes one out.
pub(crate) fn message_with(changes: Value) -> String {
    let mut body: Value = serde_json::from_str(&fixture("text")).unwrap();
    for (key, value) in changes.as_object().unwrap() {
        body["data"][key] = value.clone();
    }
    body["data"].as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body.to_string()
}

#[test]
fn credentials_name_a_flavour_that_is_there() {
    let bridge = bridge("http://127.0.0.1:9");
    for accepted in [json!({}), json!(null), json!({ "flavour": "switchboard" }), json!({ "flavour": null, "x": 1 })] {
        let validated = bridge.validate(&accepted).unwrap();
        assert_eq!((validated.credentials, validated.identity), (json!({ "flavour": "switchboard" }), None));
    }
    for kept in [
        json!({ "flavour": "evolution", "key": "k", "instance": "shop" }),
        json!({ "flavour": "waha", "key": "k", "session": "default" }),
        json!({ "flavour": "switchboard", "phone": "+4915550100", "history": true }),
    ] {
        assert_eq!(bridge.validate(&kept).unwrap().credentials, kept);
    }
    for (refused, field) in [
        (json!({ "flavour": "evolution" }), "key"),
        (json!({ "flavour": "waha", "key": "" }), "key"),
        (json!({ "flavour": "other" }), "flavour"),
        (json!({ "flavour": 1 }), "flavour"),
        (json!({ "key": 1 }), "key"),
        (json!({ "instance": "x".repeat(200) }), "instance"),
        (json!({ "phone": "call me" }), "phone"),
        (json!({ "history": "yes" }), "history"),
        (json!([]), ""),
    ] {
        assert_eq!(bridge.validate(&refused).unwrap_err()[0].field, field, "{refused}");
    }
}
