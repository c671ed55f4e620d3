//! Who calls: extractors that prove the bearer token, hold its rate and ask for a role. A handler that takes none is public.
//! Whatever is wrong with a token, the answer is the same bytes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::limit::Limits;
use crate::error::{Error, Result};
use crate::operator::gate::Gate;
use crate::operator::{Caller, Role, Who};

/// Anyone with a good token, guests too.
impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Gate: FromRef<S>,
    Limits: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let token = bearer(&parts.headers).ok_or(Error::Unauthorized)?;
        let caller = Gate::from_ref(state).authenticate(token).await?;
        Limits::from_ref(state).check(token)?;
        Ok(caller)
    }
}

/// The token of `Authorization: Bearer …`; none if the header is missing, doubled or of another scheme.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// A member or an API key; guests are refused.
#[derive(Debug, Clone)]
pub struct Operator(pub Caller);

/// A [`Role::Moderator`] or more.
#[derive(Debug, Clone)]
pub struct Moderator(pub Caller);

/// A [`Role::Admin`].
#[derive(Debug, Clone)]
pub struct Admin(pub Caller);

macro_rules! requires {
    ($($name:ident => $role:expr),*) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for $name
        where
            Gate: FromRef<S>,
            Limits: FromRef<S>,
        {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
                let caller = Caller::from_request_parts(parts, state).await?;
                if matches!(caller.who, Who::Guest { .. }) {
                    return Err(Error::Forbidden("Visitors of the web chat may not do this.".into()));
                }
                caller.require($role)?;
                Ok(Self(caller))
            }
        }
    )*};
}

requires! { Operator => Role::User, Moderator => Role::Moderator, Admin => Role::Admin }

/// Where the request came from, through the proxies that are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress
where
    Limits: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        // only a request that came over no connection has no peer
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(Self(Limits::from_ref(state).client_address(&parts.headers, peer)))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn only_one_bearer_header_holds_a_token() {
        let headers = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            headers
        };
        assert_eq!(bearer(&headers(&["Bearer abc"])), Some("abc"));
        assert_eq!(bearer(&headers(&["bearer  abc "])), Some("abc"));
        for wrong in [&[][..], &[""], &["Bearer"], &["Bearer "], &["Basic abc"], &["abc"], &["Bearer a", "Bearer b"]] {
            assert_eq!(bearer(&headers(wrong)), None, "{wrong:?}");
        }
    }
}
