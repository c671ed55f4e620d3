//! Reading JSON that strangers wrote: bounded depth, and escapes that Postgres or a Rust string cannot hold are mended.

use std::borrow::Cow;

use chrono::{DateTime, TimeZone, Utc};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::Rejection;

/// Deepest nesting that is parsed; real bodies stay under 20.
pub const MAX_DEPTH: usize = 64;

/// A body that is safe to parse.
#[derive(Debug, PartialEq, Eq)]
pub enum Prepared<'a> {
    /// No byte-order mark, no invalid UTF-8, no U+0000 and no lone surrogate escape.
    Ready(Cow<'a, str>),
    /// JSON, but nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

/// Makes a body safe to parse in one pass over its bytes; borrows it where nothing had to be mended.
///
/// # Errors
/// [`Rejection::NotJson`] where the text is not JSON at all.
pub fn prepare(body: &[u8]) -> Result<Prepared<'_>, Rejection> {
    let text = String::from_utf8_lossy(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body));
    let text = match mend_escapes(&text) {
        Some(mended) => Cow::Owned(mended),
        None => text,
    };
    if depth(&text) > MAX_DEPTH {
        // serde_json would stop at 128 levels; brackets that never close are no JSON either, but cost nothing to keep
        return Ok(Prepared::TooDeep);
    }
    match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => Ok(Prepared::Ready(text)),
        Err(_) => Err(Rejection::NotJson),
    }
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for byte in text.bytes() {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Replaces `\u0000` and halves of surrogate pairs by U+FFFD; `None` where there are none.
fn mend_escapes(text: &str) -> Option<String> {
    if !text.contains("\\u") {
        return None;
    }
    let bytes = text.as_bytes();
    let mut mended: Option<String> = None;
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let Some(unit) = escape_unit(bytes, at) else {
            at += 2;
            continue;
        };
        let pair = (0xD800..0xDC00).contains(&unit)
            && escape_unit(bytes, at + 6).is_some_and(|low| (0xDC00..0xE000).contains(&low));
        if pair {
            at += 12;
        } else if unit == 0 || (0xD800..0xE000).contains(&unit) {
            let out = mended.get_or_insert_with(|| String::with_capacity(text.len()));
            out.push_str(&text[copied..at]);
            out.push_str("\\uFFFD");
            at += 6;
            copied = at;
        } else {
            at += 6;
        }
    }
    mended.map(|mut out| {
        out.push_str(&text[copied..]);
        out
    })
}

/// The code unit of the escape `\uXXXX` at `at`.
fn escape_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// An id that a network writes as a string or as a number, kept as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Id;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an id: a string or a number")
            }
            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Id, E> {
                if value.is_empty() { Err(E::custom("an id must not be empty")) } else { Ok(Id(value.to_owned())) }
            }
            fn visit_u64<E>(self, value: u64) -> Result<Id, E> {
                Ok(Id(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Id, E> {
                Ok(Id(value.to_string()))
            }
            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Id, E> {
                // `1.0` is a whole number that a sender wrote carelessly; anything past 2^53 has lost digits already
                if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
                    Ok(Id(format!("{value:.0}")))
                } else {
                    Err(E::custom("an id must be a whole number"))
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Seconds since 1970, as a number or as text; `None` for what is neither, or lies outside 2000 to one day ahead of `now`,
/// so that a broken clock cannot pin a chat on top.
#[must_use]
pub fn provider_time(value: Option<&serde_json::Value>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    const YEAR_2000: i64 = 946_684_800;
    let secs = match value? {
        serde_json::Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?))?,
        serde_json::Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    if secs < YEAR_2000 || secs > now.timestamp() + 86_400 {
        return None;
    }
    Utc.timestamp_opt(secs, 0).single().map(|at| at.min(now))
}

fn whole(value: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    (value.fract() == 0.0 && value.abs() < 1e15).then_some(value as i64)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn ready(body: &[u8]) -> String {
        match prepare(body).unwrap() {
            Prepared::Ready(text) => text.into_owned(),
            Prepared::TooDeep => panic!("too deep"),
        }
    }

    #[test]
    fn a_plain_body_is_borrowed() {
        assert!(matches!(prepare(br#"{"a":"\u0416"}"#).unwrap(), Prepared::Ready(Cow::Borrowed(_))));
    }

    #[test]
    fn nul_and_lone_surrogates_become_the_replacement_character() {
        assert_eq!(ready(br#"{"a":"x\u0000y\ud83dz\udc00"}"#), r#"{"a":"x\uFFFDy\uFFFDz\uFFFD"}"#);
        assert_eq!(ready(br#"{"a":"\ud83d\ude00"}"#), r#"{"a":"\ud83d\ude00"}"#);
        assert_eq!(ready(br#"{"a":"\\u0000"}"#), r#"{"a":"\\u0000"}"#);
    }

    #[test]
    fn a_byte_order_mark_and_broken_utf8_are_mended() {
        assert_eq!(ready(b"\xEF\xBB\xBF{\"a\":\"\xFF\"}"), "{\"a\":\"\u{FFFD}\"}");
    }

    #[test]
    fn depth_is_measured_outside_strings() {
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        assert_eq!(prepare(deep.as_bytes()).unwrap(), Prepared::TooDeep);
        let text = format!("\"{}\"", "[".repeat(1000));
        assert_eq!(ready(text.as_bytes()), text);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for body in [&b""[..], b"{", b"hello", b"{\"a\":\x00}", b"{'a':1}"] {
            assert_eq!(prepare(body).unwrap_err(), Rejection::NotJson);
        }
    }

    #[test]
    fn ids_are_texts_or_whole_numbers() {
        let ids: Vec<Id> = serde_json::from_str(r#"["a", 12, -5, 1.0, 9007199254740993]"#).unwrap();
        let texts: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
        assert_eq!(texts, ["a", "12", "-5", "1", "9007199254740993"]);
        assert!(serde_json::from_str::<Id>("1.5").is_err());
        assert!(serde_json::from_str::<Id>("\"\"").is_err());
    }

    #[test]
    fn odd_provider_times_are_not_believed() {
        let now = Utc.timestamp_opt(1_790_000_000, 0).unwrap();
        let time = |json: &str| provider_time(Some(&serde_json::from_str(json).unwrap()), now);
        assert_eq!(time("1789999999"), Utc.timestamp_opt(1_789_999_999, 0).single());
        assert_eq!(time("\"1789999999\""), Utc.timestamp_opt(1_789_999_999, 0).single());
        assert_eq!(time("1790000100"), Some(now), "a clock slightly ahead is now");
        for odd in ["0", "-1", "1789999999000", "253402300800", "\"soon\"", "null", "{}"] {
            assert_eq!(time(odd), None, "{odd}");
        }
    }
}
