//! Claims about the Telegram network, over its public surface alone.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod attention;
mod bodies;
mod change;
mod corpus;
mod credentials;
mod events;
mod health;
mod locate;
mod messages;
mod open;
mod poll;
mod send;
mod server;
mod service;
mod shapes;
mod support;
