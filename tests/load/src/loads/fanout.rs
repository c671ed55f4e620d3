//! One organization's operators are all told every event: how many events a second all of them get, and what that costs.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use serde_json::json;

use crate::Failure;
use crate::bench::Bench;
use crate::crowd::Crowd;
use crate::figures::{Goal, Row, Unit, each, figure};
use crate::http::{Connection, request};
use crate::peer::{self, start_peer};
use crate::server::Server;
use crate::subject::Subject;
use crate::usage::Usage;

const PUBLISHERS: usize = 8;
/// A burst is long enough that few tell as much as many.
const ROUNDS: usize = 3;

/// What one burst measured.
pub struct Burst {
    pub per_second: f64,
    pub took: Duration,
    deliveries: f64,
    pub usage: Usage,
}

impl Burst {
    /// Deliveries for a second of the server's processor time.
    fn per_cpu_second(&self) -> f64 {
        self.deliveries / self.usage.server
    }

    /// Milliseconds of processor time that a thousand deliveries took.
    pub fn cpu(&self, seconds: f64) -> f64 {
        seconds * 1_000_000.0 / self.deliveries
    }
}

pub async fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let (server, peer) = (Server::start(bench).await?, start_peer(bench, "fanout.mjs").await?);
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS.min(bench.scale.rounds) {
        ours.push(burst(bench, &[&server.subject]).await?);
        others.push(burst(bench, &[&peer]).await?);
    }
    server.subject.stop().await?;
    peer.stop().await?;
    let compare = |what: &str, unit, field: &dyn Fn(&Burst) -> f64| {
        Row::compare(what, unit, &each(&ours, field), (peer::NAME, &each(&others, field)))
    };
    Ok(vec![
        compare("events a second that all get", Unit::PerSecond, &|burst| burst.per_second).goal(Goal::AtLeast(4.0)),
        compare("deliveries for a processor second, server", Unit::PerSecond, &Burst::per_cpu_second)
            .goal(Goal::AtLeast(15.0)),
        compare("processor, server, of 1,000 deliveries", Unit::CpuMillis, &|burst| burst.cpu(burst.usage.server)),
        compare("processor, PostgreSQL, of 1,000", Unit::CpuMillis, &|burst| burst.cpu(burst.usage.postgres)),
        compare("processor, generator, of 1,000", Unit::CpuMillis, &|burst| burst.cpu(burst.usage.generator)),
    ])
}

/// Many events at once, to operators who have just come, all of it on these nodes by turns.
pub async fn burst(bench: &Bench, nodes: &[&Subject]) -> Result<Burst, Failure> {
    let (operators, events) = (bench.scale.operators, bench.scale.events);
    let crowd = Crowd::across(nodes, operators, events).await?;
    let (before, start) = (Usage::of(bench, nodes)?, Instant::now());
    publish(nodes, events).await?;
    let took = crowd.wait_for(0..events).await? - start;
    let usage = Usage::of(bench, nodes)?.since(before);
    let per_second = figure(events) / took.as_secs_f64();
    Ok(Burst { per_second, took, deliveries: figure(events * operators), usage })
}

/// Publishes events that are numbered from 0, on these nodes by turns.
pub async fn publish(nodes: &[&Subject], events: usize) -> Result<(), Failure> {
    let next = Cell::new(0);
    let text = "Good morning, I would like to know when my order will arrive. ".repeat(5);
    let worker = async |place: usize| {
        let node = nodes[place % nodes.len()];
        let mut connection = Connection::open(&node.address).await?;
        loop {
            let n = next.replace(next.get() + 1);
            if n >= events {
                return Ok::<_, Failure>(());
            }
            let body = json!({"room": "org", "event": "bench", "data": {"n": n, "text": text}});
            connection.ask(&request("/api/events", &node.bearer(), &body.to_string())).await?;
        }
    };
    try_join_all((0..PUBLISHERS).map(worker)).await?;
    Ok(())
}
