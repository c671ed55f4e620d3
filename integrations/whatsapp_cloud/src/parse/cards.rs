//! Shared address cards (`contacts` messages): the name, numbers and addresses that an inbox shows.

use std::borrow::Cow;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::raw::{self, Object};

/// The cards as `[{name, phones[], emails?, org?}]` and their names, comma separated; `None` for what is no list.
pub fn read(raw: &RawValue) -> Option<(Value, String)> {
    let cards: Vec<Card> = raw::list(raw)?.into_iter().filter_map(Card::read).collect();
    let names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
    let content = names.join(", ");
    Some((cards.into_iter().map(Card::into_value).collect(), content))
}

struct Card {
    name: String,
    phones: Vec<String>,
    emails: Vec<String>,
    org: Option<String>,
}

impl Card {
    fn read(raw: &RawValue) -> Option<Self> {
        let card = Object::read(raw)?;
        let phones = strings(&card, "phones", &["phone", "wa_id"]);
        let emails = strings(&card, "emails", &["email"]);
        let org = card.object("org").and_then(|org| org.filled("company")).or_else(|| card.filled("org"));
        let name = card.filled("name").map(Cow::into_owned).or_else(|| full_name(&card.object("name")?));
        let org = org.map(Cow::into_owned);
        let name = name.or_else(|| org.clone()).or_else(|| phones.first().cloned()).unwrap_or_default();
        Some(Self { name, phones, emails, org })
    }

    fn into_value(self) -> Value {
        let mut value = Map::new();
        value.insert("name".into(), self.name.into());
        value.insert("phones".into(), self.phones.into());
        if !self.emails.is_empty() {
            value.insert("emails".into(), self.emails.into());
        }
        if let Some(org) = self.org {
            value.insert("org".into(), org.into());
        }
        Value::Object(value)
    }
}

fn full_name(name: &Object<'_>) -> Option<String> {
    if let Some(name) = name.filled("formatted_name") {
        return Some(name.into_owned());
    }
    let parts: Vec<_> =
        ["first_name", "middle_name", "last_name"].into_iter().filter_map(|part| name.filled(part)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The elements of a list of texts, or of objects that hold them under one of `names`.
fn strings(card: &Object<'_>, list: &str, names: &[&str]) -> Vec<String> {
    let read = |raw| match raw::text(raw) {
        Some(text) => Some(text.into_owned()),
        None => {
            let object = Object::read(raw)?;
            names.iter().find_map(|name| object.id(name)).map(Cow::into_owned)
        }
    };
    card.list(list).unwrap_or_default().into_iter().filter_map(read).collect()
}
