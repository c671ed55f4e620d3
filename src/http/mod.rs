//! The HTTP door: a file per noun. It translates between requests and the floors below and decides nothing.

pub mod caller;
pub mod extract;
pub mod limit;
pub mod problem;
pub mod state;
