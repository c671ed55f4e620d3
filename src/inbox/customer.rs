//! Whose chat it is. Kept for half a minute, since surfaces that name the sender ask with every message.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use uuid::Uuid;

use super::Parts;
use crate::chat::store as chats;
use crate::error::Result;
use crate::id::{ChatId, ContactId, OrganizationId};

const KEPT: Duration = Duration::from_secs(30);
const MOST_KEPT: u64 = 50_000;

/// A chat's organization and contact.
#[derive(Debug)]
pub struct Customer {
    pub organization_id: OrganizationId,
    pub contact_id: ContactId,
    /// What it is called itself, whoever stands for it.
    pub name: Option<String>,
}

pub struct Customers(Cache<ChatId, Option<Arc<Customer>>>);

impl Default for Customers {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST_KEPT).time_to_live(KEPT).build())
    }
}

impl Parts {
    /// The customers of chats, whoever owns them, with one question for all; chats that nobody has are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn customers(
        &self,
        chat_ids: impl IntoIterator<Item = ChatId>,
    ) -> Result<HashMap<ChatId, Arc<Customer>>> {
        let mut found = HashMap::new();
        let mut unknown: Vec<Uuid> = Vec::new();
        for id in chat_ids {
            match self.customers.0.get(&id) {
                Some(known) => found.extend(known.map(|customer| (id, customer))),
                None => unknown.push(id.0),
            }
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        for row in chats::list_by_ids(&self.pool, &unknown).await? {
            let customer = Customer {
                organization_id: OrganizationId(row.organization_id),
                contact_id: ContactId(row.contact_id),
                name: row.own_name,
            };
            found.insert(ChatId(row.id), Arc::new(customer));
        }
        for id in unknown.into_iter().map(ChatId) {
            self.customers.0.insert(id, found.get(&id).cloned());
        }
        Ok(found)
    }

    /// The customer of one chat.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn customer(&self, chat_id: ChatId) -> Result<Option<Arc<Customer>>> {
        Ok(self.customers([chat_id]).await?.remove(&chat_id))
    }
}
