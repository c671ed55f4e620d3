//! The AsyncAPI 3.0 document of the sockets, made from the catalogue. AsyncAPI has no words for Socket.IO: a namespace is
//! a channel, an event a message, an acknowledgement a reply.

use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::catalogue::{CATALOGUES, Catalogue, Shape};
use crate::schema;

const DESCRIPTION: &str = "Socket.IO v4 (Engine.IO 4) at `/socket.io`, by WebSocket or long polling. Hand over `auth: {token, cursor?}`, or \
    the token as `Authorization: Bearer`. The first event is `connected`; then come the events missed since `cursor`, if it was \
    given, and `sync:required`; then live ones. Whatever the journal holds carries `eventId` and `cursor`: the last cursor that \
    was seen is all that a client has to remember. Every event of a client is acknowledged as `{ok:true, …}` or \
    `{ok:false, error:{code, message}}`.";

/// A text of `/ws`.
struct Text {
    side: &'static str,
    kind: &'static str,
    fields: &'static [&'static str],
    summary: &'static str,
}

const fn text(side: &'static str, kind: &'static str, fields: &'static [&'static str], summary: &'static str) -> Text {
    Text { side, kind, fields, summary }
}

/// What `/ws` hears and says; `docs/gateway.md` has it in words.
const GATEWAY: [Text; 9] = [
    text("client", "subscribe", &[], "Follow a chat; answered by `thread_update`"),
    text("client", "unsubscribe", &[], "Follow it no more"),
    text("client", "typing", &["isTyping"], "Tell the others that you type, or no more"),
    text("client", "read", &["messageIds"], "Read all up to the newest of these"),
    text(
        "server",
        "message",
        &[
            "id",
            "from",
            "type",
            "text",
            "createdAt",
            "senderId",
            "senderName",
            "attachments",
            "metadata",
            "replyToId",
            "reactions",
            "status",
            "private",
            "updated",
            "editedAt",
            "deletedAt",
            "eventId",
            "cursor",
        ],
        "A message; with `updated` once more, after a change",
    ),
    text("server", "typing", &["userId", "isTyping", "name"], "Somebody types, or no more"),
    text("server", "read", &["messageIds", "userId", "from", "eventId", "cursor"], "Somebody has read"),
    text("server", "thread_update", &["status", "managerId", "eventId", "cursor"], "How a chat stands"),
    text("server", "error", &["code", "message"], "Something was refused"),
];

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut document = Document::default();
    for catalogue in &CATALOGUES {
        document.describe(catalogue);
    }
    document.describe_gateway();
    document.finish()
}

#[derive(Default)]
struct Document {
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    schemas: Map<String, Value>,
}

/// A namespace while it is described.
struct Channel {
    id: String,
    messages: Map<String, Value>,
}

impl Channel {
    fn reference(&self) -> Value {
        json!({"$ref": format!("#/channels/{}", self.id)})
    }

    fn message(&mut self, side: &str, event: &str, mut message: Value) -> Value {
        let key = format!("{side}.{event}");
        message["name"] = event.into();
        self.messages.insert(key.clone(), message);
        json!({"$ref": format!("#/channels/{}/messages/{key}", self.id)})
    }
}

impl Document {
    fn describe(&mut self, catalogue: &Catalogue) {
        let path = catalogue.space.path();
        let id = if path == "/" { "operators" } else { path.trim_start_matches('/') };
        let mut channel = Channel { id: id.to_owned(), messages: Map::new() };
        let journalled = if path == "/" { "Journalled" } else { "JournalledInSnake" };
        let mut told = Vec::new();
        for event in catalogue.told {
            let mut payload = self.told(event.shape);
            if event.journalled {
                payload = json!({"allOf": [payload, {"$ref": format!("#/components/schemas/{journalled}")}]});
            }
            let description = format!("To {}.", event.to);
            let message = json!({"summary": event.summary, "payload": payload, "description": description});
            told.push(channel.message("server", event.event, message));
        }
        self.operations.insert(
            format!("{id}.tell"),
            json!({"action": "send", "channel": channel.reference(), "summary": "What the server tells", "messages": told}),
        );
        for event in catalogue.asked {
            let message = json!({"summary": event.summary, "payload": self.schema(event.shape)});
            let message = channel.message("client", event.event, message);
            let replies =
                [self.acknowledgement(&mut channel, event.ack), self.acknowledgement(&mut channel, catalogue.refused)];
            let reply = json!({"channel": channel.reference(), "messages": replies});
            self.operations.insert(
                format!("{id}.{}", event.event),
                json!({"action": "receive", "channel": channel.reference(), "summary": event.summary,
                    "messages": [message], "reply": reply}),
            );
        }
        let description = format!("The namespace `{path}`.");
        self.channels.insert(
            channel.id,
            json!({"address": path, "title": catalogue.title, "description": description, "messages": channel.messages}),
        );
    }

