//! Passwords: argon2id, a few at a time, since each takes 19 MiB and a core. A password is never stored, logged or compared as it is.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::password_hash::Error as HashError;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// The longest password, in bytes; longer ones are refused before any work is done.
pub const LONGEST_BYTES: usize = 1024;
const AT_ONCE: usize = 2;
const WAITING: usize = 64;

/// The one place of this node where passwords are hashed; cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    queue: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        // made now, so that the first unknown account is not told by its time
        LazyLock::force(&NOBODY);
        Self { queue: Arc::new(Semaphore::new(AT_ONCE + WAITING)), running: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// The right to hash one password now.
pub struct Slot {
    _queued: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Passwords {
    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Error::RateLimited`] if too many wait already.
    pub async fn slot(&self) -> Result<Slot> {
        let busy = |_| Error::RateLimited(Duration::from_secs(2));
        let queued = Arc::clone(&self.queue).try_acquire_owned().map_err(busy)?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(Error::internal)?;
        Ok(Slot { _queued: queued, _running: running })
    }

    /// The hash to store, with its salt and costs (PHC string).
    ///
    /// # Errors
    /// As [`Passwords::slot`]; [`Error::Internal`] where the machine gives no random salt.
    pub async fn hash(&self, password: String) -> Result<String> {
        let slot = self.slot().await?;
        let (_, hash) = work(slot, move || hash(&password)).await?;
        hash.map_err(Error::internal)
    }
}

impl Slot {
    /// Whether this is the password behind the hash. Without a hash it is not, and that takes as long to find out.
    ///
    /// # Errors
    /// [`Error::Internal`] for a hash that cannot be read.
    pub async fn verify(self, password: String, hash: Option<String>) -> Result<(Self, bool)> {
        let (slot, matches) = work(self, move || {
            let stored = hash.as_deref().unwrap_or(&NOBODY);
            match Argon2::default().verify_password(password.as_bytes(), stored) {
                Ok(()) => Ok(hash.is_some()),
                Err(HashError::PasswordInvalid) => Ok(false),
                Err(error) => Err(Error::internal(error)),
            }
        })
        .await?;
        Ok((slot, matches?))
    }
}

/// The turn ends with the work, also if the one who asked is gone.
async fn work<T: Send + 'static>(slot: Slot, work: impl FnOnce() -> T + Send + 'static) -> Result<(Slot, T)> {
    tokio::task::spawn_blocking(move || (slot, work())).await.map_err(Error::internal)
}

fn hash(password: &str) -> Result<String, HashError> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
}

/// The hash of what nobody's password is, of the same cost as all others.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&crate::keys::random_token()).unwrap_or_default());

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone_and_nobodys_never() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let matches = async |password: &str, hash: Option<&String>| {
            passwords.slot().await.unwrap().verify(password.into(), hash.cloned()).await.unwrap().1
        };
        assert!(matches("correct horse", Some(&hash)).await);
        assert!(!matches("correct horse ", Some(&hash)).await);
        assert!(!matches("correct horse", None).await);
        let broken = passwords.slot().await.unwrap().verify("x".into(), Some("junk".into())).await;
        assert!(matches!(broken, Err(Error::Internal(_))));
    }

    #[tokio::test]
    async fn two_run_at_once_and_too_many_are_refused() {
        let passwords = Passwords::default();
        let _running = (passwords.slot().await.unwrap(), passwords.slot().await.unwrap());
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(passwords.slot())).collect();
        for slot in &mut waiting {
            assert!(futures::poll!(slot.as_mut()).is_pending());
        }
        assert!(matches!(passwords.slot().await, Err(Error::RateLimited(_))));
    }
}
