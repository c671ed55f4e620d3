//! The reactions that Telegram knows. (<https://core.telegram.org/bots/api#reactiontypeemoji>)

use contract::SendError;
use serde_json::{Value, json};

use crate::send::refused;

/// As Telegram spells them: without the variation selectors that keyboards add.
const EMOJIS: [&str; 73] = [
    "👍",
    "👎",
    "❤",
    "🔥",
    "🥰",
    "👏",
    "😁",
    "🤔",
    "🤯",
    "😱",
    "🤬",
    "😢",
    "🎉",
    "🤩",
    "🤮",
    "💩",
    "🙏",
    "👌",
    "🕊",
    "🤡",
    "🥱",
    "🥴",
    "😍",
    "🐳",
    "❤\u{200d}🔥",
    "🌚",
    "🌭",
    "💯",
    "🤣",
    "⚡",
    "🍌",
    "🏆",
    "💔",
    "🤨",
    "😐",
    "🍓",
    "🍾",
    "💋",
    "🖕",
    "😈",
    "😴",
    "😭",
    "🤓",
    "👻",
    "👨\u{200d}💻",
    "👀",
    "🎃",
    "🙈",
    "😇",
    "😨",
    "🤝",
    "✍",
    "🤗",
    "🫡",
    "🎅",
    "🎄",
    "☃",
    "💅",
    "🤪",
    "🗿",
    "🆒",
    "💘",
    "🙉",
    "🦄",
    "😘",
    "💊",
    "🙊",
    "😎",
    "👾",
    "🤷\u{200d}♂",
    "🤷",
    "🤷\u{200d}♀",
    "😡",
];

/// An emoji of the list, or `custom:ID` as custom ones come in.
pub(super) fn read(emoji: &str) -> Result<Value, SendError> {
    if let Some(id) = emoji.strip_prefix("custom:") {
        return Ok(json!({ "type": "custom_emoji", "custom_emoji_id": id }));
    }
    let plain = emoji.trim().replace('\u{fe0f}', "");
    let known = EMOJIS.into_iter().find(|known| *known == plain).ok_or_else(invalid)?;
    Ok(json!({ "type": "emoji", "emoji": known }))
}

pub(super) fn invalid() -> SendError {
    let list: String = EMOJIS.into_iter().take(24).collect::<Vec<_>>().join(" ");
    let message = format!("Telegram takes reactions from its own list only, and a chat may allow fewer: {list} …");
    refused("REACTION_INVALID", &message)
}
