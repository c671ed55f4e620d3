//! Changes to a message that WhatsApp has: a new text, a deletion for everyone, a reaction.

use std::time::Duration;

use contract::{Account, Change, OutgoingChange, SendError};
use reqwest::Method;
use serde_json::json;

use crate::WhatsappBridge;
use crate::send::{ask, refused};

const TIMEOUT: Duration = Duration::from_secs(25);

pub(crate) async fn change(
    bridge: &WhatsappBridge,
    account: &Account,
    change: &OutgoingChange,
) -> Result<(), SendError> {
    let mut body = json!({ "chatId": change.chat_external_id, "fromMe": change.from_me });
    if let Some(participant) = change.sender_external_id.as_deref().filter(|_| change.is_group) {
        body["participant"] = participant.into();
    }
    let (method, below) = match &change.change {
        Change::Edit { content } => {
            body["text"] = content.as_str().into();
            (Method::POST, "/edit")
        }
        Change::Delete => (Method::DELETE, ""),
        Change::React { emoji } => {
            body["emoji"] = emoji.as_deref().unwrap_or_default().into();
            (Method::PUT, "/reaction")
        }
    };
    let path = format!("/messages/{}{below}", segment(&change.message_external_id));
    let answer = ask(bridge, bridge.request(method, account, &path).json(&body), TIMEOUT).await?;
    if (200..=299).contains(&answer.status) { Ok(()) } else { Err(refused(&answer)) }
}

/// An id as one segment of a path: it came from outside, and may hold anything.
pub(crate) fn segment(id: &str) -> String {
    let mut encoded = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_segment() {
        assert_eq!(segment("3EB0AA01"), "3EB0AA01");
        assert_eq!(segment("../x?y#z %"), "%2E%2E%2Fx%3Fy%23z%20%25");
    }
}
