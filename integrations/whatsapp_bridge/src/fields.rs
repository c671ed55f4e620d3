//! Fields of a JSON object, read one at a time, so that a strange value costs that field and not the message.
//!
//! Values stay borrowed slices of the body until asked for: a number that no type can hold, or a key that comes twice
//! (the last counts), stops nothing.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use contract::json::{Id, provider_time};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Default)]
pub(crate) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::with_capacity(16);
                while let Some((key, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    fields.push((key.0, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn read(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// The value as it was written; `null` counts as absent.
    pub(crate) fn raw(&self, key: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().rev().find(|(name, _)| name == key)?;
        Some(value.get()).filter(|json| *json != "null")
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.raw(key).is_some()
    }

    /// All values of a key, as they stand in the text, in its order.
    pub(crate) fn raws<'f>(&'f self, key: &'f str) -> impl Iterator<Item = &'a str> + 'f {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.get())
    }

    fn get<T: Deserialize<'a>>(&self, key: &str) -> Option<T> {
        serde_json::from_str(self.raw(key)?).ok()
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        self.get(key).map(|Text(text)| text).filter(|text| !text.is_empty())
    }

    pub(crate) fn string(&self, key: &str) -> Option<String> {
        self.text(key).map(Cow::into_owned)
    }

    pub(crate) fn id(&self, key: &str) -> Option<String> {
        self.get(key).map(|Id(id)| id)
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key).unwrap_or(false)
    }

    pub(crate) fn object(&self, key: &str) -> Option<Fields<'a>> {
        self.get(key)
    }

    /// The elements of a list that are objects.
    pub(crate) fn objects(&self, key: &str) -> Vec<Fields<'a>> {
        let items: Vec<&'a RawValue> = self.get(key).unwrap_or_default();
        items.into_iter().filter_map(|item| Fields::read(item.get())).collect()
    }

    /// The texts of a list, or the one text that stands in its place.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        match self.get::<Vec<&'a RawValue>>(key) {
            Some(items) => items.into_iter().filter_map(|item| Some(read_id(item.get())?.0)).collect(),
            None => self.id(key).into_iter().collect(),
        }
    }

    /// A number, or a text that is one.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        let number = match self.get::<Value>(key)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite())
    }

    /// A count that is not negative, rounded.
    pub(crate) fn count<T: TryFrom<i64>>(&self, key: &str) -> Option<T> {
        let number = self.number(key)?.round();
        #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
        let count = (0.0..=9e15).contains(&number).then_some(number as i64)?;
        T::try_from(count).ok()
    }

    /// Seconds or milliseconds since 1970, as a number or as text, or RFC 3339; `None` for times that cannot be.
    pub(crate) fn time(&self, key: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        const FIRST_MILLISECONDS: f64 = 1e11;
        let seconds = match self.number(key) {
            Some(number) if number >= FIRST_MILLISECONDS => number / 1000.0,
            Some(number) => number,
            #[expect(clippy::cast_precision_loss, reason = "seconds stay far below 2^53")]
            None => DateTime::parse_from_rfc3339(&self.text(key)?).ok()?.timestamp() as f64,
        };
        provider_time(Some(&Value::from(seconds.floor())), now)
    }
}

fn read_id(json: &str) -> Option<Id> {
    serde_json::from_str(json).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_strange_value_costs_its_own_field_only() {
        let fields = Fields::read(r#"{"a":1e400,"b":{},"c":"x","size":-1,"c\u0061":"y"}"#).unwrap();
        assert_eq!(fields.number("a"), None);
        assert_eq!(fields.text("b"), None);
        assert_eq!(fields.count::<i64>("size"), None);
        assert_eq!(fields.text("c").as_deref(), Some("x"));
        assert_eq!(fields.text("ca").as_deref(), Some("y"));
    }

    #[test]
    fn of_a_key_that_comes_twice_the_last_counts() {
        assert_eq!(Fields::read(r#"{"id":1,"id":2}"#).unwrap().id("id").as_deref(), Some("2"));
    }

    #[test]
    fn times_are_read_in_every_spelling() {
        let now = Utc.timestamp_opt(1_790_000_000, 0).unwrap();
        let expected = Utc.timestamp_opt(1_789_000_001, 0).single();
        for spelling in ["1789000001", "1789000001.9", "1789000001900", "\"1789000001\"", "\"1789000001900\""] {
            let json = format!("{{\"t\":{spelling}}}");
            assert_eq!(Fields::read(&json).unwrap().time("t", now), expected, "{spelling}");
        }
        let text = format!("{{\"t\":\"{}\"}}", expected.unwrap().to_rfc3339());
        assert_eq!(Fields::read(&text).unwrap().time("t", now), expected);
        for odd in ["0", "-5", "1e300", "\"soon\"", "true", "{}", "1e400"] {
            let json = format!("{{\"t\":{odd}}}");
            assert_eq!(Fields::read(&json).unwrap().time("t", now), None, "{odd}");
        }
    }
}
