//! Reads what other backends publish. Whoever can publish is trusted to speak of its own chats, and nothing more: what is
//! too large, too deep, of another form or of another chat than its channel is dropped.

use serde_json::{Map, Value};

use super::Dropped;
use crate::gateway::words::MOST_BYTES;
use crate::id::{ChatId, MessageId};

/// Ids of one `read`, and their length.
const MOST_IDS: usize = 1_000;
const LONGEST_ID: usize = 64;

/// What is passed on.
#[derive(Debug, Clone, PartialEq)]
pub struct Publication {
    /// `None` where the body leaves it to the channel.
    pub thread_id: Option<ChatId>,
    pub kind: &'static str,
    pub payload: Map<String, Value>,
}

impl Publication {
    /// Whether it is for operators alone.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.payload.get("private") == Some(&Value::Bool(true))
    }

    /// Who types; it is not told to itself.
    #[must_use]
    pub fn typist(&self) -> Option<&str> {
        self.payload.get("userId").and_then(Value::as_str).filter(|_| self.kind == "typing")
    }
}

/// An envelope: `{type, threadId, payload}`; a `new_message` with `message` or `payload` is a `message`.
///
/// # Errors
/// [`Dropped`].
pub fn envelope(body: &[u8], origin: &str) -> Result<Publication, Dropped> {
    let mut body = object(body, origin)?;
    let (kind, payload) = match body.get("type").and_then(Value::as_str) {
        Some("message" | "new_message") => ("message", body.remove("payload").or_else(|| body.remove("message"))),
        Some("typing") => ("typing", body.remove("payload")),
        Some("read") => ("read", body.remove("payload")),
        Some("thread_update") => ("thread_update", body.remove("payload")),
        Some(_) => return Err(Dropped::UnknownType),
        None => return Err(Dropped::Malformed),
    };
    let Some(Value::Object(payload)) = payload else { return Err(Dropped::Malformed) };
    let said = match kind {
        "typing" => is_typing(&payload),
        "read" => message_ids(&payload).is_some(),
        _ => true,
    };
    if !said {
        return Err(Dropped::Malformed);
    }
    let thread_id = match (thread(&body)?, thread(&payload)?) {
        (Some(outer), Some(inner)) if outer != inner => return Err(Dropped::Foreign),
        (outer, inner) => outer.or(inner),
    };
    Ok(Publication { thread_id, kind, payload })
}

/// The body of `chat.thread.{id}.typing`: `{userId, isTyping}`.
///
/// # Errors
/// [`Dropped`].
pub fn typing(body: &[u8], origin: &str) -> Result<Publication, Dropped> {
    let mut payload = object(body, origin)?;
    payload.remove("origin");
    if !is_typing(&payload) {
        return Err(Dropped::Malformed);
    }
    Ok(Publication { thread_id: thread(&payload)?, kind: "typing", payload })
}

/// The body of `chat.user.{userId}.read`: `{messageIds}`.
///
/// # Errors
/// [`Dropped`]; [`Dropped::Foreign`] where none of them can be ours.
pub fn read(body: &[u8], origin: &str) -> Result<Vec<MessageId>, Dropped> {
    let body = object(body, origin)?;
    let ids = message_ids(&body).ok_or(Dropped::Malformed)?;
    let ids: Vec<MessageId> = ids.filter_map(|id| id.parse().ok()).collect();
    if ids.is_empty() { Err(Dropped::Foreign) } else { Ok(ids) }
}

fn object(body: &[u8], origin: &str) -> Result<Map<String, Value>, Dropped> {
    if body.len() > MOST_BYTES {
        return Err(Dropped::TooLarge);
    }
    // JSON of more than 128 levels is refused here
    let body: Map<String, Value> = serde_json::from_slice(body).map_err(|_| Dropped::Malformed)?;
    if body.get("origin").is_some_and(|from| from == origin) { Err(Dropped::Own) } else { Ok(body) }
}

fn is_typing(payload: &Map<String, Value>) -> bool {
    payload.get("userId").and_then(Value::as_str).is_some_and(|id| (1..=LONGEST_ID).contains(&id.len()))
        && payload.get("isTyping").is_some_and(Value::is_boolean)
}

fn message_ids(payload: &Map<String, Value>) -> Option<impl Iterator<Item = &str>> {
    let ids = payload.get("messageIds")?.as_array().filter(|ids| (1..=MOST_IDS).contains(&ids.len()))?;
    let texts = ids.iter().map(Value::as_str);
    texts.clone().all(|id| id.is_some_and(|id| id.len() <= LONGEST_ID)).then_some(texts.flatten())
}

