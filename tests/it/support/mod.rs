//! What every test stands on: a server of its own, people in it, networks around it, clients before it.

pub mod api;
pub mod balancer;
pub mod bodies;
pub mod channel;
pub mod check;
pub mod database;
pub mod fake;
pub mod files;
pub mod gateway;
pub mod mirror;
pub mod operator;
pub mod redis;
pub mod server;
pub mod socket;
pub mod visitor;
pub mod wait;

pub use api::Answer;
pub use operator::{Operator, text};
pub use server::{Server, shared};

/// The Redis that tests share; all that they keep there is named by ids of their own.
pub fn redis_url() -> String {
    std::env::var("TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".into())
}
