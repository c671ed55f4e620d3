//! Quick replies: texts that operators keep at hand, each under a shortcut.

pub mod store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::id::{QuickReplyId, UserId};
use crate::time::Millis;

const LONGEST_SHORTCUT: usize = 32;
/// What the networks take as one text.
const LONGEST_CONTENT: usize = 4_096;

/// A quick reply as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuickReply {
    pub id: QuickReplyId,
    /// What an operator types for it.
    #[schema(example = "hello")]
    pub shortcut: String,
    pub content: String,
    /// `null` where an API key made it.
    pub created_by: Option<UserId>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
    #[schema(value_type = DateTime<Utc>)]
    pub updated_at: Millis,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct NewQuickReply {
    /// 1 to 32 letters of any language, digits, `-` and `_`; no other one of the organization has it, in whatever case.
    pub shortcut: String,
    /// 1 to 4,096 characters.
    pub content: String,
}

/// What to change; a field that is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub struct QuickReplyChange {
    pub shortcut: Option<String>,
    pub content: Option<String>,
}

/// Trims, and takes 1 to 32 letters, digits, `-` and `_`.
///
/// # Errors
/// [`Error::Invalid`].
pub fn checked_shortcut(shortcut: &str) -> Result<String> {
    let shortcut = shortcut.trim();
    let plain = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    if !(1..=LONGEST_SHORTCUT).contains(&shortcut.chars().count()) || !shortcut.chars().all(plain) {
        let message = format!("must have 1 to {LONGEST_SHORTCUT} letters, digits, `-` or `_`, and no spaces");
        return Err(Error::invalid("shortcut", message));
    }
    Ok(shortcut.to_owned())
}

/// Takes 1 to 4,096 characters that say something.
///
/// # Errors
/// [`Error::Invalid`].
pub fn checked_content(content: String) -> Result<String> {
    if content.trim().is_empty() || content.chars().count() > LONGEST_CONTENT {
        return Err(Error::invalid("content", "must have 1 to 4,096 characters"));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_are_words_of_any_language() {
        for (shortcut, good) in [
            ("hello", true),
            (" спасибо ", true),
            ("ありがとう", true),
            ("a-b_9", true),
            ("", false),
            ("two words", false),
            ("/hello", false),
            ("a\u{0}", false),
            ("🙂", false),
        ] {
            assert_eq!(checked_shortcut(shortcut).is_ok(), good, "{shortcut}");
        }
        assert!(checked_shortcut(&"й".repeat(32)).is_ok());
        assert!(checked_shortcut(&"й".repeat(33)).is_err());
    }
}
