//! Three hundred messages a second, whether earlier ones were answered or not: how soon the operator is told, beside how long
//! PostgreSQL takes to commit the same rows at the same rate.

use crate::Failure;
use crate::bench::Bench;
use crate::figures::{Goal, Latencies, Row, Unit, each};
use crate::floor::{self, Floor};
use crate::inflow::{Inflow, Phase};
use crate::peer::{self, start_peer};
use crate::server::Server;

const PER_SECOND: u32 = 300;

pub async fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let floor = Floor::prepare(bench).await?;
    let (server, peer, turn) = (Server::start(bench).await?, start_peer(bench, "ingest.mjs").await?, bench.scale.turn);
    let mut our_inflow = Inflow::open(bench, &server.subject, 1).await?;
    let mut peers_inflow = Inflow::open(bench, &peer, 1).await?;
    let (mut ours, mut peers, mut commits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds {
        ours.push(our_inflow.paced(PER_SECOND, turn).await?);
        peers.push(peers_inflow.paced(PER_SECOND, turn).await?);
        commits.push(floor.paced(PER_SECOND, turn).await?);
    }
    our_inflow.close(1).await?;
    peers_inflow.close(1).await?;
    server.subject.stop().await?;
    peer.stop().await?;

    let mut rows = Vec::new();
    for percent in [50, 99] {
        let told = |phase: &Phase| phase.told.percentile(percent);
        let (ours, peers) = (each(&ours, told), each(&peers, told));
        let commits = each(&commits, |commits: &Latencies| commits.percentile(percent));
        let what = format!("webhook to event, p{percent}");
        let row = Row::compare(&what, Unit::Millis, &ours, (floor::NAME, &commits));
        rows.push(Row { what: format!("{what}, its commit"), ..row }.goal(Goal::AtMost(2.0)));
        rows.push(Row::compare(what, Unit::Millis, &ours, (peer::NAME, &peers)).goal(Goal::AtMost(1.0)));
    }
    Ok(rows)
}
