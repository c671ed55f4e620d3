//! `cargo run --release -p load -- target/release/switchboard [ingest | fanout | media]`: how many deliveries a second are
//! acknowledged, how soon an operator is told, whether all of them were, and how fast a thousand operators are told compared with
//! a peer. Prints a table; depends on nothing of the server but its front doors.
#![expect(clippy::print_stdout, reason = "the table is this program's result")]
#![expect(clippy::disallowed_methods, reason = "settings of a benchmark are its environment")]

mod crowd;
mod fanout;
mod http;
mod media;
mod operator;
mod peer;
mod server;
mod socket;
mod table;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::Connection;
use operator::Target;
use peer::{Peer, Subject};
use server::Server;
use socket::Watch;
use table::{Latencies, row};

pub type Failure = Box<dyn Error + Send + Sync>;

const CONNECTIONS: usize = 64;
/// The Bot API of what is about messages that come in.
const NOBODY: &str = "http://127.0.0.1:9";
const ALONE: usize = 300;
const STEADY_PER_SECOND: u32 = 500;

fn seconds() -> u64 {
    std::env::var("BENCH_SECONDS").ok().and_then(|secs| secs.parse().ok()).unwrap_or(10)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().ok_or("usage: load PATH-OF-SWITCHBOARD [ingest | fanout | media]")?;
    let part = arguments.next();
    let wanted = |name: &str| part.as_ref().is_none_or(|part| part == name);
    if wanted("ingest") {
        ingest(&binary).await?;
    }
    if wanted("fanout") {
        compare(&binary).await?;
    }
    if wanted("media") {
        media::measure(&binary).await?;
    }
    Ok(())
}

/// The server and its peer by turns, each started for its turn alone.
async fn compare(binary: &str) -> Result<(), Failure> {
    let server = Server::start(binary, NOBODY).await?;
    let target = Target::set_up(&server).await?;
    let subject = Subject {
        address: server.address.clone(),
        token: target.token.clone(),
        key: target.token.clone(),
        pid: server.pid()?,
    };
    println!("{}", server.description);
    let own = fanout::measure(&subject).await?;
    own.print("Switchboard: 1,000 operators, all told everything");
    let peer = Peer::start(&server, &target).await?;
    let other = fanout::measure(&peer.subject).await?;
    drop(peer);
    other.print("the same on Node, socket.io 4.8 and node-postgres");
    row("deliveries a second, ratio", &format!("{:.1}", own.per_second / other.per_second));
    row("memory of an idle connection, ratio", &format!("{:.2}", own.idle_kib / other.idle_kib));
    server.stop().await
}

async fn ingest(binary: &str) -> Result<(), Failure> {
    let server = Server::start(binary, NOBODY).await?;
    let target = Arc::new(Target::set_up(&server).await?);
    let idle_mib = server.resident_mib()?;
    let watch = Watch::open(&server.address, &target.token).await?;

    println!("{}", server.description);
    row("binary", &format!("{:.1} MiB", server.binary_mib));
    row("memory of the idle server", &format!("{idle_mib:.1} MiB"));
    println!();

    let alone = one_at_a_time(&target, &watch).await?;
    alone.print("one message alone");
    let steady = at_a_rate(&target, &watch).await?;
    steady.print(&format!("{STEADY_PER_SECOND} messages a second"));
    let full = as_fast_as_possible(&target, &watch).await?;
    full.print(&format!("{CONNECTIONS} connections, each as fast as it is answered"));

    row("memory of the server at its busiest", &format!("{:.1} MiB", server.peak_mib()?));
    let sent = alone.acknowledged.len() + steady.acknowledged.len() + full.acknowledged.len();
    let stored = server.count("select count(*) from messages").await?;
    row("acknowledged, stored, told", &format!("{sent}, {stored}, {}", watch.count()));
    server.stop().await?;
    if usize::try_from(stored)? != sent || watch.count() != sent {
        return Err("messages were lost or doubled".into());
    }
    Ok(())
}

/// What one phase measured.
struct Phase {
    acknowledged: Latencies,
    told: Latencies,
    took: Duration,
}