    /// `/ws` is no Socket.IO: every message is an envelope, and nothing is acknowledged.
    fn describe_gateway(&mut self) {
        let mut channel = Channel { id: "ws".into(), messages: Map::new() };
        for (side, action, name, summary) in [("client", "receive", "hear", "Said"), ("server", "send", "tell", "Told")]
        {
            let texts = GATEWAY.iter().filter(|text| text.side == side);
            let messages: Vec<Value> = texts
                .map(|text| {
                    let fields = text.fields.iter().map(|field| ((*field).to_owned(), json!({})));
                    let payload = json!({"type": "object", "required": ["type"], "properties": {
                        "type": {"const": text.kind},
                        "threadId": {"type": "string", "format": "uuid", "description": "The chat."},
                        "payload": {"type": "object", "properties": fields.collect::<Map<_, _>>()},
                    }});
                    channel.message(side, text.kind, json!({"summary": text.summary, "payload": payload}))
                })
                .collect();
            self.operations.insert(
                format!("ws.{name}"),
                json!({"action": action, "channel": channel.reference(), "summary": summary, "messages": messages}),
            );
        }
        let description = "Plain WebSocket: `{type, threadId, payload}` in both directions. The token goes into `?token=`, \
            `Authorization`, or the subprotocols `bearer, <token>`.";
        self.channels.insert(
            channel.id,
            json!({"address": "/ws", "title": "Gateway", "description": description, "messages": channel.messages}),
        );
    }

    /// As [`Self::schema`], of what the server says.
    fn told(&mut self, shape: Shape) -> Value {
        self.note(shape, schema::answered)
    }

    /// Notes the schemas of a payload and refers to its own.
    fn schema(&mut self, shape: Shape) -> Value {
        self.note(shape, |_| ())
    }

    fn note(&mut self, shape: Shape, adapt: fn(&mut RefOr<Schema>)) -> Value {
        let mut own = None;
        for (name, mut schema) in shape.schemas() {
            own.get_or_insert_with(|| name.clone());
            adapt(&mut schema);
            self.schemas.entry(name).or_insert_with(|| json!(schema));
        }
        json!({"$ref": format!("#/components/schemas/{}", own.unwrap_or_default())})
    }

    fn acknowledgement(&mut self, channel: &mut Channel, shape: Shape) -> Value {
        let payload = self.told(shape);
        let name = shape.schemas().into_iter().next().map(|(name, _)| name).unwrap_or_default();
        channel.message("ack", &name, json!({"summary": "An acknowledgement", "payload": payload}))
    }

    fn finish(mut self) -> Value {
        for (name, event_id) in [("Journalled", "eventId"), ("JournalledInSnake", "event_id")] {
            let journalled = json!({
                "type": "object",
                "required": [event_id, "cursor"],
                "properties": {
                    event_id: {"type": "string", "format": "uuid", "description": "The same however often it is told."},
                    "cursor": {"type": "string", "description": "Goes into `auth.cursor` or `resync`."},
                },
            });
            self.schemas.insert(name.into(), journalled);
        }
        json!({
            "asyncapi": "3.0.0",
            "info": {"title": "Switchboard", "version": env!("CARGO_PKG_VERSION"), "description": DESCRIPTION},
            "defaultContentType": "application/json",
            "channels": self.channels,
            "operations": self.operations,
            "components": {"schemas": self.schemas},
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn whatever_the_document_refers_to_is_in_it() {
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 50);
        for reference in found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} is nowhere");
        }
    }

    #[test]
    fn whatever_is_understood_is_in_the_document_with_its_acknowledgement() {
        let document = document();
        for (catalogue, id) in CATALOGUES.iter().zip(["operators", "chat", "notifications"]) {
            let mut documented: Vec<&str> = catalogue.asked.iter().map(|asked| asked.event).collect();
            let mut understood = catalogue.space.events().to_vec();
            documented.sort_unstable();
            understood.sort_unstable();
            assert_eq!(documented, understood);
            for event in understood {
                let replies = document["operations"][format!("{id}.{event}")]["reply"]["messages"].as_array().unwrap();
                assert_eq!(replies.len(), 2, "{event}");
            }
        }
    }

    #[test]
    fn journalled_events_carry_their_id_and_cursor() {
        let document = document();
        for (catalogue, id) in CATALOGUES.iter().zip(["operators", "chat", "notifications"]) {
            let messages = &document["channels"][id]["messages"];
            for told in catalogue.told {
                let payload = &messages[format!("server.{}", told.event)]["payload"];
                assert_eq!(payload.to_string().contains("/Journalled"), told.journalled, "{}", told.event);
            }
        }
    }

    #[test]
    fn every_name_that_is_told_or_asked_is_reserved() {
        for catalogue in &CATALOGUES {
            let told = catalogue.told.iter().map(|told| told.event);
            for event in told.chain(catalogue.asked.iter().map(|asked| asked.event)) {
                assert!(crate::event::is_reserved(event), "{event} could be published by anybody");
            }
        }
    }
}
