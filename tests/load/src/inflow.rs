//! Messages that come in: as many as get answered, or at a rate, and whether all of them were told.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures::future::try_join_all;

use crate::Failure;
use crate::bench::Bench;
use crate::crowd::Crowd;
use crate::figures::{Latencies, figure, same};
use crate::http::Connection;
use crate::subject::Subject;
use crate::usage::Usage;

pub const CONNECTIONS: usize = 64;
/// Of those who deliver many messages in each body.
const LARGE_CONNECTIONS: usize = 4;
/// Messages that one crowd can tell apart.
const MOST: usize = 2_000_000;

/// A subject, whoever listens to it, and the messages that it got so far.
pub struct Inflow<'a> {
    pub subject: &'a Subject,
    pub crowd: Crowd,
    bench: &'a Bench,
    /// Number of the first message, and of the next.
    first: usize,
    next: usize,
    /// Messages that were stored before.
    had: usize,
}

/// What one phase measured.
pub struct Phase {
    pub messages: usize,
    pub took: Duration,
    /// From the delivery, or from when it was due, to its answer.
    pub acknowledged: Latencies,
    /// … to the last operator's event.
    pub told: Latencies,
    pub usage: Usage,
}

impl Phase {
    pub fn per_second(&self) -> f64 {
        figure(self.messages) / self.took.as_secs_f64()
    }

    /// Milliseconds of processor time that a thousand messages took.
    pub fn cpu(&self, seconds: f64) -> f64 {
        seconds * 1_000_000.0 / figure(self.messages)
    }
}

impl<'a> Inflow<'a> {
    pub async fn open(bench: &'a Bench, subject: &'a Subject, operators: usize) -> Result<Self, Failure> {
        Self::starting_at(0, bench, subject, operators).await
    }

    /// The same, for messages whose numbers begin here.
    pub async fn starting_at(
        first: usize,
        bench: &'a Bench,
        subject: &'a Subject,
        operators: usize,
    ) -> Result<Self, Failure> {
        let crowd = Crowd::open(subject, operators, MOST).await?;
        let had = subject.stored().await?;
        Ok(Self { subject, crowd, bench, first, next: first, had })
    }

    /// Messages that were delivered and told.
    pub fn sent(&self) -> usize {
        self.next - self.first
    }

    /// Delivers one message to a webhook, on many connections, on each as fast as it is answered.
    pub async fn full(&mut self, turn: Duration) -> Result<Phase, Failure> {
        self.as_fast_as_answered(CONNECTIONS, 1, turn).await
    }

    /// The same with many messages to a webhook, on few connections.
    pub async fn bodies(&mut self, messages: usize, turn: Duration) -> Result<Phase, Failure> {
        self.as_fast_as_answered(LARGE_CONNECTIONS, messages, turn).await
    }

    async fn as_fast_as_answered(&mut self, connections: usize, size: usize, turn: Duration) -> Result<Phase, Failure> {
        let (subject, next, start) = (self.subject, Cell::new(self.next), Instant::now());
        let end = start + turn;
        let worker = async || {
            let mut connection = Connection::open(&subject.address).await?;
            let mut sent = Vec::new();
            while Instant::now() < end {
                let n = next.replace(next.get() + size);
                let body = if size == 1 { subject.deliver(n) } else { subject.inbound.signed(n..n + size) };
                let at = Instant::now();
                connection.ask(&body).await?;
                sent.extend((n..n + size).map(|n| (n, at, at.elapsed())));
            }
            Ok::<_, Failure>(sent)
        };
        let before = subject.usage(self.bench)?;
        let sent = try_join_all((0..connections).map(|_| worker())).await?;
        self.finish(sent.concat(), start.elapsed(), before).await
    }

    /// Starts a delivery each time its turn comes, whether earlier ones were answered or not.
    pub async fn paced(&mut self, per_second: u32, turn: Duration) -> Result<Phase, Failure> {
        let (subject, first, next, start) = (self.subject, self.next, Cell::new(0), Instant::now());
        let many = u32::try_from(turn.as_millis())? * per_second / 1_000;
        let worker = async || {
            let mut connection = Connection::open(&subject.address).await?;
            let mut sent = Vec::new();
            loop {
                let place = next.replace(next.get() + 1);
                if place >= many {
                    return Ok::<_, Failure>(sent);
                }
                let due = start + Duration::from_secs(1) * place / per_second;
                tokio::time::sleep_until(due.into()).await;
                let n = first + usize::try_from(place)?;
                connection.ask(&subject.deliver(n)).await?;
                // counted from its turn, so that a stalled server is not excused by its own delay
                sent.push((n, due, due.elapsed()));
            }
        };
        let before = subject.usage(self.bench)?;
        let sent = try_join_all((0..CONNECTIONS).map(|_| worker())).await?;
        self.finish(sent.concat(), start.elapsed(), before).await
    }

    /// Waits until all that was acknowledged was told.
    async fn finish(
        &mut self,
        sent: Vec<(usize, Instant, Duration)>,
        took: Duration,
        before: Usage,
    ) -> Result<Phase, Failure> {
        let first = self.next;
        self.next += sent.len();
        self.crowd.wait_for(first..self.next).await?;
        let usage = self.subject.usage(self.bench)?.since(before);
        let told = sent.iter().map(|(n, at, _)| self.crowd.last_told(*n).saturating_duration_since(*at)).collect();
        let messages = sent.len();
        let acknowledged = sent.into_iter().map(|(_, _, latency)| latency).collect();
        Ok(Phase { messages, took, acknowledged: Latencies::of(acknowledged), told: Latencies::of(told), usage })
    }

    /// Ends the load.
    ///
    /// # Errors
    /// Where what was acknowledged, stored and told is not the same.
    pub async fn close(self, operators: usize) -> Result<(), Failure> {
        same("messages stored", self.had + self.sent(), self.subject.stored().await?)?;
        same("messages told", self.sent() * operators, self.crowd.deliveries())
    }
}
