//! The node's keys: given by the settings, or generated once under `DATA_DIR/secrets`, and what is derived from them.
//! A key is never printed; the database keeps fingerprints, so that a node with other keys can be refused.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};

use crate::config::{Config, SHORTEST_KEY_BYTES, Secret};

/// The three keys of a node.
#[derive(Debug, Clone)]
pub struct Keys {
    /// `JWT_SECRET`: signs access tokens as it stands, so that another backend can sign them too.
    pub jwt: Key,
    /// `SECRETS_KEY`: what is sealed at rest.
    pub secrets: Key,
    /// `BRIDGE_SECRET`: shared with the WhatsApp bridge as it stands.
    pub bridge: Key,
}

/// A key of at least 32 bytes.
#[derive(Debug, Clone)]
pub struct Key(Secret);

#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("cannot keep the generated key {path}: {source}; make the folder writable, or set {variable}")]
    Io { path: PathBuf, variable: &'static str, source: io::Error },
    #[error("the generated key {path} is damaged; restore it from a backup, or set {variable}")]
    Damaged { path: PathBuf, variable: &'static str },
}

/// Why sealed bytes could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("sealed with another SECRETS_KEY")]
    OtherKey,
    #[error("the sealed bytes are damaged or belong elsewhere")]
    Damaged,
}

impl Keys {
    /// The keys of the settings; those that are unset are read from `DATA_DIR/secrets`, and made there the first time.
    ///
    /// # Errors
    /// If a generated key can be neither read nor kept.
    pub fn load(config: &Config) -> Result<Self, KeysError> {
        let dir = config.data_dir.join("secrets");
        let key = |set: &Option<Secret>, file: &str, variable| match set {
            Some(secret) => Ok(Key(secret.clone())),
            None => generated_once(&dir, file, variable),
        };
        Ok(Self {
            jwt: key(&config.jwt_secret, "jwt", "JWT_SECRET")?,
            secrets: key(&config.secrets_key, "secrets", "SECRETS_KEY")?,
            bridge: key(&config.bridge_secret, "bridge", "BRIDGE_SECRET")?,
        })
    }

    /// Encrypts `plaintext` under `SECRETS_KEY`. `aad` names where the result is kept (a row's id), so that it opens nowhere else.
    /// Shape: key id (1 byte), nonce (24), ciphertext and tag (XChaCha20-Poly1305).
    #[must_use]
    pub fn seal(&self, plaintext: &[u8], aad: &[u8]) -> Vec<u8> {
        let key_id = self.sealing_key_id();
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: plaintext, aad };
        // The cipher refuses only what is longer than 256 GiB; an empty answer would then fail to open as damaged.
        let ciphertext = self.cipher().encrypt(XNonce::from_slice(&nonce), payload).unwrap_or_default();
        [&[key_id][..], &nonce, &ciphertext].concat()
    }

    /// The plaintext of what [`Keys::seal`] made with the same `aad`.
    ///
    /// # Errors
    /// If another key sealed it, or if a byte of it or of `aad` differs.
    pub fn open(&self, sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (&key_id, rest) = sealed.split_first().ok_or(OpenError::Damaged)?;
        if key_id != self.sealing_key_id() {
            return Err(OpenError::OtherKey);
        }
        let (nonce, msg) = rest.split_at_checked(NONCE_BYTES).ok_or(OpenError::Damaged)?;
        let payload = Payload { msg, aad };
        self.cipher().decrypt(XNonce::from_slice(nonce), payload).map_err(|_| OpenError::Damaged)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.secrets.derive("seal").into())
    }

    fn sealing_key_id(&self) -> u8 {
        let [key_id, ..] = self.secrets.derive("seal key id");
        key_id
    }
}

const NONCE_BYTES: usize = 24;

impl Key {
    /// The key as it stands.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }

    /// The key as it stands, as the text it was given as.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// A key of its own for each purpose (HKDF-SHA256, RFC 5869); one says nothing about another.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut derived = [0; 32];
        let expanded =
            Hkdf::<Sha256>::new(Some(b"switchboard"), self.as_bytes()).expand(purpose.as_bytes(), &mut derived);
        debug_assert!(expanded.is_ok(), "HKDF gives up to 255 blocks, this is one");
        derived
    }

    /// 32 hexadecimal digits that tell keys apart and reveal nothing of them.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let derived = self.derive("fingerprint");
        hex::encode(derived.first_chunk::<16>().unwrap_or(&[0; 16]))
    }
}

/// 256 random bits in the 43 characters of base64url: keys, tokens, API keys.
#[must_use]
pub fn random_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// The SHA-256 of `bytes` in lower-case hexadecimal: how tokens are stored and looked up.
#[must_use]
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn generated_once(dir: &Path, file: &str, variable: &'static str) -> Result<Key, KeysError> {
    let path = dir.join(file);
    let text = read_or_make(dir, &path).map_err(|source| KeysError::Io { path: path.clone(), variable, source })?;
    let text = text.trim();
    if text.len() < SHORTEST_KEY_BYTES {
        return Err(KeysError::Damaged { path, variable });
    }
    Ok(Key(Secret::new(text)))
}

