//! One organization that gets a hundred times as many messages as others: how much later the others' operators are told.

use futures::future::{try_join, try_join_all};

use crate::Failure;
use crate::bench::Bench;
use crate::figures::{Goal, Latencies, Row, Unit, each, same};
use crate::inflow::{Inflow, Phase};
use crate::server::Server;

const OTHERS: usize = 5;
/// Messages a second of each, and of the one that takes too much.
const SHARE: u32 = 20;
const FLOOD: u32 = 100 * SHARE;

pub async fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let (server, turn) = (Server::start(bench).await?, bench.scale.turn);
    let others = try_join_all((0..OTHERS).map(|place| server.organization(2 + place))).await?;
    let mut flood = Inflow::open(bench, &server.subject, 1).await?;
    let mut inflows = try_join_all(others.iter().map(|other| Inflow::open(bench, other, 1))).await?;
    let (mut calm, mut crowded, mut flooded) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds {
        for (rate, phases) in [(SHARE, &mut calm), (FLOOD, &mut crowded)] {
            let others = try_join_all(inflows.iter_mut().map(|inflow| inflow.paced(SHARE, turn)));
            let (phase, others) = try_join(flood.paced(rate, turn), others).await?;
            phases.push(Latencies::of_all(others.iter().map(|phase| &phase.told)));
            if rate == FLOOD {
                flooded.push(phase);
            }
        }
    }
    let sent = flood.sent() + inflows.iter().map(Inflow::sent).sum::<usize>();
    same("messages stored", sent, server.subject.stored().await?)?;
    server.subject.stop().await?;

    let compare = |percent| {
        let told = |latencies: &Latencies| latencies.percentile(percent);
        let what = format!("webhook to event of other organizations, p{percent}");
        Row::compare(what, Unit::Millis, &each(&crowded, told), ("equal shares", &each(&calm, told)))
    };
    Ok(vec![
        compare(99).goal(Goal::AtMost(2.0)),
        compare(50),
        Row::of(
            "messages a second of the one with a hundred shares",
            Unit::PerSecond,
            &each(&flooded, Phase::per_second),
        ),
    ])
}
