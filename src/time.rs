//! Times on the wire: RFC 3339, UTC, always three decimals and a `Z`.

use std::fmt::Write;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Serialize, Serializer};

/// A time that is written with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub DateTime<Utc>);

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.trunc_subsecs(3).format("%Y-%m-%dT%H:%M:%S%.3fZ").fmt(f)
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(24);
        write!(text, "{self}").map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_decimals() {
        let at = DateTime::from_timestamp(1_790_000_000, 5_000_000).unwrap_or_default();
        assert_eq!(Millis(at).to_string(), "2026-09-21T14:13:20.005Z");
    }
}
