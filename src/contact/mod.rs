//! People and groups on the other side of a channel.

pub mod store;

use serde::Serialize;
use utoipa::ToSchema;

use crate::id::ContactId;

/// Who a chat is with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    pub id: ContactId,
    pub name: Option<String>,
    pub username: Option<String>,
    /// E.164, with the plus sign.
    pub phone: Option<String>,
    pub email: Option<String>,
    pub avatar_url: Option<String>,
}
