//! How much one client may ask: requests per second of a token, and which address a request really came from.
//! `RATE_LIMIT=off` lifts the limits of this node, for load tests.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::HeaderMap;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};
use ipnet::IpNet;

use crate::error::{Error, Result};

const PER_SECOND: NonZeroU32 = NonZeroU32::new(100).unwrap();
const BURST: NonZeroU32 = NonZeroU32::new(200).unwrap();
/// Sessions of web-chat visitors from one address: an office behind one router comes at once, a script goes on.
const VISITS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// Tokens that asked nothing lately are forgotten after so many requests.
const SWEEP_EVERY: u32 = 8192;

/// The limits of this node; cheap to clone.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    /// By hash of the token; `None` where limits are off.
    tokens: Option<DefaultKeyedRateLimiter<u64>>,
    /// By address, or by the /64 network of one: that much is given to a single household.
    visits: Option<DefaultKeyedRateLimiter<IpAddr>>,
    hasher: RandomState,
    checked: AtomicU32,
    trusted_proxies: Vec<IpNet>,
}

impl Limits {
    #[must_use]
    pub fn new(on: bool, trusted_proxies: Vec<IpNet>) -> Self {
        let tokens = on.then(|| RateLimiter::keyed(Quota::per_second(PER_SECOND).allow_burst(BURST)));
        let visits = on.then(|| RateLimiter::keyed(Quota::per_minute(VISITS_PER_MINUTE)));
        Self(Arc::new(Inner {
            tokens,
            visits,
            hasher: RandomState::new(),
            checked: AtomicU32::new(0),
            trusted_proxies,
        }))
    }

    /// Whether limits are held at all.
    #[must_use]
    pub fn on(&self) -> bool {
        self.0.tokens.is_some()
    }

    /// Counts a request of a token that was proven good.
    ///
    /// # Errors
    /// [`Error::RateLimited`] with the time until the next one is let in.
    pub fn check(&self, token: &str) -> Result<()> {
        let Some(tokens) = &self.0.tokens else { return Ok(()) };
        self.sweep(tokens);
        tokens.check_key(&self.0.hasher.hash_one(token)).map_err(limited)
    }

    /// Counts a visitor who wants in.
    ///
    /// # Errors
    /// As [`Limits::check`].
    pub fn check_visit(&self, address: IpAddr) -> Result<()> {
        let Some(visits) = &self.0.visits else { return Ok(()) };
        self.sweep(visits);
        let network = match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
            address @ IpAddr::V4(_) => address,
        };
        visits.check_key(&network).map_err(limited)
    }

    fn sweep<K: std::hash::Hash + Eq + Clone>(&self, limiter: &DefaultKeyedRateLimiter<K>) {
        if self.0.checked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    /// Whether many clients may stand behind this address.
    #[must_use]
    pub fn is_trusted_proxy(&self, peer: IpAddr) -> bool {
        self.0.trusted_proxies.iter().any(|network| network.contains(&peer.to_canonical()))
    }

    /// See [`client_address`].
    #[must_use]
    pub fn client_address(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        client_address(headers, peer, &self.0.trusted_proxies)
    }
}

fn limited(not_until: NotUntil<<DefaultClock as Clock>::Instant>) -> Error {
    Error::RateLimited(not_until.wait_time_from(DefaultClock::default().now()))
}

/// The rightmost address that no trusted proxy has, walking back from the peer: what stands left of it in `X-Forwarded-For` was
/// written by the client. Without trusted proxies it is the peer, whatever the header says.
#[must_use]
pub fn client_address(headers: &HeaderMap, peer: IpAddr, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let mut hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    while is_trusted(&client) {
        let Some(hop) = hops.next().and_then(address) else { break };
        client = hop;
    }
    client
}

/// An address with or without a port or brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let read = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    read.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn client(forwarded: &[&str], peer: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client_address(&headers, peer.parse().unwrap(), &trusted).to_string()
    }

    #[test]
    fn a_forwarded_address_is_believed_from_trusted_proxies_alone() {
        assert_eq!(client(&["1.2.3.4"], "9.9.9.9", &[]), "9.9.9.9");
        assert_eq!(client(&["1.2.3.4"], "9.9.9.9", &["10.0.0.0/8"]), "9.9.9.9");
        assert_eq!(client(&["1.2.3.4"], "10.0.0.1", &["10.0.0.0/8"]), "1.2.3.4");
    }

    #[test]
    fn what_the_client_wrote_itself_is_passed_over() {
        assert_eq!(client(&["6.6.6.6, 1.2.3.4, 10.0.0.2"], "10.0.0.1", &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(client(&["6.6.6.6", "1.2.3.4"], "10.0.0.1", &["10.0.0.0/8"]), "1.2.3.4");
    }

    #[test]
    fn a_broken_hop_ends_the_walk() {
        assert_eq!(client(&["1.2.3.4, junk"], "10.0.0.1", &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(client(&[], "10.0.0.1", &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_read() {
        let trusted = &["10.0.0.0/8"];
        assert_eq!(client(&["1.2.3.4:5678"], "::ffff:10.0.0.1", trusted), "1.2.3.4");
        assert_eq!(client(&["[2001:db8::1]:443"], "10.0.0.1", trusted), "2001:db8::1");
        assert_eq!(client(&["[2001:db8::1]"], "10.0.0.1", trusted), "2001:db8::1");
    }

    #[test]
    fn a_token_has_its_burst_and_then_waits_without_holding_up_others() {
        let limits = Limits::new(true, Vec::new());
        let refused = (0..2 * BURST.get()).find_map(|_| limits.check("one").err());
        assert!(matches!(refused, Some(Error::RateLimited(_))), "{refused:?}");
        assert!(limits.check("another").is_ok());
        let off = Limits::new(false, Vec::new());
        assert!((0..1000).all(|_| off.check("one").is_ok()));
    }

    #[test]
    fn visitors_of_one_network_share_a_limit() {
        let limits = Limits::new(true, Vec::new());
        let visit = |address: &str| limits.check_visit(address.parse().unwrap());
        assert!((0..VISITS_PER_MINUTE.get()).all(|host| visit(&format!("2001:db8::{host:x}")).is_ok()));
        assert!(matches!(visit("2001:db8::ffff"), Err(Error::RateLimited(_))));
        assert!(visit("2001:db8:0:1::1").is_ok());
        assert!(visit("1.2.3.4").is_ok());
    }
}
