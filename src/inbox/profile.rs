//! Members as others see them: whether they are online, and changing how they look, what they may do, whether they may
//! enter. What others see is told.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Inbox, journal};
use crate::error::{Error, Result};
use crate::event::{Event, ProfileUpdated};
use crate::id::{OrganizationId, UserId};
use crate::operator::store::{membership, session, user};
use crate::operator::user::Check;
use crate::operator::{MemberChange, Role, User};

impl Inbox {
    /// Says of members which are online.
    ///
    /// # Errors
    /// Those of presence.
    pub async fn show_online<'a>(
        &self,
        organization_id: OrganizationId,
        users: impl IntoIterator<Item = &'a mut User>,
    ) -> Result<()> {
        let users: Vec<&mut User> = users.into_iter().collect();
        let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
        let online = self.presence.online(organization_id, &ids).await?;
        for user in users {
            user.online = online.contains(&user.id);
        }
        Ok(())
    }

    /// The same of one.
    ///
    /// # Errors
    /// Those of presence.
    pub async fn shown_online(&self, organization_id: OrganizationId, mut user: User) -> Result<User> {
        self.show_online(organization_id, std::slice::from_mut(&mut user)).await?;
        Ok(user)
    }

    /// Changes a member on behalf of `by` (`None`: an API key); a changed name, username or picture is told in every organization of the user.
    ///
    /// # Errors
    /// [`Error::NotFound`] for nobody of this organization, [`Error::Invalid`] for wrong fields, [`Error::Conflict`] for a taken
    /// e-mail or username and where no administrator would be left, [`Error::Forbidden`] for the account of somebody who also
    /// belongs to another organization.
    pub async fn change_member(
        &self,
        organization_id: OrganizationId,
        id: UserId,
        by: Option<UserId>,
        mut change: MemberChange,
    ) -> Result<User> {
        let mut check = Check::default();
        check.profile(&mut change.profile);
        if let Some(email) = &mut change.email {
            check.email(email);
        }
        check.finish()?;
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let (user, told) = write(&mut transaction, organization_id, id, by, &change, self.clock.now()).await?;
        let events = journal::write(&mut transaction, &self.cursors, &told).await?;
        transaction.commit().await?;
        self.presence.forget_profile(id).await;
        self.feed.committed(events);
        self.shown_online(organization_id, user).await
    }
}

/// Writes the change, and says whom to tell what.
async fn write(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    id: UserId,
    by: Option<UserId>,
    change: &MemberChange,
    now: DateTime<Utc>,
) -> Result<(User, Vec<Event>)> {
    let nobody = || Error::NotFound("user");
    let before = user::find_member(&mut *connection, organization_id, id).await?.ok_or_else(nobody)?;
    let organizations = membership::find_organizations(&mut *connection, id).await?;
    if change.touches_account() {
        if organizations.len() > 1 && by != Some(id) {
            let detail =
                "This person also belongs to another organization: only `role` and `active` can be changed here.";
            return Err(Error::Forbidden(detail.into()));
        }
        write_account(connection, &organizations, id, change).await?;
    }
    if change.role.is_some() || change.active.is_some() {
        keep_an_admin(connection, organization_id, id, change).await?;
        membership::update(&mut *connection, organization_id, id, change.role, change.active).await?;
    }
    if change.active == Some(false) {
        session::revoke_all(&mut *connection, organization_id, id, now).await?;
    }
    if change.password_hash.is_some() {
        for organization_id in &organizations {
            session::revoke_all(&mut *connection, *organization_id, id, now).await?;
        }
    }
    let after = user::find_member(&mut *connection, organization_id, id).await?.ok_or_else(nobody)?;
    let look = |user: &User| (user.name.clone(), user.username.clone(), user.avatar_url.clone());
    let told = if look(&before) == look(&after) { Vec::new() } else { organizations };
    let profile = ProfileUpdated::of(&after);
    Ok((after, told.into_iter().map(|id| Event::ProfileUpdated(id, profile.clone())).collect()))
}

async fn write_account(
    connection: &mut PgConnection,
    organizations: &[OrganizationId],
    id: UserId,
    change: &MemberChange,
) -> Result<()> {
    if let Some(username) = change.profile.username.as_deref().filter(|username| !username.is_empty()) {
        let organizations: Vec<Uuid> = organizations.iter().map(|id| id.0).collect();
        if user::is_username_taken(connection, &organizations, id, username).await? {
            return Err(Error::conflict("This username is taken."));
        }
    }
    let (email, password_hash) = (change.email.as_deref(), change.password_hash.as_deref());
    match user::update(connection, id, &change.profile, email, password_hash).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Err(Error::conflict("This e-mail is taken."))
        }
        done => Ok(done?),
    }
}

/// The last administrator could let nobody in again.
async fn keep_an_admin(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    id: UserId,
    change: &MemberChange,
) -> Result<()> {
    let steps_down = change.role.is_some_and(|role| role < Role::Admin) || change.active == Some(false);
    if steps_down && membership::lock_admins(connection, organization_id).await? == [id] {
        return Err(Error::conflict("This is the last administrator: make somebody else one first."));
    }
    Ok(())
}
