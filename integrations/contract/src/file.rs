//! Files on their way: where an incoming one is, and what an outgoing one reads from.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use http::HeaderMap;

use crate::MediaSource;

/// Where an incoming file is to be had right now.
#[derive(Debug, Clone)]
pub enum MediaLocation {
    Bytes(Bytes),
    Address {
        url: String,
        /// With credentials, if any: sent to this origin alone.
        headers: HeaderMap,
        trust: Trust,
    },
}

/// What an address may resolve to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Its origin was configured by who runs the server: private networks are fine, redirects are not followed.
    Configured,
    /// It came from outside: public networks alone, at most three redirects, each checked.
    Public,
}

impl MediaLocation {
    /// What needs no network to ask: bytes of the body, and addresses that came from outside.
    ///
    /// # Errors
    /// Where there is no file, or the source is an id.
    pub fn plain(source: &MediaSource) -> Result<Self, LocateError> {
        match source {
            MediaSource::Url { url } => {
                Ok(Self::Address { url: url.clone(), headers: HeaderMap::new(), trust: Trust::Public })
            }
            MediaSource::Base64 { data } => match STANDARD.decode(data.trim()) {
                Ok(bytes) => Ok(Self::Bytes(bytes.into())),
                Err(_) => Err(LocateError::Gone { reason: "the file came as broken base64".into() }),
            },
            MediaSource::Missing { reason } => Err(LocateError::Gone { reason: reason.clone() }),
            MediaSource::Id { .. } => Err(LocateError::Gone { reason: "this network has no files by id".into() }),
        }
    }
}

/// Why the network does not say where a file is. Texts never hold a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocateError {
    #[error("{reason}")]
    Retry { reason: String, after: Option<Duration> },
    /// There is no such file, or not for us: asking again is of no use.
    #[error("{reason}")]
    Gone { reason: String },
}

/// The bytes of an outgoing file, read in pieces and as often as needed.
#[derive(Clone)]
pub struct File {
    pub size_bytes: u64,
    open: Arc<dyn Fn() -> FileStream + Send + Sync>,
}

pub type FileStream = BoxStream<'static, std::io::Result<Bytes>>;

impl File {
    pub fn new(size_bytes: u64, open: impl Fn() -> FileStream + Send + Sync + 'static) -> Self {
        Self { size_bytes, open: Arc::new(open) }
    }

    #[must_use]
    pub fn of_bytes(data: Bytes) -> Self {
        Self::new(data.len() as u64, move || {
            let data = data.clone();
            stream::once(async move { Ok(data) }).boxed()
        })
    }

    /// The file from its start.
    #[must_use]
    pub fn stream(&self) -> FileStream {
        (self.open)()
    }

    /// The whole file in memory, for networks that take it inside JSON.
    ///
    /// # Errors
    /// Where it is larger than `at_most` bytes, or cannot be read.
    pub async fn bytes(&self, at_most: u64) -> std::io::Result<Bytes> {
        if self.size_bytes > at_most {
            return Err(std::io::Error::other("the file is too large to be sent inside a message"));
        }
        let mut all = Vec::with_capacity(usize::try_from(self.size_bytes).unwrap_or_default());
        let mut pieces = self.stream();
        while let Some(piece) = pieces.next().await {
            all.extend_from_slice(&piece?);
        }
        Ok(all.into())
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({} bytes)", self.size_bytes)
    }
}
