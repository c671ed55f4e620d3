//! WAHA's webhooks: `{event, session, payload, …}`, sealed with SHA-512 over the raw body.

use contract::{Account, Rejection, WebhookRequest};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha512;

use super::{Told, number, present, text};
use crate::webhook::only;

/// States of a phone, votes and calls, which an inbox does not keep.
const STATES: [&str; 11] = [
    "chat.archive",
    "group.",
    "presence.",
    "poll.vote",
    "label.",
    "call.",
    "engine.event",
    "event.response",
    "state.change",
    "api.",
    "message.waiting",
];

pub(crate) fn verify(request: &WebhookRequest<'_>, account: &Account) -> Result<(), Rejection> {
    genuine(request, account).ok_or(Rejection::Unauthorized)
}

fn genuine(request: &WebhookRequest<'_>, account: &Account) -> Option<()> {
    let key = account.credential("key")?;
    if only(request, "x-webhook-hmac-algorithm").is_some_and(|name| !name.eq_ignore_ascii_case("sha512")) {
        return None;
    }
    let mut claimed = [0; 64];
    hex::decode_to_slice(only(request, "x-webhook-hmac")?, &mut claimed).ok()?;
    let mut mac = Hmac::<Sha512>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(request.body);
    // compares in constant time
    mac.verify_slice(&claimed).ok()
}

pub(super) fn read(body: &Value) -> Told {
    let payload = &body["payload"];
    match body["event"].as_str().unwrap_or_default() {
        "message" | "message.any" => message(payload),
        "message.reaction" => reaction(payload),
        "message.ack" | "message.ack.group" => ack(payload),
        "message.edited" => edited(payload),
        "message.revoked" => revoked(payload),
        "session.status" => session(payload),
        state if STATES.iter().any(|known| state.starts_with(known)) => Told::Ignored(format!("WAHA's {state}")),
        other => Told::Unknown(format!("event {:?} is not one of WAHA's", other.chars().take(64).collect::<String>())),
    }
}

/// `<fromMe>_<chat>_<id>[_<participant>]`: its parts; an id of another form is one as a whole.
pub(super) struct MessageId<'a> {
    pub(super) from_me: Option<bool>,
    pub(super) chat: Option<&'a str>,
    pub(super) id: &'a str,
    participant: Option<&'a str>,
}

pub(super) fn message_id(full: &str) -> MessageId<'_> {
    let whole = MessageId { from_me: None, chat: None, id: full, participant: None };
    let Some((from_me, rest)) = full.split_once('_') else { return whole };
    let from_me = match from_me {
        "true" => true,
        "false" => false,
        _ => return whole,
    };
    // an address may hold `_` before its @
    let Some(at) = rest.find('@') else { return whole };
    let Some(end) = rest[at..].find('_').map(|end| at + end) else { return whole };
    let (chat, rest) = (&rest[..end], &rest[end + 1..]);
    let (id, participant) = rest.split_once('_').map_or((rest, None), |(id, participant)| (id, Some(participant)));
    MessageId { from_me: Some(from_me), chat: Some(chat), id, participant }
}

