//! Networks that are only played, for the demo: their servers answer on the loopback, and their customers' bodies are made here,
//! in the form in which the networks deliver them. Nothing of it reaches the outside world.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use stub::graph_api::FakeGraph;
use stub::telegram_api::FakeTelegram;

use crate::config::Config;

/// Any token of this form is a bot of the played Telegram.
pub const TELEGRAM_TOKEN: &str = "700000001:switchboard-demo";
/// Any number is one of the played WhatsApp.
pub const PHONE_NUMBER_ID: &str = "700000002";

/// Runs while it is kept.
pub struct Pretend {
    _telegram: FakeTelegram,
    _graph: FakeGraph,
}

impl Pretend {
    /// Starts the played servers and points the settings at them. What they number goes on above an earlier run, as long as
    /// they number less than ten messages a second.
    ///
    /// # Errors
    /// Where the loopback has no free port.
    pub async fn start(config: &mut Config, now: DateTime<Utc>) -> std::io::Result<Self> {
        let (telegram, graph) = (FakeTelegram::start().await?, FakeGraph::start().await?);
        let tenths = now.timestamp_millis() / 100;
        // below the customers' own numbers, which are unix seconds
        telegram.number_after(tenths % 1_600_000_000);
        graph.number_after(tenths.unsigned_abs());
        config.telegram_api_url.clone_from(&telegram.url);
        config.waba_api_url.clone_from(&graph.url);
        Ok(Self { _telegram: telegram, _graph: graph })
    }
}

/// What somebody writes.
#[derive(Debug, Clone, Copy)]
pub struct Writes<'a> {
    /// The network's id of the writer.
    pub id: &'a str,
    pub name: &'a str,
    pub text: &'a str,
    /// A number that no other message has: unix seconds, counted up where two come in one.
    pub number: i64,
    pub at: DateTime<Utc>,
}

/// An update of the Bot API: <https://core.telegram.org/bots/api#update>.
#[must_use]
pub fn telegram(writes: Writes<'_>) -> Bytes {
    let Writes { id, name, text, number, at } = writes;
    let id: i64 = id.parse().unwrap_or_default();
    let (first_name, last_name) = name.split_once(' ').unwrap_or((name, ""));
    let person = json!({"id": id, "is_bot": false, "first_name": first_name, "last_name": last_name});
    let chat = json!({"id": id, "type": "private", "first_name": first_name, "last_name": last_name});
    let message = json!({"message_id": number, "date": at.timestamp(), "from": person, "chat": chat, "text": text});
    bytes(&json!({"update_id": number, "message": message}))
}

/// A delivery of the Cloud API: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>.
#[must_use]
pub fn whatsapp(writes: Writes<'_>) -> Bytes {
    let Writes { id, name, text, number, at } = writes;
    let message = json!({"from": id, "id": format!("wamid.DEMO{number}"), "timestamp": at.timestamp().to_string(),
        "type": "text", "text": {"body": text}});
    let contact = json!({"profile": {"name": name}, "wa_id": id});
    whatsapp_change("contacts", &json!([contact]), "messages", &json!([message]))
}

/// The news that a message of ours came so far: `delivered` or `read`.
#[must_use]
pub fn whatsapp_status(to: &str, message_id: &str, status: &str, at: DateTime<Utc>) -> Bytes {
    let status =
        json!({"id": message_id, "status": status, "timestamp": at.timestamp().to_string(), "recipient_id": to});
    whatsapp_change("contacts", &json!([]), "statuses", &json!([status]))
}

fn whatsapp_change(field: &str, value: &Value, other_field: &str, other_value: &Value) -> Bytes {
    let metadata = json!({"display_phone_number": "15550100000", "phone_number_id": PHONE_NUMBER_ID});
    let value = json!({"messaging_product": "whatsapp", "metadata": metadata, field: value, other_field: other_value});
    let change = json!({"field": "messages", "value": value});
    bytes(&json!({"object": "whatsapp_business_account", "entry": [{"id": "700000003", "changes": [change]}]}))
}

/// What another program hands in for its customer.
#[must_use]
pub fn program(writes: Writes<'_>) -> Bytes {
    let Writes { id, name, text, number, .. } = writes;
    bytes(&json!({"from": {"id": id, "name": name}, "message": {"id": number.to_string(), "content": text}}))
}

fn bytes(body: &Value) -> Bytes {
    body.to_string().into()
}
