//! Files as Meta keeps them: an id gives an address for a while, and both can go wrong as a test orders it.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::loopback::{break_off, json as answer};

/// How a download goes wrong.
#[derive(Debug, Clone)]
pub enum MediaFault {
    /// What Meta says of it is not what comes: another hash.
    WrongHash,
    /// Never ends, and says nothing of its length.
    Endless,
    /// Breaks off in the middle.
    Torn,
    /// Comes only after this long.
    Slow(Duration),
    /// Answered with this status.
    Status(u16),
    /// Meta names this address in place of its own.
    Elsewhere(String),
}

/// How long a file is to be had. `None`: for ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shelf {
    /// How often the id may be asked about.
    pub asks: Option<u32>,
    /// How long after it was put there the id may be asked about.
    pub lasts: Option<Duration>,
    /// How often one address may be loaded from.
    pub loads: Option<u32>,
    /// How long one address is good.
    pub address_lasts: Option<Duration>,
}

#[derive(Clone)]
pub(super) struct Media {
    pub(super) mime_type: String,
    pub(super) data: Bytes,
    shelf: Shelf,
    since: Instant,
    fault: Option<MediaFault>,
}

struct Address {
    media: String,
    since: Instant,
    loads: u32,
}

#[derive(Default)]
pub(super) struct Library {
    media: Mutex<HashMap<String, Media>>,
    addresses: Mutex<HashMap<String, Address>>,
    loads: Mutex<Vec<String>>,
}

impl Library {
    pub(super) fn put(&self, id: &str, mime_type: String, data: Bytes, shelf: Shelf) {
        let media = Media { mime_type, data, shelf, since: Instant::now(), fault: None };
        self.media.lock().insert(id.to_owned(), media);
    }

    pub(super) fn find(&self, id: &str) -> Option<Media> {
        self.media.lock().get(id).cloned()
    }

    pub(super) fn remove(&self, id: &str) {
        self.media.lock().remove(id);
    }

    /// From now on every download of this file goes wrong so.
    pub(super) fn set_fault(&self, id: &str, fault: Option<MediaFault>) {
        if let Some(media) = self.media.lock().get_mut(id) {
            media.fault = fault;
        }
    }

    /// Media ids that were loaded, in order.
    pub(super) fn loads(&self) -> Vec<String> {
        self.loads.lock().clone()
    }

    /// What Meta says of a file, with a fresh address; `None` where it is gone.
    pub(super) fn describe(&self, id: &str, base: &str, serial: u64) -> Option<Value> {
        let media = {
            let mut all = self.media.lock();
            let media = all.get_mut(id)?;
            let expired = media.shelf.lasts.is_some_and(|lasts| media.since.elapsed() >= lasts);
            if expired || media.shelf.asks == Some(0) {
                return None;
            }
            if let Some(asks) = &mut media.shelf.asks {
                *asks -= 1;
            }
            media.clone()
        };
        let key = format!("{id}-{serial}");
        let url = match &media.fault {
            Some(MediaFault::Elsewhere(url)) => url.clone(),
            _ => format!("{base}/download/{key}"),
        };
        let address = Address { media: id.to_owned(), since: Instant::now(), loads: 0 };
        self.addresses.lock().insert(key, address);
        let mut hashed = media.data.to_vec();
        if matches!(media.fault, Some(MediaFault::WrongHash)) {
            hashed.push(0);
        }
        let sha256 = hex::encode(Sha256::digest(&hashed));
        Some(json!({"messaging_product": "whatsapp", "id": id, "url": url, "mime_type": media.mime_type,
            "sha256": sha256, "file_size": media.data.len()}))
    }

    pub(super) async fn load(&self, key: &str) -> Option<Response> {
        let media = {
            let mut addresses = self.addresses.lock();
            let address = addresses.get_mut(key)?;
            let media = self.find(&address.media)?;
            let expired = media.shelf.address_lasts.is_some_and(|lasts| address.since.elapsed() >= lasts);
            if expired || media.shelf.loads.is_some_and(|loads| address.loads >= loads) {
                return None;
            }
            address.loads += 1;
            self.loads.lock().push(address.media.clone());
            media
        };
        let kind = [(header::CONTENT_TYPE, media.mime_type.clone())];
        Some(match media.fault {
            Some(MediaFault::Status(status)) => answer(status, &json!({})),
            Some(MediaFault::Endless) => {
                let piece = Bytes::from(vec![0; 64 << 10]);
                let pieces = stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
                (kind, Body::from_stream(pieces)).into_response()
            }
            Some(MediaFault::Torn) if media.data.is_empty() => break_off(),
            Some(MediaFault::Torn) => {
                let half = media.data.slice(..media.data.len() / 2);
                let torn = stream::once(async {
                    // so that the half is on its way
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    Err(std::io::Error::other("as scripted"))
                });
                (kind, Body::from_stream(stream::iter([Ok(half)]).chain(torn))).into_response()
            }
            Some(MediaFault::Slow(delay)) => {
                tokio::time::sleep(delay).await;
                (kind, media.data).into_response()
            }
            Some(MediaFault::WrongHash | MediaFault::Elsewhere(_)) | None => (kind, media.data).into_response(),
        })
    }
}
