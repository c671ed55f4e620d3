//! What a customer chose from buttons, lists and forms.

use std::borrow::Cow;

use contract::MessageType;
use contract::json::{Prepared, prepare};
use serde_json::Value;
use serde_json::value::RawValue;

use super::content::Content;
use super::raw::{self, Budget, Object};

/// Reads an `interactive` object; `None` where the choice is missing.
pub fn read(interactive: &Object<'_>, budget: &Budget) -> Option<Content> {
    const REPLIES: [&str; 4] = ["button_reply", "list_reply", "nfm_reply", "call_permission_reply"];
    let kind = interactive
        .filled("type")
        .or_else(|| REPLIES.into_iter().find(|name| interactive.get(name).is_some()).map(Into::into))?;
    let content = |text: Option<Cow<'_, str>>| {
        Content::new(MessageType::Interactive, text.unwrap_or_default().into_owned()).with("kind", &*kind)
    };
    Some(match &*kind {
        "button_reply" | "list_reply" => {
            let reply = interactive.object(&kind)?;
            content(reply.text("title").or_else(|| reply.text("id")))
                .with_some("id", reply.id("id"))
                .with_some("description", reply.text("description"))
        }
        "nfm_reply" => {
            let reply = interactive.object(&kind)?;
            content(reply.text("body"))
                .with_some("id", reply.id("name"))
                .with_some("form", reply.get("response_json").and_then(|raw| form(raw, budget)))
        }
        "call_permission_reply" => {
            let reply = interactive.object(&kind)?;
            content(reply.text("response"))
                .with_some("response", reply.text("response"))
                .with_some("responseSource", reply.text("response_source"))
                .with_some("expirationTimestamp", reply.id("expiration_timestamp"))
        }
        // shown by the business itself (buttons, lists, links), or a reply that is newer than this code
        _ => {
            let body = interactive.object("body").and_then(|body| body.text("text"));
            let reply = interactive.object(&kind);
            let text = |name: &str| reply.as_ref()?.text(name);
            content(body.or_else(|| text("title")).or_else(|| text("body")))
                .with_some("id", reply.as_ref().and_then(|reply| reply.id("id")))
                .with_some("action", interactive.get("action").and_then(|raw| budget.verbatim(raw)))
                .with_some("data", interactive.get(&kind).and_then(|raw| budget.verbatim(raw)))
        }
    })
}

/// A filled-in form: JSON inside a string, and not always an object; what is no JSON stays a text.
fn form(raw: &RawValue, budget: &Budget) -> Option<Value> {
    if !budget.pays(raw) {
        return None;
    }
    let Some(text) = raw::text(raw) else { return serde_json::from_str(raw.get()).ok() };
    // strings may hide depth, NUL and lone surrogates from the check of the whole body
    let form = match prepare(text.as_bytes()) {
        Ok(Prepared::Ready(json)) => serde_json::from_str(&json).ok(),
        Ok(Prepared::TooDeep) | Err(_) => None,
    };
    Some(form.unwrap_or_else(|| Value::String(text.into_owned())))
}

/// Reads a tap on a template's quick reply.
pub fn button(button: &Object<'_>) -> Option<Content> {
    let payload = button.id("payload");
    let text = button.text("text").or_else(|| payload.clone())?;
    Some(Content::new(MessageType::Interactive, text.into_owned()).with("kind", "button").with_some("id", payload))
}
