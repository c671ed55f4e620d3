//! Where in Telegram something goes: the chat, a topic of a forum, a connected business account. Messages name the last two
//! in their metadata, and what answers or changes them has to name them again.

use contract::SendError;
use serde_json::{Map, Value};

/// A chat by its id, or a channel by its `@name`.
pub(crate) fn chat(external_id: &str) -> Value {
    external_id.parse::<i64>().map_or_else(|_| external_id.into(), Value::from)
}

/// A message by its number; notes of ours (`callback:…`, `member:…`) are no messages of Telegram's.
pub(crate) fn message(external_id: &str) -> Option<i64> {
    external_id.parse().ok()
}

pub(crate) fn topic(metadata: &Map<String, Value>) -> Option<i64> {
    let topic = metadata.get("topicId")?;
    topic.as_i64().or_else(|| topic.as_str()?.parse().ok())
}

pub(crate) fn business(metadata: &Map<String, Value>) -> Option<&str> {
    metadata.get("businessConnectionId")?.as_str().filter(|id| !id.is_empty())
}

/// The bot token, which every call needs.
pub(crate) fn token(account: &contract::Account) -> Result<&str, SendError> {
    account.credential("token").ok_or_else(|| SendError::AccountRefused {
        code: "NO_TOKEN".into(),
        message: "the channel has no bot token".into(),
    })
}
