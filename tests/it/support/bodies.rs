//! Bodies as the networks deliver them, one builder per fact. Times are now; ids are the caller's, or never used before.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};

/// A number that no other test of this run uses.
pub fn unique() -> i64 {
    static NEXT: AtomicI64 = AtomicI64::new(0);
    500_000_000 + i64::from(std::process::id() % 4_000) * 100_000 + NEXT.fetch_add(1, Ordering::Relaxed)
}

pub fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// Customers' messages count from here, so that they never meet those that the fake network numbers for us.
pub const FIRST_MESSAGE: i64 = 1_001;

/// Telegram updates about one private chat, message ids counting up.
pub struct TelegramChat {
    pub id: i64,
    next_message: AtomicI64,
}

impl TelegramChat {
    pub fn new() -> Self {
        Self { id: unique(), next_message: AtomicI64::new(FIRST_MESSAGE) }
    }

    pub fn text(&self, text: &str) -> Value {
        self.message(json!({"text": text}))
    }

    /// A message with these content fields.
    pub fn message(&self, content: Value) -> Value {
        let mut message = json!({"message_id": self.next_message.fetch_add(1, Ordering::Relaxed), "date": now(),
            "from": self.person(), "chat": self.chat()});
        merge(&mut message, content);
        json!({"update_id": unique(), "message": message})
    }

    /// A new text for an earlier message.
    pub fn edit(&self, message_id: i64, text: &str) -> Value {
        json!({"update_id": unique(), "edited_message": {"message_id": message_id, "date": now(), "edit_date": now(),
            "from": self.person(), "chat": self.chat(), "text": text}})
    }

    fn person(&self) -> Value {
        json!({"id": self.id, "is_bot": false, "first_name": "Ada", "last_name": "Lovelace",
            "username": format!("ada{}", self.id), "language_code": "en"})
    }

    fn chat(&self) -> Value {
        json!({"id": self.id, "type": "private", "first_name": "Ada", "last_name": "Lovelace",
            "username": format!("ada{}", self.id)})
    }
}

fn merge(into: &mut Value, fields: Value) {
    if let (Value::Object(into), Value::Object(fields)) = (into, fields) {
        into.extend(fields);
    }
}

/// A body of Meta's with one `messages` change.
pub fn waba_change(number: &str, value: Value) -> Value {
    let mut full = json!({"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100000", "phone_number_id": number}});
    merge(&mut full, value);
    waba_body(vec![json!({"field": "messages", "value": full})])
}

pub fn waba_body(changes: Vec<Value>) -> Value {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1000001", "time": now(), "changes": changes}]})
}

/// One `messages[]` item.
pub fn waba_message(from: &str, id: &str, text: &str) -> Value {
    json!({"from": from, "id": id, "timestamp": now().to_string(), "type": "text", "text": {"body": text}})
}

pub fn waba_messages(number: &str, from: &str, messages: Vec<Value>) -> Value {
    waba_change(number, json!({"contacts": [{"profile": {"name": "Grace"}, "wa_id": from}], "messages": messages}))
}

pub fn waba_text(number: &str, from: &str, id: &str, text: &str) -> Value {
    waba_messages(number, from, vec![waba_message(from, id, text)])
}

/// One `statuses[]` item for a message of ours.
pub fn waba_status_item(to: &str, id: &str, status: &str) -> Value {
    json!({"id": id, "status": status, "timestamp": now().to_string(), "recipient_id": to})
}

pub fn waba_status(number: &str, to: &str, id: &str, status: &str) -> Value {
    waba_change(number, json!({"statuses": [waba_status_item(to, id, status)]}))
}

/// A body of the bridge.
pub fn bridge_event(event: &str, data: Value) -> Value {
    json!({"id": uuid::Uuid::new_v4(), "event": event, "data": data, "timestamp": now()})
}

pub fn bridge_text(chat: &str, id: &str, text: &str) -> Value {
    bridge_event(
        "message",
        json!({"id": id, "chatId": chat, "from": chat, "fromMe": false, "pushName": "Linus", "isGroup": false,
            "type": "text", "text": text, "timestamp": now()}),
    )
}
