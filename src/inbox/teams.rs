//! Teams: made and changed by administrators; what is deleted leaves the chats that name it.

use super::{Inbox, journal};
use crate::chat::store as chats;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::{OrganizationId, TeamId};
use crate::operator::{Caller, Role};
use crate::team::{NewTeam, Team, TeamChange, checked_members, checked_name, store};

/// Chats that one transaction takes from a team.
const BATCH: i64 = 100;
/// Deleted teams that are cleaned up at once.
const DELETED: i64 = 10;

impl Inbox {
    /// Makes a team.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`]; [`Error::NotFound`] for who is no active member.
    pub async fn create_team(&self, caller: &Caller, new: NewTeam) -> Result<Team> {
        caller.require(Role::Admin)?;
        let (name, members) = (checked_name(new.name)?, checked_members(&new.user_ids)?);
        let (organization_id, id) = (caller.organization_id, TeamId::new());
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        store::insert(&mut *transaction, organization_id, id, &name, self.clock.now()).await?;
        if !store::set_members(&mut transaction, organization_id, id, &members).await? {
            return Err(Error::NotFound("user"));
        }
        let team = store::find(&mut *transaction, organization_id, id).await?;
        transaction.commit().await?;
        team.ok_or_else(|| Error::internal("the team that was just stored is not there"))
    }

    /// Changes a team.
    ///
    /// # Errors
    /// As [`Inbox::create_team`]; [`Error::NotFound`] also for the team.
    pub async fn change_team(&self, caller: &Caller, id: TeamId, change: TeamChange) -> Result<Team> {
        caller.require(Role::Admin)?;
        let unknown = || Error::NotFound("team");
        let organization_id = caller.organization_id;
        store::find(&self.pool, organization_id, id).await?.ok_or_else(unknown)?;
        let name = change.name.map(checked_name).transpose()?;
        let members = change.user_ids.as_deref().map(checked_members).transpose()?;
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        if !store::update(&mut *transaction, organization_id, id, name.as_deref()).await? {
            return Err(unknown());
        }
        if let Some(members) = members
            && !store::set_members(&mut transaction, organization_id, id, &members).await?
        {
            return Err(Error::NotFound("user"));
        }
        let team = store::find(&mut *transaction, organization_id, id).await?;
        transaction.commit().await?;
        team.ok_or_else(unknown)
    }

    /// Deletes a team, and tells the chats that it leaves. It is gone at once; if this ends halfway, the house takes the rest
    /// of its chats from it.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete_team(&self, caller: &Caller, id: TeamId) -> Result<()> {
        caller.require(Role::Admin)?;
        if !store::mark_deleted(&self.pool, caller.organization_id, id, self.clock.now()).await? {
            return Err(Error::NotFound("team"));
        }
        self.empty_team(caller.organization_id, id).await
    }

    /// Takes the chats from teams whose deletion did not come to its end.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn empty_deleted_teams(&self) -> Result<()> {
        for (organization_id, id) in store::list_deleted(&self.pool, DELETED).await? {
            self.empty_team(organization_id, id).await?;
        }
        Ok(())
    }

    async fn empty_team(&self, organization_id: OrganizationId, id: TeamId) -> Result<()> {
        while self.take_from_team(organization_id, id).await? {}
        Ok(store::remove(&self.pool, id).await?)
    }

    /// Takes some chats from a deleted team, which gets no new ones; `false` where none was left.
    async fn take_from_team(&self, organization_id: OrganizationId, id: TeamId) -> Result<bool> {
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        let ids = chats::list_ids_of_team(&mut *connection, organization_id, id, BATCH).await?;
        if ids.is_empty() {
            return Ok(false);
        }
        chats::lock_many(connection, &ids).await?;
        let taken = chats::clear_team(&mut *connection, id, &ids, self.clock.now()).await?;
        let mut rows = chats::list_by_ids(&mut *connection, &taken).await?;
        rows.sort_unstable_by_key(|row| row.id);
        let events: Vec<Event> = rows
            .iter()
            .map(|row| Event::ChatUpdated(Box::new(row.present(self.networks.capabilities(&row.provider)))))
            .collect();
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        Ok(true)
    }
}
