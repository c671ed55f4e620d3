//! `chat:delta:new`: a new message in short, for those who watch a chat without being in it. Derived, never journalled.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::payload::ChatDelta;
use crate::event::Journalled;
use crate::id::{ChatId, MessageId};

pub const EVENT: &str = "chat:delta:new";
const PREVIEW_CHARS: usize = 200;

/// The room of those who watch.
#[must_use]
pub fn room(id: ChatId) -> String {
    format!("chat_delta_{id}")
}

/// The part of `message:new` that is told.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    id: MessageId,
    chat_id: ChatId,
    #[serde(rename = "type")]
    kind: String,
    content: String,
    created_at: String,
    chat: Counted,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    unread_count: i64,
}

/// The delta of a `message:new`.
#[must_use]
pub fn of(event: &Journalled) -> Option<Box<RawValue>> {
    let new: New = serde_json::from_str(&event.data)
        .inspect_err(|error| tracing::error!(%error, "message:new cannot be told in short"))
        .ok()?;
    let delta = ChatDelta {
        chat_id: new.chat_id,
        message_id: new.id,
        kind: new.kind,
        preview: new.content.chars().take(PREVIEW_CHARS).collect(),
        unread_count: new.chat.unread_count,
        created_at: new.created_at,
    };
    serde_json::value::to_raw_value(&delta).ok()
}
