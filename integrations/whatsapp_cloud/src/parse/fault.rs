//! Meta's error entries, `{code, title, message, error_data:{details}}`, in the forms that webhooks and answers use.

use std::borrow::Cow;

use contract::DeliveryError;

use super::raw::Object;

/// The first entry of `errors`; codes are the key, their texts may change
/// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes>).
pub fn first(holder: &Object<'_>) -> Option<DeliveryError> {
    read(&Object::read(holder.list("errors")?.first()?)?)
}

fn read(entry: &Object<'_>) -> Option<DeliveryError> {
    let details = entry.object("error_data").and_then(|data| data.filled("details"));
    let message = details.or_else(|| ["details", "message", "title"].into_iter().find_map(|name| entry.filled(name)));
    let code = entry.id("code");
    if code.is_none() && message.is_none() {
        return None;
    }
    let code = code.map_or_else(|| "unknown".to_owned(), Cow::into_owned);
    let message = message.map_or_else(|| format!("error {code}"), Cow::into_owned);
    Some(DeliveryError { code, message })
}
