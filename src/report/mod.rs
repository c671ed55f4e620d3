//! Reports: how much was said in a time, how soon it was answered and by whom.

pub mod csv;
pub mod store;
mod tally;

use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use tally::Tally;

use crate::error::{Error, Result};
use crate::id::{ChannelId, UserId};
use crate::time::Millis;

/// Days that a report covers unless it is asked otherwise, and at most.
const DAYS: i64 = 7;
const MOST_DAYS: i64 = 92;

/// The time that a report is about; its end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl Range {
    /// What was asked for, filled up to a week that ends now.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is empty or longer than 92 days.
    pub fn asked(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Self> {
        let to = to.unwrap_or(now).trunc_subsecs(3);
        let from = from.unwrap_or(to - TimeDelta::days(DAYS)).trunc_subsecs(3);
        if from >= to {
            return Err(Error::invalid("from", "must be before `to`"));
        }
        if to - from > TimeDelta::days(MOST_DAYS) {
            return Err(Error::invalid("from", format!("must be at most {MOST_DAYS} days before `to`")));
        }
        Ok(Self { from, to })
    }

    /// The range cut at midnights: each part is within one day, and small enough for one statement.
    #[must_use]
    pub fn days(self) -> Vec<(NaiveDate, Self)> {
        let mut days = Vec::new();
        let mut from = self.from;
        while from < self.to {
            let midnight = from.date_naive().succ_opt().map(|next| next.and_time(NaiveTime::MIN).and_utc());
            let to = midnight.unwrap_or(self.to).min(self.to);
            days.push((from.date_naive(), Self { from, to }));
            from = to;
        }
        days
    }

    /// The ids that were made in this time: from the first, up to but without the second.
    #[must_use]
    pub fn ids(self) -> (Uuid, Uuid) {
        (first_id(self.from), first_id(self.to))
    }
}

/// The least UUIDv7 of a millisecond: its time, and zeros.
fn first_id(at: DateTime<Utc>) -> Uuid {
    let millis = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

/// What happened in an organization in a time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    #[schema(value_type = DateTime<Utc>)]
    pub from: Millis,
    /// Not part of the time.
    #[schema(value_type = DateTime<Utc>)]
    pub to: Millis,
    pub chats: ChatFigures,
    pub messages: MessageFigures,
    /// Every channel, the busiest first.
    pub by_channel: Vec<ChannelFigures>,
    /// From a customer's message that began to wait to the next answer of an operator.
    pub first_response: Spread,
    /// From the customer's message that opened the spell to the change to `resolved`.
    pub resolution: Spread,
    /// Who answered or resolved anything, the busiest first.
    pub by_operator: Vec<OperatorFigures>,
    /// Every day in UTC, also those without anything.
    pub daily: Vec<DayFigures>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChatFigures {
    /// Begun in this time.
    pub new: i64,
    /// Changes to `resolved` in this time.
    pub resolved: i64,
    /// `open` now, whatever the time asked for.
    pub open: i64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageFigures {
    /// Of customers.
    pub incoming: i64,
    /// Answers: no private notes, nothing failed or deleted.
    pub outgoing: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelFigures {
    pub channel_id: ChannelId,
    pub name: String,
    /// Family of the network: `telegram`, `whatsapp`, `webchat` or `api`.
    #[schema(schema_with = crate::schema::families)]
    pub channel: &'static str,
    pub new_chats: i64,
    pub incoming: i64,
    pub outgoing: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperatorFigures {
    pub user_id: UserId,
    pub name: String,
    pub answers: i64,
    /// Chats with at least one of the answers.
    pub chats: i64,
    /// Of the waits that this operator ended.
    pub first_response: Spread,
    pub resolved: i64,
}

/// How long something took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    pub count: i64,
    /// Half took at most so many seconds; null where there is none.
    pub p50_secs: Option<i64>,
    /// Nine of ten took at most so many seconds; null where there is none.
    pub p90_secs: Option<i64>,
}

impl Spread {
    /// By nearest rank: a percentile is a time that something really took.
    #[must_use]
    pub fn of(mut secs: Vec<i64>) -> Self {
        secs.sort_unstable();
        let at = |percent: usize| secs.get((secs.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        Self { count: i64::try_from(secs.len()).unwrap_or(i64::MAX), p50_secs: at(50), p90_secs: at(90) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DayFigures {
    pub date: NaiveDate,
    pub incoming: i64,
    pub outgoing: i64,
    pub new_chats: i64,
    pub resolved: i64,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_is_a_week_unless_asked_and_never_empty_or_endless() {
        let now = at("2026-03-10T12:00:00.0005Z");
        let week = Range::asked(None, None, now).unwrap();
        assert_eq!((week.from, week.to), (at("2026-03-03T12:00:00Z"), at("2026-03-10T12:00:00Z")));
        let since = Range::asked(Some(at("2026-03-10T00:00:00Z")), None, now).unwrap();
        assert_eq!(since.to, week.to);
        for (from, to) in
            [("2026-03-10T00:00:00Z", "2026-03-10T00:00:00Z"), ("2026-01-01T00:00:00Z", "2026-04-03T00:00:01Z")]
        {
            assert!(Range::asked(Some(at(from)), Some(at(to)), now).is_err(), "{from} {to}");
        }
        assert!(Range::asked(Some(at("2026-01-01T00:00:00Z")), Some(at("2026-04-03T00:00:00Z")), now).is_ok());
    }

    #[test]
    fn a_range_is_cut_at_midnights_without_a_loss() {
        let range = Range { from: at("2026-02-27T23:00:00Z"), to: at("2026-03-01T01:00:00Z") };
        let days = range.days();
        let dates: Vec<String> = days.iter().map(|(date, _)| date.to_string()).collect();
        assert_eq!(dates, ["2026-02-27", "2026-02-28", "2026-03-01"]);
        assert_eq!((days[0].1.from, days[2].1.to), (range.from, range.to));
        assert!(days.windows(2).all(|pair| pair[0].1.to == pair[1].1.from));
        let whole = Range { from: at("2026-03-01T00:00:00Z"), to: at("2026-03-02T00:00:00Z") };
        assert_eq!(whole.days(), [(at("2026-03-01T00:00:00Z").date_naive(), whole)]);
    }

    #[test]
    fn ids_of_a_time_are_between_its_bounds() {
        let second = 1_790_000_000;
        let id = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, second, 999_999_999));
        let from = DateTime::from_timestamp(i64::try_from(second).unwrap(), 0).unwrap();
        let (first, next) = Range { from, to: from + TimeDelta::seconds(1) }.ids();
        assert!(first <= id && id < next);
        let later = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, second + 1, 0));
        assert!(later >= next);
    }

    #[test]
    fn percentiles_are_times_that_were_taken() {
        assert_eq!(Spread::of(Vec::new()), Spread { count: 0, p50_secs: None, p90_secs: None });
        assert_eq!(Spread::of(vec![7]), Spread { count: 1, p50_secs: Some(7), p90_secs: Some(7) });
        assert_eq!(Spread::of((1..=10).rev().collect()), Spread { count: 10, p50_secs: Some(5), p90_secs: Some(9) });
    }
}
