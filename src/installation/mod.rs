//! What a database was made with: the fingerprints of the keys, so that a node with other keys refuses to start.

pub mod store;

use sqlx::PgPool;

use crate::error::Result;
use crate::keys::Keys;

/// A key that is not the one the database was made with.
#[derive(Debug, thiserror::Error)]
#[error(
    "{variable} is not the one that this database was made with: give every node the same key, or copy the folder `secrets` \
     of DATA_DIR from the first one"
)]
pub struct WrongKey {
    pub variable: &'static str,
}

/// Compares this node's keys with the database's, which keeps those of its first node; gives the first that differs.
///
/// # Errors
/// Those of the database.
pub async fn check_keys(pool: &PgPool, keys: &Keys) -> Result<Option<WrongKey>> {
    let fingerprints = [("JWT_SECRET", &keys.jwt), ("SECRETS_KEY", &keys.secrets), ("BRIDGE_SECRET", &keys.bridge)];
    for (variable, key) in fingerprints {
        let own = key.fingerprint();
        if store::find_or_insert(pool, &format!("fingerprint:{variable}"), &own).await? != own {
            return Ok(Some(WrongKey { variable }));
        }
    }
    Ok(None)
}
