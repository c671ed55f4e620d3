//! What networks delivered, raw: the proof behind every 2xx, and the dead letters among it.

pub mod store;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::id::{ChannelId, DeadLetterId};
use crate::time::Millis;

/// Something that was delivered and not understood, kept until it is replayed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    pub id: DeadLetterId,
    pub channel_id: Option<ChannelId>,
    pub provider: String,
    /// What the network calls it: `field.account_update`, `message:…`.
    pub kind: String,
    pub reason: String,
    /// The first 16 KiB of the raw body; bytes that are no UTF-8 are replaced.
    pub body: String,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
    /// When it was last replayed without success.
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub replayed_at: Option<Millis>,
}

/// Raw bodies to keep, in columns.
#[derive(Debug, Default)]
pub struct NewUpdates {
    pub providers: Vec<String>,
    pub channel_ids: Vec<Option<Uuid>>,
    pub bodies: Vec<Vec<u8>>,
}
