//! Reads what a client says, liberally: fields may stand in `payload` or beside it, and most may be missing.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::words::MOST_BYTES;
use crate::error::Error;

/// Ids of one `read`.
const MOST_IDS: usize = 1_000;

/// What a client says.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// The chat, as the client wrote it.
    pub thread_id: Option<String>,
    pub wish: Wish,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    Subscribe,
    Unsubscribe,
    Typing {
        is_typing: bool,
    },
    /// Up to the newest of these; all where none is named.
    Read {
        message_ids: Vec<String>,
    },
}

impl Wish {
    /// The label of the figure.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Typing { .. } => "typing",
            Self::Read { .. } => "read",
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: Lenient<String>,
    #[serde(default)]
    payload: Lenient<Fields>,
    #[serde(flatten)]
    beside: Fields,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fields {
    thread_id: Lenient<String>,
    is_typing: Lenient<bool>,
    message_ids: Lenient<Vec<String>>,
}

/// What has another form than expected is as good as missing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient<T> {
    Is(T),
    Other(IgnoredAny),
}

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self::Other(IgnoredAny)
    }
}

impl<T> Lenient<T> {
    fn known(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

impl Said {
    /// Reads a text.
    ///
    /// # Errors
    /// [`Error::TooLarge`], or [`Error::Malformed`] which says what is expected.
    pub fn read(text: &str) -> Result<Self, Error> {
        if text.len() > MOST_BYTES {
            return Err(Error::TooLarge("A message may have 64 KiB.".into()));
        }
        // a list would be read field by field
        let object = text.trim_start().starts_with('{');
        let read = serde_json::from_str::<Envelope>(text).ok().filter(|_| object);
        let envelope = read.ok_or_else(|| Error::Malformed("Send a JSON object with `type` and `threadId`.".into()))?;
        let Envelope { kind, payload, beside } = envelope;
        let payload = payload.known().unwrap_or_default();
        let thread_id = beside.thread_id.known().or_else(|| payload.thread_id.known());
        let wish = match kind.known().as_deref() {
            Some("subscribe") => Wish::Subscribe,
            Some("unsubscribe") => Wish::Unsubscribe,
            Some("typing") => {
                let is_typing = payload.is_typing.known().or_else(|| beside.is_typing.known());
                Wish::Typing { is_typing: is_typing.unwrap_or(true) }
            }
            Some("read") => {
                let ids = payload.message_ids.known().or_else(|| beside.message_ids.known()).unwrap_or_default();
                if ids.len() > MOST_IDS {
                    return Err(Error::Malformed(format!("Name at most {MOST_IDS} messages.")));
                }
                Wish::Read { message_ids: ids }
            }
            _ => {
                let known = "`subscribe`, `unsubscribe`, `typing` or `read`";
                return Err(Error::Malformed(format!("`type` must be {known}.")));
            }
        };
        Ok(Self { thread_id, wish })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_the_payload_and_beside_it() {
        let said = |thread_id: Option<&str>, wish| Said { thread_id: thread_id.map(str::to_owned), wish };
        for (text, expected) in [
            (r#"{"type":"subscribe","threadId":"a"}"#, said(Some("a"), Wish::Subscribe)),
            (r#"{"type":"subscribe","payload":{"threadId":"a"}}"#, said(Some("a"), Wish::Subscribe)),
            (r#"{"type":"unsubscribe","threadId":"a","payload":null}"#, said(Some("a"), Wish::Unsubscribe)),
            (r#"{"type":"typing","threadId":"a"}"#, said(Some("a"), Wish::Typing { is_typing: true })),
            (r#"{"type":"typing","payload":{"isTyping":false}}"#, said(None, Wish::Typing { is_typing: false })),
            (r#"{"type":"typing","isTyping":false}"#, said(None, Wish::Typing { is_typing: false })),
            (r#"{"type":"read","threadId":15}"#, said(None, Wish::Read { message_ids: vec![] })),
            (
                r#" {"type":"read","messageIds":["m"],"payload":[1],"more":{"x":[]}}"#,
                said(None, Wish::Read { message_ids: vec!["m".into()] }),
            ),
        ] {
            assert_eq!(Said::read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        for text in
            ["", "null", "[]", "[\"subscribe\",{}]", "{}", "{\"type\":1}", "{\"type\":\"message\"}", "{\"type\""]
        {
            assert!(matches!(Said::read(text), Err(Error::Malformed(_))), "{text}");
        }
        assert!(matches!(Said::read(&"x".repeat(MOST_BYTES + 1)), Err(Error::TooLarge(_))));
        let deep = format!("{{\"type\":\"subscribe\",\"payload\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(Said::read(&deep).is_err());
    }
}
