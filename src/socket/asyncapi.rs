//! The AsyncAPI 3.0 document of the sockets, made from the catalogue. AsyncAPI has no words for Socket.IO: a namespace is
//! a channel, an event a message, an acknowledgement a reply.

use serde_json::{Map, Value, json};

use super::catalogue::{ASKED, REFUSED, Shape, TOLD};

const DESCRIPTION: &str = "Socket.IO v4 (Engine.IO 4) at `/socket.io`, by WebSocket or long polling. Hand over `auth: {token, cursor?}`, or \
    the token as `Authorization: Bearer`. The first event is `connected`; then come the events missed since `cursor`, if it was \
    given, and `sync:required`; then live ones. Whatever the journal holds carries `eventId` and `cursor`: the last cursor that \
    was seen is all that a client has to remember. Every event of a client is acknowledged as `{ok:true, …}` or \
    `{ok:false, error:{code, message}}`.";

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut document = Document::default();
    let told: Vec<Value> = TOLD
        .iter()
        .map(|told| {
            let mut payload = document.schema(told.shape);
            if told.journalled {
                payload = json!({"allOf": [payload, {"$ref": "#/components/schemas/Journalled"}]});
            }
            let description = format!("To {}.", told.to);
            document.message("server", told.event, payload, told.summary, Some(description))
        })
        .collect();
    document.operations.insert(
        "tell".into(),
        json!({"action": "send", "channel": channel(), "summary": "What the server tells", "messages": told}),
    );
    for asked in ASKED {
        let payload = document.schema(asked.shape);
        let message = document.message("client", asked.event, payload, asked.summary, None);
        let replies = [document.acknowledgement(asked.ack), document.acknowledgement(REFUSED)];
        let reply = json!({"channel": channel(), "messages": replies});
        document.operations.insert(
            asked.event.into(),
            json!({"action": "receive", "channel": channel(), "summary": asked.summary, "messages": [message], "reply": reply}),
        );
    }
    document.finish()
}

fn channel() -> Value {
    json!({"$ref": "#/channels/operators"})
}

#[derive(Default)]
struct Document {
    messages: Map<String, Value>,
    operations: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Document {
    /// Notes the schemas of a payload and refers to its own.
    fn schema(&mut self, shape: Shape) -> Value {
        let mut own = None;
        for (name, schema) in shape.schemas() {
            own.get_or_insert_with(|| name.clone());
            self.schemas.entry(name).or_insert_with(|| json!(schema));
        }
        json!({"$ref": format!("#/components/schemas/{}", own.unwrap_or_default())})
    }

    fn message(
        &mut self,
        side: &str,
        event: &str,
        payload: Value,
        summary: &str,
        description: Option<String>,
    ) -> Value {
        let key = format!("{side}.{event}");
        let mut message = json!({"name": event, "summary": summary, "payload": payload});
        if let Some(description) = description {
            message["description"] = description.into();
        }
        self.messages.insert(key.clone(), message);
        json!({"$ref": format!("#/channels/operators/messages/{key}")})
    }

    fn acknowledgement(&mut self, shape: Shape) -> Value {
        let payload = self.schema(shape);
        let name = shape.schemas().into_iter().next().map(|(name, _)| name).unwrap_or_default();
        self.message("ack", &name, payload, "An acknowledgement", None)
    }

    fn finish(mut self) -> Value {
        let journalled = json!({
            "type": "object",
            "required": ["eventId", "cursor"],
            "properties": {
                "eventId": {"type": "string", "format": "uuid", "description": "The same however often it is told."},
                "cursor": {"type": "string", "description": "Goes into `auth.cursor` or `resync`."},
            },
        });
        self.schemas.insert("Journalled".into(), journalled);
        json!({
            "asyncapi": "3.0.0",
            "info": {"title": "Switchboard", "version": env!("CARGO_PKG_VERSION"), "description": DESCRIPTION},
            "defaultContentType": "application/json",
            "channels": {
                "operators": {
                    "address": "/",
                    "title": "Operators",
                    "description": "The namespace `/`.",
                    "messages": self.messages,
                },
            },
            "operations": self.operations,
            "components": {"schemas": self.schemas},
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::super::operators;
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
        let mut documented: Vec<&str> = ASKED.iter().map(|asked| asked.event).collect();
        let mut understood = operators::EVENTS.to_vec();
        documented.sort_unstable();
        understood.sort_unstable();
        assert_eq!(documented, understood);
        for event in understood {
            let replies = document["operations"][event]["reply"]["messages"].as_array().unwrap();
            assert_eq!(replies.len(), 2, "{event}");
        }
    }

    #[test]
    fn journalled_events_carry_their_id_and_cursor() {
        let document = document();
        let messages = &document["channels"]["operators"]["messages"];
        for told in TOLD {
            let payload = &messages[format!("server.{}", told.event)]["payload"];
            assert_eq!(payload.to_string().contains("/Journalled"), told.journalled, "{}", told.event);
        }
    }
}
