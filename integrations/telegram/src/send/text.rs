//! The nearest text of messages that Telegram has no form for.

use contract::{MessageType, Outgoing};
use serde_json::Value;

use super::keyboard;

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
        MessageType::Interactive => return keyboard::legend(&outgoing.content, &outgoing.metadata),
        _ => Vec::new(),
    };
    let lines: Vec<String> = lines.into_iter().flatten().filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { outgoing.content.clone() } else { lines.join("\n") }
}

pub(super) fn caption(button: &Value) -> Option<String> {
    plain(button).or_else(|| ["title", "text", "label"].iter().find_map(|key| plain(button.get(key)?)))
}

pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}
