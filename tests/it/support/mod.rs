//! What every test stands on: a server of its own, people in it, networks around it, clients before it.

pub mod api;
pub mod bodies;
pub mod channel;
pub mod check;
pub mod database;
pub mod fake;
pub mod operator;
pub mod server;
pub mod socket;
pub mod visitor;
pub mod wait;

pub use api::Answer;
pub use operator::{Operator, text};
pub use server::{Server, shared};
