//! Files of messages: where their bytes are, how they are fetched from outside, what they are, and the addresses under which
//! they can be loaded.

pub mod address;
pub mod download;
pub mod kind;
pub mod look;
mod mp4;
pub mod name;
pub mod objects;
pub mod public;
pub mod store;

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use tokio::sync::{Notify, Semaphore};

pub use address::Addresses;
pub use download::{Downloads, Failure};
pub use look::Looker;
pub use objects::{Kept, Objects};

use crate::config::Config;
use crate::keys::Keys;

/// The largest file, in bytes.
pub const MOST_BYTES: u64 = 100 << 20;
/// Bytes at the start of a file that tell its type.
pub const HEAD_BYTES: usize = 8 << 10;
/// Files of one message.
pub const MOST_FILES: usize = 10;
/// How long a node holds a file that it fetches, and how often it says that it still does.
pub const LEASE: Duration = Duration::from_secs(30);
pub const RENEW: Duration = Duration::from_secs(10);
/// Tries of a file that a network keeps for us, and of one that a client named.
pub const TRIES: i32 = 6;
pub const TRIES_OF_LINK: i32 = 2;
/// Uploads that a node takes at once.
const UPLOADS: usize = 16;

/// Waiting time after the try of this number (from 1), 20 % jitter: an hour and a half in all.
#[must_use]
pub fn backoff(attempt: i32) -> Duration {
    let secs = match attempt {
        ..=1 => 2.0,
        2 => 15.0,
        3 => 120.0,
        4 => 900.0,
        _ => 3600.0,
    };
    Duration::from_secs_f64(secs * rand::rng().random_range(0.8..=1.2))
}

#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(transparent)]
    Objects(#[from] objects::OpenError),
    #[error("the client for downloads cannot be built: {0}")]
    Client(#[from] reqwest::Error),
}

/// What the use cases of files work with; cheap to clone.
#[derive(Clone)]
pub struct Media {
    pub objects: Objects,
    pub addresses: Addresses,
    pub downloads: Downloads,
    pub looker: Looker,
    /// A file is due to be fetched, or to be removed.
    pub due: Arc<Notify>,
    pub uploads: Arc<Semaphore>,
}

impl Media {
    /// # Errors
    /// With a text for the user.
    pub fn open(config: &Config, keys: &Keys) -> Result<Self, SetupError> {
        let objects = Objects::open(config)?;
        Ok(Self {
            looker: Looker::new(objects.clone()),
            objects,
            addresses: Addresses::new(&keys.secrets, &config.public_url),
            downloads: Downloads::new()?,
            due: Arc::new(Notify::new()),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
        })
    }
}
