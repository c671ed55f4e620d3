//! The namespace `/notifications`: a user's own notifications, as they come, in snake_case.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::client::Client;
use super::crowd::Crowd;
use super::hear::Said;
use super::payload::Ack;
use super::space::{Saying, Telling};
use super::{Door, common};
use crate::error::{Error, Result};
use crate::id::EventId;

/// What is understood here.
pub const EVENTS: &[&str] = &["notification:read", "resync", "auth:refresh"];

/// `notification:new`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct New<'a> {
    pub id: uuid::Uuid,
    #[serde(rename = "type")]
    pub kind: &'a str,
    pub title: &'a str,
    pub body: &'a str,
    #[schema(value_type = Object)]
    pub data: &'a RawValue,
    pub created_at: &'a str,
    pub is_read: bool,
    pub event_id: EventId,
    pub cursor: String,
}

/// `notification:read`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = NotificationNamed)]
pub struct Named {
    pub notification_id: String,
}

/// The acknowledgement of `notification:read`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NotificationRead)]
pub struct Read {
    pub notification_id: uuid::Uuid,
    pub is_read: bool,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub read_at: Option<crate::time::Millis>,
}

/// Does what an event asks; `None` where it was acknowledged on the way.
///
/// # Errors
/// Why it was not done.
pub async fn answer(door: &Arc<Door>, crowd: &Arc<Crowd>, client: &Arc<Client>, said: &Said) -> Result<Option<Ack>> {
    match said.event.as_str() {
        "notification:read" => read(door, client, said).await.map(Some),
        "resync" => common::resync(door, crowd, client, said).await,
        "auth:refresh" => common::refresh(door, crowd, client, said).await,
        _ => Err(Error::Malformed("There is no such event.".into())),
    }
}

/// Marks a notification of the caller's as read.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn read(door: &Door, client: &Client, said: &Said) -> Result<Ack> {
    let Named { notification_id } = said.fields("an object with `notification_id`, a text")?;
    let id = notification_id.parse().map_err(|_| Error::NotFound("notification"))?;
    let read = door.inbox.read_notification(&client.caller(), id).await?;
    Ok(Ack::of(&Read { notification_id: read.id.0, is_read: read.is_read, read_at: read.read_at }))
}

/// `user:notification` in the words of `/chat` and `/notifications`.
#[must_use]
pub fn say<'a>(telling: &Telling<'a>) -> Option<Saying<'a>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Notification<'a> {
        id: uuid::Uuid,
        #[serde(rename = "type")]
        kind: &'a str,
        #[serde(borrow)]
        title: Cow<'a, str>,
        #[serde(borrow)]
        body: Cow<'a, str>,
        data: &'a RawValue,
        created_at: &'a str,
        is_read: bool,
    }
    let event = telling.event;
    if &*event.name != "user:notification" {
        return None;
    }
    let told: Notification<'_> = serde_json::from_str(&event.data)
        .inspect_err(|error| tracing::error!(%error, "a notification has no words on sockets"))
        .ok()?;
    let new = New {
        id: told.id,
        kind: told.kind,
        title: &told.title,
        body: &told.body,
        data: told.data,
        created_at: told.created_at,
        is_read: told.is_read,
        event_id: event.id,
        cursor: telling.cursors.write(event.organization_id, event.position),
    };
    let data = serde_json::to_string(&new).ok()?;
    Some(Saying { event: Cow::Borrowed("notification:new"), data: Cow::Owned(data), delivers: None })
}
