//! The first administrator: made over a link that the start prints, so that no installation has a password that everybody knows.
//! The link's token is derived, not stored: all nodes and restarts give the same one, and it is good only while nobody has an
//! account.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use sqlx::PgPool;
use subtle::ConstantTimeEq;

use super::create::{self, Created};
use super::login::Limits;
use super::password::Passwords;
use super::session::{self, Tokened};
use super::store::user;
use super::user::{Check, SHORTEST_PASSWORD};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::id::{OrganizationId, UserId};
use crate::keys::Key;
use crate::operator::gate::Gate;

/// What the holder of the link says.
#[derive(Debug)]
pub struct Setup {
    pub token: String,
    /// Name of the organization.
    pub organization: String,
    pub name: String,
    pub email: String,
    pub password: String,
    /// Where it comes from; `None` where failures are not counted.
    pub address: Option<IpAddr>,
}

/// The token of this installation's link: 43 characters of base64url. A restored or another database has another one, see
/// [`crate::event::store::find_incarnation`].
#[must_use]
pub fn token(jwt: &Key, incarnation: &str) -> String {
    // a key of any length is accepted by HMAC, so the fallback is never taken
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(&jwt.derive("set-up link"))
        .unwrap_or_else(|_| <Hmac<Sha256> as Mac>::new(&[0; 64].into()));
    URL_SAFE_NO_PAD.encode(mac.chain_update(incarnation).finalize().into_bytes())
}

/// Makes the first administrator, who also sees the figures of the whole server, and signs it in. `expected` is what [`token`]
/// gives. Of two at once, one wins.
///
/// # Errors
/// [`Error::Unauthorized`] for another token, [`Error::RateLimited`] after too many of them from one address;
/// [`Error::Invalid`] for wrong fields; [`Error::Conflict`] where somebody has an account already.
pub async fn set_up(
    pool: &PgPool,
    gate: &Gate,
    passwords: &Passwords,
    clock: &Clock,
    expected: &str,
    mut setup: Setup,
) -> Result<Tokened> {
    let limits = setup.address.map(Limits::of_address);
    if let Some(limits) = &limits {
        limits.hold(pool).await?;
    }
    if !bool::from(setup.token.as_bytes().ct_eq(expected.as_bytes())) {
        if let Some(limits) = &limits {
            limits.count(pool).await?;
        }
        return Err(Error::Unauthorized);
    }
    let mut check = Check::default();
    check.name("organization", &mut setup.organization);
    check.name("name", &mut setup.name);
    check.email(&mut setup.email);
    check.password(&setup.password, SHORTEST_PASSWORD);
    check.finish()?;
    let done = || Error::conflict("This server is set up already: sign in.");
    if !user::is_nobody(pool).await? {
        return Err(done());
    }
    let password_hash = passwords.hash(setup.password).await?;
    let created = Created { organization_id: OrganizationId::new(), user_id: UserId::new() };
    let new = user::NewUser {
        id: created.user_id,
        email: &setup.email,
        password_hash: &password_hash,
        name: &setup.name,
        username: None,
        server_admin: true,
    };
    let mut transaction = pool.begin().await?;
    user::lock_all(&mut *transaction).await?;
    if !user::is_nobody(&mut *transaction).await?
        || !create::insert_admin(&mut transaction, created, &setup.organization, &new, clock.now()).await?
    {
        return Err(done());
    }
    let tokened = session::open(&mut transaction, gate, clock, created.user_id, created.organization_id).await?;
    transaction.commit().await?;
    Ok(tokened)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::keys::Keys;

    #[test]
    fn the_token_is_the_same_on_all_nodes_and_another_for_another_key_or_database() {
        let folder = tempfile::tempdir().unwrap();
        let key = |secret: &str| {
            let config = Config::from_lookup(&|name| match name {
                "DATA_DIR" => folder.path().to_str().map(Into::into),
                "JWT_SECRET" => Some(secret.to_owned()),
                _ => None,
            });
            Keys::load(&config.unwrap()).unwrap().jwt
        };
        let (one, other) =
            (key("a first key of thirty-two bytes or more"), key("another key of thirty-two bytes or more"));
        assert_eq!(token(&one, "1:1:1"), token(&one, "1:1:1"));
        assert_eq!(token(&one, "1:1:1").len(), 43);
        assert_ne!(token(&one, "1:1:1"), token(&one, "1:2:1"));
        assert_ne!(token(&one, "1:1:1"), token(&other, "1:1:1"));
    }
}
