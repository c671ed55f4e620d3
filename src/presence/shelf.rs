//! Where presence is kept: in Redis, else in the database. Both say the same.

use std::collections::HashSet;

use sqlx::PgPool;
use uuid::Uuid;

use super::desk::{Held, Op};
use super::redis::RedisShelf;
use super::{Snapshot, store};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::error::Result;
use crate::id::{ChatId, OrganizationId, UserId};

pub struct Shelf {
    kind: ShelfKind,
    clock: Clock,
    channel: String,
    node: Uuid,
}

enum ShelfKind {
    Redis(Box<RedisShelf>),
    Postgres(PgPool),
}

impl Shelf {
    pub fn new(pool: PgPool, bus: &Bus, clock: Clock) -> Self {
        let kind = match bus.redis() {
            Some(redis) => ShelfKind::Redis(Box::new(RedisShelf::new(redis.clone(), bus.channel()))),
            None => ShelfKind::Postgres(pool),
        };
        Self { kind, clock, channel: bus.channel().to_owned(), node: bus.node() }
    }

    pub const fn is_redis(&self) -> bool {
        matches!(self.kind, ShelfKind::Redis(_))
    }

    /// Where a chat's version begins if it is not known: ahead of all that it may have been.
    fn now_ms(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    /// Applies changes of connections of a node, in their order, and tells all nodes. To do it again changes nothing.
    ///
    /// # Errors
    /// Those of the shelf; some of it may have been done.
    pub async fn apply(&self, owner: Uuid, ops: &[Op]) -> Result<()> {
        if ops.is_empty() {
            return Ok(());
        }
        match &self.kind {
            ShelfKind::Redis(redis) => redis.apply(&self.channel, self.node, owner, self.now_ms(), ops).await,
            ShelfKind::Postgres(pool) => {
                Ok(store::change(pool, &self.channel, owner, self.node, self.now_ms(), ops).await?)
            }
        }
    }

    /// # Errors
    /// Those of the shelf.
    pub async fn snapshot(&self, chat_id: ChatId) -> Result<Snapshot> {
        match &self.kind {
            ShelfKind::Redis(redis) => redis.snapshot(chat_id, self.now_ms()).await,
            ShelfKind::Postgres(pool) => Ok(store::find_snapshot(pool, chat_id, self.now_ms()).await?),
        }
    }

    /// # Errors
    /// Those of the shelf.
    pub async fn total(&self, organization_id: OrganizationId) -> Result<u64> {
        match &self.kind {
            ShelfKind::Redis(redis) => redis.total(organization_id).await,
            ShelfKind::Postgres(pool) => Ok(store::find_total(pool, organization_id).await?),
        }
    }

    /// # Errors
    /// Those of the shelf.
    pub async fn total_of(&self, organizations: &[OrganizationId]) -> Result<u64> {
        match &self.kind {
            ShelfKind::Redis(redis) => redis.total_of(organizations).await,
            ShelfKind::Postgres(pool) => Ok(store::find_total_of(pool, organizations).await?),
        }
    }

    /// # Errors
    /// Those of the shelf.
    pub async fn online(&self, organization_id: OrganizationId, users: &[UserId]) -> Result<HashSet<UserId>> {
        match &self.kind {
            ShelfKind::Redis(redis) => redis.online(organization_id, users).await,
            ShelfKind::Postgres(pool) => Ok(store::list_online(pool, organization_id, users).await?),
        }
    }

    /// Connections that are written for a node, up to so many.
    ///
    /// # Errors
    /// Those of the shelf.
    pub async fn held_by(&self, node: Uuid, most: usize) -> Result<Vec<Held>> {
        match &self.kind {
            ShelfKind::Redis(redis) => redis.held_by(node, most).await,
            ShelfKind::Postgres(pool) => Ok(store::list_held(pool, node, most).await?),
        }
    }

    /// Nodes that connections are written for.
    ///
    /// # Errors
    /// Those of the shelf.
    pub async fn nodes(&self) -> Result<Vec<Uuid>> {
        match &self.kind {
            ShelfKind::Redis(redis) => redis.nodes().await,
            ShelfKind::Postgres(pool) => Ok(store::list_nodes(pool).await?),
        }
    }

    /// Forgets what has outlived its use.
    ///
    /// # Errors
    /// Those of the shelf.
    pub async fn clean(&self) -> Result<()> {
        match &self.kind {
            // keys end by themselves
            ShelfKind::Redis(_) => Ok(()),
            ShelfKind::Postgres(pool) => Ok(store::delete_empty(pool).await?),
        }
    }
}
