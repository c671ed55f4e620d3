//! How users look to others, for those who come into a chat: from the cache `profile:{userId}` where there is Redis, else
//! from the database.

use std::sync::Arc;

use redis::{cmd, pipe};
use sqlx::PgPool;

use crate::bus::{Bus, Redis};
use crate::error::Result;
use crate::event::Profile;
use crate::id::{OrganizationId, UserId};
use crate::operator::store::user;

/// How long a profile is kept, should nobody change it.
const KEPT_SECS: u64 = 3_600;
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
        let found = self.of(organization_id, &[user_id]).await;
        let found = found.inspect_err(|error| {
            tracing::debug!(error = error as &dyn std::error::Error, "a profile cannot be read");
        });
        let nothing = Profile { username: None, avatar_url: None };
        let profile =
            found.ok().and_then(|mut found| found.pop()).map_or_else(|| nothing.clone(), |(_, profile)| profile);
        let text = |profile: &Profile| serde_json::to_string(profile).unwrap_or_else(|_| "{}".into());
        let whole = text(&profile);
        if whole.len() > LONGEST_BYTES { text(&nothing) } else { whole }.into()
    }

    /// Those of the users who belong to the organization, in the order in which they were asked for.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, organization_id: OrganizationId, users: &[UserId]) -> Result<Vec<(UserId, Profile)>> {
        let mut found = self.cached(users).await;
        let missing: Vec<_> =
            users.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(id, _)| id.0).collect();
        if !missing.is_empty() {
            let members = user::find_members(&self.pool, organization_id, &missing).await?;
            let read = |member: crate::operator::User| {
                (member.id, Profile { username: member.username, avatar_url: member.avatar_url })
            };
            let read: Vec<(UserId, Profile)> = members.into_iter().map(read).collect();
            self.keep(&read).await;
            for (id, profile) in read {
                for (_, place) in users.iter().zip(&mut found).filter(|(asked, _)| **asked == id) {
                    *place = Some(profile.clone());
                }
            }
        }
        Ok(users.iter().copied().zip(found).filter_map(|(id, found)| Some((id, found?))).collect())
    }

    async fn cached(&self, users: &[UserId]) -> Vec<Option<Profile>> {
        let nothing = vec![None; users.len()];
        let Some(redis) = self.redis.as_ref().filter(|_| !users.is_empty()) else { return nothing };
        let keys: Vec<String> = users.iter().map(|id| key(*id)).collect();
        let command = cmd("MGET").arg(&keys).to_owned();
        let found: Vec<Option<String>> = match command.query_async(&mut redis.connection()).await {
            Ok(found) => found,
            Err(_) => return nothing,
        };
        found.iter().map(|text| serde_json::from_str(text.as_deref()?).ok()).collect()
    }

    async fn keep(&self, profiles: &[(UserId, Profile)]) {
        let Some(redis) = &self.redis else { return };
        let mut pipeline = pipe();
        for (id, profile) in profiles {
            let Ok(text) = serde_json::to_string(profile) else { continue };
            pipeline.cmd("SET").arg(key(*id)).arg(text).arg("EX").arg(KEPT_SECS).ignore();
        }
        let _: Result<(), _> = pipeline.query_async(&mut redis.connection()).await;
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
