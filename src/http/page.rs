//! Lists a page at a time: `{items, nextCursor}` with `?limit=` and `?cursor=`. A cursor is the sort key of the last item, in
//! base64url; it says where to go on, never whose: every query holds the organization itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{Error, Result};

/// What a client asks of a list; flatten it into a handler's own parameters, or take it as a second [`super::extract::Query`].
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Items on the page: 50 if unset, at most 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// The `nextCursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// Items on the page.
    #[must_use]
    pub fn limit(&self) -> i64 {
        self.limit.unwrap_or(50).clamp(1, 200)
    }

    /// What to ask of the store: one more than fits the page tells whether another follows.
    #[must_use]
    pub fn fetch(&self) -> i64 {
        self.limit() + 1
    }

    /// The key of the last item that was seen.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what no list gave out.
    pub fn after<K: Key>(&self) -> Result<Option<K>> {
        let Some(cursor) = self.cursor.as_deref().filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
        let key = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| K::from_bytes(&bytes));
        key.map(Some).ok_or_else(|| Error::invalid("cursor", "must be the `nextCursor` of a list"))
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Goes into `?cursor=`; `null` on the last page.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of what [`PageQuery::fetch`] brought.
    pub fn of<K: Key>(mut items: Vec<T>, query: &PageQuery, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(query.limit()).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|last| URL_SAFE_NO_PAD.encode(key(last).to_bytes()));
        Self { items, next_cursor }
    }
}

impl<T> Page<T> {
    /// The same page with its items as clients see them.
    pub fn map<U>(self, present: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(present).collect(), next_cursor: self.next_cursor }
    }
}

/// A sort key that a cursor can hold.
pub trait Key: Sized {
    fn to_bytes(&self) -> Vec<u8>;
    /// `None` for bytes of another key.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl Key for String {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_utf8(bytes.to_vec()).ok().filter(|text| !text.contains('\0'))
    }
}

impl Key for Uuid {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }
}

impl Key for i64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

/// A time, to the microsecond that the store keeps, and an id where times are equal.
impl Key for (DateTime<Utc>, Uuid) {
    fn to_bytes(&self) -> Vec<u8> {
        [&self.0.timestamp_micros().to_be_bytes()[..], self.1.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (micros, id) = bytes.split_first_chunk::<8>()?;
        // beyond this the store cannot compare
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*micros))?;
        let kept = (-2_000_000_000_000_000..253_402_300_800_000_000).contains(&at.timestamp_micros());
        Some((at, Uuid::from_bytes(id.try_into().ok()?))).filter(|_| kept)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn query(limit: Option<i64>, cursor: Option<&str>) -> PageQuery {
        PageQuery { limit, cursor: cursor.map(Into::into) }
    }

    #[test]
    fn limits_are_clamped() {
        for (asked, given) in [(None, 50), (Some(-1), 1), (Some(0), 1), (Some(200), 200), (Some(1_000_000_000), 200)] {
            assert_eq!(query(asked, None).limit(), given);
        }
    }

    #[test]
    fn a_cursor_leads_to_the_next_page_and_the_last_page_has_none() {
        let ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
        let first = Page::of(ids.clone(), &query(Some(2), None), |id| *id);
        assert_eq!(first.items, ids[..2]);
        let cursor = first.next_cursor.unwrap();
        assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_eq!(query(None, Some(&cursor)).after::<Uuid>().unwrap(), Some(ids[1]));
        assert_eq!(Page::of(ids, &query(Some(3), None), |id| *id).next_cursor, None);
    }

    #[test]
    fn a_time_comes_back_to_the_microsecond() {
        let key = (DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap(), Uuid::now_v7());
        assert_eq!(Key::from_bytes(&key.to_bytes()), Some(key));
    }

    #[test]
    fn what_no_list_gave_out_is_refused() {
        let long = "A".repeat(10_000);
        for cursor in ["x", "!", "AAAA", "null", long.as_str()] {
            assert!(query(None, Some(cursor)).after::<Uuid>().is_err(), "{cursor}");
            assert!(query(None, Some(cursor)).after::<(DateTime<Utc>, Uuid)>().is_err(), "{cursor}");
        }
        for cursor in ["!", "AAAA", "_w"] {
            assert!(query(None, Some(cursor)).after::<String>().is_err(), "{cursor}");
        }
        let endless = URL_SAFE_NO_PAD.encode([0x7f; 24]);
        assert!(query(None, Some(&endless)).after::<(DateTime<Utc>, Uuid)>().is_err());
    }
}
