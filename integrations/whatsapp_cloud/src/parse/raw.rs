//! Objects and lists read one level at a time, borrowed from the body: a field of the wrong shape is an absent field, so
//! that it never costs its neighbours. What is not asked for is skipped, never built.

use std::borrow::Cow;
use std::cell::Cell;

use chrono::{DateTime, Utc};
use contract::json::{Id, provider_time};
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Longest list that is read; Meta sends at most 1,000 updates in one delivery.
pub const MAX_ITEMS: usize = 10_000;
/// Fields of one object that are looked at; real ones have under 30.
const MAX_FIELDS: usize = 256;

/// One JSON object: its fields in the order of the body. `null` counts as absent, a repeated name as its last value.
#[derive(Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    pub fn read(raw: &'a RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    /// Also where the value is `null`.
    pub fn names(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        let (_, raw) = self.0.iter().rev().find(|(key, _)| key == name)?;
        (raw.get() != "null").then_some(*raw)
    }

    pub fn object(&self, name: &str) -> Option<Object<'a>> {
        Object::read(self.get(name)?)
    }

    pub fn list(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        list(self.get(name)?)
    }

    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        text(self.get(name)?)
    }

    /// A text that is not empty.
    pub fn filled(&self, name: &str) -> Option<Cow<'a, str>> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// An id, written as a string or as a whole number.
    pub fn id(&self, name: &str) -> Option<Cow<'a, str>> {
        scalar(self.get(name)?)
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|raw| raw.get() == "true")
    }

    /// Seconds since 1970, where they make sense.
    pub fn time(&self, name: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let raw = self.get(name).filter(|raw| raw.get().len() <= 32)?;
        provider_time(serde_json::from_str::<Value>(raw.get()).ok().as_ref(), now)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields = Vec::with_capacity(8);
                while let Some((Key(key), raw)) = map.next_entry()? {
                    if fields.len() < MAX_FIELDS {
                        fields.push((key, raw));
                    }
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// The elements of a list; `None` for anything else, and for one longer than [`MAX_ITEMS`].
pub fn list(raw: &RawValue) -> Option<Vec<&RawValue>> {
    struct Items<'a>(Option<Vec<&'a RawValue>>);
    impl<'de> Deserialize<'de> for Items<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Elements;
            impl<'de> Visitor<'de> for Elements {
                type Value = Items<'de>;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a list")
                }
                fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Items<'de>, A::Error> {
                    let mut items = Vec::new();
                    while let Some(item) = seq.next_element()? {
                        if items.len() == MAX_ITEMS {
                            while seq.next_element::<IgnoredAny>()?.is_some() {}
                            return Ok(Items(None));
                        }
                        items.push(item);
                    }
                    Ok(Items(Some(items)))
                }
            }
            deserializer.deserialize_seq(Elements)
        }
    }
    serde_json::from_str::<Items<'_>>(raw.get()).ok()?.0
}

fn scalar(raw: &RawValue) -> Option<Cow<'_, str>> {
    match text(raw) {
        Some(text) => (!text.is_empty()).then_some(text),
        None => serde_json::from_str::<Id>(raw.get()).ok().map(|id| Cow::Owned(id.0)),
    }
}

/// An id that stands alone, as [`Object::id`].
pub fn id(raw: &RawValue) -> Option<String> {
    scalar(raw).map(Cow::into_owned)
}

/// A JSON string, borrowed where it holds no escapes.
pub fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { serde_json::from_str(raw.get()).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
}

/// How many more bytes of a body may become [`Value`]s, which take up to 90 times the room.
pub struct Budget(Cell<usize>);

impl Budget {
    /// Of one piece, such as a filled-in form.
    const PIECE: usize = 64 * 1024;

    pub const fn new() -> Self {
        Self(Cell::new(1024 * 1024))
    }

    /// Pays for a piece; `false` where it is too large.
    pub fn pays(&self, raw: &RawValue) -> bool {
        let size = raw.get().len();
        let left = self.0.get();
        let pays = size <= Self::PIECE && size <= left;
        if pays {
            self.0.set(left - size);
        }
        pays
    }

    /// The piece as it was written, or nothing where it is too large.
    pub fn verbatim(&self, raw: &RawValue) -> Option<Value> {
        if self.pays(raw) { serde_json::from_str(raw.get()).ok() } else { None }
    }
}
