//! SQL that finds messages by words: the newest first, so a search ends as soon as a page is full, and what was written long
//! ago costs nothing until it is needed.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::read::select_messages;
use crate::id::OrganizationId;
use crate::message::Row;

/// What a search is narrowed by.
#[derive(Debug, Default)]
pub struct Search {
    /// Words, `"phrases"`, `-without`, `or`, as web searches have them.
    pub text: String,
    pub chat_id: Option<Uuid>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    /// The last hit of the page before.
    pub before: Option<Uuid>,
}

/// How far back is looked, one after the other: digits of an id whose spans of time are terms (see the migration), and how many
/// such spans. Each is about four times the one before: 9 hours, 37 hours, 6 days, 25 days, 99 days, 13 months at most. A page
/// that one of them does not fill is filled by less than a few hundred hits of the next, wherever hits come evenly.
const SPANS: [(u32, i64); 6] = [(6, 2), (6, 8), (5, 2), (5, 8), (4, 2), (4, 8)];
/// Hexadecimal digits of an id that are its time, in milliseconds.
const TIME_DIGITS: u32 = 12;

/// At most so much earlier than the message is its id.
const LAG_MILLIS: i64 = 60_000;

/// Hits in the whole history, newest first. `now` is where it ends.
///
/// # Errors
/// Those of the database.
pub async fn search(
    pool: &PgPool,
    organization_id: OrganizationId,
    search: &Search,
    now: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    if let Some(chat_id) = search.chat_id {
        return search_chat(pool, organization_id, search, chat_id, limit).await;
    }
    let newest = newest_millis(search, now);
    let oldest = search.from.map_or(0, |from| from.timestamp_millis() - LAG_MILLIS);
    for (digits, many) in SPANS {
        let last = newest >> bits(digits);
        let first = (last - many + 1).max(0);
        let rows =
            search_terms(pool, organization_id, search, &terms(organization_id, digits, first, last), limit).await?;
        let is_full = i64::try_from(rows.len()).is_ok_and(|found| found >= limit);
        if is_full || first << bits(digits) <= oldest {
            return Ok(rows);
        }
    }
    search_terms(pool, organization_id, search, &format!("'{} '", organization_id.0), limit).await
}

/// No hit has an id of a later time, but for nodes whose clocks differ.
fn newest_millis(search: &Search, now: DateTime<Utc>) -> i64 {
    let ends = [search.to.map(|to| to.timestamp_millis()), search.before.map(millis_of)];
    ends.into_iter().flatten().fold(now.timestamp_millis(), i64::min).max(0)
}

fn millis_of(id: Uuid) -> i64 {
    i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX)
}

/// Bits of an id's time below these digits.
fn bits(digits: u32) -> u32 {
    4 * (TIME_DIGITS - digits)
}

/// A query for the spans with these numbers, and the next, which has what other nodes' clocks call later.
fn terms(organization_id: OrganizationId, digits: u32, first: i64, last: i64) -> String {
    let (id, width) = (organization_id.0, digits as usize);
    let terms: Vec<String> = (first..=last + 1).map(|span| format!("'{id} {span:0width$x}'")).collect();
    terms.join(" | ")
}

/// The newest hits among the messages of a scope, whose parameter is the third. They are all found before they are sorted: where
/// words are rare, going through messages by their age until a page is full would go through all of them.
macro_rules! select_hits {
    ($scope:literal, $pool:expr, $organization_id:expr, $search:expr, $of:expr, $limit:expr) => {
        select_messages!(
            r#"
            where m.id in (
                with hits as materialized (
                    select id from messages
                    where organization_id = $1 and "#
                + $scope
                + r#" and deleted_at is null
                        and ($4::timestamptz is null or created_at >= $4)
                        and ($5::timestamptz is null or created_at < $5) and ($6::uuid is null or id < $6)
                ) select id from hits order by id desc limit $7
            )
            order by m.id desc
            "#,
            $organization_id.0,
            $search.text,
            $of,
            $search.from,
            $search.to,
            $search.before,
            $limit
        )
        .fetch_all($pool)
        .await
    };
}

/// Hits among the messages that have one of these terms.
async fn search_terms(
    pool: &PgPool,
    organization_id: OrganizationId,
    search: &Search,
    terms: &str,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    select_hits!(
        r#"numnode(websearch_to_tsquery('russian', $2)) > 0
            and message_terms(id, organization_id, content) @@ (websearch_to_tsquery('russian', $2) && $3::text::tsquery)"#,
        pool,
        organization_id,
        search,
        terms,
        limit
    )
}

/// Hits in one chat, whose messages are few beside all of them.
async fn search_chat(
    pool: &PgPool,
    organization_id: OrganizationId,
    search: &Search,
    chat_id: Uuid,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    select_hits!(
        "chat_id = $3 and to_tsvector('russian', left(content, 100000)) @@ websearch_to_tsquery('russian', $2)",
        pool,
        organization_id,
        search,
        chat_id,
        limit
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORGANIZATION: OrganizationId = OrganizationId(Uuid::nil());

    #[test]
    fn a_span_is_named_by_the_digits_that_its_ids_begin_with() {
        let id: Uuid = "01a22591-b237-770f-8000-00000000270f".parse().unwrap_or_default();
        for (digits, one, next) in [(6, "01a225", "01a226"), (5, "01a22", "01a23"), (4, "01a2", "01a3")] {
            let organization = Uuid::nil();
            let wanted = format!("'{organization} {one}' | '{organization} {next}'");
            let span = millis_of(id) >> bits(digits);
            assert_eq!(terms(ORGANIZATION, digits, span, span), wanted);
            assert_eq!(terms(ORGANIZATION, digits, span - 2, span).matches('|').count(), 3);
        }
    }

    #[test]
    fn a_search_begins_where_its_newest_hit_can_be() {
        let at = |millis: i64| DateTime::from_timestamp_millis(millis).unwrap_or_default();
        let search = |to: Option<i64>, before: Option<u128>| Search {
            to: to.map(at),
            before: before.map(|millis| Uuid::from_u128(millis << 80 | 7)),
            ..Search::default()
        };
        assert_eq!(newest_millis(&search(None, None), at(1_000)), 1_000);
        assert_eq!(newest_millis(&search(Some(900), Some(800)), at(1_000)), 800);
        assert_eq!(newest_millis(&search(Some(700), Some(800)), at(1_000)), 700);
        assert_eq!(newest_millis(&search(Some(5_000), None), at(1_000)), 1_000);
        assert_eq!(newest_millis(&search(Some(-5), None), at(1_000)), 0);
    }
}
