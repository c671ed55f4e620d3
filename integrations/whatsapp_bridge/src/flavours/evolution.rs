//! Evolution API's webhooks: `{event, instance, data, apikey, …}`, its event names in lower or upper case.
//!
//! Its key stands inside the body, so that it is taken out before the body is kept.

use bytes::Bytes;
use contract::{Account, Rejection, WebhookRequest};
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use super::{Told, baileys, number, present, text};
use crate::fields::Fields;
use crate::webhook::only;

/// States of a phone and its address book, which an inbox does not keep.
const STATES: [&str; 15] = [
    "application.startup",
    "instance.create",
    "instance.delete",
    "status.instance",
    "contacts.",
    "chats.",
    "presence.",
    "groups.",
    "group.",
    "call",
    "labels.",
    "typebot.",
    "errors",
    "send.message.update",
    "messages.starred",
];

/// The key comes in a header `apikey` that is set at Evolution's webhook, or inside the body.
pub(crate) fn verify(request: &WebhookRequest<'_>, account: &Account) -> Result<(), Rejection> {
    let key = account.credential("key").ok_or(Rejection::Unauthorized)?;
    let is_key = |claimed: &str| bool::from(claimed.as_bytes().ct_eq(key.as_bytes()));
    if only(request, "apikey").is_some_and(is_key) {
        return Ok(());
    }
    let body = std::str::from_utf8(request.body).ok().and_then(Fields::read);
    let claimed = body.as_ref().and_then(|body| body.text("apikey"));
    if claimed.is_some_and(|claimed| is_key(&claimed)) { Ok(()) } else { Err(Rejection::Unauthorized) }
}

/// The body without its key.
pub(crate) fn redact(body: Bytes) -> Bytes {
    const HIDDEN: &str = "\"[redacted]\"";
    let Ok(text) = std::str::from_utf8(&body) else { return body };
    let Some(fields) = Fields::read(text) else { return body };
    let mut redacted = String::new();
    let mut from = 0;
    for value in fields.raws("apikey") {
        // a slice of this very text
        let start = value.as_ptr() as usize - text.as_ptr() as usize;
        redacted.push_str(&text[from..start]);
        redacted.push_str(HIDDEN);
        from = start + value.len();
    }
    if from == 0 {
        return body;
    }
    redacted.push_str(&text[from..]);
    redacted.into()
}

/// The things of a body, each with a body of its own for the case that it is a dead letter.
pub(super) fn read(body: &Value) -> Vec<(Value, Told)> {
    let name = body["event"].as_str().unwrap_or_default();
    let event = name.to_ascii_lowercase().replace(['_', '-'], ".");
    let data = present(body, "data").or_else(|| present(body, "payload")).unwrap_or(&Value::Null);
    let part = |item: &Value| json!({ "event": name, "instance": body["instance"], "data": item });
    let each = |read: &dyn Fn(&Value) -> Told| -> Vec<(Value, Told)> {
        let list = data.as_array().or_else(|| data["messages"].as_array());
        match list {
            Some(items) => items.iter().map(|item| (part(item), read(item))).collect(),
            None => vec![(part(data), read(data))],
        }
    };
    let one = |told: Told| vec![(part(data), told)];
    match event.as_str() {
        "messages.upsert" | "send.message" => each(&|item| message(item, false)),
        "messages.set" => each(&|item| message(item, true)),
        "messages.update" => each(&update),
        "messages.edited" => each(&edited),
        "messages.delete" => each(&deleted),
        "connection.update" => one(connection(data)),
        "qrcode.updated" => one(code(data)),
        "logout.instance" | "remove.instance" => one(Told::ours(
            "connection",
            json!({ "status": "disconnected", "error": "The phone was logged out at Evolution." }),
        )),
        state if STATES.iter().any(|known| state.starts_with(known)) => {
            one(Told::Ignored(format!("Evolution's {state}")))
        }
        _ => one(Told::Unknown(format!(
            "event {:?} is not one of Evolution's",
            name.chars().take(64).collect::<String>()
        ))),
    }
}

/// What a key names, in the bridge's words. A person goes by the phone where the key gives it.
fn place(key: &Value) -> Map<String, Value> {
    let hidden = |jid: Option<&str>| jid.is_some_and(|jid| jid.ends_with("@lid"));
    let best = |own: &str, others: &[&str]| {
        let own = text(key, own);
        let other = others.iter().find_map(|name| text(key, name).filter(|jid| jid.contains('@')));
        if hidden(own) { other.filter(|jid| !hidden(Some(jid))).or(own) } else { own }.map(Value::from)
    };
    let mut data = Map::new();
    let mut keep = |name: &str, value: Option<Value>| value.map(|value| data.insert(name.into(), value));
    keep("id", text(key, "id").map(Value::from));
    keep("chatId", best("remoteJid", &["remoteJidAlt", "senderPn"]));
    keep("participant", best("participant", &["participantAlt", "participantPn"]));
    keep("fromMe", key.get("fromMe").and_then(Value::as_bool).map(Value::from));
    data
}

