//! Adds up the days of a report.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use uuid::Uuid;

use super::store::{Duration, Traffic};
use super::{ChatFigures, DayFigures, MessageFigures, OperatorFigures, Spread};
use crate::id::UserId;

/// What was counted so far.
#[derive(Debug, Default)]
pub struct Tally {
    channels: HashMap<Uuid, Volume>,
    operators: HashMap<Uuid, Work>,
    daily: Vec<DayFigures>,
    first_responses: Vec<i64>,
    resolutions: Vec<i64>,
}

/// What went through a channel.
#[derive(Debug, Clone, Copy, Default)]
pub struct Volume {
    pub new_chats: i64,
    pub incoming: i64,
    pub outgoing: i64,
}

#[derive(Debug, Default)]
struct Work {
    answers: i64,
    chats: HashSet<Uuid>,
    first_responses: Vec<i64>,
    resolved: i64,
}

impl Tally {
    /// Begins a day: what is added until the next one belongs to it.
    pub fn begin(&mut self, date: NaiveDate) {
        self.daily.push(DayFigures { date, incoming: 0, outgoing: 0, new_chats: 0, resolved: 0 });
    }

    pub fn add_traffic(&mut self, traffic: Vec<Traffic>) {
        let mut day = MessageFigures::default();
        for part in traffic {
            let channel = self.channels.entry(part.channel_id).or_default();
            if part.from_me {
                channel.outgoing += part.count;
                day.outgoing += part.count;
            } else {
                channel.incoming += part.count;
                day.incoming += part.count;
            }
            if let Some(user_id) = part.user_id.filter(|_| part.from_me) {
                let work = self.operators.entry(user_id).or_default();
                work.answers += part.count;
                work.chats.extend(part.chat_id);
            }
        }
        if let Some(today) = self.daily.last_mut() {
            today.incoming += day.incoming;
            today.outgoing += day.outgoing;
        }
    }

    pub fn add_new_chats(&mut self, new_chats: Vec<(Uuid, i64)>) {
        for (channel_id, count) in new_chats {
            self.channels.entry(channel_id).or_default().new_chats += count;
            if let Some(today) = self.daily.last_mut() {
                today.new_chats += count;
            }
        }
    }

    pub fn add_first_responses(&mut self, waits: Vec<Duration>) {
        for wait in waits {
            let Some(secs) = wait.secs.map(whole) else { continue };
            self.first_responses.push(secs);
            if let Some(user_id) = wait.user_id {
                self.operators.entry(user_id).or_default().first_responses.push(secs);
            }
        }
    }

    pub fn add_resolutions(&mut self, spells: Vec<Duration>) {
        for spell in spells {
            self.resolutions.extend(spell.secs.map(whole));
            if let Some(user_id) = spell.user_id {
                self.operators.entry(user_id).or_default().resolved += 1;
            }
            if let Some(today) = self.daily.last_mut() {
                today.resolved += 1;
            }
        }
    }

    /// Who did anything.
    #[must_use]
    pub fn operator_ids(&self) -> Vec<Uuid> {
        self.operators.keys().copied().collect()
    }

    #[must_use]
    pub fn volume(&self, channel_id: Uuid) -> Volume {
        self.channels.get(&channel_id).copied().unwrap_or_default()
    }

    #[must_use]
    pub fn chats(&self, open: i64) -> ChatFigures {
        let sum = |of: fn(&DayFigures) -> i64| self.daily.iter().map(of).sum();
        ChatFigures { new: sum(|day| day.new_chats), resolved: sum(|day| day.resolved), open }
    }

    #[must_use]
    pub fn messages(&self) -> MessageFigures {
        let sum = |of: fn(&DayFigures) -> i64| self.daily.iter().map(of).sum();
        MessageFigures { incoming: sum(|day| day.incoming), outgoing: sum(|day| day.outgoing) }
    }

    /// First responses, resolutions, operators by these names (the busiest first) and days.
    #[must_use]
    pub fn finish(mut self, names: Vec<(Uuid, String)>) -> (Spread, Spread, Vec<OperatorFigures>, Vec<DayFigures>) {
        let figures = names.into_iter().filter_map(|(id, name)| {
            let work = self.operators.remove(&id)?;
            Some(OperatorFigures {
                user_id: UserId(id),
                name,
                answers: work.answers,
                chats: i64::try_from(work.chats.len()).unwrap_or(i64::MAX),
                first_response: Spread::of(work.first_responses),
                resolved: work.resolved,
            })
        });
        let mut operators: Vec<OperatorFigures> = figures.collect();
        operators.sort_by(|a, b| {
            (b.answers, b.resolved)
                .cmp(&(a.answers, a.resolved))
                .then_with(|| (&a.name, a.user_id).cmp(&(&b.name, b.user_id)))
        });
        (Spread::of(self.first_responses), Spread::of(self.resolutions), operators, self.daily)
    }
}

/// Whole seconds; a clock that was set back makes nothing negative.
#[expect(clippy::cast_possible_truncation, reason = "a time between two messages has far fewer seconds than i64 holds")]
fn whole(secs: f64) -> i64 {
    secs.max(0.0).floor() as i64
}
