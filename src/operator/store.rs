//! SQL of who may enter, a file per table.

pub mod api_key;
pub mod login_failure;
pub mod membership;
pub mod organization;
pub mod session;
pub mod user;
