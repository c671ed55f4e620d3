//! Reading a JSON object field by field: a field that is missing, `null` or of another shape is `None`, and its
//! neighbours stay readable. Derived types would lose a whole message to one strange field, and its unknown keys always.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use contract::json::{Id, provider_time};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Fields that one object may have; the rest is skipped. Telegram's largest object has about 110.
const MOST_FIELDS: usize = 256;
/// Longest piece of foreign JSON that is taken apart as a list or kept as a value: parsed JSON is many times its text.
const LONGEST_KEPT: usize = 64 * 1024;

/// A JSON object whose values are not parsed yet.
#[derive(Debug)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    pub(crate) fn read(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Fields that are not `null`, in the order of the text.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, raw)| (key.as_ref(), *raw)).filter(|(_, raw)| raw.get() != "null")
    }

    /// The value of a field; of several with one name the last, as serde_json and jsonb have it.
    pub(crate) fn raw(&self, key: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, raw)| *raw).filter(|raw| raw.get() != "null")
    }

    /// The field says something: not `null`, `false`, `0`, `""` or `[]`, which some senders write for "absent".
    pub(crate) fn has(&self, key: &str) -> bool {
        self.raw(key).is_some_and(|raw| !matches!(raw.get(), "false" | "0" | "\"\"" | "[]"))
    }

    pub(crate) fn object(&self, key: &str) -> Option<Object<'a>> {
        Object::read(self.raw(key)?.get())
    }

    pub(crate) fn list(&self, key: &str) -> Option<Vec<&'a RawValue>> {
        let json = self.raw(key)?.get();
        (json.len() <= LONGEST_KEPT).then(|| serde_json::from_str(json).ok())?
    }

    /// The objects among a list's items.
    pub(crate) fn objects(&self, key: &str) -> Vec<Object<'a>> {
        let items = self.list(key).unwrap_or_default();
        items.into_iter().filter_map(|item| Object::read(item.get())).collect()
    }

    pub(crate) fn str(&self, key: &str) -> Option<Cow<'a, str>> {
        text(self.raw(key)?)
    }

    /// A text that is not empty.
    pub(crate) fn string(&self, key: &str) -> Option<String> {
        self.str(key).filter(|text| !text.is_empty()).map(Cow::into_owned)
    }

    pub(crate) fn id(&self, key: &str) -> Option<String> {
        id(self.raw(key)?)
    }

    pub(crate) fn i64(&self, key: &str) -> Option<i64> {
        self.id(key)?.parse().ok()
    }

    /// A count or a size: not negative.
    pub(crate) fn count(&self, key: &str) -> Option<i32> {
        self.i64(key).and_then(|number| i32::try_from(number).ok()).filter(|number| *number >= 0)
    }

    pub(crate) fn f64(&self, key: &str) -> Option<f64> {
        let raw = self.raw(key)?;
        let number = match text(raw) {
            Some(text) => text.trim().parse().ok()?,
            None => serde_json::from_str::<f64>(raw.get()).ok()?,
        };
        number.is_finite().then_some(number)
    }

    /// `true`, or a number other than zero.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.raw(key).is_some_and(|raw| raw.get() == "true") || self.f64(key).is_some_and(|number| number != 0.0)
    }

    pub(crate) fn time(&self, key: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let json = self.raw(key)?.get();
        if json.starts_with(['{', '[']) {
            return None;
        }
        provider_time(serde_json::from_str(json).ok().as_ref(), now)
    }

    /// The value as it came, where it is small enough to keep and says something.
    pub(crate) fn value(&self, key: &str) -> Option<Value> {
        let json = self.raw(key)?.get();
        if json.len() > LONGEST_KEPT || !self.has(key) {
            return None;
        }
        serde_json::from_str(json).ok()
    }
}

pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|text| text.0)
}

pub(crate) fn id(raw: &RawValue) -> Option<String> {
    serde_json::from_str::<Id>(raw.get()).ok().map(|id| id.0)
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields = Vec::with_capacity(16);
                while fields.len() < MOST_FIELDS {
                    match map.next_entry::<Key<'de>, &'de RawValue>()? {
                        Some((key, raw)) => fields.push((key.0, raw)),
                        None => return Ok(Object(fields)),
                    }
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_strange_field_leaves_its_neighbours_readable() {
        let object = Object::read(r#"{"id":{},"date":1e400,"text":"a\"b","n":"12","off":false,"none":null}"#).unwrap();
        assert_eq!(object.id("id"), None);
        assert_eq!(object.i64("date"), None);
        assert_eq!(object.str("text").as_deref(), Some("a\"b"));
        assert_eq!(object.i64("n"), Some(12));
        assert!(!object.has("off") && !object.has("none") && object.raw("none").is_none());
    }

    #[test]
    fn of_doubled_fields_the_last_counts() {
        let object = Object::read(r#"{"a":1,"a":2}"#).unwrap();
        assert_eq!(object.id("a").as_deref(), Some("2"));
    }

    #[test]
    fn fields_past_the_limit_are_skipped() {
        let many: Vec<String> = (0..300).map(|n| format!("\"k{n}\":{n}")).collect();
        let json = format!("{{{}}}", many.join(","));
        let object = Object::read(&json).unwrap();
        assert!(object.has("k255") && !object.has("k256"));
    }
}
