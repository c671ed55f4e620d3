//! What the filters of several lists have in common.

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::id::UserId;
use crate::operator::Caller;

/// `assignedTo`: `me`, `none` or a user's id; `None`: whoever has it.
pub enum Assigned {
    Nobody,
    To(UserId),
}

impl Assigned {
    /// Reads the parameter.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another word, and for `me` of who is no user.
    pub fn read(text: Option<&str>, caller: &Caller) -> Result<Option<Self>> {
        let Some(text) = text else { return Ok(None) };
        let wrong = |message: &str| Error::invalid("assignedTo", message);
        Ok(Some(match text {
            "none" => Self::Nobody,
            "me" => Self::To(caller.user_id().ok_or_else(|| wrong("`me` needs a user; an API key is none"))?),
            id => Self::To(id.parse().map_err(|_| wrong("must be `me`, `none` or a user's id"))?),
        }))
    }

    #[must_use]
    pub const fn user_id(&self) -> Option<Uuid> {
        match self {
            Self::Nobody => None,
            Self::To(id) => Some(id.0),
        }
    }
}

/// `status`: one of these words, or several with commas.
///
/// # Errors
/// [`Error::Invalid`] where another word is among them.
pub fn statuses(list: &str, known: &[&str]) -> Result<Vec<String>> {
    let words: Vec<String> = list.split(',').map(|word| word.trim().to_owned()).collect();
    if words.iter().all(|word| known.contains(&word.as_str())) {
        return Ok(words);
    }
    Err(Error::invalid("status", format!("must be of `{}`, or several with commas", known.join("`, `"))))
}
