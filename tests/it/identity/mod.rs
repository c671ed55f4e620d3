//! Who may enter, and as whom: the attacks A1 to A14 and B6, and what administrators do with people and keys.

mod keys;
mod login;
mod people;
mod sessions;
mod setup;
mod tokens;