/// Whose message a payload is of: its id, chat and writer.
fn place(payload: &Value) -> Map<String, Value> {
    let full = message_id(text(payload, "id").unwrap_or_default());
    let from_me = payload.get("fromMe").and_then(Value::as_bool).or(full.from_me).unwrap_or(false);
    let (from, to) = (text(payload, "from"), text(payload, "to").filter(|to| to.contains('@')));
    let chat = full.chat.or(if from_me { to.or(from) } else { from });
    let participant = text(payload, "participant").or(full.participant.filter(|who| who.contains('@')));
    let mut data = Map::new();
    let mut keep = |name: &str, value: Option<Value>| value.map(|value| data.insert(name.into(), value));
    keep("id", Some(full.id).filter(|id| !id.is_empty()).map(Value::from));
    // a hidden id's phone, where the engine knows it
    let phone = ["/_data/key/remoteJidAlt", "/_data/Info/SenderAlt"]
        .iter()
        .find_map(|path| payload.pointer(path)?.as_str().filter(|jid| jid.ends_with("@s.whatsapp.net")));
    let chat = if chat.is_some_and(|chat| chat.ends_with("@lid")) && !from_me { phone.or(chat) } else { chat };
    keep("chatId", chat.map(Value::from));
    keep("participant", participant.filter(|_| chat.is_some_and(|chat| chat.ends_with("@g.us"))).map(Value::from));
    keep("fromMe", Some(from_me.into()));
    keep("timestamp", number(payload.get("timestamp")).map(Value::from));
    let name = ["/_data/notifyName", "/_data/pushName", "/_data/Info/PushName"]
        .iter()
        .find_map(|path| payload.pointer(path)?.as_str().filter(|name| !name.is_empty()));
    keep("pushName", name.filter(|_| !from_me).map(Value::from));
    data
}

fn message(payload: &Value) -> Told {
    let mut data = place(payload);
    let words = text(payload, "body");
    let inner = present(&payload["_data"], "message").or_else(|| present(&payload["_data"], "Message"));
    let kind = payload.pointer("/_data/type").and_then(Value::as_str);
    if payload["hasMedia"] == true || present(payload, "media").is_some() {
        let media = &payload["media"];
        let mime_type = text(media, "mimetype");
        let ptt = inner.is_some_and(|inner| inner.pointer("/audioMessage/ptt") == Some(&Value::Bool(true)));
        data.insert("type".into(), media_type(kind, mime_type, ptt).into());
        data.insert(
            "media".into(),
            json!({ "mimeType": mime_type, "fileName": media["filename"], "url": media["url"], "base64": media["data"] }),
        );
    } else if let Some(place) = present(payload, "location") {
        data.insert("type".into(), "location".into());
        data.insert(
            "location".into(),
            json!({ "lat": place["latitude"], "lng": place["longitude"], "name": place["description"],
                "live": place["live"] }),
        );
    } else if let Some(cards) = payload["vCards"].as_array().filter(|cards| !cards.is_empty()) {
        let cards: Vec<Value> = cards.iter().filter_map(Value::as_str).take(100).map(card).collect();
        data.insert("type".into(), "contacts".into());
        data.insert("contacts".into(), cards.into());
    } else if words.is_some() {
        data.insert("type".into(), "text".into());
    } else if let Some(mut content) = inner.and_then(super::baileys::content) {
        data.append(&mut content);
    } else {
        match kind {
            Some("revoked" | "e2e_notification" | "notification_template" | "protocol") => {
                return Told::Ignored("a note for phones alone".into());
            }
            kind => data.insert("type".into(), format!("unknown_{}", kind.unwrap_or("content")).into()),
        };
    }
    if let Some(words) = words.filter(|_| data.get("type").is_some_and(|kind| kind != "contacts" && kind != "location"))
    {
        data.insert("text".into(), words.into());
    }
    if let Some(quoted) = text(&payload["replyTo"], "id") {
        data.insert("quotedId".into(), message_id(quoted).id.into());
    }
    if payload.pointer("/_data/isForwarded") == Some(&Value::Bool(true)) {
        data.insert("forwarded".into(), true.into());
    }
    Told::Ours("message", data)
}

fn media_type(kind: Option<&str>, mime_type: Option<&str>, ptt: bool) -> &'static str {
    match (kind, mime_type.unwrap_or_default()) {
        (Some("ptt"), _) => "voice",
        (Some("sticker"), _) | (_, "image/webp") => "sticker",
        (Some("document"), _) => "document",
        (_, mime) if mime.starts_with("audio/") => {
            if ptt {
                "voice"
            } else {
                "audio"
            }
        }
        (Some("image"), _) => "image",
        (Some("video"), _) => "video",
        (_, mime) if mime.starts_with("image/") => "image",
        (_, mime) if mime.starts_with("video/") => "video",
        _ => "document",
    }
}

