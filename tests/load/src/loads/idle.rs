//! Connections that rest: what one costs in memory, and whether one node bears ten thousand that are all still told.

use crate::Failure;
use crate::bench::{Bench, Scale};
use crate::crowd::Crowd;
use crate::figures::{Goal, Row, Unit, each, figure};
use crate::loads::fanout::publish;
use crate::peer::{self, start_peer};
use crate::server::Server;
use crate::subject::Subject;

/// Each of them on fresh processes, since memory that was used once is not always given back.
const ROUNDS: usize = 2;
const EVENTS: usize = 3;

pub async fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let half = bench.scale.idle / 2;
    let (mut ours, mut others, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS.min(bench.scale.rounds) {
        let server = Server::start(bench).await?;
        let (crowds, memory) = rest(&server.subject, bench.scale).await?;
        ours.push(memory);
        held.push(tell(&server.subject, &crowds).await?);
        drop(crowds);
        server.subject.stop().await?;
        let peer = start_peer(bench, "fanout.mjs").await?;
        others.push(rest(&peer, bench.scale).await?.1);
        peer.stop().await?;
    }
    let compare = |what: String, field: &dyn Fn(&[f64; 2]) -> f64| {
        Row::compare(what, Unit::KiB, &each(&ours, field), (peer::NAME, &each(&others, field)))
    };
    Ok(vec![
        compare(format!("memory of a connection, of {half}"), &|memory| memory[0]).goal(Goal::AtMost(1.0)),
        compare(format!("memory of a connection, of {half} more"), &|memory| memory[1]),
        Row::of("connections that one node holds and tells", Unit::Count, &held)
            .goal(Goal::AtLeast(figure(bench.scale.idle))),
    ])
}

/// Lets the first half of them rest, then all, and gives what each costs, of the first half and of the second, when what opening
/// them took was given back. The second is without what grows once, and without what the start had left and they use again.
async fn rest(subject: &Subject, scale: Scale) -> Result<([Crowd; 2], [f64; 2]), Failure> {
    let half = scale.idle / 2;
    let start = subject.process.resident_kib()?;
    let first = Crowd::open(subject, half, EVENTS).await?;
    tokio::time::sleep(scale.turn).await;
    let between = subject.process.resident_kib()?;
    let second = Crowd::open(subject, half, EVENTS).await?;
    tokio::time::sleep(scale.turn).await;
    let end = subject.process.resident_kib()?;
    Ok(([first, second], [(between - start) / figure(half), (end - between) / figure(half)]))
}

/// Tells all of them something; gives how many there are.
async fn tell(subject: &Subject, crowds: &[Crowd; 2]) -> Result<f64, Failure> {
    publish(&[subject], EVENTS).await?;
    for crowd in crowds {
        crowd.wait_for(0..EVENTS).await?;
    }
    Ok(figure(crowds.iter().map(Crowd::deliveries).sum::<usize>() / EVENTS))
}
