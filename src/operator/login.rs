//! Logging in: an e-mail and a password become a session. Whoever may not enter gets the same answer after the same work,
//! and guessing is held to a few failures per account and address, counted over all nodes.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Map, json};
use sqlx::PgPool;

use super::password::Passwords;
use super::session::{self, Tokened};
use super::store::membership::{self, Membership};
use super::store::{login_failure, user};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::id::{OrganizationId, UserId};
use crate::operator::gate::Gate;

const FAILURES_PER_ACCOUNT: i64 = 10;
const FAILURES_PER_ADDRESS: i64 = 50;

/// What somebody who wants to enter says.
#[derive(Debug)]
pub struct Login {
    /// In lower case.
    pub email: String,
    pub password: String,
    /// Needed where the user belongs to several. `Err` for one that cannot exist.
    pub organization_id: Option<Result<OrganizationId, crate::id::NotAnId>>,
    /// Where it comes from; `None` where failures are not counted.
    pub address: Option<IpAddr>,
}

/// Opens a session.
///
/// # Errors
/// [`Error::Unauthorized`] for an unknown account, a wrong password and a member who was shut out alike;
/// [`Error::RateLimited`] after too many failures; [`Error::Conflict`] with `organizations` where one of several must be named.
pub async fn log_in(pool: &PgPool, gate: &Gate, passwords: &Passwords, clock: &Clock, login: Login) -> Result<Tokened> {
    let limits = login.address.map(|address| Limits::new(&login.email, Some(address)));
    if let Some(limits) = &limits {
        limits.hold(pool).await?;
    }
    let slot = passwords.slot().await?;
    // asked again in the turn: those who came together must not all pass before the first has failed
    if let Some(limits) = &limits {
        limits.hold(pool).await?;
    }
    let account = user::find_account(pool, &login.email).await?;
    let (id, hash) = account.map_or((None, None), |account| (Some(account.id), Some(account.password_hash)));
    let memberships = membership::find_active(pool, &id.map(|id| id.0).into_iter().collect::<Vec<_>>()).await?;
    let hash = hash.filter(|_| !memberships.is_empty());
    let (_slot, matches) = slot.verify(login.password, hash).await?;
    let own = match &login.organization_id {
        None => memberships,
        Some(named) => memberships.into_iter().filter(|own| Ok(own.organization_id) == *named).collect(),
    };
    let Some(id) = id.filter(|_| matches && !own.is_empty()) else {
        if let Some(limits) = &limits {
            limits.count(pool).await?;
        }
        return Err(Error::Unauthorized);
    };
    let membership = the_one(pool, &own).await?;
    if let Some(limits) = &limits {
        limits.clear_account(pool).await?;
    }
    open(pool, gate, clock, id, membership).await
}

async fn the_one<'a>(pool: &PgPool, memberships: &'a [Membership]) -> Result<&'a Membership> {
    if let [one] = memberships {
        return Ok(one);
    }
    let ids: Vec<_> = memberships.iter().map(|membership| membership.organization_id.0).collect();
    let names = membership::find_names(pool, &ids).await?;
    let organizations: Vec<_> = names.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
    let members = Map::from_iter([("organizations".to_owned(), json!(organizations))]);
    let detail = "You belong to several organizations: name one of them as `organizationId`.".to_owned();
    Err(Error::Conflict { detail, members })
}

async fn open(pool: &PgPool, gate: &Gate, clock: &Clock, id: UserId, membership: &Membership) -> Result<Tokened> {
    let mut transaction = pool.begin().await?;
    let tokened = session::open(&mut transaction, gate, clock, id, membership.organization_id).await?;
    transaction.commit().await?;
    Ok(tokened)
}

/// Failures that count against a guess: those of the account, and of the address where there is one.
pub struct Limits(Vec<(String, i64)>);

impl Limits {
    #[must_use]
    pub fn new(email: &str, address: Option<IpAddr>) -> Self {
        let account = (format!("account:{email}"), FAILURES_PER_ACCOUNT);
        let address = address.map(|address| (format!("address:{}", neighbourhood(address)), FAILURES_PER_ADDRESS));
        Self([account].into_iter().chain(address).collect())
    }

    /// Where no account is guessed at.
    #[must_use]
    pub fn of_address(address: IpAddr) -> Self {
        Self(vec![(format!("address:{}", neighbourhood(address)), FAILURES_PER_ADDRESS)])
    }

    /// Lets pass while there are few failures. What is refused here is no failure, so a lock ends by itself.
    ///
    /// # Errors
    /// [`Error::RateLimited`] until enough of the failures are 15 minutes old.
    pub async fn hold(&self, pool: &PgPool) -> Result<()> {
        for (key, limit) in &self.0 {
            let recent = login_failure::recent(pool, key, *limit).await?;
            if recent.count >= *limit {
                return Err(Error::RateLimited(Duration::from_secs_f64(recent.wait_secs.clamp(1.0, 900.0).ceil())));
            }
        }
        Ok(())
    }

    /// Counts a failure.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count(&self, pool: &PgPool) -> Result<()> {
        let keys: Vec<String> = self.0.iter().map(|(key, _)| key.clone()).collect();
        Ok(login_failure::insert(pool, &keys).await?)
    }

    /// Forgets the account's failures after it was entered; the address keeps its own.
    async fn clear_account(&self, pool: &PgPool) -> Result<()> {
        match self.0.first() {
            Some((account, _)) => Ok(login_failure::delete(pool, account).await?),
            None => Ok(()),
        }
    }
}

/// A customer of IPv6 has a whole /64 (RFC 6177).
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & (u128::MAX << 64)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_is_one_address() {
        let key = |text: &str| text.parse().map(neighbourhood);
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), key("2001:db8:1:2::1"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