/// The chat that is named; one that is no id of ours is somebody else's.
fn thread(fields: &Map<String, Value>) -> Result<Option<ChatId>, Dropped> {
    match fields.get("threadId") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => id.parse().map(Some).map_err(|_| Dropped::Foreign),
        Some(_) => Err(Dropped::Foreign),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    const ORIGIN: &str = "ours";

    fn read_envelope(body: &Value) -> Result<Publication, Dropped> {
        envelope(body.to_string().as_bytes(), ORIGIN)
    }

    #[test]
    fn envelopes_are_read_as_other_backends_write_them() {
        let id = ChatId::new();
        let message = json!({"id": "m1", "from": "client", "text": "hi"});
        let expected =
            Publication { thread_id: Some(id), kind: "message", payload: message.as_object().unwrap().clone() };
        for body in [
            json!({"type": "message", "threadId": id, "payload": message}),
            json!({"type": "new_message", "threadId": id, "message": message}),
            json!({"type": "new_message", "threadId": id, "payload": message, "origin": "theirs", "more": [1]}),
        ] {
            assert_eq!(read_envelope(&body), Ok(expected.clone()), "{body}");
        }
        let quiet = read_envelope(&json!({"type": "thread_update", "payload": {"status": "open"}})).unwrap();
        assert_eq!((quiet.thread_id, quiet.kind, quiet.is_private()), (None, "thread_update", false));
        let note = read_envelope(&json!({"type": "message", "payload": {"private": true}})).unwrap();
        assert!(note.is_private());
        let body = json!({"userId": "u", "isTyping": true, "origin": "theirs"});
        let typing = typing(body.to_string().as_bytes(), ORIGIN).unwrap();
        assert_eq!((typing.typist(), typing.payload.get("origin")), (Some("u"), None));
        let ids = [MessageId::new(), MessageId::new()];
        assert_eq!(read(json!({"messageIds": ids}).to_string().as_bytes(), ORIGIN), Ok(ids.to_vec()));
    }

    #[test]
    fn h9_junk_strangers_and_loops_are_dropped() {
        let id = ChatId::new();
        for (body, reason) in [
            (json!(1), Dropped::Malformed),
            (json!(["message"]), Dropped::Malformed),
            (json!({}), Dropped::Malformed),
            (json!({"type": 1, "payload": {}}), Dropped::Malformed),
            (json!({"type": "message"}), Dropped::Malformed),
            (json!({"type": "message", "payload": "hi"}), Dropped::Malformed),
            (json!({"type": "typing", "payload": {"userId": 5, "isTyping": true}}), Dropped::Malformed),
            (json!({"type": "read", "payload": {"messageIds": [1]}}), Dropped::Malformed),
            (json!({"type": "error", "payload": {"code": "FORBIDDEN"}}), Dropped::UnknownType),
            (json!({"type": "chat:deleted", "payload": {}}), Dropped::UnknownType),
            (json!({"type": "message", "threadId": 15, "payload": {}}), Dropped::Foreign),
            (json!({"type": "message", "threadId": "*", "payload": {}}), Dropped::Foreign),
            (json!({"type": "message", "threadId": id, "payload": {"threadId": ChatId::new()}}), Dropped::Foreign),
            (json!({"type": "message", "origin": "ours", "payload": {}}), Dropped::Own),
        ] {
            assert_eq!(read_envelope(&body), Err(reason), "{body}");
        }
        let deep = format!("{{\"type\":\"message\",\"payload\":{{\"a\":{}{}}}}}", "[".repeat(500), "]".repeat(500));
        assert_eq!(envelope(deep.as_bytes(), ORIGIN), Err(Dropped::Malformed));
        assert_eq!(envelope(&[b' '; MOST_BYTES + 1], ORIGIN), Err(Dropped::TooLarge));
        for body in ["", "nonsense", "{\"userId\":\"\",\"isTyping\":true}", "{\"userId\":\"u\"}", "\u{0}"] {
            assert_eq!(typing(body.as_bytes(), ORIGIN), Err(Dropped::Malformed), "{body}");
        }
        for body in [json!({"messageIds": []}), json!({"messageIds": "m"}), json!({})] {
            assert_eq!(read(body.to_string().as_bytes(), ORIGIN), Err(Dropped::Malformed), "{body}");
        }
        assert_eq!(read(br#"{"messageIds":["17"]}"#, ORIGIN), Err(Dropped::Foreign));
    }
}
