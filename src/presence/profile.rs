//! How users look to others, for those who come into a chat: from the cache `profile:{userId}` where there is Redis, else
//! from the database.

use std::sync::Arc;

use redis::cmd;
use sqlx::PgPool;

use crate::bus::{Bus, Redis};
use crate::error::Result;
use crate::event::Profile;
use crate::id::{OrganizationId, UserId};
use crate::operator::store::user;

/// How long a profile is kept, should nobody change it.
const KEPT_SECS: u64 = 600;
/// A longer profile does not travel with a change: Postgres notifies of less than 8,000 bytes.
const LONGEST_BYTES: usize = 6_000;

pub struct Profiles {
    pool: PgPool,
    redis: Option<Redis>,
}

impl Profiles {
    pub fn new(pool: PgPool, bus: &Bus) -> Self {
        Self { pool, redis: bus.redis().cloned() }
    }

    /// A user's profile as JSON text; an empty one where it cannot be had.
    pub async fn text(&self, organization_id: OrganizationId, user_id: UserId) -> Arc<str> {
        let found = self.find(organization_id, user_id).await.unwrap_or_else(|error| {
            tracing::debug!(error = &error as &dyn std::error::Error, "a profile cannot be read");
            None
        });
        let nothing = Profile { username: None, avatar_url: None };
        let profile = found.unwrap_or_else(|| nothing.clone());
        let text = |profile: &Profile| serde_json::to_string(profile).unwrap_or_else(|_| "{}".into());
        let whole = text(&profile);
        if whole.len() > LONGEST_BYTES { text(&nothing) } else { whole }.into()
    }

    async fn find(&self, organization_id: OrganizationId, user_id: UserId) -> Result<Option<Profile>> {
        if let Some(profile) = self.cached(user_id).await {
            return Ok(Some(profile));
        }
        let member = user::find_member(&self.pool, organization_id, user_id).await?;
        let profile = member.map(|member| Profile { username: member.username, avatar_url: member.avatar_url });
        if let (Some(profile), Some(redis)) = (&profile, &self.redis) {
            let text = serde_json::to_string(profile).unwrap_or_default();
            let command = cmd("SET").arg(key(user_id)).arg(text).arg("EX").arg(KEPT_SECS).to_owned();
            // a cache that does not take it is no loss
            let _ = command.query_async::<()>(&mut redis.connection()).await;
        }
        Ok(profile)
    }

    async fn cached(&self, user_id: UserId) -> Option<Profile> {
        let command = cmd("GET").arg(key(user_id)).to_owned();
        let found: Option<String> = command.query_async(&mut self.redis.as_ref()?.connection()).await.ok()?;
        serde_json::from_str(&found?).ok()
    }

    pub async fn forget(&self, user_id: UserId) {
        let Some(redis) = &self.redis else { return };
        let command = cmd("DEL").arg(key(user_id)).to_owned();
        if let Err(error) = command.query_async::<u64>(&mut redis.connection()).await {
            tracing::debug!(%error, "a cached profile was not dropped; it ends by itself");
        }
    }
}

fn key(user_id: UserId) -> String {
    format!("profile:{user_id}")
}