fn message(item: &Value, history: bool) -> Told {
    let mut data = place(&item["key"]);
    if let Some(time) = number(item.get("messageTimestamp")) {
        data.insert("timestamp".into(), time.into());
    }
    if item["key"]["fromMe"] != true
        && let Some(name) = text(item, "pushName")
    {
        data.insert("pushName".into(), name.into());
    }
    if history {
        data.insert("history".into(), true.into());
    }
    let content = &item["message"];
    match baileys::unwrap(content) {
        Some(("reactionMessage", node, _)) => {
            let emoji = text(node, "text").unwrap_or_default();
            data.insert("type".into(), "reaction".into());
            data.insert("reaction".into(), json!({ "messageId": node["key"]["id"], "emoji": emoji }));
            Told::Ours("message", data)
        }
        Some(("protocolMessage", node, _)) => protocol(node, data),
        Some(_) => match baileys::content(content) {
            Some(mut found) => {
                // Evolution writes what is quoted beside the message
                if let Some(quoted) = item.pointer("/contextInfo/stanzaId").and_then(Value::as_str) {
                    found.entry("quotedId").or_insert_with(|| quoted.into());
                }
                data.append(&mut found);
                Told::Ours("message", data)
            }
            None => Told::Ignored("a message for phones alone".into()),
        },
        None => Told::Ignored("a message without content: it comes again once it is decrypted".into()),
    }
}

fn protocol(node: &Value, mut data: Map<String, Value>) -> Told {
    let Some(id) = text(&node["key"], "id") else { return Told::Ignored("a message for phones alone".into()) };
    data.insert("id".into(), id.into());
    let is = |number: i64, word: &str| node["type"] == number || node["type"] == word;
    if is(0, "REVOKE") {
        return Told::Ours("message.delete", data);
    }
    if is(14, "MESSAGE_EDIT") {
        return new_content(&node["editedMessage"], data);
    }
    Told::Ignored("a message for phones alone".into())
}

fn new_content(message: &Value, mut data: Map<String, Value>) -> Told {
    match baileys::content(message) {
        Some(mut content) => {
            content.remove("media");
            data.append(&mut content);
            Told::Ours("message.edit", data)
        }
        None => Told::Unknown("an edit without a new content".into()),
    }
}

fn edited(item: &Value) -> Told {
    let data = place(&item["key"]);
    let found = [item.get("editedMessage"), item.get("message")].into_iter().flatten().find(|node| node.is_object());
    let node = found.unwrap_or(&Value::Null);
    match baileys::unwrap(node) {
        Some(("protocolMessage", inner, _)) => protocol(inner, data),
        _ => new_content(node, data),
    }
}

fn deleted(item: &Value) -> Told {
    let key = present(item, "key").unwrap_or(item);
    Told::Ours("message.delete", place(key))
}

fn update(item: &Value) -> Told {
    let news = present(item, "update").unwrap_or(item);
    let mut data = match present(item, "key") {
        Some(key) => place(key),
        None => {
            let mut data = place(item);
            // `messageId` is Evolution's own, `keyId` is WhatsApp's
            match text(item, "keyId") {
                Some(id) => data.insert("id".into(), id.into()),
                None => data.remove("id"),
            };
            data
        }
    };
    if present(item, "update").is_some_and(|update| update.get("message") == Some(&Value::Null)) {
        return Told::Ours("message.delete", data);
    }
    let word = match &news["status"] {
        Value::String(word) => word.to_ascii_uppercase(),
        Value::Number(number) => number.to_string(),
        _ => return Told::Ignored("an update of a message that tells no status".into()),
    };
    let status = match word.as_str() {
        "0" | "ERROR" => "failed",
        "1" | "PENDING" => return Told::Ignored("a message that waits to be sent".into()),
        "2" | "SERVER_ACK" => "sent",
        "3" | "DELIVERY_ACK" => "delivered",
        "4" | "READ" => "read",
        "5" | "PLAYED" => "played",
        "DELETED" => return Told::Ours("message.delete", data),
        _ => return Told::Unknown(format!("the status {:?}", word.chars().take(40).collect::<String>())),
    };
    if data.get("fromMe") == Some(&Value::Bool(false)) {
        return Told::Ignored("the status of a message that is not ours".into());
    }
    data.insert("status".into(), status.into());
    if status == "failed" {
        let code = news.pointer("/messageStubParameters/0").and_then(Value::as_str).unwrap_or("WHATSAPP_ERROR");
        data.insert("error".into(), json!({ "code": code, "message": "WhatsApp refused the message." }));
    }
    Told::Ours("message.status", data)
}

fn connection(data: &Value) -> Told {
    let (status, error) = match text(data, "state").unwrap_or_default() {
        "open" => ("connected", None),
        "connecting" => ("connecting", None),
        "close" => ("disconnected", Some("Evolution has lost the connection to the phone.")),
        "refused" => ("error", Some("WhatsApp refuses the connection: pair the phone again at Evolution.")),
        other => return Told::Unknown(format!("the state {:?}", other.chars().take(40).collect::<String>())),
    };
    Told::ours("connection", json!({ "status": status, "error": error }))
}

fn code(data: &Value) -> Told {
    let inner = present(data, "qrcode").unwrap_or(data);
    let code = ["code", "pairingCode"].iter().find_map(|key| text(inner, key).or_else(|| text(data, key)));
    match code {
        Some(code) => Told::ours("connection", json!({ "status": "qr", "qr": code })),
        // no more codes: nobody scanned one
        None => Told::ours("connection", json!({ "status": "disconnected", "error": "Nobody has scanned the code." })),
    }
}
