//! Claims about the Telegram network, over its public surface alone.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod bodies;
mod corpus;
mod credentials;
mod events;
mod messages;
mod open;
mod poll;
mod send;
mod server;
mod service;
mod support;
