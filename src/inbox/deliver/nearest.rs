//! What a network cannot carry, as the nearest thing that it can show: a text that says it.

use contract::{Capabilities, MessageType};
use serde_json::{Map, Value};

/// Whether a message of this type can be told as a text.
#[must_use]
pub const fn can_be_told(kind: MessageType) -> bool {
    matches!(kind, MessageType::ProfileShare | MessageType::PostShare | MessageType::BookingProposal)
}

/// The type and text to send: the message's own where the network carries it. A file that is kept elsewhere (`link`) is told
/// by its address.
#[must_use]
pub fn nearest(
    kind: &str,
    content: &str,
    metadata: &Map<String, Value>,
    link: Option<&str>,
    capabilities: &Capabilities,
) -> (MessageType, String) {
    let kind = kind.parse().unwrap_or(MessageType::Text);
    if let Some(link) = link {
        return (MessageType::Text, lines(&[Some(content), Some(link)]));
    }
    if !can_be_told(kind) || capabilities.sends.contains(&kind) {
        return (kind, content.to_owned());
    }
    let text = |field: &str| metadata.get(field).and_then(Value::as_str);
    let told = match kind {
        MessageType::ProfileShare => lines(&[text("name").or(Some(content)), text("avatar")]),
        MessageType::PostShare => lines(&[text("author_name").or(Some(content)), text("media_url")]),
        _ => {
            let amount = |field: &str| metadata.get(field).and_then(Value::as_f64).unwrap_or_default();
            let price = format!("{}, {} min", amount("price"), amount("duration"));
            lines(&[Some(content), text("service_name"), Some(&price)])
        }
    };
    (MessageType::Text, told)
}

fn lines(parts: &[Option<&str>]) -> String {
    parts.iter().flatten().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: &str, content: &str, metadata: Value, link: Option<&str>) -> (MessageType, String) {
        let capabilities = Capabilities { sends: &[MessageType::Text, MessageType::Location], ..Capabilities::PLAIN };
        nearest(kind, content, metadata.as_object().unwrap_or(&Map::new()), link, &capabilities)
    }

    #[test]
    fn what_is_carried_stays_and_the_rest_is_told() {
        assert_eq!(told("text", "hi", json!({}), None), (MessageType::Text, "hi".into()));
        assert_eq!(told("location", "1,2", json!({}), None), (MessageType::Location, "1,2".into()));
        let photo = told("image", "look", json!({}), Some("https://cdn.example.com/1"));
        assert_eq!(photo, (MessageType::Text, "look\nhttps://cdn.example.com/1".into()));
        let booking = json!({"service_name": "Manicure", "price": 2000, "duration": 60});
        let booking = told("booking_proposal", "Shall I book you?", booking, None);
        assert_eq!(booking, (MessageType::Text, "Shall I book you?\nManicure\n2000, 60 min".into()));
        let profile = told("profile_share", "id", json!({"name": "Anna", "avatar": "https://a.example/1"}), None);
        assert_eq!(profile.1, "Anna\nhttps://a.example/1");
    }
}
