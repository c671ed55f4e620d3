//! The same JSON with the keys of our own shapes in `snake_case`: for the doors whose words are written so. What was given
//! to us to keep (`metadata`, `data`) stays as it is, to the byte.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// Fields whose values are not ours to change.
const VERBATIM: [&str; 2] = ["metadata", "data"];
/// Our own shapes are flat; what is deeper stays as it is.
const DEEPEST: usize = 16;

/// Turns the keys of a JSON text into `snake_case`, those inside verbatim fields aside.
///
/// # Errors
/// Where the text is no JSON.
pub fn snake(json: &str) -> serde_json::Result<String> {
    let mut written = String::with_capacity(json.len() + json.len() / 16);
    write(json, DEEPEST, &mut written)?;
    Ok(written)
}

/// `chatId` as `chat_id`.
#[must_use]
pub fn snake_key(key: &str) -> String {
    let mut written = String::with_capacity(key.len() + 4);
    for character in key.chars() {
        if character.is_ascii_uppercase() {
            written.push('_');
        }
        written.push(character.to_ascii_lowercase());
    }
    written
}

fn write(json: &str, depth: usize, written: &mut String) -> serde_json::Result<()> {
    match json.trim_start().as_bytes().first() {
        Some(b'{') if depth > 0 => {
            written.push('{');
            for (index, (key, value)) in fields(json)?.into_iter().enumerate() {
                written.push_str(if index > 0 { "," } else { "" });
                written.push_str(&serde_json::to_string(&snake_key(&key))?);
                written.push(':');
                let depth = if VERBATIM.contains(&key.as_str()) { 0 } else { depth - 1 };
                write(value.get(), depth, written)?;
            }
            written.push('}');
        }
        Some(b'[') if depth > 0 => {
            written.push('[');
            for (index, item) in serde_json::from_str::<Vec<&RawValue>>(json)?.into_iter().enumerate() {
                written.push_str(if index > 0 { "," } else { "" });
                write(item.get(), depth - 1, written)?;
            }
            written.push(']');
        }
        _ => written.push_str(serde_json::from_str::<&RawValue>(json)?.get()),
    }
    Ok(())
}

/// An object's fields in their order.
fn fields(json: &str) -> serde_json::Result<Vec<(String, &RawValue)>> {
    struct Fields;

    impl<'de> Visitor<'de> for Fields {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while let Some(field) = map.next_entry()? {
                fields.push(field);
            }
            Ok(fields)
        }
    }

    serde_json::Deserializer::from_str(json).deserialize_map(Fields)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn our_keys_are_turned_at_every_depth_and_in_their_order() {
        let json = r#"{"nextCursor":null,"items":[{"chatId":"a\"B","lastMessage":{"fromMe":true}},[],{}],"x":1}"#;
        let turned = r#"{"next_cursor":null,"items":[{"chat_id":"a\"B","last_message":{"from_me":true}},[],{}],"x":1}"#;
        assert_eq!(snake(json).unwrap(), turned);
    }

    #[test]
    fn what_was_given_to_us_stays_to_the_byte() {
        let json = r#"{"metadata":{"messageId": 1e400, "b":{"aB":1.0}},"data":{"isMaster":9007199254740993}}"#;
        assert_eq!(snake(json).unwrap(), json);
    }

    #[test]
    fn a_depth_that_is_not_ours_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(snake(&deep).unwrap(), deep);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "{\"a\":}", "[1,]", "nul"] {
            assert!(snake(text).is_err(), "{text}");
        }
    }
}
