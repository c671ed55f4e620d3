//! Who is here, and on what: connections of users, the chats they look at, counted once per user whatever the number of
//! tabs and nodes. Kept in Redis, else in unlogged tables; each change is decided in one place and told from there, so
//! all nodes hear the changes of a chat in one order. Knows no guests and no API keys.

mod desk;
mod keeper;
mod profile;
mod redis;
mod shelf;
mod store;
mod sweeper;

use std::collections::HashSet;
use std::sync::Arc;

use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use self::desk::{Desk, Kind};
use self::profile::Profiles;
use self::shelf::Shelf;
use crate::background::Background;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::error::Result;
use crate::event::Profile;
use crate::id::{ChatId, OrganizationId, UserId};
use crate::node::Nodes;

/// A connection of a user, one per namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    pub id: Uuid,
    pub organization_id: OrganizationId,
    pub user_id: UserId,
}

/// Who is present in a chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Sorted.
    pub member_ids: Vec<UserId>,
    pub count: u64,
    /// Grows by one with every change of the member set. 0: not known, because Redis is away and only this node was asked.
    pub version: i64,
}

/// A change, as all nodes hear it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Joined {
        organization_id: OrganizationId,
        chat_id: ChatId,
        user_id: UserId,
        profile: Profile,
        count: u64,
        version: i64,
    },
    Left {
        organization_id: OrganizationId,
        chat_id: ChatId,
        user_id: UserId,
        count: u64,
        version: i64,
    },
    Total {
        organization_id: OrganizationId,
        total: u64,
    },
    /// The user's first connection came, or its last one ended, at this unix time.
    User {
        organization_id: OrganizationId,
        user_id: UserId,
        online: bool,
        at_ms: i64,
    },
}

/// The presence of the installation, as this node knows and changes it; cheap to clone.
#[derive(Clone)]
pub struct Presence(Arc<Inner>);

struct Inner {
    bus: Bus,
    nodes: Nodes,
    shelf: Shelf,
    desk: Desk,
    profiles: Profiles,
}

impl Presence {
    #[must_use]
    pub fn new(pool: PgPool, bus: Bus, nodes: Nodes, clock: Clock) -> Self {
        let shelf = Shelf::new(pool.clone(), &bus, clock);
        let profiles = Profiles::new(pool, &bus);
        Self(Arc::new(Inner { bus, nodes, shelf, desk: Desk::default(), profiles }))
    }

    /// Starts what keeps presence true: the queue of changes, and the sweep of what dead nodes left.
    pub fn start(&self, background: &Background) {
        let (keeping, stopping) = (self.clone(), background.clone());
        background.spawn(async move {
            tokio::select! {
                () = keeping.keep() => {}
                () = stopping.stopping() => {}
            }
            keeping.say_goodbye().await;
        });
        let sweeping = self.clone();
        background.spawn_until_stop(async move { sweeping.sweep_the_dead().await });
    }

    /// A connection came: its user is online.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] where it could not be written yet; it is made up for.
    pub async fn enter(&self, connection: &Connection) -> Result<()> {
        let done = self.0.desk.put(Kind::Enter, connection, None, None);
        self.settle(done).await
    }

    /// The connection looks at a chat: its user is present there. Again is harmless. A connection that has not entered, or
    /// has parted, joins nothing.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] where it could not be written yet; it is made up for.
    pub async fn join(&self, connection: &Connection, chat_id: ChatId) -> Result<Snapshot> {
        let profile = self.0.profiles.text(connection.organization_id, connection.user_id).await;
        let done = self.0.desk.put(Kind::Join, connection, Some(chat_id), Some(profile));
        self.settle(done).await?;
        self.snapshot(connection.organization_id, chat_id).await
    }

    /// The connection looks at a chat no more.
    ///
    /// # Errors
    /// As [`Presence::join`].
    pub async fn leave(&self, connection: &Connection, chat_id: ChatId) -> Result<Snapshot> {
        let done = self.0.desk.put(Kind::Leave, connection, Some(chat_id), None);
        self.settle(done).await?;
        self.snapshot(connection.organization_id, chat_id).await
    }

    /// The connection has ended, and looks at nothing any more. Harmless where it never entered.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] where it could not be written yet; it is made up for.
    pub async fn part(&self, connection: &Connection) -> Result<()> {
        let done = self.0.desk.put(Kind::Part, connection, None, None);
        self.settle(done).await
    }

    /// As [`Presence::part`], for who cannot wait.
    pub fn end(&self, connection: &Connection) {
        let _ = self.0.desk.put(Kind::Part, connection, None, None);
    }

    /// Nobody looks at a chat that is gone.
    pub fn close(&self, chat_id: ChatId) {
        self.0.desk.close(chat_id);
    }

    /// Who is in a chat of the organization; while Redis is away, as far as this node knows.
    ///
    /// # Errors
    /// Those of the database, where presence is kept there.
    pub async fn snapshot(&self, organization_id: OrganizationId, chat_id: ChatId) -> Result<Snapshot> {
        let asked = self.0.shelf.snapshot(chat_id);
        self.or_own(asked, || self.0.desk.snapshot(organization_id, chat_id)).await
    }

    /// How many users of the organization are online; while Redis is away, as far as this node knows.
    ///
    /// # Errors
    /// As [`Presence::snapshot`].
    pub async fn total(&self, organization_id: OrganizationId) -> Result<u64> {
        let asked = self.0.shelf.total(organization_id);
        self.or_own(asked, || self.0.desk.online(organization_id).len() as u64).await
    }

    /// How many users are online in these organizations, counted in each of theirs; while Redis is away, as far as this node
    /// knows.
    ///
    /// # Errors
    /// As [`Presence::snapshot`].
    pub async fn total_of(&self, organizations: &[OrganizationId]) -> Result<u64> {
        let asked = self.0.shelf.total_of(organizations);
        self.or_own(asked, || organizations.iter().map(|id| self.0.desk.online(*id).len() as u64).sum()).await
    }

    /// Which of these users are online in the organization; while Redis is away, as far as this node knows.
    ///
    /// # Errors
    /// As [`Presence::snapshot`].
    pub async fn online(&self, organization_id: OrganizationId, users: &[UserId]) -> Result<HashSet<UserId>> {
        if users.is_empty() {
            return Ok(HashSet::new());
        }
        let asked = self.0.shelf.online(organization_id, users);
        let own = || {
            let here = self.0.desk.online(organization_id);
            users.iter().copied().filter(|id| here.contains(id)).collect()
        };
        self.or_own(asked, own).await
    }

    /// Forgets how a user looked.
    pub async fn forget_profile(&self, user_id: UserId) {
        self.0.profiles.forget(user_id).await;
    }

    /// Waits until a change is written. While Redis is away nobody waits.
    async fn settle(&self, done: desk::Done) -> Result<()> {
        match done.wait().await {
            Err(error) if self.0.shelf.is_redis() => {
                tracing::debug!(error = &error as &dyn std::error::Error, "presence is written later");
                Ok(())
            }
            done => done,
        }
    }

    /// What the shelf answers, else what this node knows itself, if it is Redis that is away.
    async fn or_own<T>(&self, asked: impl Future<Output = Result<T>>, own: impl FnOnce() -> T) -> Result<T> {
        let redis = self.0.shelf.is_redis();
        if redis && self.0.desk.is_away() {
            return Ok(own());
        }
        match asked.await {
            Err(error) if redis => {
                tracing::debug!(error = &error as &dyn std::error::Error, "presence is this node's own");
                Ok(own())
            }
            asked => asked,
        }
    }
}
