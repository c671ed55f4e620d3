//! Connections that rest: what one costs in memory, and whether one node bears ten thousand that are all still told.

use crate::Failure;
use crate::bench::{Bench, Scale};
use crate::crowd::Crowd;
use crate::figures::{Goal, Row, Unit, figure};
use crate::loads::fanout::publish;
use crate::peer::{self, start_peer};
use crate::server::Server;
use crate::subject::Subject;

/// Each of them on fresh processes, since memory that was used once is not always given back.
const ROUNDS: usize = 2;
const EVENTS: usize = 3;

pub async fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let (mut ours, mut others, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS.min(bench.scale.rounds) {
        let server = Server::start(bench).await?;
        ours.push(memory(&server.subject, bench.scale).await?);
        held.push(hold(&server.subject, bench.scale).await?);
        server.subject.stop().await?;
        let peer = start_peer(bench, "fanout.mjs").await?;
        others.push(memory(&peer, bench.scale).await?);
        peer.stop().await?;
    }
    let what = format!("memory of a connection, of {}", bench.scale.idle);
    Ok(vec![
        Row::compare(what, Unit::KiB, &ours, (peer::NAME, &others)).goal(Goal::AtMost(1.0)),
        Row::of("connections that one node holds and tells", Unit::Count, &held)
            .goal(Goal::AtLeast(figure(bench.scale.held))),
    ])
}

/// What each of them costs, when what opening them took was given back.
async fn memory(subject: &Subject, scale: Scale) -> Result<f64, Failure> {
    let before = subject.process.resident_kib()?;
    let crowd = Crowd::open(subject, scale.idle, 0).await?;
    tokio::time::sleep(scale.turn).await;
    let after = subject.process.resident_kib()?;
    drop(crowd);
    tokio::time::sleep(scale.turn).await;
    Ok((after - before) / figure(scale.idle))
}

/// Lets them rest, and then tells all of them something.
async fn hold(subject: &Subject, scale: Scale) -> Result<f64, Failure> {
    let crowd = Crowd::open(subject, scale.held, EVENTS).await?;
    tokio::time::sleep(scale.turn).await;
    publish(&[subject], EVENTS).await?;
    crowd.wait_for(0..EVENTS).await?;
    Ok(figure(crowd.deliveries() / EVENTS))
}
