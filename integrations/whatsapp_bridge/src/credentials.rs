//! The form of a bridge channel's credentials.

use contract::{CredentialError, Validated};
use serde_json::{Map, Value};

/// Texts that may be absent, and the longest of each.
const TEXTS: [(&str, usize); 2] = [("key", 512), ("phone", 20)];

pub(crate) fn validate(credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
    let wrong = |field, message: &str| CredentialError { field, message: message.to_owned() };
    if !credentials.is_object() && !credentials.is_null() {
        return Err(vec![wrong("", "must be an object")]);
    }
    let given = |field| credentials.get(field).filter(|value| !value.is_null());
    let mut errors = Vec::new();
    let mut stored = Map::new();
    match given("flavour") {
        None => {}
        Some(Value::String(flavour)) => match flavour.as_str() {
            "switchboard" => {}
            "evolution" | "waha" => errors.push(wrong("flavour", "not available yet; use \"switchboard\"")),
            _ => errors.push(wrong("flavour", "must be \"switchboard\"")),
        },
        Some(_) => errors.push(wrong("flavour", "must be a text")),
    }
    stored.insert("flavour".into(), "switchboard".into());
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
    if errors.is_empty() {
        Ok(Validated { credentials: stored.into(), identity: None, business: None })
    } else {
        Err(errors)
    }
}
