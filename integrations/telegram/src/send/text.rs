//! The nearest text of messages that Telegram has no form for.

use contract::{MessageType, Outgoing};
use serde_json::Value;

/// What is written in place of the message; its own content where there is nothing better.
pub(super) fn nearest(outgoing: &Outgoing) -> String {
    let field = |key: &str| outgoing.metadata.get(key).and_then(plain);
    let lines = match outgoing.kind {
        // their content is an id of the application that sends them
        MessageType::ProfileShare => vec![field("name"), field("avatar")],
        MessageType::PostShare => vec![field("author_name"), field("media_url")],
        MessageType::BookingProposal => {
            let minutes = field("duration").map(|minutes| format!("{minutes} min"));
            let offer: Vec<_> = [field("service_name"), field("price"), minutes].into_iter().flatten().collect();
            vec![Some(outgoing.content.clone()), Some(offer.join(" · "))]
        }
        MessageType::Interactive => {
            let mut lines = vec![Some(outgoing.content.clone())];
            let buttons = outgoing.metadata.get("buttons").and_then(Value::as_array).into_iter().flatten();
            lines.extend(buttons.map(|button| caption(button).map(|text| format!("• {text}"))));
            lines
        }
        _ => Vec::new(),
    };
    let lines: Vec<String> = lines.into_iter().flatten().filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { outgoing.content.clone() } else { lines.join("\n") }
}

/// `name: number, number`, a line each; `None` where no contact has either.
pub(super) fn contacts(contacts: &[Value]) -> Option<String> {
    let line = |contact: &Value| {
        let name = contact.get("name").and_then(plain);
        let phones = contact.get("phones").and_then(Value::as_array).into_iter().flatten().filter_map(plain);
        let phones = Some(phones.collect::<Vec<_>>().join(", ")).filter(|phones| !phones.is_empty());
        let parts: Vec<String> = [name, phones].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(": "))
    };
    let lines: Vec<String> = contacts.iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn caption(button: &Value) -> Option<String> {
    plain(button).or_else(|| ["title", "text", "label"].iter().find_map(|key| plain(button.get(key)?)))
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}