impl Phase {
    /// Waits until all that was acknowledged was told.
    async fn finish(
        watch: &Watch,
        first: usize,
        sent: Vec<(usize, Instant, Duration)>,
        took: Duration,
    ) -> Result<Self, Failure> {
        watch.wait_for(first + sent.len()).await?;
        let told =
            sent.iter().filter_map(|(n, at, _)| Some(watch.told_at(*n)?.saturating_duration_since(*at))).collect();
        let acknowledged = sent.into_iter().map(|(_, _, latency)| latency).collect();
        Ok(Self { acknowledged: Latencies::of(acknowledged), told: Latencies::of(told), took })
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
    fn print(&self, name: &str) {
        println!("{name}");
        let rate = self.acknowledged.len() as f64 / self.took.as_secs_f64();
        row("  acknowledged a second, after commit", &format!("{rate:.0}"));
        row("  delivery to answer, p50 / p99", &self.acknowledged.quantiles());
        row("  delivery to event, p50 / p99", &self.told.quantiles());
        println!();
    }
}

async fn one_at_a_time(target: &Target, watch: &Watch) -> Result<Phase, Failure> {
    let mut connection = Connection::open(&target.address).await?;
    let first = watch.count();
    let start = Instant::now();
    let mut sent = Vec::new();
    for n in first..first + ALONE {
        let at = Instant::now();
        connection.post(&target.delivery(n)).await?;
        sent.push((n, at, at.elapsed()));
        watch.wait_for(n + 1).await?;
    }
    Phase::finish(watch, first, sent, start.elapsed()).await
}

/// Starts a delivery each time its turn comes, whether earlier ones were answered or not.
async fn at_a_rate(target: &Arc<Target>, watch: &Watch) -> Result<Phase, Failure> {
    let first = watch.count();
    let many = usize::try_from(seconds() * u64::from(STEADY_PER_SECOND))?;
    let start = Instant::now();
    let turns = Arc::new(AtomicUsize::new(0));
    let workers = (0..CONNECTIONS).map(|_| {
        let (target, turns) = (Arc::clone(target), Arc::clone(&turns));
        tokio::spawn(async move {
            let mut connection = Connection::open(&target.address).await?;
            let mut sent = Vec::new();
            loop {
                let turn = turns.fetch_add(1, Ordering::Relaxed);
                if turn >= many {
                    return Ok::<_, Failure>(sent);
                }
                let due = start + Duration::from_secs(1) * u32::try_from(turn)? / STEADY_PER_SECOND;
                tokio::time::sleep_until(due.into()).await;
                connection.post(&target.delivery(first + turn)).await?;
                // counted from its turn, so that a stalled server is not excused by its own delay
                sent.push((first + turn, due, due.elapsed()));
            }
        })
    });
    collect(watch, first, start, workers.collect()).await
}

async fn as_fast_as_possible(target: &Arc<Target>, watch: &Watch) -> Result<Phase, Failure> {
    let first = watch.count();
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds());
    let next = Arc::new(AtomicUsize::new(first));
    let workers = (0..CONNECTIONS).map(|_| {
        let (target, next) = (Arc::clone(target), Arc::clone(&next));
        tokio::spawn(async move {
            let mut connection = Connection::open(&target.address).await?;
            let mut sent = Vec::new();
            while Instant::now() < end {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let body = target.delivery(n);
                let at = Instant::now();
                connection.post(&body).await?;
                sent.push((n, at, at.elapsed()));
            }
            Ok::<_, Failure>(sent)
        })
    });
    collect(watch, first, start, workers.collect()).await
}

type Worker = tokio::task::JoinHandle<Result<Vec<(usize, Instant, Duration)>, Failure>>;

async fn collect(watch: &Watch, first: usize, start: Instant, workers: Vec<Worker>) -> Result<Phase, Failure> {
    let mut sent = Vec::new();
    for worker in workers {
        sent.extend(worker.await??);
    }
    Phase::finish(watch, first, sent, start.elapsed()).await
}
