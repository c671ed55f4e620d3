//! Messages that come in as fast as 64 connections get answered, one message to a webhook, while operators listen.

use crate::Failure;
use crate::bench::Bench;
use crate::figures::{Goal, Row, Unit, each};
use crate::floor::{self, Floor, Pass};
use crate::inflow::{Inflow, Phase};
use crate::peer::{self, start_peer};
use crate::server::Server;

/// One operator listens.
pub async fn one(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let floor = Floor::prepare(bench).await?;
    run(bench, 1, Goal::AtLeast(10.0), Some(&floor)).await
}

/// Fifty do.
pub async fn fifty(bench: &Bench) -> Result<Vec<Row>, Failure> {
    run(bench, 50, Goal::AtLeast(5.0), None).await
}

async fn run(bench: &Bench, operators: usize, goal: Goal, floor: Option<&Floor>) -> Result<Vec<Row>, Failure> {
    let (server, peer, turn) = (Server::start(bench).await?, start_peer(bench, "ingest.mjs").await?, bench.scale.turn);
    let mut our_inflow = Inflow::open(bench, &server.subject, operators).await?;
    let mut peers_inflow = Inflow::open(bench, &peer, operators).await?;
    let (mut ours, mut peers, mut batches, mut singles) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds {
        ours.push(our_inflow.full(turn).await?);
        peers.push(peers_inflow.full(turn).await?);
        if let Some(floor) = floor {
            batches.push(floor.batches(bench, turn).await?);
            singles.push(floor.single(bench, turn).await?);
        }
    }
    our_inflow.close(operators).await?;
    peers_inflow.close(operators).await?;
    server.subject.stop().await?;
    peer.stop().await?;

    let against_peer = |what: &str, unit, field: &dyn Fn(&Phase) -> f64| {
        Row::compare(what, unit, &each(&ours, field), (peer::NAME, &each(&peers, field)))
    };
    let against_floor =
        |what: &str, unit, field: &dyn Fn(&Phase) -> f64, passes: &[Pass], of: &dyn Fn(&Pass) -> f64| {
            Row::compare(what, unit, &each(&ours, field), (floor::NAME, &each(passes, of)))
        };
    let mut rows = vec![against_peer("messages a second", Unit::PerSecond, &Phase::per_second).goal(goal)];
    if floor.is_some() {
        let (rate, passed) = (&Phase::per_second, &|pass: &Pass| pass.per_second);
        rows.push(
            against_floor("messages a second, its 256 to a commit", Unit::PerSecond, rate, &batches, passed)
                .goal(Goal::AtLeast(0.6)),
        );
        rows.push(against_floor("messages a second, its one to a commit", Unit::PerSecond, rate, &singles, passed));
    }
    rows.extend([
        against_peer("webhook to answer, p50", Unit::Millis, &|phase| phase.acknowledged.percentile(50)),
        against_peer("webhook to answer, p99", Unit::Millis, &|phase| phase.acknowledged.percentile(99)),
        against_peer("processor, server, of 1,000 messages", Unit::CpuMillis, &|phase| phase.cpu(phase.usage.server)),
        against_peer("processor, PostgreSQL, of 1,000", Unit::CpuMillis, &|phase| phase.cpu(phase.usage.postgres)),
        against_peer("processor, generator, of 1,000", Unit::CpuMillis, &|phase| phase.cpu(phase.usage.generator)),
    ]);
    if floor.is_some() {
        let ours = |phase: &Phase| phase.cpu(phase.usage.postgres);
        rows.push(against_floor("processor, PostgreSQL, of 1,000", Unit::CpuMillis, &ours, &batches, &|pass| pass.cpu));
    }
    Ok(rows)
}