fn card(vcard: &str) -> Value {
    let field = |name: &str| vcard.lines().find_map(|line| line.strip_prefix(name).map(str::trim));
    let phones: Vec<&str> = vcard
        .lines()
        .filter(|line| line.contains("TEL"))
        .filter_map(|line| Some(line.rsplit_once(':')?.1.trim()))
        .collect();
    json!({ "name": field("FN:"), "phones": phones, "vcard": vcard })
}

fn reaction(payload: &Value) -> Told {
    let mut data = place(payload);
    let reaction = &payload["reaction"];
    let target = message_id(text(reaction, "messageId").unwrap_or_default()).id;
    data.insert("type".into(), "reaction".into());
    data.insert("reaction".into(), json!({ "messageId": target, "emoji": text(reaction, "text").unwrap_or_default() }));
    Told::Ours("message", data)
}

/// `ackName` is the same for all engines; the number is one less than Baileys' for the same state.
fn ack(payload: &Value) -> Told {
    let mut data = place(payload);
    let name = text(payload, "ackName").filter(|name| *name != "UNKNOWN");
    let status = match (name, payload["ack"].as_i64()) {
        (Some("ERROR"), _) | (None, Some(-1)) => "failed",
        (Some("SERVER"), _) | (None, Some(1)) => "sent",
        (Some("DEVICE"), _) | (None, Some(2)) => "delivered",
        (Some("READ"), _) | (None, Some(3)) => "read",
        (Some("PLAYED"), _) | (None, Some(4)) => "played",
        (Some("PENDING"), _) | (None, _) => return Told::Ignored("a message that waits to be sent".into()),
        (Some(other), _) => {
            return Told::Unknown(format!("the status {:?}", other.chars().take(40).collect::<String>()));
        }
    };
    if data.get("fromMe") != Some(&Value::Bool(true)) {
        return Told::Ignored("the status of a message that is not ours".into());
    }
    data.insert("status".into(), status.into());
    if status == "failed" {
        data.insert("error".into(), json!({ "code": "WAHA_ERROR", "message": "WhatsApp refused the message." }));
    }
    Told::Ours("message.status", data)
}

fn edited(payload: &Value) -> Told {
    let mut data = place(payload);
    if let Some(id) = text(payload, "editedMessageId") {
        data.insert("id".into(), message_id(id).id.into());
    }
    data.insert("type".into(), "text".into());
    data.insert("text".into(), text(payload, "body").unwrap_or_default().into());
    Told::Ours("message.edit", data)
}

fn revoked(payload: &Value) -> Told {
    let note = [&payload["after"], &payload["before"]].into_iter().find(|note| note.is_object());
    let mut data = place(note.unwrap_or(&Value::Null));
    if let Some(id) = text(payload, "revokedMessageId") {
        data.insert("id".into(), message_id(id).id.into());
    }
    Told::Ours("message.delete", data)
}

fn session(payload: &Value) -> Told {
    let word = text(payload, "status").unwrap_or_default();
    let Some((status, error)) = session_state(word) else {
        return Told::Unknown(format!("the session's status {:?}", word.chars().take(40).collect::<String>()));
    };
    Told::ours("connection", json!({ "status": status, "error": error }))
}

/// The bridge's word for a session's state, and what to do about it.
pub(super) fn session_state(word: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match word {
        "WORKING" => ("connected", None),
        "STARTING" => ("connecting", None),
        "SCAN_QR_CODE" => ("qr", None),
        "STOPPED" => ("disconnected", Some("The session is stopped at WAHA: start it there.")),
        "FAILED" => ("error", Some("The session has failed at WAHA: restart it there, or pair the phone again.")),
        word if word.starts_with("PASSKEY") => ("error", Some("WhatsApp asks for a passkey: pair the phone at WAHA.")),
        _ => return None,
    })
}
