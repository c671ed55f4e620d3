//! A member of an organization as clients see one, and what is a good name, e-mail, username, picture and password.

use serde::Serialize;
use utoipa::ToSchema;

use super::Role;
use super::password::LONGEST_BYTES;
use crate::error::{Error, FieldError, Result};
use crate::id::UserId;
use crate::time::Millis;

/// A member of the caller's organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub username: Option<String>,
    pub avatar_url: Option<String>,
    pub role: Role,
    pub online: bool,
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub last_seen_at: Option<Millis>,
    #[schema(value_type = DateTime<Utc>)]
    pub created_at: Millis,
}

/// A member as those see one who keep the list of members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Member {
    #[serde(flatten)]
    pub user: User,
    /// `false`: shut out.
    pub active: bool,
}

/// What somebody changes of how a member looks to others; `None` leaves it, an empty text clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    pub name: Option<String>,
    pub username: Option<String>,
    pub avatar_url: Option<String>,
}

/// What an administrator changes of a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    pub profile: ProfileChange,
    pub email: Option<String>,
    pub password_hash: Option<String>,
    pub role: Option<Role>,
    /// `false` shuts the member out and ends its sessions.
    pub active: Option<bool>,
}

impl MemberChange {
    /// Whether it changes the account itself, which other organizations of the user see too.
    #[must_use]
    pub fn touches_account(&self) -> bool {
        self.profile != ProfileChange::default() || self.email.is_some() || self.password_hash.is_some()
    }
}

/// Gathers what is wrong with fields, so that one answer names them all.
#[derive(Debug, Default)]
pub struct Check(Vec<FieldError>);

impl Check {
    fn that(&mut self, good: bool, field: &str, message: &str) {
        if !good {
            self.0.push(FieldError { field: field.into(), message: message.into() });
        }
    }

    /// Trims, and takes 1 to 200 characters.
    pub fn name(&mut self, field: &str, name: &mut String) {
        trim(name);
        self.that((1..=200).contains(&name.chars().count()), field, "must have 1 to 200 characters");
    }

    /// Trims, and takes `^[A-Za-z0-9_.-]{2,32}$`, which is what `@username` in a note can name.
    pub fn username(&mut self, username: &mut String) {
        trim(username);
        let good = (2..=32).contains(&username.len())
            && username.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        self.that(good, "username", "must have 2 to 32 of A-Z, a-z, 0-9, `_`, `.` and `-`");
    }

    /// Trims, turns to lower case, and takes what has the shape of an address: whether it exists only mail can tell.
    pub fn email(&mut self, email: &mut String) {
        trim(email);
        *email = email.to_lowercase();
        let shaped = email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.contains('@') && domain.split('.').all(|label| !label.is_empty())
        });
        let good = shaped && email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control());
        self.that(good, "email", "must be an e-mail address");
    }

    /// Takes an `http` or `https` address of at most 2,048 bytes.
    pub fn avatar_url(&mut self, url: &mut String) {
        trim(url);
        let read = reqwest::Url::parse(url).ok().filter(|_| url.len() <= 2048);
        let good = read.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        self.that(good, "avatarUrl", "must be an http or https address, or empty");
    }

    /// Takes at least `shortest` characters and [`LONGEST_BYTES`] bytes at most.
    pub fn password(&mut self, password: &str, shortest: usize) {
        self.that(password.chars().count() >= shortest, "password", "is too short");
        self.that(password.len() <= LONGEST_BYTES, "password", "must have at most 1,024 bytes");
    }

    /// The parts of a profile that are to change; an empty username or picture clears it.
    pub fn profile(&mut self, profile: &mut ProfileChange) {
        if let Some(name) = &mut profile.name {
            self.name("name", name);
        }
        if let Some(username) = profile.username.as_mut().filter(|text| !text.trim().is_empty()) {
            self.username(username);
        }
        if let Some(url) = profile.avatar_url.as_mut().filter(|text| !text.trim().is_empty()) {
            self.avatar_url(url);
        }
    }

    /// # Errors
    /// [`Error::Invalid`] with all that was found.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

/// The shortest password that is set over the API, in characters.
pub const SHORTEST_PASSWORD: usize = 8;

fn trim(text: &mut String) {
    let trimmed = text.trim();
    if trimmed.len() != text.len() {
        *text = trimmed.to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(check: impl FnOnce(&mut Check)) -> bool {
        let mut gathered = Check::default();
        check(&mut gathered);
        gathered.finish().is_ok()
    }

    #[test]
    fn emails_have_one_at_sign_and_labels() {
        for (email, good) in [
            ("a@example.com", true),
            (" A.B+c@Example.com ", true),
            ("a@localhost", true),
            ("", false),
            ("a", false),
            ("@b.c", false),
            ("a@", false),
            ("a@b@c", false),
            ("a@b..c", false),
            ("a b@c.d", false),
            ("a\n@b.c", false),
        ] {
            let mut email = email.to_owned();
            assert_eq!(passes(|check| check.email(&mut email)), good, "{email}");
        }
        let mut mixed = " A@Example.COM".to_owned();
        Check::default().email(&mut mixed);
        assert_eq!(mixed, "a@example.com");
    }

    #[test]
    fn usernames_can_stand_behind_an_at_sign() {
        for (username, good) in [("jo", true), ("J_o.h-n9", true), ("j", false), ("jo hn", false), ("йо", false)] {
            assert_eq!(passes(|check| check.username(&mut username.to_owned())), good, "{username}");
        }
        assert!(!passes(|check| check.username(&mut "a".repeat(33))));
    }

    #[test]
    fn pictures_come_over_http_or_are_cleared() {
        for (url, good) in [
            ("https://example.com/a.png", true),
            ("http://example.com", true),
            ("", true),
            ("javascript:alert(1)", false),
            ("data:image/png;base64,AAAA", false),
            ("/a.png", false),
            ("https://", false),
        ] {
            let mut profile = ProfileChange { avatar_url: Some(url.into()), ..ProfileChange::default() };
            assert_eq!(passes(|check| check.profile(&mut profile)), good, "{url}");
        }
    }

    #[test]
    fn names_are_counted_in_characters_and_never_blank() {
        assert!(passes(|check| check.name("name", &mut "й".repeat(200))));
        assert!(!passes(|check| check.name("name", &mut "й".repeat(201))));
        assert!(!passes(|check| check.name("name", &mut "  ".to_owned())));
    }
}
