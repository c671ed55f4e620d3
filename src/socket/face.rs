//! Who people are, for namespaces whose events name them: the contact of a chat, the picture of a sender. Looked up once and
//! kept for half a minute, since a busy chat asks with every message.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use serde::Deserialize;
use sqlx::PgPool;

use crate::chat;
use crate::event::Journalled;
use crate::id::{ChatId, ContactId, OrganizationId, UserId};
use crate::operator::store::user;

const KEPT: Duration = Duration::from_secs(30);
const MOST_KEPT: u64 = 50_000;

/// The people of an event.
#[derive(Debug, Clone, Default)]
pub struct Face {
    pub contact_id: Option<ContactId>,
    /// Address of the sender's picture.
    pub avatar: Option<String>,
}

/// The contact of a chat.
#[derive(Debug, Default)]
struct Customer {
    id: Option<ContactId>,
    avatar: Option<String>,
}

pub struct Faces {
    pool: PgPool,
    customers: Cache<ChatId, Arc<Customer>>,
    avatars: Cache<UserId, Option<String>>,
}

impl Faces {
    pub fn new(pool: PgPool) -> Self {
        let cache = || Cache::builder().max_capacity(MOST_KEPT).time_to_live(KEPT).build();
        Self { pool, customers: cache(), avatars: Cache::builder().max_capacity(MOST_KEPT).time_to_live(KEPT).build() }
    }

    /// The people of an event that speaks of a message; nobody where the store cannot be asked.
    pub async fn of(&self, event: &Journalled) -> Face {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct From {
            from_me: bool,
            sender_user_id: Option<UserId>,
        }
        let Some(chat_id) = event.chat_id.filter(|_| event.name.starts_with("message:")) else {
            return Face::default();
        };
        let customer = self.customer(event.organization_id, chat_id).await;
        let from = serde_json::from_str::<From>(&event.data).ok();
        let avatar = match from {
            Some(From { from_me: true, sender_user_id: Some(id) }) => self.avatar(event.organization_id, id).await,
            Some(From { from_me: true, .. }) | None => None,
            Some(From { from_me: false, .. }) => customer.avatar.clone(),
        };
        Face { contact_id: customer.id, avatar }
    }

    async fn customer(&self, organization_id: OrganizationId, chat_id: ChatId) -> Arc<Customer> {
        let load = async {
            let row = chat::store::find(&self.pool, organization_id, chat_id).await?;
            Ok::<_, sqlx::Error>(Arc::new(row.map_or_else(Customer::default, |row| Customer {
                id: Some(ContactId(row.contact_id)),
                avatar: row.own_avatar_url,
            })))
        };
        self.customers.try_get_with(chat_id, load).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the contact of a chat cannot be looked up");
            Arc::default()
        })
    }

    async fn avatar(&self, organization_id: OrganizationId, id: UserId) -> Option<String> {
        let load = async {
            let member = user::find_member(&self.pool, organization_id, id).await?;
            Ok::<_, sqlx::Error>(member.and_then(|member| member.avatar_url))
        };
        self.avatars.try_get_with(id, load).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the picture of a user cannot be looked up");
            None
        })
    }

    /// Forgets how somebody looked before this event.
    pub async fn forget(&self, event: &Journalled) {
        match (&*event.name, event.chat_id) {
            ("user:profile:updated", _) => self.avatars.invalidate_all(),
            ("chat:updated", Some(chat_id)) => self.customers.invalidate(&chat_id).await,
            _ => {}
        }
    }
}
