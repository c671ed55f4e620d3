//! Turns texts into typed settings and gathers what is wrong, so that one start names every mistake.

use std::fmt;
use std::str::FromStr;

use super::secret::{Secret, weakness};

/// Every setting that could not be used; one line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    pub problems: Vec<Problem>,
}

/// One setting that could not be used. The value itself is left out: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub variable: &'static str,
    pub what: String,
    pub remedy: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { variable, what, remedy }) in self.problems.iter().enumerate() {
            write!(f, "{}{variable} {what}; {remedy}.", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// Reads variables by name through `lookup`; a default stands in for what could not be read until [`Reader::finish`] refuses.
pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// # Errors
    /// All problems met so far.
    pub fn finish(self) -> Result<(), ConfigError> {
        if self.problems.is_empty() { Ok(()) } else { Err(ConfigError { problems: self.problems }) }
    }

    /// The text without surrounding white space; empty counts as unset.
    pub fn text(&mut self, variable: &'static str) -> Option<String> {
        (self.lookup)(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The text as it stands: white space may be part of a secret.
    pub fn secret(&mut self, variable: &'static str) -> Option<Secret> {
        (self.lookup)(variable).filter(|value| !value.is_empty()).map(Secret::new)
    }

    /// A secret that keys are made of: refused if it is short or a published placeholder.
    pub fn key(&mut self, variable: &'static str) -> Option<Secret> {
        let key = self.secret(variable)?;
        if let Some(what) = weakness(key.expose()) {
            self.refuse(variable, what, "set it to the output of `openssl rand -base64 48`, or leave it unset");
        }
        Some(key)
    }

    pub fn parsed<T: FromStr>(&mut self, variable: &'static str, remedy: &str) -> Option<T> {
        let text = self.text(variable)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.refuse(variable, "cannot be read", remedy);
        }
        value
    }

    /// The value that stands beside the text in `choices`, or `default`.
    pub fn choice<T: Copy>(&mut self, variable: &'static str, choices: &[(&str, T)], default: T) -> T {
        let Some(text) = self.text(variable) else { return default };
        if let Some((_, value)) = choices.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)) {
            return *value;
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        self.refuse(variable, "is not one of its values", format!("set it to {}", names.join(" or ")));
        default
    }

    pub fn switch(&mut self, variable: &'static str, default: bool) -> bool {
        self.choice(variable, &[("on", true), ("off", false)], default)
    }

    /// The items of a comma list, each turned by `parse`.
    pub fn list<T>(&mut self, variable: &'static str, remedy: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let text = self.text(variable).unwrap_or_default();
        let items: Vec<_> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
        let values: Vec<_> = items.iter().filter_map(|item| parse(item)).collect();
        if values.len() < items.len() {
            self.refuse(variable, "has an entry that cannot be read", remedy);
        }
        values
    }

    /// The address of an HTTP service, without a slash at its end.
    pub fn http_url(&mut self, variable: &'static str) -> Option<String> {
        let text = self.text(variable)?;
        if !is_http_base(&text) {
            self.refuse(
                variable,
                "is not the address of an HTTP service",
                "write it as `https://host` or `http://host:port`, with a path if there is one and nothing after it",
            );
        }
        Some(text.trim_end_matches('/').to_owned())
    }

    /// An address whose scheme is one of `schemes`; kept as a secret, since it may carry a password.
    pub fn store_url(&mut self, variable: &'static str, schemes: &[&str]) -> Option<Secret> {
        let text = self.text(variable)?;
        if !schemes.iter().any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| rest.starts_with("://"))) {
            let form = format!("write it as `{}://user:password@host/name`", schemes.first().unwrap_or(&""));
            self.refuse(variable, "is not an address of such a store", form);
        }
        Some(Secret::new(text))
    }

    pub fn refuse(&mut self, variable: &'static str, what: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem { variable, what: what.into(), remedy: remedy.into() });
    }
}

fn is_http_base(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    })
}
