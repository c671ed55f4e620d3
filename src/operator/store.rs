//! SQL of who may enter, a file per table.

pub mod api_key;
pub mod membership;
pub mod session;