/// The rename shows a key whole or not at all; the lock makes processes that start together take turns.
fn read_or_make(dir: &Path, path: &Path) -> io::Result<String> {
    if let Some(text) = read_private(path)? {
        return Ok(text);
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let lock = open_private(&dir.join(".lock"))?;
    lock.lock()?;
    if let Some(text) = read_private(path)? {
        return Ok(text);
    }
    let token = random_token();
    let unfinished = path.with_extension("new");
    let mut file = open_private(&unfinished)?;
    file.set_len(0)?;
    file.write_all(token.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    File::open(dir)?.sync_all()?;
    Ok(token)
}

/// A key that others may read is closed to them: folders are restored from backups and copied by hand.
fn read_private(path: &Path) -> io::Result<Option<String>> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
        }
        Ok(_) => {}
    }
    std::fs::read_to_string(path).map(Some)
}

fn open_private(path: &Path) -> io::Result<File> {
    File::options().write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn config(dir: &Path, pairs: &[(&str, &str)]) -> Config {
        Config::from_lookup(&|name| match name {
            "DATA_DIR" => dir.to_str().map(Into::into),
            _ => pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
        })
        .unwrap()
    }

    fn keys(secret: &str) -> Keys {
        let key = Key(Secret::new(secret));
        Keys { jwt: key.clone(), secrets: key.clone(), bridge: key }
    }

    #[test]
    fn keys_are_generated_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(&dir.path().join("data"), &[]);
        let (first, second) = (Keys::load(&config).unwrap(), Keys::load(&config).unwrap());
        assert_eq!(first.jwt.expose(), second.jwt.expose());
        assert_eq!(first.jwt.expose().len(), 43);
        assert_ne!(first.jwt.expose(), first.secrets.expose());
        assert_ne!(first.secrets.expose(), first.bridge.expose());
        let mode = |path: &str| std::fs::metadata(config.data_dir.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("secrets"), mode("secrets/jwt"), mode("secrets/bridge")), (0o700, 0o600, 0o600));
    }

    #[test]
    fn nodes_that_start_together_agree_on_the_keys() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(dir.path(), &[]);
        let keys: Vec<_> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| Keys::load(&config).unwrap())).collect();
            starts.into_iter().map(|start| start.join().unwrap().secrets.expose().to_owned()).collect()
        });
        assert!(keys.iter().all(|key| key == &keys[0]), "{} different starts", keys.len());
    }

    #[test]
    fn a_key_of_the_settings_is_used_as_it_stands_and_never_written() {
        let dir = tempfile::tempdir().unwrap();
        let secret = "shared with another backend, as it stands ";
        let keys = Keys::load(&config(dir.path(), &[("JWT_SECRET", secret)])).unwrap();
        assert_eq!(keys.jwt.expose(), secret);
        assert!(!dir.path().join("secrets/jwt").exists());
    }

    #[test]
    fn a_damaged_key_refuses_instead_of_being_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(dir.path(), &[]);
        Keys::load(&config).unwrap();
        std::fs::write(dir.path().join("secrets/secrets"), "").unwrap();
        let error = Keys::load(&config).unwrap_err();
        assert!(error.to_string().contains("SECRETS_KEY"), "{error}");
    }

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_its_place() {
        let keys = keys("the first key of this test, long enough");
        let sealed = keys.seal(b"123:canary", b"channel-1");
        assert!(!sealed.windows(6).any(|part| part == b"canary"));
        assert_ne!(sealed, keys.seal(b"123:canary", b"channel-1"), "a nonce was used twice");
        assert_eq!(keys.open(&sealed, b"channel-1").unwrap(), b"123:canary");
        assert_eq!(keys.open(&sealed, b"channel-2"), Err(OpenError::Damaged));
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(keys.open(&changed, b"channel-1").is_err(), "byte {index} is not protected");
            assert!(keys.open(&sealed[..index], b"channel-1").is_err());
        }
        assert_eq!(
            self::keys("the second key of this test, long enough").open(&sealed, b"channel-1"),
            Err(OpenError::OtherKey)
        );
    }

    #[test]
    fn purposes_and_keys_give_different_derived_keys() {
        let (one, two) =
            (keys("the first key of this test, long enough"), keys("another key of this test, long enough"));
        assert_eq!(one.jwt.derive("cursor"), one.jwt.derive("cursor"));
        assert_ne!(one.jwt.derive("cursor"), one.jwt.derive("media"));
        assert_ne!(one.jwt.derive("cursor"), two.jwt.derive("cursor"));
        assert_ne!(one.jwt.fingerprint(), two.jwt.fingerprint());
        assert_eq!(one.jwt.fingerprint().len(), 32);
    }

    #[test]
    fn tokens_are_43_characters_of_base64url_and_hashes_64_of_hexadecimal() {
        let token = random_token();
        assert!(token.len() == 43 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_ne!(token, random_token());
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
