//! Sessions: a login's family of refresh tokens. Each is exchanged for a new one; an old one that comes back after its
//! successor was used was copied, and ends the session. Before that it is a lost answer or a second tab, and forgiven.
//! The same rule as Matrix Authentication Service.

use chrono::TimeDelta;
use sqlx::{PgConnection, PgPool};

use super::gate::{Gate, hash};
use super::store::{membership, session, user};
use super::token::ACCESS_SECS;
use super::{User, Who};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::id::{OrganizationId, SessionId, UserId};
use crate::keys::random_token;
use crate::operator::Caller;

/// How long a session lives after it was last refreshed.
const SESSION: TimeDelta = TimeDelta::days(30);

/// What a login and a refresh give.
#[derive(Debug)]
pub struct Tokened {
    pub access_token: String,
    pub refresh_token: String,
    /// Of the access token, in seconds.
    pub expires_in: i64,
    pub organization_id: OrganizationId,
    pub user: User,
}

/// Opens a session for a member.
///
/// # Errors
/// Those of the database; [`Error::Unauthorized`] where the member is gone meanwhile.
pub async fn open(
    connection: &mut PgConnection,
    gate: &Gate,
    clock: &Clock,
    user_id: UserId,
    organization_id: OrganizationId,
) -> Result<Tokened> {
    let (id, now) = (SessionId::new(), clock.now());
    session::insert(&mut *connection, id, user_id, organization_id, now, now + SESSION).await?;
    let refresh_token = random_token();
    session::insert_token(connection, id, &hash(&refresh_token), now, now + SESSION).await?;
    tokened(connection, gate, id, user_id, organization_id, refresh_token).await
}

async fn tokened(
    connection: &mut PgConnection,
    gate: &Gate,
    id: SessionId,
    user_id: UserId,
    organization_id: OrganizationId,
    refresh_token: String,
) -> Result<Tokened> {
    let user = user::find_member(connection, organization_id, user_id).await?.ok_or(Error::Unauthorized)?;
    let access_token = gate.tokens().sign_access(user_id, organization_id, user.role, Some(id))?;
    Ok(Tokened { access_token, refresh_token, expires_in: ACCESS_SECS, organization_id, user })
}

/// Exchanges a refresh token for a new pair.
///
/// # Errors
/// [`Error::Unauthorized`] for one that is unknown, ended or copied, and for a member who was shut out.
pub async fn refresh(pool: &PgPool, gate: &Gate, clock: &Clock, refresh_token: &str) -> Result<Tokened> {
    let (now, presented_hash) = (clock.now(), hash(refresh_token));
    let mut transaction = pool.begin().await?;
    let presented = session::lock_presented(&mut transaction, &presented_hash).await?.ok_or(Error::Unauthorized)?;
    if presented.revoked || presented.expires_at <= now {
        return Err(Error::Unauthorized);
    }
    let id = presented.session_id;
    if presented.used && presented.successor_used {
        session::revoke(&mut *transaction, id, now).await?;
        transaction.commit().await?;
        gate.forget_session(id).await;
        tracing::warn!(session = %id, user = %presented.user_id, "a refresh token came back after its successor was used: session ended");
        return Err(Error::Unauthorized);
    }
    let members = membership::find_active(&mut *transaction, &[presented.user_id.0]).await?;
    if !members.iter().any(|member| member.organization_id == presented.organization_id) {
        return Err(Error::Unauthorized);
    }
    let successor = random_token();
    let successor_hash = hash(&successor);
    session::insert_token(&mut transaction, id, &successor_hash, now, now + SESSION).await?;
    session::set_successor(&mut *transaction, &presented_hash, &successor_hash, now).await?;
    let tokened = tokened(&mut transaction, gate, id, presented.user_id, presented.organization_id, successor).await?;
    transaction.commit().await?;
    Ok(tokened)
}

/// Ends the caller's session: its tokens are refused everywhere within 5 s. A token that has no session ends by itself.
///
/// # Errors
/// Those of the database.
pub async fn log_out(pool: &PgPool, gate: &Gate, clock: &Clock, caller: &Caller) -> Result<()> {
    if let Who::User { session_id: Some(id), .. } = caller.who {
        session::revoke(pool, id, clock.now()).await?;
        gate.forget_session(id).await;
    }
    Ok(())
}

/// The same by a refresh token, for who has no good access token left.
///
/// # Errors
/// [`Error::Unauthorized`] for an unknown one.
pub async fn log_out_by_refresh(pool: &PgPool, gate: &Gate, clock: &Clock, refresh_token: &str) -> Result<()> {
    let mut transaction = pool.begin().await?;
    let presented = session::lock_presented(&mut transaction, &hash(refresh_token)).await?;
    let id = presented.ok_or(Error::Unauthorized)?.session_id;
    session::revoke(&mut *transaction, id, clock.now()).await?;
    transaction.commit().await?;
    gate.forget_session(id).await;
    Ok(())
}

/// Forgets what counts no more: ended sessions, exchanged tokens, old login failures. For a task that runs now and then.
///
/// # Errors
/// Those of the database.
pub async fn sweep(pool: &PgPool, clock: &Clock) -> Result<()> {
    let now = clock.now();
    session::sweep(pool, now, now - SESSION).await?;
    super::store::login_failure::sweep(pool).await?;
    Ok(())
}
