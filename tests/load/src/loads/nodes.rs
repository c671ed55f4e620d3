//! Two nodes instead of one: how many events a second all operators get where half of them are on each, and how busy the
//! machine is meanwhile, which is shared by both nodes, PostgreSQL and the operators.

use crate::Failure;
use crate::bench::Bench;
use crate::figures::{Goal, Row, Unit, each, figure};
use crate::loads::fanout::{Burst, burst};
use crate::server::{Server, Settings};

const ROUNDS: usize = 3;

pub async fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let redis = std::env::var("TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".into());
    let server = Server::with(bench, &Settings { redis: Some(&redis), ..Settings::default() }).await?;
    let second = server.node().await?;
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS.min(bench.scale.rounds) {
        one.push(burst(bench, &[&server.subject]).await?);
        two.push(burst(bench, &[&server.subject, &second]).await?);
    }
    server.subject.stop().await?;
    second.stop().await?;
    let compare = |what: &str, unit, field: &dyn Fn(&Burst) -> f64| {
        Row::compare(what, unit, &each(&two, field), ("one node", &each(&one, field)))
    };
    let cores = figure(std::thread::available_parallelism()?.get());
    let busy = |burst: &Burst| {
        let secs = burst.usage.server + burst.usage.postgres + burst.usage.generator;
        100.0 * secs / burst.took.as_secs_f64() / cores
    };
    Ok(vec![
        compare("events a second that all get, two nodes", Unit::PerSecond, &|burst| burst.per_second)
            .goal(Goal::AtLeast(1.5)),
        compare("processor, servers, of 1,000 deliveries", Unit::CpuMillis, &|burst| burst.cpu(burst.usage.server)),
        compare("processors busy, without Redis", Unit::Percent, &busy),
    ])
}
