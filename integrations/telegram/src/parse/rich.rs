//! The plain text of a rich message: blocks, one to a line, whose texts are a string, a list of texts or an object
//! around one. (<https://core.telegram.org/bots/api#richmessage>)

use serde_json::value::RawValue;

use crate::object::{Object, text};

/// Fields of a block that hold text, and fields that hold more blocks, in reading order.
const TEXTS: [&str; 5] = ["label", "summary", "text", "caption", "expression"];
const BLOCKS: [&str; 3] = ["blocks", "items", "cells"];
/// A rich message may be longer than a plain one; what is far beyond it is not worth taking apart.
const LONGEST: usize = 256 * 1024;

/// `None` where the message shows no text.
pub(super) fn read(message: &Object<'_>) -> Option<String> {
    let raw = message.raw("rich_message").filter(|raw| raw.get().len() <= LONGEST)?;
    let mut out = String::new();
    collect(raw, true, &mut out);
    Some(out.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Recursion is bounded: a body deeper than [`contract::json::MAX_DEPTH`] is not read at all.
fn collect(raw: &RawValue, block: bool, out: &mut String) {
    if let Some(text) = text(raw) {
        out.push_str(&text);
    } else if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
        items.into_iter().for_each(|item| collect(item, block, out));
    } else if let Some(object) = Object::read(raw.get()) {
        if block && !out.is_empty() && !out.ends_with(['\n', ' ']) {
            out.push('\n');
        }
        for key in TEXTS {
            if let Some(raw) = object.raw(key) {
                collect(raw, false, out);
                if key == "label" {
                    out.push(' ');
                }
            }
        }
        BLOCKS.iter().filter_map(|key| object.raw(key)).for_each(|raw| collect(raw, true, out));
    }
}
