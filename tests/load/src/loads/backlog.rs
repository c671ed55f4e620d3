//! What networks kept for a week while nobody took it, and now deliver as fast as it is taken, in no order and some of it twice:
//! how soon an operator is told of what is written meanwhile, and whether memory stays what it was.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures::future::{try_join, try_join_all};

use crate::Failure;
use crate::bench::Bench;
use crate::figures::{Goal, Latencies, Row, Unit, figure, same};
use crate::http::Connection;
use crate::inflow::{CONNECTIONS, Inflow};
use crate::server::Server;
use crate::subject::Subject;

/// Messages a second that are written meanwhile.
const LIVE: u32 = 20;
const WEEK_SECS: u64 = 7 * 86_400;
/// Shuffles by multiplication: it has no factor in common with a power of ten.
const STEP: usize = 611_953;
/// One of so many is delivered twice.
const TWICE: usize = 20;

pub async fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let (server, many, turn) = (Server::start(bench).await?, bench.scale.backlog, bench.scale.turn);
    let subject = &server.subject;
    let mut live = Inflow::starting_at(many, bench, subject, 1).await?;
    let calm = live.paced(LIVE, turn).await?.told;

    let done = Cell::new(None);
    let flooding = async {
        let start = Instant::now();
        deliver(subject, many).await?;
        done.set(Some(start.elapsed()));
        Ok::<_, Failure>(())
    };
    let watching = async {
        let (mut told, mut memory) = (Vec::new(), Vec::new());
        while done.get().is_none() {
            told.push(live.paced(LIVE, turn.min(Duration::from_secs(1))).await?.told);
            memory.push(subject.process.resident_kib()? / 1_024.0);
        }
        Ok::<_, Failure>((told, memory))
    };
    let ((), (told, memory)) = try_join(flooding, watching).await?;
    let took: Duration = done.get().ok_or("the backlog has no end")?;
    live.crowd.wait_for(0..many).await?;
    same("messages stored", many + live.sent(), subject.stored().await?)?;
    server.subject.stop().await?;

    let meanwhile = Latencies::of_all(&told);
    let (first, second) = memory.split_at(memory.len() / 2);
    let most = |memory: &[f64]| memory.iter().copied().fold(f64::NAN, f64::max);
    let what = |percent| format!("webhook to event meanwhile, p{percent}");
    let bodies = figure(many + many / TWICE);
    Ok(vec![
        Row::of(what(99), Unit::Millis, &[meanwhile.percentile(99)]).goal(Goal::AtMost(1_000.0)),
        Row::compare(what(50), Unit::Millis, &[meanwhile.percentile(50)], ("no backlog", &[calm.percentile(50)])),
        Row::of("bodies a second", Unit::PerSecond, &[bodies / took.as_secs_f64()]),
        Row::compare("memory, second half", Unit::MiB, &[most(second)], ("first half", &[most(first)]))
            .goal(Goal::AtMost(1.1)),
    ])
}

/// Each of so many messages, on many connections, as fast as it is taken.
async fn deliver(subject: &Subject, many: usize) -> Result<(), Failure> {
    let (inbound, next) = (subject.inbound.older(WEEK_SECS), Cell::new(0));
    let worker = async || {
        let mut connection = Connection::open(&subject.address).await?;
        loop {
            let (group, place) = (next.get() / (TWICE + 1), next.get() % (TWICE + 1));
            next.set(next.get() + 1);
            // the last of each group is one of its first again
            let place = group * TWICE + place % TWICE;
            if place >= many {
                return Ok::<_, Failure>(());
            }
            connection.ask(&inbound.message(place * STEP % many)).await?;
        }
    };
    try_join_all((0..CONNECTIONS).map(|_| worker())).await?;
    Ok(())
}
