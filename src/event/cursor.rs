//! Cursors: a place in an organization's journal that a client can hold but not make up. A guest's is sealed besides: numbers
//! that grow with every message of the organization are no visitor's business.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::id::{ChatId, OrganizationId};

const VERSION: u8 = 1;
const TAG_BYTES: usize = 8;
const NONCE_BYTES: usize = 24;

/// A place in a journal: everything up to `position` was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub position: i64,
    /// The journal's incarnation; a restored backup has another one.
    pub epoch: u32,
}

/// Makes and reads cursors. The tag binds a cursor to its organization and to this installation's keys.
#[derive(Clone)]
pub struct Cursors {
    mac: Hmac<Sha256>,
    cipher: XChaCha20Poly1305,
    epoch: u32,
}

impl Cursors {
    /// `key` is derived for this purpose alone; `epoch` is read from the database at start-up.
    #[must_use]
    pub fn new(key: &[u8; 32], epoch: u32) -> Self {
        // a key of any length is accepted by HMAC, so the fallback is never taken
        let mac =
            <Hmac<Sha256> as Mac>::new_from_slice(key).unwrap_or_else(|_| <Hmac<Sha256> as Mac>::new(&[0; 64].into()));
        let digest = mac.clone().chain_update("sealed for guests").finalize().into_bytes();
        Self { mac, cipher: XChaCha20Poly1305::new(&digest), epoch }
    }

    /// 28 characters of `A-Za-z0-9_-`.
    #[must_use]
    pub fn write(&self, organization_id: OrganizationId, position: i64) -> String {
        let mut bytes = [0u8; 21];
        bytes[0] = VERSION;
        bytes[1..5].copy_from_slice(&self.epoch.to_be_bytes());
        bytes[5..13].copy_from_slice(&position.to_be_bytes());
        let tag = self.tag(organization_id, &bytes[..13]);
        bytes[13..].copy_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `None` for another organization's, a forged or a broken one, or one from before a restore.
    #[must_use]
    pub fn read(&self, organization_id: OrganizationId, text: &str) -> Option<Cursor> {
        let bytes: [u8; 21] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let epoch = u32::from_be_bytes(bytes[1..5].try_into().ok()?);
        let position = i64::from_be_bytes(bytes[5..13].try_into().ok()?);
        let genuine =
            bytes[0] == VERSION && self.tag(organization_id, &bytes[..13]) == bytes[13..] && epoch == self.epoch;
        (genuine && position >= 0).then_some(Cursor { position, epoch })
    }

    /// A guest's cursor, good for its chat alone: 70 characters of `A-Za-z0-9_-`, other ones for the same place each time.
    #[must_use]
    pub fn seal(&self, chat_id: ChatId, position: i64) -> String {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let mut place = [0u8; 12];
        place[..4].copy_from_slice(&self.epoch.to_be_bytes());
        place[4..].copy_from_slice(&position.to_be_bytes());
        let payload = Payload { msg: &place, aad: chat_id.0.as_bytes() };
        // the cipher refuses only what is longer than 256 GiB; an empty answer would then be read as a gap
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload).unwrap_or_default();
        URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat())
    }

    /// As [`Cursors::read`], for what [`Cursors::seal`] made.
    #[must_use]
    pub fn unseal(&self, chat_id: ChatId, text: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, msg) = bytes.split_at_checked(NONCE_BYTES)?;
        let payload = Payload { msg, aad: chat_id.0.as_bytes() };
        let place = self.cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        let (epoch, position) = place.split_first_chunk()?;
        let (epoch, position) = (u32::from_be_bytes(*epoch), i64::from_be_bytes(position.try_into().ok()?));
        (epoch == self.epoch && position >= 0).then_some(Cursor { position, epoch })
    }

    fn tag(&self, organization_id: OrganizationId, body: &[u8]) -> [u8; TAG_BYTES] {
        let mut mac = self.mac.clone();
        mac.update(organization_id.0.as_bytes());
        mac.update(body);
        let digest = mac.finalize().into_bytes();
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&digest[..TAG_BYTES]);
        tag
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_organization_and_epoch_alone() {
        let (cursors, organization_id) = (Cursors::new(&[7; 32], 3), OrganizationId::new());
        let text = cursors.write(organization_id, 42);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'));
        assert_eq!(cursors.read(organization_id, &text).unwrap().position, 42);
        assert_eq!(cursors.read(OrganizationId::new(), &text), None);
        assert_eq!(Cursors::new(&[7; 32], 4).read(organization_id, &text), None, "from before a restore");
        assert_eq!(Cursors::new(&[8; 32], 3).read(organization_id, &text), None, "forged");
        for odd in ["", "x", "AAAA", &text[1..], &format!("{text}A")] {
            assert_eq!(cursors.read(organization_id, odd), None, "{odd}");
        }
    }

    #[test]
    fn a_guests_cursor_shows_no_place_and_is_good_for_its_chat_alone() {
        let (cursors, chat_id) = (Cursors::new(&[7; 32], 3), ChatId::new());
        let text = cursors.seal(chat_id, 42);
        assert_eq!(text.len(), 70);
        assert_eq!(cursors.unseal(chat_id, &text).unwrap().position, 42);
        assert_ne!(text, cursors.seal(chat_id, 42), "two of them cannot be compared");
        assert_eq!(cursors.unseal(ChatId::new(), &text), None);
        assert_eq!(Cursors::new(&[7; 32], 4).unseal(chat_id, &text), None, "from before a restore");
        assert_eq!(Cursors::new(&[8; 32], 3).unseal(chat_id, &text), None, "forged");
        for odd in ["", "x", &text[1..], &format!("{text}A"), &cursors.write(OrganizationId::new(), 42)] {
            assert_eq!(cursors.unseal(chat_id, odd), None, "{odd}");
        }
    }
}
