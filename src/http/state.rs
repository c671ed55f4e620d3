//! What handlers work with; cheap to clone.

use axum::extract::FromRef;
use sqlx::PgPool;

use super::limit::Limits;
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::Keys;
use crate::operator::gate::Gate;

/// The parts of the HTTP door; a handler takes `State<HttpState>`, or one part alone.
#[derive(Clone, FromRef)]
pub struct HttpState {
    pub pool: PgPool,
    pub clock: Clock,
    pub gate: Gate,
    pub limits: Limits,
}

impl HttpState {
    #[must_use]
    pub fn new(pool: PgPool, config: &Config, keys: &Keys, clock: Clock) -> Self {
        Self {
            gate: Gate::new(pool.clone(), &keys.jwt, clock.clone()),
            limits: Limits::new(config.rate_limit, config.trusted_proxies.clone()),
            pool,
            clock,
        }
    }
}
