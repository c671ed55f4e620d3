//! Addresses under which a file can be loaded without a token: a path with the day on which it ends and a signature.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::objects::Kept;
use crate::id::AttachmentId;
use crate::keys::Key;

/// Days that an address lives at least: as long as the journal that holds it, and one more.
const DAYS: i64 = 8;
const DAY_SECS: i64 = 86_400;
const SIGNATURE_BYTES: usize = 16;

/// Signs addresses of files, and knows them again.
#[derive(Clone)]
pub struct Addresses {
    key: [u8; 32],
    public_url: String,
}

impl Addresses {
    #[must_use]
    pub fn new(key: &Key, public_url: &str) -> Self {
        Self { key: key.derive("media addresses"), public_url: public_url.to_owned() }
    }

    /// A path that anybody can load for eight days at least. It is the same all day, so that a browser loads a file once.
    #[must_use]
    pub fn path(&self, id: AttachmentId, kept: Kept, now: DateTime<Utc>) -> String {
        let until = now.timestamp().div_euclid(DAY_SECS) + 1 + DAYS;
        let signature = URL_SAFE_NO_PAD.encode(self.sign(id, kept, until));
        format!("/api/media/{id}{}?until={until}&signature={signature}", ending(kept))
    }

    /// The same for those who do not know where we are.
    #[must_use]
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// Whether this signature opens the file now. `until` is a day, counted from 1970.
    #[must_use]
    pub fn opens(&self, id: AttachmentId, kept: Kept, until: i64, signature: &str, now: DateTime<Utc>) -> bool {
        let given = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let is_ours: bool = self.sign(id, kept, until).ct_eq(&given).into();
        is_ours && now.timestamp().div_euclid(DAY_SECS) < until
    }

    /// The file that an address of ours leads to, absolute or not; `None` for anybody else's, or a wrong signature.
    #[must_use]
    pub fn read(&self, address: &str, now: DateTime<Utc>) -> Option<AttachmentId> {
        let path = address.strip_prefix(&self.public_url).unwrap_or(address);
        let (id, query) = path.strip_prefix("/api/media/")?.split_once('?')?;
        let id: AttachmentId = id.parse().ok()?;
        let field = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let until = field("until")?.parse().ok()?;
        self.opens(id, Kept::File, until, field("signature")?, now).then_some(id)
    }

    fn sign(&self, id: AttachmentId, kept: Kept, until: i64) -> [u8; SIGNATURE_BYTES] {
        let mut signature = [0; SIGNATURE_BYTES];
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) {
            mac.update(format!("{id}{}.{until}", ending(kept)).as_bytes());
            signature.copy_from_slice(&mac.finalize().into_bytes()[..SIGNATURE_BYTES]);
        }
        signature
    }
}

const fn ending(kept: Kept) -> &'static str {
    match kept {
        Kept::File => "",
        Kept::Thumbnail => "/thumbnail",
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::config::Config;
    use crate::keys::Keys;

    fn addresses(secret: &str) -> Addresses {
        let lookup =
            |name: &str| (name != "PATH" && name.ends_with("SECRET") || name == "SECRETS_KEY").then(|| secret.into());
        let config = Config::from_lookup(&lookup).unwrap();
        Addresses::new(&Keys::load(&config).unwrap().secrets, "https://inbox.example")
    }

    #[test]
    fn an_address_opens_its_own_file_for_eight_days_and_no_other() {
        let addresses = addresses("a secret of this test that is long enough");
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (id, other) = (AttachmentId::new(), AttachmentId::new());
        let path = addresses.path(id, Kept::File, now);
        assert_eq!(addresses.read(&path, now), Some(id));
        assert_eq!(addresses.read(&addresses.absolute(&path), now + TimeDelta::days(8)), Some(id));
        assert_eq!(addresses.read(&path, now + TimeDelta::days(10)), None, "too old");
        assert_eq!(addresses.read(&path.replace(&id.to_string(), &other.to_string()), now), None);
        assert_eq!(addresses.read(&format!("https://elsewhere.example{path}"), now), None);
        let (head, signature) = path.split_once("signature=").unwrap();
        let later = head.replace("until=2", "until=9");
        assert_eq!(addresses.read(&format!("{later}signature={signature}"), now), None);
        assert!(!addresses.opens(id, Kept::Thumbnail, 20_842, signature, now), "a thumbnail has an address of its own");
        assert_eq!(addresses.read(&format!("{head}signature="), now), None);
        let elsewhere = self::addresses("another secret of this test, long enough");
        assert_eq!(elsewhere.read(&path, now), None, "another key");
    }

    #[test]
    fn an_address_is_the_same_all_day() {
        let addresses = addresses("a secret of this test that is long enough");
        let morning = DateTime::from_timestamp(20_000 * DAY_SECS, 0).unwrap();
        let id = AttachmentId::new();
        let at = |hours| addresses.path(id, Kept::Thumbnail, morning + TimeDelta::hours(hours));
        assert_eq!(at(0), at(23));
        assert_ne!(at(0), at(24));
    }
}
