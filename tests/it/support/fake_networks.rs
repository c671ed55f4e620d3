//! What the fakes say when a test asked for nothing else: the happy answers of each network's own documentation.

use axum::http::Method;
use serde_json::{Value, json};

use super::fake::{Call, Key, Network, Reply};

/// The Bot API: <https://core.telegram.org/bots/api>.
pub fn telegram(network: &Network, key: &Key, call: &Call) -> Reply {
    let body = call.json();
    let result = match key.operation.as_str() {
        "getme" => bot(&key.account),
        "getwebhookinfo" => json!({"url": "", "has_custom_certificate": false, "pending_update_count": 0}),
        "getupdates" => Value::Array(network.updates_from(&key.account, body["offset"].as_i64().unwrap_or(0))),
        "setwebhook"
        | "deletewebhook"
        | "sendchataction"
        | "deletemessage"
        | "setmessagereaction"
        | "answercallbackquery" => json!(true),
        _ => {
            let chat: i64 = match &body["chat_id"] {
                Value::String(id) => id.parse().unwrap_or(0),
                id => id.as_i64().unwrap_or(0),
            };
            json!({"message_id": 1_000_000 + network.next_id(), "date": chrono::Utc::now().timestamp(),
                "from": bot(&key.account), "chat": {"id": chat, "type": "private", "first_name": "Customer"},
                "text": body["text"].as_str().unwrap_or("")})
        }
    };
    Reply::Json(200, json!({"ok": true, "result": result}))
}

fn bot(token: &str) -> Value {
    let id: u64 = token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or(1);
    json!({"id": id, "is_bot": true, "first_name": "Shop", "username": format!("shop{id}_bot"), "can_join_groups": true,
        "can_read_all_group_messages": false, "supports_inline_queries": false, "can_connect_to_business": false,
        "has_main_web_app": false})
}

/// A refusal as the Bot API words it.
pub fn telegram_error(code: u16, description: &str, parameters: Value) -> Reply {
    let mut body = json!({"ok": false, "error_code": code, "description": description});
    if !parameters.is_null() {
        body["parameters"] = parameters;
    }
    Reply::Json(code, body)
}

/// The WhatsApp Cloud API on Meta's Graph.
pub fn graph(network: &Network, key: &Key, call: &Call) -> Reply {
    let body = call.json();
    let answer = match (&call.method, key.operation.as_str()) {
        (&Method::POST, "messages") if body["status"] == "read" => json!({"success": true}),
        (&Method::POST, "messages") => json!({"messaging_product": "whatsapp",
            "contacts": [{"input": body["to"], "wa_id": body["to"]}],
            "messages": [{"id": format!("wamid.OUT{}", network.next_id())}]}),
        (&Method::POST, "media") => json!({"id": network.next_id().to_string()}),
        (&Method::GET, "") => json!({"id": key.account, "verified_name": "Shop", "quality_rating": "GREEN",
            "display_phone_number": "+1 555-010-0000", "code_verification_status": "VERIFIED"}),
        _ => json!({"success": true}),
    };
    Reply::Json(200, answer)
}

/// A refusal as Graph words it.
pub fn graph_error(status: u16, code: i64, message: &str) -> Reply {
    let error = json!({"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1b2C3"});
    Reply::Json(status, json!({"error": error}))
}

/// Our bridge: a repeated `clientId` answers the first call's id.
pub fn bridge(network: &Network, key: &Key, call: &Call) -> Reply {
    let body = call.json();
    let answer = match (&call.method, key.operation.as_str()) {
        (&Method::POST, "messages") => {
            let name = format!("{}/{}", key.account, body["clientId"].as_str().unwrap_or_default());
            network.once(name, || json!({"id": format!("3EB0{:08X}", network.next_id())}))
        }
        (_, "") => json!({"status": "connected", "qr": null, "phone": "+15550100000"}),
        _ => json!({"ok": true}),
    };
    Reply::Json(200, answer)
}
