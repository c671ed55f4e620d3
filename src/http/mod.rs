//! The HTTP door: a file per noun. It translates between requests and the floors below and decides nothing.

pub mod api_keys;
pub mod auth;
pub mod caller;
pub mod extract;
pub mod limit;
pub mod me;
pub mod page;
pub mod problem;
pub mod state;
pub mod users;
