//! The writers: each takes a batch, stores it, and answers whoever delivered.

use std::time::{Duration, Instant};

use contract::Incoming;

use super::{Job, Tally, batch, plain};
use crate::error::{Error, Result};
use crate::inbox::{Inbox, Parts};
use crate::telemetry::receipt;

/// Times that a batch is tried where it lost a lock or a connection.
const TRIES: u32 = 5;

impl Inbox {
    /// Stores what is delivered, batch by batch, until the process stops and nothing waits any more.
    pub async fn write_deliveries(&self) {
        loop {
            let mut batch = tokio::select! {
                biased;
                batch = self.gatherer.next() => batch,
                () = self.background.stopping() => return,
            };
            let jobs = plain::store(self, std::mem::take(&mut batch.jobs)).await;
            if !jobs.is_empty() {
                store_or_halve(self, jobs).await;
            }
            self.gatherer.release(&batch);
        }
    }
}

/// Stores jobs together; where the data of one is refused by the database, the halves are stored apart, until the one bad
/// item is left and becomes a dead letter.
async fn store_or_halve(parts: &Parts, mut jobs: Vec<Job>) {
    let mut waiting = vec![std::mem::take(&mut jobs)];
    while let Some(mut jobs) = waiting.pop() {
        match store_with_retries(parts, &jobs).await {
            Ok(_) => jobs.into_iter().for_each(|job| answer(job, None)),
            Err(Error::Internal(cause)) => {
                if jobs.len() > 1 {
                    let later = jobs.split_off(jobs.len() / 2);
                    waiting.push(later);
                    waiting.push(jobs);
                } else if let Some(job) = jobs.pop() {
                    store_items(parts, job, cause.to_string()).await;
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "deliveries could not be stored");
                jobs.into_iter().for_each(|job| answer(job, Some(())));
            }
        }
    }
}

/// One job, item by item in growing halves; an item that is refused alone becomes a dead letter.
async fn store_items(parts: &Parts, mut job: Job, reason: String) {
    let done = job.done.take();
    let mut tally = Tally::default();
    let mut waiting = vec![(job, reason)];
    while let Some((mut job, reason)) = waiting.pop() {
        if job.items.len() > 1 {
            let half = job.items.split_off(job.items.len() / 2);
            let later = Job {
                lane: job.lane,
                items: half,
                raw: None,
                poll_offset: job.poll_offset.take(),
                done: None,
                received: job.received,
            };
            for half in [later, job] {
                waiting.push((half, reason.clone()));
            }
            // the newest entry is tried first, so the order of the body holds
            continue;
        }
        match store_with_retries(parts, std::slice::from_ref(&job)).await {
            Ok(part) => {
                tally.stored += part.stored;
                tally.dead += part.dead;
            }
            Err(Error::Internal(_)) if dead(&job) < job.items.len() => {
                item_refused(&mut job, &reason);
                waiting.push((job, reason));
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a delivery could not be kept");
                if let Some(done) = done {
                    let _ = done.send(Err(Error::Unavailable("the delivery could not be kept".into())));
                }
                return;
            }
        }
    }
    if let Some(done) = done {
        let _ = done.send(Ok(tally));
    }
}

fn item_refused(job: &mut Job, reason: &str) {
    for item in &mut job.items {
        tracing::warn!(kind = item.kind, reason, "the database refused an item; it is kept as a dead letter");
        item.incoming = Incoming::Unknown { reason: format!("the database refused it: {reason}") };
    }
}

async fn store_with_retries(parts: &Parts, jobs: &[Job]) -> Result<Tally> {
    let mut tried = 1;
    // they are told together, so the one that has waited longest is what counts
    let received = jobs.iter().map(|job| job.received).min().unwrap_or_else(Instant::now);
    loop {
        match receipt::on_behalf_of(received, batch::store(parts, jobs)).await {
            Ok(stored) => return Ok(Tally { stored, dead: jobs.iter().map(dead).sum() }),
            Err(error @ Error::Unavailable(_)) if tried >= TRIES || parts.background.is_stopping() => {
                return Err(error);
            }
            Err(Error::Unavailable(_)) => {
                tokio::time::sleep(Duration::from_millis(10 << tried)).await;
                tried += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn dead(job: &Job) -> usize {
    job.items.iter().filter(|item| matches!(item.incoming, Incoming::Unknown { .. })).count()
}

pub(super) fn answer(job: Job, failed: Option<()>) {
    let tally = Tally { dead: dead(&job), stored: job.items.len() - dead(&job) };
    if let Some(done) = job.done {
        // whoever delivered may have hung up; what is stored stays stored
        let _ = done.send(match failed {
            None => Ok(tally),
            Some(()) => Err(Error::Unavailable("the store did not take the delivery".into())),
        });
    }
}
