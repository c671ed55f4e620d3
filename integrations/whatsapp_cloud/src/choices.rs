//! Choices for a customer: up to three buttons, or a list. What WhatsApp would refuse is refused here, with the limit that it
//! breaks (<https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages>).

use std::collections::HashSet;

use contract::{Outgoing, SendError};
use serde_json::{Map, Value, json};

use crate::outgoing::refused;

const MAX_BUTTONS: usize = 3;
const MAX_ROWS: usize = 10;
const BUTTON_CHARS: usize = 20;
const ROW_CHARS: usize = 24;
const DESCRIPTION_CHARS: usize = 72;
const ID_CHARS: usize = 200;
const BUTTONS_BODY_CHARS: usize = 1024;
const LIST_BODY_CHARS: usize = 4096;
const FOOTER_CHARS: usize = 60;
/// On the button that opens a list which names none.
const OPEN: &str = "☰";

/// Reads `buttons` or `list` of the metadata; `None` where there is nothing to choose from.
///
/// # Errors
/// [`SendError::Refused`] with the limit that is broken.
pub fn choices(outgoing: &Outgoing) -> Result<Option<Value>, SendError> {
    let metadata = &outgoing.metadata;
    let buttons = metadata.get("buttons").and_then(Value::as_array).filter(|buttons| !buttons.is_empty());
    let mut object = if let Some(buttons) = buttons {
        let replies: Vec<Value> = buttons.iter().enumerate().map(reply).collect();
        if replies.len() > MAX_BUTTONS {
            list(OPEN, vec![json!({ "rows": replies })])?
        } else {
            let mut ids = HashSet::new();
            for reply in &replies {
                fits("a button's title", text(reply, "title"), BUTTON_CHARS)?;
                distinct(&mut ids, reply)?;
            }
            let buttons: Vec<Value> = replies
                .iter()
                .map(|reply| json!({ "type": "reply", "reply": { "id": reply["id"], "title": reply["title"] } }))
                .collect();
            json!({ "type": "button", "action": { "buttons": buttons } })
        }
    } else {
        let Some(choices) = metadata.get("list") else { return Ok(None) };
        let sections = match (choices.get("sections"), choices.get("rows").unwrap_or(choices)) {
            (Some(Value::Array(sections)), _) => sections.clone(),
            (_, rows @ Value::Array(_)) => vec![json!({ "rows": rows })],
            _ => return Ok(None),
        };
        list(choices.get("button").and_then(Value::as_str).unwrap_or(OPEN), sections)?
    };
    let most = if object["type"] == "list" { LIST_BODY_CHARS } else { BUTTONS_BODY_CHARS };
    fits("the text above choices", &outgoing.content, most)?;
    object["body"] = json!({ "text": outgoing.content });
    if let Some(header) = metadata.get("header").and_then(Value::as_str).filter(|text| !text.is_empty()) {
        fits("a header", header, FOOTER_CHARS)?;
        object["header"] = json!({ "type": "text", "text": header });
    }
    if let Some(footer) = metadata.get("footer").and_then(Value::as_str).filter(|text| !text.is_empty()) {
        fits("a footer", footer, FOOTER_CHARS)?;
        object["footer"] = json!({ "text": footer });
    }
    Ok(Some(object))
}

/// `{id, title}` of a button that is a text, or an object with `title` or `text`.
fn reply((index, button): (usize, &Value)) -> Value {
    let title = ["title", "text"].into_iter().find_map(|name| button.get(name)?.as_str());
    let title = title.or_else(|| button.as_str()).unwrap_or_default();
    let mut reply = Map::new();
    reply.insert(
        "id".into(),
        button.get("id").and_then(crate::graph::id).unwrap_or_else(|| (index + 1).to_string()).into(),
    );
    reply.insert("title".into(), title.into());
    if let Some(description) = button.get("description").and_then(Value::as_str) {
        reply.insert("description".into(), description.into());
    }
    Value::Object(reply)
}

fn list(button: &str, mut sections: Vec<Value>) -> Result<Value, SendError> {
    fits("the list's button", button, BUTTON_CHARS)?;
    let several = sections.len() > 1;
    let (mut ids, mut count) = (HashSet::new(), 0);
    for section in &mut sections {
        if several {
            fits("the title of each of several sections", text(section, "title"), ROW_CHARS)?;
        }
        let rows = section.get("rows").and_then(Value::as_array).filter(|rows| !rows.is_empty());
        let rows = rows.ok_or_else(|| refused("a section of a list needs rows"))?;
        let rows: Vec<Value> = rows.iter().zip(count..).map(|(row, index)| reply((index, row))).collect();
        for row in &rows {
            fits("a row's title", text(row, "title"), ROW_CHARS)?;
            if !text(row, "description").is_empty() {
                fits("a row's description", text(row, "description"), DESCRIPTION_CHARS)?;
            }
            distinct(&mut ids, row)?;
        }
        count += rows.len();
        section["rows"] = rows.into();
    }
    if !(1..=MAX_ROWS).contains(&count) {
        return Err(refused(&format!("a list has 1 to {MAX_ROWS} rows in all, this one has {count}")));
    }
    Ok(json!({ "type": "list", "action": { "button": button, "sections": sections } }))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn fits(what: &str, text: &str, most: usize) -> Result<(), SendError> {
    let count = text.chars().count();
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(refused(&format!("{what} has 1 to {most} characters, this one has {count}")))
}

fn distinct(ids: &mut HashSet<String>, choice: &Value) -> Result<(), SendError> {
    let id = text(choice, "id");
    fits("a choice's id", id, ID_CHARS)?;
    if ids.insert(id.to_owned()) { Ok(()) } else { Err(refused("two choices have the same id")) }
}
