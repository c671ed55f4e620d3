//! Labels: words that an organization sorts its chats by, each with a color. Chats carry the word itself.

pub mod store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::id::LabelId;
use crate::time::Millis;

/// The color of a label that was given none.
pub const COLOR: &str = "#64748b";
const LONGEST_NAME: usize = 50;

/// A label as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    pub id: LabelId,
    /// The word that chats carry in `labels`.
    pub name: String,
    /// `#rrggbb`
    #[schema(example = "#64748b")]
    pub color: String,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct NewLabel {
    /// 1 to 50 characters; no other label of the organization has it, in whatever case.
    name: String,
    /// `#rrggbb`; `#64748b` unless given.
    color: Option<String>,
}

impl NewLabel {
    /// The name and the color as they are kept.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn checked(self) -> Result<(String, String)> {
        let name = self.name.trim().to_owned();
        if !(1..=LONGEST_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(Error::invalid("name", format!("must be one line of 1 to {LONGEST_NAME} characters")));
        }
        Ok((name, self.color.map_or_else(|| Ok(COLOR.to_owned()), checked_color)?))
    }
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct LabelChange {
    /// `#rrggbb`
    color: Option<String>,
    /// Stays as it is.
    #[schema(ignore)]
    name: Option<String>,
}

impl LabelChange {
    /// The new color; `None` leaves it.
    ///
    /// # Errors
    /// [`Error::Invalid`], also for another name than the label has.
    pub fn checked(self, label: &Label) -> Result<Option<String>> {
        if self.name.is_some_and(|name| name != label.name) {
            return Err(Error::invalid(
                "name",
                "A label is not renamed, since chats carry its name: make a new one and delete this one.",
            ));
        }
        self.color.map(checked_color).transpose()
    }
}

fn checked_color(color: String) -> Result<String> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6);
    if digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return Ok(color.to_ascii_lowercase());
    }
    Err(Error::invalid("color", "must be `#` and six hexadecimal digits, such as `#64748b`"))
}
