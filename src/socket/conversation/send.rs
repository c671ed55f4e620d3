//! `chat:message:send`: the eight types of the design, each checked, as the inbox sends them.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::payload::{Send, Taken};
use crate::error::{Error, Result};
use crate::id::MessageId;
use crate::inbox::send::SendRequest;
use crate::socket::Door;
use crate::socket::client::Client;
use crate::socket::hear::Said;

/// Stores a message and queues it.
///
/// # Errors
/// Those of [`crate::inbox::Inbox::send`], and [`Error::Invalid`] for what a type needs.
pub async fn send(door: &Door, client: &Client, said: &Said) -> Result<Taken> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Stored {
        id: MessageId,
        created_at: String,
    }
    let mut send: Send = said.fields("an object with `chat_id`, `type`, `content` and `metadata`")?;
    let key = send.idempotency_key.take();
    if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > 255) {
        return Err(Error::invalid("idempotency_key", "Give 1 to 255 characters."));
    }
    let answer = door.inbox.send(&client.caller(), request(send)?, key.as_deref()).await?;
    let stored: Stored = serde_json::from_str(&answer).map_err(Error::internal)?;
    Ok(Taken { status: "sent", message_id: stored.id, created_at: stored.created_at })
}

fn request(send: Send) -> Result<SendRequest> {
    let kind = send.kind.unwrap_or_else(|| "text".into());
    let mut metadata = send.metadata.unwrap_or_default();
    let (mut content, mut link) = (send.content, None);
    let kind = match kind.as_str() {
        "photo" | "video" | "voice" => {
            link = Some(address(&content)?);
            content = text(&metadata, "caption")?.unwrap_or_default();
            if let Some(thumbnail) = text(&metadata, "thumbnail")? {
                address(&thumbnail)
                    .map_err(|_| Error::invalid("metadata.thumbnail", "Give an http or https address."))?;
            }
            for field in ["width", "height", "duration"] {
                amount(&metadata, field)?;
            }
            if kind == "photo" { "image" } else { &kind }
        }
        "location" => {
            place(&mut metadata, &content);
            &kind
        }
        "text" | "profile_share" | "post_share" | "booking_proposal" => &kind,
        _ => {
            let types = "text, photo, video, voice, location, profile_share, post_share, booking_proposal";
            return Err(Error::invalid("type", format!("Give one of {types}.")));
        }
    };
    Ok(SendRequest {
        chat_id: Some(send.chat_id),
        kind: Some(kind.to_owned()),
        content,
        metadata: Some(metadata),
        link,
        ..SendRequest::default()
    })
}

/// The address of a file; that of an upload may come as it was given, without our name before it.
fn address(content: &str) -> Result<String> {
    if content.starts_with("/api/media/") && content.len() <= 2_048 {
        return Ok(content.to_owned());
    }
    let url = reqwest::Url::parse(content.trim()).ok();
    let good = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && content.len() <= 2_048);
    good.map(String::from).ok_or_else(|| Error::invalid("content", "Give the http or https address of the file."))
}

fn text(metadata: &Map<String, Value>, field: &str) -> Result<Option<String>> {
    match metadata.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::invalid(&format!("metadata.{field}"), "must be a text")),
    }
}

fn amount(metadata: &Map<String, Value>, field: &str) -> Result<()> {
    match metadata.get(field) {
        None | Some(Value::Null) => Ok(()),
        Some(value) if value.as_f64().is_some_and(|value| value >= 0.0) => Ok(()),
        Some(_) => Err(Error::invalid(&format!("metadata.{field}"), "must be a number from 0")),
    }
}

/// A place may come as `lat,lng` alone.
fn place(metadata: &mut Map<String, Value>, content: &str) {
    if metadata.contains_key("lat") || metadata.contains_key("lng") {
        return;
    }
    let degrees = content.split_once(',').and_then(|(lat, lng)| {
        let degrees = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
        Some((degrees(lat)?, degrees(lng)?))
    });
    if let Some((lat, lng)) = degrees {
        metadata.insert("lat".into(), lat.into());
        metadata.insert("lng".into(), lng.into());
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(kind: &str, content: &str, metadata: Value) -> Result<SendRequest> {
        let send = json!({"chat_id": "c", "type": kind, "content": content, "metadata": metadata});
        request(serde_json::from_value(send).unwrap())
    }

    #[test]
    fn a_file_needs_an_address_and_its_caption_is_the_text() {
        for kind in ["photo", "video", "voice"] {
            for wrong in ["", "nonsense", "javascript:alert(1)", "file:///etc/passwd", "data:image/png;base64,AA"] {
                assert!(of(kind, wrong, json!({})).is_err(), "{kind} {wrong}");
            }
            let sent = of(kind, "https://cdn.example.com/1", json!({"caption": "look", "duration": 3})).unwrap();
            assert_eq!((sent.link.as_deref(), sent.content.as_str()), (Some("https://cdn.example.com/1"), "look"));
        }
        assert_eq!(of("photo", "https://a.example/1", json!({})).unwrap().kind.as_deref(), Some("image"));
        assert!(of("photo", "https://a.example/1", json!({"width": "wide"})).is_err());
        assert!(of("video", "https://a.example/1", json!({"thumbnail": "javascript:1"})).is_err());
    }

    #[test]
    fn a_place_may_come_as_text_alone() {
        let metadata = of("location", "55.75, 37.61", json!({})).unwrap().metadata.unwrap();
        assert_eq!((&metadata["lat"], &metadata["lng"]), (&json!(55.75), &json!(37.61)));
        assert_eq!(of("location", "x", json!({"lat": 1.0})).unwrap().metadata.unwrap().get("lng"), None);
    }

    #[test]
    fn there_are_eight_types() {
        for kind in ["text", "profile_share", "post_share", "booking_proposal"] {
            assert_eq!(of(kind, "x", json!({})).unwrap().kind.as_deref(), Some(kind));
        }
        for kind in ["image", "system", "document", "nonsense", ""] {
            assert!(of(kind, "https://a.example/1", json!({})).is_err(), "{kind}");
        }
    }
}
