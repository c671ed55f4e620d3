//! A network, a clock that stands still, and short ways to read fixtures.

use chrono::{DateTime, TimeZone, Utc};
use contract::{Account, Incoming, IncomingMessage, Mode, Network, Parcel};
use serde_json::{Value, json};
use uuid::Uuid;
use whatsapp_cloud::WhatsappCloud;

pub const PHONE_NUMBER_ID: &str = "700100200300400";
pub const CUSTOMER: &str = "15550101234";
pub const TOKEN: &str = "EAAtoken0123456789abcdefghij";

/// Every fixture: small bodies in Meta's form, written for these tests.
pub const FIXTURES: [(&str, &str); 14] = [
    ("changes", include_str!("../../fixtures/changes.json")),
    ("declined", include_str!("../../fixtures/declined.json")),
    ("echo", include_str!("../../fixtures/echo.json")),
    ("fields", include_str!("../../fixtures/fields.json")),
    ("flat", include_str!("../../fixtures/flat.json")),
    ("history", include_str!("../../fixtures/history.json")),
    ("interactive", include_str!("../../fixtures/interactive.json")),
    ("media", include_str!("../../fixtures/media.json")),
    ("news", include_str!("../../fixtures/news.json")),
    ("people", include_str!("../../fixtures/people.json")),
    ("places", include_str!("../../fixtures/places.json")),
    ("statuses", include_str!("../../fixtures/statuses.json")),
    ("system", include_str!("../../fixtures/system.json")),
    ("text", include_str!("../../fixtures/text.json")),
];

pub fn now() -> DateTime<Utc> {
    Utc.timestamp_opt(1_782_900_100, 0).single().unwrap()
}

pub fn at(secs: i64) -> Option<DateTime<Utc>> {
    Utc.timestamp_opt(secs, 0).single()
}

pub fn http() -> reqwest::Client {
    // the second caller finds it installed
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

pub fn cloud(api_url: &str) -> WhatsappCloud {
    WhatsappCloud::new(api_url, Some("app-secret".into()), Some("app-verify".into()), http())
}

pub fn account() -> Account {
    Account {
        channel_id: Uuid::nil(),
        credentials: json!({ "phoneNumberId": PHONE_NUMBER_ID, "accessToken": TOKEN }),
        mode: Mode::Webhook,
        webhook_url: "https://inbox.example/webhooks/waba/1".into(),
        webhook_secret: "made-by-switchboard".into(),
    }
}

pub fn parse(body: impl AsRef<[u8]>) -> Vec<Parcel> {
    cloud("http://127.0.0.1:9").parse(body.as_ref(), now()).unwrap()
}

pub fn fixture(name: &str) -> Vec<Parcel> {
    parse(FIXTURES.iter().find(|(known, _)| *known == name).unwrap().1)
}

/// One message in an ordinary body, merged over the usual fields.
pub fn one(fields: &Value) -> Parcel {
    let mut message = json!({ "from": CUSTOMER, "id": "wamid.ONE", "timestamp": "1782900000" });
    message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let value = json!({ "metadata": { "phone_number_id": PHONE_NUMBER_ID }, "messages": [message] });
    let body = json!({ "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] });
    let mut parcels = parse(body.to_string());
    assert_eq!(parcels.len(), 1);
    parcels.remove(0)
}

pub fn message(parcel: &Parcel) -> &IncomingMessage {
    match &parcel.item {
        Incoming::Message(message) => message,
        other => panic!("not a message: {other:?}"),
    }
}

pub fn reason(parcel: &Parcel) -> &str {
    match &parcel.item {
        Incoming::Unknown { reason } | Incoming::Ignored { reason } => reason,
        other => panic!("understood: {other:?}"),
    }
}
