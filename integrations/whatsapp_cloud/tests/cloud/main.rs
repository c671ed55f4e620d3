//! The network as the core sees it: genuine deliveries, what they say, and messages handed over to a loopback Meta.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod asking;
mod attending;
mod changes;
mod corpus;
mod credentials;
mod hostile;
mod messages;
mod news;
mod open;
mod outcomes;
mod sending;
mod server;
mod support;
mod webhook;
