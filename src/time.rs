//! Times on the wire: RFC 3339, UTC, always three decimals and a `Z`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// A time that is written with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub DateTime<Utc>);

impl Millis {
    fn text(self) -> String {
        // a format of its own would be read anew for each time
        self.0.to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_decimals() {
        let at = DateTime::from_timestamp(1_790_000_000, 5_000_000).unwrap_or_default();
        assert_eq!(Millis(at).to_string(), "2026-09-21T14:13:20.005Z");
        let before_the_next = at + chrono::TimeDelta::microseconds(999);
        assert_eq!(Millis(before_the_next).to_string(), "2026-09-21T14:13:20.005Z", "cut, not rounded");
    }
}
