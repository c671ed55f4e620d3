//! Fetching files from other people's servers: bounded in bytes and time, to addresses that the trust in them allows, with
//! credentials for one origin alone. Texts of failures are for operators and never hold an address.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contract::{MediaLocation, Trust};
use futures::{StreamExt, TryStreamExt};
use reqwest::dns::Resolve;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use sha2::{Digest, Sha256};

use super::objects::Writer;
use super::public::{self, PublicOnly};
use super::{HEAD_BYTES, MOST_BYTES};

const CONNECT: Duration = Duration::from_secs(5);
const REDIRECTS: usize = 3;

/// How much, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub bytes: u64,
    /// Between two pieces, and until the first.
    pub idle: Duration,
    pub total: Duration,
}

impl Limits {
    pub const USUAL: Self = Self { bytes: MOST_BYTES, idle: Duration::from_secs(30), total: Duration::from_secs(900) };
}

/// Why a file was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// May be different the next time.
    #[error("{reason}")]
    Again { reason: String, after: Option<Duration> },
    #[error("{reason}")]
    Final { reason: String },
}

impl Failure {
    pub fn again(reason: impl Into<String>) -> Self {
        Self::Again { reason: reason.into(), after: None }
    }

    pub fn last(reason: impl Into<String>) -> Self {
        Self::Final { reason: reason.into() }
    }
}

/// What came through.
#[derive(Debug, Clone)]
pub struct Received {
    pub size_bytes: u64,
    pub sha256: [u8; 32],
    /// The first bytes, which tell the type.
    pub head: Bytes,
}

/// The clients for the two kinds of addresses; cheap to clone.
#[derive(Clone)]
pub struct Downloads {
    configured: Client,
    public: Client,
    is_public: fn(IpAddr) -> bool,
    limits: Limits,
}

impl Downloads {
    /// # Errors
    /// Where the clients cannot be built.
    pub fn new() -> reqwest::Result<Self> {
        Self::with(Limits::USUAL, Arc::new(PublicOnly), public::is_public)
    }

    fn with(limits: Limits, resolver: Arc<dyn Resolve>, is_public: fn(IpAddr) -> bool) -> reqwest::Result<Self> {
        let client = || Client::builder().connect_timeout(CONNECT).redirect(Policy::none()).pool_max_idle_per_host(4);
        // a proxy would connect where we cannot see
        let public = client().no_proxy().dns_resolver(resolver).build()?;
        Ok(Self { configured: client().build()?, public, is_public, limits })
    }

    /// Fetches a file into the store, and checks it against the hash that its network gave. What came of a failed try is the
    /// caller's to throw away.
    ///
    /// # Errors
    /// [`Failure`], with a reason that a person understands.
    pub async fn fetch(
        &self,
        location: MediaLocation,
        expected_sha256: Option<&str>,
        into: &mut Writer,
    ) -> Result<Received, Failure> {
        let received = match location {
            MediaLocation::Bytes(bytes) => {
                let pieces = futures::stream::iter([Ok::<_, Failure>(bytes)]);
                self.store(pieces, into).await
            }
            MediaLocation::Address { url, headers, trust } => {
                let fetching = async {
                    let response = self.open(&url, headers, trust).await?;
                    let pieces = response.bytes_stream().map_err(|error| broken(error, "broke off"));
                    self.store(pieces, into).await
                };
                let late = |_| Err(Failure::again("the file did not come in time"));
                tokio::time::timeout(self.limits.total, fetching).await.unwrap_or_else(late)
            }
        }?;
        match expected_sha256 {
            Some(expected) if !same_hash(expected, &received.sha256) => {
                Err(Failure::again("the file is not the one that was announced: its SHA-256 differs"))
            }
            _ => Ok(received),
        }
    }

    async fn store(
        &self,
        pieces: impl futures::Stream<Item = Result<Bytes, Failure>>,
        into: &mut Writer,
    ) -> Result<Received, Failure> {
        let mut pieces = std::pin::pin!(pieces);
        let (mut hash, mut head) = (Sha256::new(), Vec::new());
        loop {
            let piece = tokio::time::timeout(self.limits.idle, pieces.next()).await;
            let Some(piece) = piece.map_err(|_| Failure::again("the file stopped coming"))? else { break };
            let piece = piece?;
            if into.size_bytes() + piece.len() as u64 > self.limits.bytes {
                return Err(self.too_large());
            }
            hash.update(&piece);
            let wanted = HEAD_BYTES.saturating_sub(head.len()).min(piece.len());
            head.extend_from_slice(&piece[..wanted]);
            into.put(piece).await.map_err(not_stored)?;
        }
        if into.size_bytes() == 0 {
            return Err(Failure::again("the file is empty"));
        }
        Ok(Received { size_bytes: into.size_bytes(), sha256: hash.finalize().into(), head: head.into() })
    }

