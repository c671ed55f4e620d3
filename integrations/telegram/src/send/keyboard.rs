//! Buttons under a message: `metadata.buttons` or the rows of `metadata.list` as an inline keyboard, one to a row.
//! (<https://core.telegram.org/bots/api#inlinekeyboardmarkup>)

use contract::SendError;
use serde_json::{Map, Value, json};

use super::refused;
use super::text::{caption, plain};

/// Longest `callback_data`, in bytes.
const LONGEST_ID: usize = 64;
/// Most buttons of a message.
const MOST_BUTTONS: usize = 100;

/// `None` where the message has no buttons. A button without an id sends its title.
pub(crate) fn read(metadata: &Map<String, Value>) -> Result<Option<Value>, SendError> {
    let mut rows = Vec::new();
    for button in buttons(metadata) {
        let Some(title) = caption(button) else {
            return Err(refused("INVALID_BUTTONS", "a button has no title"));
        };
        let id = button.get("id").and_then(plain).unwrap_or_else(|| title.clone());
        if id.len() > LONGEST_ID {
            let why = format!("Telegram takes button ids of up to {LONGEST_ID} bytes: shorten the id of \"{title}\"");
            return Err(refused("BUTTON_ID_TOO_LONG", &why));
        }
        rows.push(json!([{ "text": title, "callback_data": id }]));
    }
    if rows.len() > MOST_BUTTONS {
        return Err(refused("TOO_MANY_BUTTONS", "Telegram takes at most 100 buttons under a message"));
    }
    Ok((!rows.is_empty()).then(|| json!({ "inline_keyboard": rows })))
}

/// The text with what a keyboard cannot show below it: titles of a list's sections, descriptions of its rows.
pub(crate) fn legend(content: &str, metadata: &Map<String, Value>) -> String {
    let field = |of: &Value, key: &str| of.get(key).and_then(plain);
    let mut text = content.to_owned();
    for section in sections(metadata) {
        let title = field(section, "title");
        if title.is_none() && rows(section).all(|row| field(row, "description").is_none()) {
            continue;
        }
        let rows = rows(section).filter_map(|row| {
            let title = caption(row)?;
            Some(field(row, "description").map_or_else(|| format!("• {title}"), |more| format!("• {title}: {more}")))
        });
        let lines: Vec<String> = title.into_iter().chain(rows).collect();
        text.push_str("\n\n");
        text.push_str(&lines.join("\n"));
    }
    text
}

fn buttons(metadata: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let buttons = metadata.get("buttons").and_then(Value::as_array).into_iter().flatten();
    buttons.chain(sections(metadata).flat_map(rows))
}

fn sections(metadata: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let list = metadata.get("list");
    list.and_then(|list| list.get("sections")).and_then(Value::as_array).into_iter().flatten()
}

fn rows(section: &Value) -> impl Iterator<Item = &Value> {
    section.get("rows").and_then(Value::as_array).into_iter().flatten()
}
