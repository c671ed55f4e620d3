//! News of templates: each says one thing of `{message_template_name, message_template_language}`
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview>).

use std::borrow::Cow;

use contract::{Incoming, TemplateNews};

use super::raw::Object;

/// Reads the value of a field that concerns templates; `None` for other fields.
///
/// # Errors
/// Where the change does not name its template.
pub fn read(field: &str, value: &Object<'_>) -> Option<Result<Incoming, &'static str>> {
    let fill = match field {
        "message_template_status_update" => status,
        "message_template_quality_update" => quality,
        "template_category_update" => category,
        // the wording changed: what it is now comes with the next list
        "message_template_components_update" => |_: &Object<'_>, _: &mut TemplateNews| {},
        _ => return None,
    };
    let named = value.filled("message_template_name").zip(value.filled("message_template_language"));
    let Some((name, language)) = named else { return Some(Err("news of a template that is not named")) };
    let mut news = TemplateNews { name: name.into_owned(), language: language.into_owned(), ..TemplateNews::default() };
    fill(value, &mut news);
    Some(Ok(Incoming::Template(news)))
}

fn status(value: &Object<'_>, news: &mut TemplateNews) {
    news.status = value.filled("event").map(Cow::into_owned);
    news.category = value.filled("message_template_category").map(Cow::into_owned);
    let words = |name: &str, field: &str| value.object(name)?.filled(field).map(Cow::into_owned);
    let reason = value.filled("reason").filter(|reason| reason != "NONE").map(Cow::into_owned);
    news.reason = words("rejection_info", "reason").or_else(|| words("other_info", "description")).or(reason);
}

fn quality(value: &Object<'_>, news: &mut TemplateNews) {
    news.quality = value.filled("new_quality_score").map(Cow::into_owned);
}

/// `new_category` is the one that holds; `correct_category` announces another for tomorrow.
fn category(value: &Object<'_>, news: &mut TemplateNews) {
    news.category = value.filled("new_category").map(Cow::into_owned);
    let announced = value.filled("correct_category").filter(|soon| Some(soon) != value.filled("new_category").as_ref());
    news.reason = announced.map(|soon| format!("Meta is going to count it as {soon}."));
}