    fn too_large(&self) -> Failure {
        Failure::last(format!("the file is larger than {} MB", self.limits.bytes / 1_000_000))
    }

    /// The answer that holds the file, behind at most three redirects.
    async fn open(&self, url: &str, mut headers: HeaderMap, trust: Trust) -> Result<Response, Failure> {
        let mut url = Url::parse(url).map_err(|_| Failure::last("the address cannot be read"))?;
        for _ in 0..=REDIRECTS {
            self.check(&url, trust)?;
            let client = if trust == Trust::Public { &self.public } else { &self.configured };
            let request = client.get(url.clone()).headers(headers.clone()).header(ACCEPT_ENCODING, "identity");
            let answer = tokio::time::timeout(self.limits.idle, request.send()).await;
            let answer = answer.map_err(|_| Failure::again("the server did not answer in time"))?;
            let response = answer.map_err(|error| broken(error, "could not be reached"))?;
            if !response.status().is_redirection() {
                return self.accept(response);
            }
            if trust == Trust::Configured {
                return Err(Failure::again("the server sent us elsewhere, where we do not follow"));
            }
            let next = response.headers().get(LOCATION).and_then(|next| next.to_str().ok());
            let next = next
                .and_then(|next| url.join(next).ok())
                .ok_or_else(|| Failure::again("the server sent us nowhere"))?;
            if next.origin() != url.origin() {
                headers.clear();
            }
            url = next;
        }
        Err(Failure::again("the server sent us around too often"))
    }

    /// What can be seen of an address before anything is asked. Names are resolved, and checked, by the client.
    fn check(&self, url: &Url, trust: Trust) -> Result<(), Failure> {
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            return Err(Failure::last("the address is not a plain http or https address"));
        }
        let host = url.host_str().unwrap_or_default();
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        match literal.parse::<IpAddr>() {
            Ok(address) if trust == Trust::Public && !(self.is_public)(address) => Err(Failure::last(public::REFUSED)),
            _ => Ok(()),
        }
    }

    fn accept(&self, response: Response) -> Result<Response, Failure> {
        let status = response.status();
        if !status.is_success() || status == StatusCode::PARTIAL_CONTENT {
            let after = response.headers().get("retry-after").and_then(|text| text.to_str().ok()?.parse().ok());
            let reason = format!("the server of the file answered {}", status.as_u16());
            return Err(Failure::Again { reason, after: after.map(Duration::from_secs) });
        }
        if response.content_length().is_some_and(|length| length > self.limits.bytes) {
            return Err(self.too_large());
        }
        let packed = response.headers().get(CONTENT_ENCODING);
        if packed.is_some_and(|packed| !packed.as_bytes().eq_ignore_ascii_case(b"identity")) {
            // it is neither unpacked here, where it may grow without end, nor shown packed
            return Err(Failure::again("the server of the file packed it, though it was asked not to"));
        }
        Ok(response)
    }
}

fn broken(error: reqwest::Error, what: &str) -> Failure {
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        if error.to_string() == public::REFUSED {
            return Failure::last(public::REFUSED);
        }
        cause = error.source();
    }
    let error = error.without_url();
    tracing::debug!(error = &error as &dyn std::error::Error, "a download {what}");
    Failure::again(format!("the server of the file {what}"))
}

fn not_stored(error: io::Error) -> Failure {
    tracing::warn!(error = &error as &dyn std::error::Error, "a file could not be stored");
    Failure::again("our store did not take the file")
}

/// As networks write hashes: hexadecimal or base64.
fn same_hash(expected: &str, actual: &[u8; 32]) -> bool {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let expected = expected.trim();
    let read = hex::decode(expected).ok().filter(|bytes| bytes.len() == 32);
    let read = read.or_else(|| STANDARD.decode(expected).ok()).or_else(|| STANDARD_NO_PAD.decode(expected).ok());
    let read = read.or_else(|| URL_SAFE_NO_PAD.decode(expected).ok());
    // what is no SHA-256 says nothing about the file
    read.is_none_or(|bytes| bytes.len() != 32 || bytes == actual)
}

#[cfg(test)]
#[path = "download_tests.rs"]
mod tests;
