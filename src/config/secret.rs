//! A value that may be used but never shown: neither logs nor errors can print it.

use std::fmt;

/// A password, key, token or an address that carries one.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// The shortest key that is accepted, in bytes: the size of the SHA-256 block that HS256 and HKDF work on (RFC 7518, 3.2).
pub(crate) const SHORTEST_KEY_BYTES: usize = 32;

/// Why `key` must not protect anything, or `None` if it may.
pub(super) fn weakness(key: &str) -> Option<String> {
    if key.len() < SHORTEST_KEY_BYTES {
        return Some(format!("is {} bytes long, at least {SHORTEST_KEY_BYTES} are needed", key.len()));
    }
    let letters: String = key.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
    let published = PUBLISHED_STARTS.iter().any(|start| letters.starts_with(start))
        || PUBLISHED_WORDS.iter().any(|word| is_repetition(&letters, word))
        || letters == "supersecretjwttokenwithatleast32characterslong";
    if published {
        return Some("is a placeholder that anyone can guess".into());
    }
    let mut chars = key.chars();
    let first = chars.next();
    chars.all(|c| Some(c) == first).then(|| "is one character repeated".into())
}

/// How placeholders in the documentation of frameworks begin, without punctuation.
const PUBLISHED_STARTS: &[&str] = &[
    "yoursecret",
    "yoursupersecret",
    "yourjwtsecret",
    "yoursecurekey",
    "changeme",
    "changethis",
    "pleasechange",
    "replaceme",
    "replacethis",
    "replacewith",
    "insertyour",
    "generateone",
];

const PUBLISHED_WORDS: &[&str] = &["secret", "changeme", "password", "default", "jwtsecret", "secretkey"];

fn is_repetition(text: &str, word: &str) -> bool {
    !text.is_empty() && text.bytes().zip(word.bytes().cycle()).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::new("canary-value");
        assert!(!format!("{secret} {secret:?} {:#?}", Some(&secret)).contains("canary"));
    }

    #[test]
    fn short_and_published_keys_are_weak() {
        for key in [
            "secret",
            "a-key-of-thirty-one-bytes-123456",
            "your-secret-key-at-least-32-bytes-long",
            "changeme-changeme-changeme-changeme",
            "secretsecretsecretsecretsecretsecret",
            "CHANGE_THIS_TO_A_LONG_RANDOM_STRING",
            "super-secret-jwt-token-with-at-least-32-characters-long",
            "00000000000000000000000000000000",
        ] {
            let key = if key.starts_with("a-key") { &key[..31] } else { key };
            assert!(weakness(key).is_some(), "{key} was accepted");
        }
    }

    #[test]
    fn any_other_string_of_32_bytes_is_a_key() {
        for key in ["test-secret-for-the-second-node-0123", "0123456789abcdef0123456789abcdef", "ключ-из-букв-не-ascii"]
        {
            assert_eq!(weakness(key), None, "{key}");
        }
    }
}
