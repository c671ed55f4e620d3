//! What the claims share: the network, the fixtures and the account of a bot.

use chrono::{DateTime, TimeZone, Utc};
use contract::{Account, Incoming, IncomingMessage, Mode, Network, Parcel};
use serde_json::{Value, json};
use telegram::Telegram;
use uuid::Uuid;

pub const TOKEN: &str = "77:secret-of_the-bot";

pub fn network(api_url: &str) -> Telegram {
    // fails where another test was first, which is as good
    let _ = rustls::crypto::ring::default_provider().install_default();
    Telegram::new(api_url).unwrap()
}

pub fn account(mode: Mode) -> Account {
    Account {
        channel_id: Uuid::nil(),
        credentials: json!({ "token": TOKEN, "secretToken": "chosen-by-the-user" }),
        mode,
        webhook_url: "https://inbox.example/webhooks/telegram/1".into(),
        webhook_secret: "made-by-switchboard".into(),
    }
}

/// A moment after all times of the fixtures.
pub fn now() -> DateTime<Utc> {
    Utc.timestamp_opt(1_795_000_000, 0).unwrap()
}

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = std::fs::read_dir(format!("{}/fixtures", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let read = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap())
    };
    folder.map(|entry| read(entry.unwrap().path())).collect()
}

pub fn parse(body: &[u8]) -> Vec<Parcel> {
    network("http://127.0.0.1:1").parse(body, now()).unwrap()
}

/// The one parcel of a fixture.
pub fn parcel(name: &str) -> Parcel {
    let mut parcels = parse(&fixture(name));
    assert_eq!(parcels.len(), 1, "{name}");
    parcels.remove(0)
}

/// The message of a fixture, with its kind.
pub fn message(name: &str) -> (String, IncomingMessage) {
    let parcel = parcel(name);
    match parcel.item {
        Incoming::Message(message) => (parcel.kind, *message),
        other => panic!("{name}: {other:?}"),
    }
}

/// A private message made of the given fields.
pub fn private(fields: Value) -> IncomingMessage {
    let mut body = json!({ "update_id": 1, "message": {
        "message_id": 2, "date": 1_790_000_000, "chat": { "id": 3, "type": "private", "first_name": "Anna" },
    }});
    body["message"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    match parse(body.to_string().as_bytes()).remove(0).item {
        Incoming::Message(message) => *message,
        other => panic!("{body}: {other:?}"),
    }
}
