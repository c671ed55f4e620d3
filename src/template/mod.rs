//! Templates: messages that a network approved beforehand, with places for parameters.

pub mod store;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::time::Millis;

/// A template as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    pub name: String,
    pub language: String,
    /// As the network writes it: `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, `DISABLED` …
    pub status: String,
    pub category: Option<String>,
    pub quality: Option<String>,
    /// Why it was refused or paused.
    pub reason: Option<String>,
    /// As the network has them: `[{type, format?, text?, buttons?, example?}]`.
    #[schema(value_type = Vec<Object>)]
    pub components: Box<RawValue>,
    #[schema(value_type = DateTime<Utc>)]
    pub updated_at: Millis,
}

/// A template as stored.
#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    pub language: String,
    pub status: String,
    pub category: Option<String>,
    pub quality: Option<String>,
    pub reason: Option<String>,
    /// JSON text of a list.
    pub components: String,
    pub updated_at: DateTime<Utc>,
}

impl Row {
    #[must_use]
    pub fn present(self) -> Template {
        Template {
            name: self.name,
            language: self.language,
            status: self.status,
            category: self.category,
            quality: self.quality,
            reason: self.reason,
            components: RawValue::from_string(self.components).unwrap_or_else(|_| RawValue::NULL.to_owned()),
            updated_at: Millis(self.updated_at),
        }
    }

    /// Whether the network would send it.
    #[must_use]
    pub fn can_be_sent(&self) -> bool {
        self.status.eq_ignore_ascii_case("APPROVED") || self.status == "UNKNOWN"
    }

    /// The text that the customer will read, with the parameters of a message in their places: header, body and footer.
    ///
    /// # Errors
    /// What is missing, in words for the user.
    pub fn render(&self, metadata: &Map<String, Value>) -> Result<String, String> {
        let parts: Vec<Value> = serde_json::from_str(&self.components).unwrap_or_default();
        let given = metadata.get("components").and_then(Value::as_array);
        let mut lines = Vec::new();
        for part in &parts {
            let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
            let is_text = part.get("format").and_then(Value::as_str).is_none_or(|format| format == "TEXT");
            let Some(text) = part.get("text").and_then(Value::as_str).filter(|_| is_text) else { continue };
            if kind.eq_ignore_ascii_case("BUTTONS") {
                continue;
            }
            let parameters = parameters_of(given, kind).or_else(|| {
                let simple = metadata.get("parameters").filter(|_| kind.eq_ignore_ascii_case("BODY"));
                simple.and_then(Value::as_array)
            });
            lines.push(filled(text, parameters.map_or(&[][..], Vec::as_slice), kind)?);
        }
        Ok(lines.join("\n"))
    }
}

/// The parameters that a message gives for one component.
fn parameters_of<'a>(given: Option<&'a Vec<Value>>, kind: &str) -> Option<&'a Vec<Value>> {
    let same = |component: &&Value| {
        component.get("type").and_then(Value::as_str).is_some_and(|given| given.eq_ignore_ascii_case(kind))
    };
    given?.iter().find(same)?.get("parameters")?.as_array()
}

/// Puts parameters into the places `{{1}}` and `{{name}}` of a text.
fn filled(text: &str, parameters: &[Value], kind: &str) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((place, after)) = after.split_once("}}") else { break };
        filled.push_str(before);
        let place = place.trim();
        let named = |parameter: &&Value| parameter.get("parameter_name").and_then(Value::as_str) == Some(place);
        let numbered = || place.parse::<usize>().ok().and_then(|number| parameters.get(number.checked_sub(1)?));
        let Some(parameter) = parameters.iter().find(named).or_else(numbered) else {
            return Err(format!("The template's {} needs a parameter for {{{{{place}}}}}.", kind.to_lowercase()));
        };
        filled.push_str(&shown(parameter));
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// A parameter as it is read: a text, or the fallback of a currency or a date.
fn shown(parameter: &Value) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let fallback = || {
        ["currency", "date_time"].into_iter().find_map(|kind| parameter.get(kind)?.get("fallback_value").and_then(text))
    };
    text(parameter).or_else(|| parameter.get("text").and_then(text)).or_else(fallback).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(components: &Value) -> Row {
        Row {
            name: "order".into(),
            language: "en".into(),
            status: "APPROVED".into(),
            category: None,
            quality: None,
            reason: None,
            components: components.to_string(),
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn rendered(components: &Value, metadata: &Value) -> Result<String, String> {
        template(components).render(metadata.as_object().unwrap_or(&Map::new()))
    }

    #[test]
    fn parameters_take_their_places_by_number_and_by_name() {
        let body = json!([
            {"type": "HEADER", "format": "IMAGE"},
            {"type": "BODY", "text": "Hi {{1}}, order {{ 2 }} {{{ is ready."},
            {"type": "FOOTER", "text": "Bye"},
            {"type": "BUTTONS", "buttons": []},
        ]);
        let given = json!({"components": [{"type": "body", "parameters": [
            {"type": "text", "text": "Ada"}, {"type": "currency", "currency": {"fallback_value": "€ 7"}}]}]});
        assert_eq!(rendered(&body, &given), Ok("Hi Ada, order € 7 {{{ is ready.\nBye".into()));
        let simple = json!({"parameters": ["Ada", "7"]});
        assert_eq!(rendered(&body, &simple), Ok("Hi Ada, order 7 {{{ is ready.\nBye".into()));
        let named = json!([{"type": "BODY", "text": "Hi {{who}}"}]);
        let given = json!({"components": [{"type": "BODY", "parameters": [
            {"type": "text", "parameter_name": "who", "text": "Bob"}]}]});
        assert_eq!(rendered(&named, &given), Ok("Hi Bob".into()));
    }

    #[test]
    fn a_missing_parameter_is_named() {
        let body = json!([{"type": "BODY", "text": "Hi {{1}} {{2}}"}]);
        let refused = rendered(&body, &json!({"parameters": ["Ada"]}));
        assert_eq!(refused, Err("The template's body needs a parameter for {{2}}.".into()));
    }
}
