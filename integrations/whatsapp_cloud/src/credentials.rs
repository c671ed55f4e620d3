//! The form of a channel's credentials: what is kept, and what a number is called. Asks nobody.

use contract::{CredentialError, Validated};
use serde_json::{Map, Value};

/// Checks `{phoneNumberId, wabaId?, accessToken, appSecret?, verifyToken?}`; other fields are dropped.
///
/// # Errors
/// One entry per wrong field.
pub fn validate(credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
    let mut kept = Map::new();
    let mut errors = Vec::new();
    let mut take =
        |field: &'static str, required: bool, read: fn(&Value) -> Option<String>, rule: &str| match credentials
            .get(field)
            .filter(|value| !value.is_null() && value.as_str() != Some(""))
        {
            None if required => errors.push(CredentialError { field, message: "is required".into() }),
            None => {}
            Some(value) => match read(value) {
                Some(text) => {
                    kept.insert(field.to_owned(), Value::String(text));
                }
                None => errors.push(CredentialError { field, message: rule.to_owned() }),
            },
        };
    take("phoneNumberId", true, id, "must be the phone number's id at Meta: a string or a number");
    take("wabaId", false, id, "must be the WhatsApp Business Account's id: a string or a number");
    take("accessToken", true, token, "must be a string without spaces");
    take("appSecret", false, token, "must be a string without spaces");
    take("verifyToken", false, text, "must be a string of at most 1,024 bytes");
    if !errors.is_empty() {
        return Err(errors);
    }
    let identity = kept.get("phoneNumberId").and_then(Value::as_str).map(str::to_owned);
    let business = kept.get("wabaId").and_then(Value::as_str).map(str::to_owned);
    Ok(Validated { credentials: Value::Object(kept), identity, business })
}

/// Meta's ids are digits; other short names are let through for simulators.
fn id(value: &Value) -> Option<String> {
    let id = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.as_u64()?.to_string(),
        _ => return None,
    };
    let fits =
        (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()) && id != "." && id != "..";
    fits.then_some(id)
}

/// Goes into a header, so it is visible ASCII.
fn token(value: &Value) -> Option<String> {
    let token = value.as_str()?.trim();
    let fits = (1..=4096).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| token.to_owned())
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| text.len() <= 1024).map(str::to_owned)
}
