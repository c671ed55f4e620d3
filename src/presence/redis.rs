//! Presence in Redis, under the keys of the contract. A change is one script, which also publishes it; a look is one round
//! trip. Besides the contract's keys, `presence:node:{id}` holds a node's connections and `presence:nodes:{installation}`
//! the nodes that have some, so that what a dead node left can be found.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use redis::aio::ConnectionManager;
use redis::{Pipeline, RedisError, cmd, pipe};
use uuid::Uuid;

use super::desk::{Held, Op};
use super::{Connection, Snapshot};
use crate::bus::Redis;
use crate::error::{Error, Result};
use crate::id::{ChatId, OrganizationId, UserId};

const SCRIPT: &str = include_str!("change.lua");
/// How long the version of a chat is remembered where nobody is in it, in seconds; the script says the same.
const KEPT_SECS: u64 = 3_600;
/// Keys that are looked at in one round trip.
const AT_ONCE: usize = 200;

pub struct RedisShelf {
    redis: Redis,
    nodes_key: String,
    /// How Redis names the script since it was loaded.
    script: Mutex<Option<Arc<str>>>,
}

impl RedisShelf {
    pub fn new(redis: Redis, channel: &str) -> Self {
        let installation = channel.rsplit(':').next().unwrap_or_default();
        Self { redis, nodes_key: format!("presence:nodes:{installation}"), script: Mutex::default() }
    }

    fn connection(&self) -> ConnectionManager {
        self.redis.connection()
    }

    async fn ask<T: redis::FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T> {
        pipeline.query_async(&mut self.connection()).await.map_err(away)
    }

    pub async fn apply(&self, channel: &str, from: Uuid, owner: Uuid, now_ms: i64, ops: &[Op]) -> Result<()> {
        let script = self.script().await?;
        let mut pipeline = pipe();
        let [from, owner] = [from, owner].map(|id| id.to_string());
        for op in ops {
            let Connection { id, organization_id, user_id } = op.connection;
            let chat_id = op.chat_id.map(|id| id.to_string()).unwrap_or_default();
            pipeline.cmd("EVALSHA").arg(&*script).arg(0);
            pipeline.arg(op.kind.as_str()).arg(channel).arg(&self.nodes_key).arg(&from).arg(&owner).arg(now_ms);
            pipeline.arg(id.to_string()).arg(organization_id.to_string()).arg(user_id.to_string()).arg(chat_id);
            pipeline.arg(op.profile.as_deref().unwrap_or("{}")).ignore();
        }
        self.ask::<()>(&pipeline).await.inspect_err(|_| *self.script.lock() = None)
    }

    /// Loads the script where Redis may not have it: at first, and after a failure.
    async fn script(&self) -> Result<Arc<str>> {
        if let Some(script) = &*self.script.lock() {
            return Ok(Arc::clone(script));
        }
        let mut connection = self.connection();
        let loaded = cmd("SCRIPT").arg("LOAD").arg(SCRIPT).query_async::<String>(&mut connection).await;
        let script: Arc<str> = loaded.map_err(away)?.into();
        *self.script.lock() = Some(Arc::clone(&script));
        Ok(script)
    }

    pub async fn snapshot(&self, chat_id: ChatId, now_ms: i64) -> Result<Snapshot> {
        let (members, version) = (format!("presence:chat:{chat_id}"), format!("presence:chat:{chat_id}:version"));
        let mut pipeline = pipe();
        // a version that is shown is the one that the next change counts on from
        pipeline.atomic().cmd("SET").arg(&version).arg(now_ms).arg("NX").arg("EX").arg(KEPT_SECS).ignore();
        pipeline.cmd("SMEMBERS").arg(&members).cmd("GET").arg(&version);
        let (members, version): (Vec<String>, Option<i64>) = self.ask(&pipeline).await?;
        let mut member_ids = ids(&members, UserId);
        member_ids.sort_unstable();
        Ok(Snapshot { count: member_ids.len() as u64, member_ids, version: version.unwrap_or_default() })
    }

    pub async fn total(&self, organization_id: OrganizationId) -> Result<u64> {
        let command = cmd("SCARD").arg(format!("presence:users:{organization_id}")).to_owned();
        command.query_async(&mut self.connection()).await.map_err(away)
    }

    pub async fn total_of(&self, organizations: &[OrganizationId]) -> Result<u64> {
        let mut total = 0;
        for some in organizations.chunks(AT_ONCE) {
            let mut pipeline = pipe();
            for id in some {
                pipeline.cmd("SCARD").arg(format!("presence:users:{id}"));
            }
            total += self.ask::<Vec<u64>>(&pipeline).await?.iter().sum::<u64>();
        }
        Ok(total)
    }

    pub async fn online(&self, organization_id: OrganizationId, users: &[UserId]) -> Result<HashSet<UserId>> {
        let key = format!("presence:users:{organization_id}");
        let mut pipeline = pipe();
        for user_id in users {
            pipeline.cmd("SISMEMBER").arg(&key).arg(user_id.to_string());
        }
        let here: Vec<bool> = self.ask(&pipeline).await?;
        Ok(users.iter().zip(here).filter(|(_, here)| *here).map(|(id, _)| *id).collect())
    }

    pub async fn nodes(&self) -> Result<Vec<Uuid>> {
        let command = cmd("SMEMBERS").arg(&self.nodes_key).to_owned();
        let found: Vec<String> = command.query_async(&mut self.connection()).await.map_err(away)?;
        Ok(ids(&found, |id| id))
    }

    pub async fn held_by(&self, node: Uuid, most: usize) -> Result<Vec<Held>> {
        let command = cmd("SRANDMEMBER").arg(format!("presence:node:{node}")).arg(most).to_owned();
        let found: Vec<String> = command.query_async(&mut self.connection()).await.map_err(away)?;
        let connections = ids(&found, |id| id);
        let mut held = Vec::with_capacity(connections.len());
        for some in connections.chunks(AT_ONCE) {
            let mut pipeline = pipe();
            for id in some {
                pipeline.cmd("HGETALL").arg(format!("presence:by-socket:{id}"));
            }
            let records: Vec<HashMap<String, String>> = self.ask(&pipeline).await?;
            held.extend(some.iter().zip(&records).map(|(id, record)| read(*id, record)));
        }
        Ok(held)
    }
}

/// A connection's record. Where it is broken the connection is nobody's, and parts as such.
fn read(id: Uuid, record: &HashMap<String, String>) -> Held {
    let field = |name: &str| record.get(name).and_then(|id| id.parse().ok()).unwrap_or_default();
    let (organization_id, user_id) = (OrganizationId(field("organization")), UserId(field("user")));
    let chats = record.keys().filter_map(|field| field.strip_prefix("chat:")?.parse().ok());
    let chats: BTreeSet<ChatId> = chats.collect();
    Held { connection: Connection { id, organization_id, user_id }, chats }
}

fn ids<T>(texts: &[String], id: impl Fn(Uuid) -> T) -> Vec<T> {
    texts.iter().filter_map(|text| text.parse().ok()).map(id).collect()
}

fn away(error: RedisError) -> Error {
    Error::Unavailable(error.into())
}
