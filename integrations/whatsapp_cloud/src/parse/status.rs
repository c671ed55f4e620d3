//! One element of `statuses`: how far a message of ours came
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status>).

use chrono::{DateTime, Utc};
use contract::{DeliveryStatus, Incoming, IncomingStatus};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::raw::Object;
use super::{Item, fault, label, unknown};

/// Reads one status. The chat stays open: `recipient_id` may be written in another way than the chat's id.
pub fn read<'a>(raw: &'a RawValue, now: DateTime<Utc>) -> Item<'a> {
    let Some(item) = Object::read(raw) else { return unknown("status", "unreadable", "status is not an object") };
    let Some(value) = item.filled("status") else { return unknown("status", "unreadable", "status has no value") };
    let Some(id) = item.id("id") else { return unknown("status", &value, "status names no message") };
    let status = match &*value {
        "sent" => DeliveryStatus::Sent,
        "delivered" => DeliveryStatus::Delivered,
        "read" | "played" => DeliveryStatus::Read,
        "failed" => DeliveryStatus::Failed,
        _ => {
            let reason = format!("{} says nothing about delivery", label("status", &value));
            return Item { kind: label("status", &value), what: Incoming::Ignored { reason }, contact: None };
        }
    };
    let failed = status == DeliveryStatus::Failed;
    let what = Incoming::Status(IncomingStatus {
        chat_external_id: None,
        message_external_id: id.into_owned(),
        client_id: item.text("biz_opaque_callback_data").and_then(|text| Uuid::parse_str(&text).ok()),
        status,
        error: if failed { fault::first(&item) } else { None },
        at: item.time("timestamp", now),
    });
    Item { kind: label("status", &value), what, contact: None }
}
