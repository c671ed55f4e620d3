//! The form of a bridge channel's credentials.

use contract::{CredentialError, Validated};
use serde_json::{Map, Value};

use crate::flavours::Flavour;

/// Texts that may be absent, and the longest of each.
const TEXTS: [(&str, usize); 4] = [("key", 512), ("phone", 20), ("instance", 128), ("session", 128)];

pub(crate) fn validate(credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
    let wrong = |field, message: &str| CredentialError { field, message: message.to_owned() };
    if !credentials.is_object() && !credentials.is_null() {
        return Err(vec![wrong("", "must be an object")]);
    }
    let given = |field| credentials.get(field).filter(|value| !value.is_null());
    let mut errors = Vec::new();
    let mut stored = Map::new();
    let flavour = match given("flavour") {
        None => Some(Flavour::Switchboard),
        Some(Value::String(name)) => Flavour::named(name),
        Some(_) => None,
    };
    let Some(flavour) = flavour else {
        return Err(vec![wrong("flavour", "must be \"switchboard\", \"evolution\" or \"waha\"")]);
    };
    stored.insert("flavour".into(), flavour.name().into());
    for (field, longest) in TEXTS {
        match given(field) {
            None => {}
            Some(Value::String(text)) if text.len() <= longest => {
                stored.insert(field.into(), text.as_str().into());
            }
            Some(Value::String(_)) => errors.push(wrong(field, "is too long")),
            Some(_) => errors.push(wrong(field, "must be a text")),
        }
    }
    if let Some(Value::String(phone)) = stored.get("phone") {
        let digits = phone.strip_prefix('+').unwrap_or(phone);
        if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            errors.push(wrong("phone", "must be a phone number with its country code, such as +4915550100"));
        }
    }
    match given("history") {
        None => {}
        Some(Value::Bool(history)) => {
            stored.insert("history".into(), (*history).into());
        }
        Some(_) => errors.push(wrong("history", "must be true or false")),
    }
    let has_key = stored.get("key").and_then(Value::as_str).is_some_and(|key| !key.is_empty());
    if flavour != Flavour::Switchboard && !has_key && errors.is_empty() {
        errors.push(wrong("key", "is required: the API key, which proves what is delivered too"));
    }
    if errors.is_empty() {
        Ok(Validated { credentials: stored.into(), identity: None, business: None })
    } else {
        Err(errors)
    }
}
