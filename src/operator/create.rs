//! New people: an organization with its first administrator, and members that an administrator adds.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::login::Limits;
use super::password::Passwords;
use super::store::{membership, organization, user};
use super::user::Check;
use super::{Role, User};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::id::{OrganizationId, UserId};
use crate::operator::gate::Gate;

/// What `create-admin` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    pub organization_id: OrganizationId,
    pub user_id: UserId,
}

/// A new e-mail makes a new organization with it as its administrator; a known one returns its ids and changes nothing.
///
/// # Errors
/// [`Error::Invalid`] for a name, e-mail or password that cannot be used.
pub async fn create_admin(
    pool: &PgPool,
    clock: &Clock,
    mut organization: String,
    mut email: String,
    password: String,
    server: bool,
) -> Result<Created> {
    let mut check = Check::default();
    check.name("organization", &mut organization);
    check.email(&mut email);
    check.password(&password, 1);
    check.finish()?;
    if let Some(known) = find(pool, &email).await? {
        return Ok(known);
    }
    let password_hash = Passwords::default().hash(password).await?;
    let created = Created { organization_id: OrganizationId::new(), user_id: UserId::new() };
    let name = email.split('@').next().unwrap_or(&email);
    let new = user::NewUser {
        id: created.user_id,
        email: &email,
        password_hash: &password_hash,
        name,
        username: None,
        server_admin: server,
    };
    let mut transaction = pool.begin().await?;
    if !insert_admin(&mut transaction, created, &organization, &new, clock.now()).await? {
        // somebody else made it since
        return find(pool, &email)
            .await?
            .ok_or_else(|| Error::conflict("This e-mail belongs to nobody's organization."));
    }
    transaction.commit().await?;
    Ok(created)
}

/// Inserts a user with an organization of its own; `false`, and nothing changed, if the e-mail is known.
pub(super) async fn insert_admin(
    connection: &mut PgConnection,
    created: Created,
    organization: &str,
    new: &user::NewUser<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    if !user::insert(&mut *connection, new, now).await? {
        return Ok(false);
    }
    organization::insert(connection, created.organization_id, organization, now).await?;
    membership::insert(connection, created.organization_id, created.user_id, Role::Admin).await?;
    Ok(true)
}

async fn find(pool: &PgPool, email: &str) -> Result<Option<Created>> {
    let Some(account) = user::find_account(pool, email).await? else { return Ok(None) };
    let organizations = membership::find_organizations(pool, account.id).await?;
    Ok(organizations.first().map(|&organization_id| Created { organization_id, user_id: account.id }))
}

/// An access token for who has this e-mail, in its oldest organization: for the command line, which needs no password.
///
/// # Errors
/// [`Error::NotFound`] if nobody active has the e-mail.
pub async fn token_for(pool: &PgPool, gate: &Gate, email: &str) -> Result<String> {
    let account = user::find_account(pool, &email.trim().to_lowercase()).await?.ok_or(Error::NotFound("user"))?;
    let memberships = membership::find_active(pool, &[account.id.0]).await?;
    let membership = memberships.first().ok_or(Error::NotFound("user"))?;
    gate.tokens().sign_access(account.id, membership.organization_id, membership.role, None)
}

/// A member that an administrator adds.
#[derive(Debug)]
pub struct NewMember {
    pub email: String,
    pub password: String,
    pub name: String,
    pub role: Role,
    pub username: Option<String>,
}

/// Adds a member. Somebody who has an account already joins with it, proven by its password; nothing else of it changes.
///
/// # Errors
/// [`Error::Invalid`] for wrong fields; [`Error::Conflict`] where the e-mail or the username is taken.
pub async fn create_member(
    pool: &PgPool,
    passwords: &Passwords,
    clock: &Clock,
    organization_id: OrganizationId,
    mut new: NewMember,
) -> Result<User> {
    let mut check = Check::default();
    check.email(&mut new.email);
    check.name("name", &mut new.name);
    check.password(&new.password, super::user::SHORTEST_PASSWORD);
    if let Some(username) = &mut new.username {
        check.username(username);
    }
    check.finish()?;
    let taken = || Error::conflict("This e-mail is taken.");
    if let Some(account) = user::find_account(pool, &new.email).await? {
        let limits = Limits::new(&new.email, None);
        let slot = passwords.slot().await?;
        limits.hold(pool).await?;
        let (_slot, matches) = slot.verify(new.password, Some(account.password_hash)).await?;
        if !matches {
            limits.count(pool).await?;
        }
        if !matches || !membership::insert(pool, organization_id, account.id, new.role).await? {
            return Err(taken());
        }
        return user::find_member(pool, organization_id, account.id).await?.ok_or(Error::NotFound("user"));
    }
    let (id, password_hash) = (UserId::new(), passwords.hash(new.password).await?);
    let mut transaction = pool.begin().await?;
    let row = user::NewUser {
        id,
        email: &new.email,
        password_hash: &password_hash,
        name: &new.name,
        username: new.username.as_deref(),
        server_admin: false,
    };
    if let Some(username) = &new.username
        && user::is_username_taken(&mut transaction, &[organization_id.0], id, username).await?
    {
        return Err(Error::conflict("This username is taken."));
    }
    if !user::insert(&mut *transaction, &row, clock.now()).await? {
        return Err(taken());
    }
    membership::insert(&mut *transaction, organization_id, id, new.role).await?;
    let user = user::find_member(&mut *transaction, organization_id, id).await?;
    transaction.commit().await?;
    user.ok_or(Error::NotFound("user"))
}
