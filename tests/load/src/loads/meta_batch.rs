//! Meta's bodies with a thousand messages each, signed, beside bodies of one message on the same channel: that a body is
//! large must cost neither speed nor much memory.

use serde_json::json;

use crate::Failure;
use crate::bench::Bench;
use crate::deliveries::{APP_SECRET, Inbound, NUMBER};
use crate::figures::{Goal, Row, Unit, each};
use crate::inflow::{Inflow, Phase};
use crate::server::{Server, create_channel};

const MESSAGES: usize = 1_000;

pub async fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let mut subject = Server::start(bench).await?.subject;
    let credentials = json!({"phoneNumberId": NUMBER, "wabaId": "1000001", "accessToken": "EAAbenchmark",
        "appSecret": APP_SECRET, "verifyToken": "benchmark"});
    let channel = json!({"name": "WhatsApp", "provider": "waba", "credentials": credentials});
    let id = create_channel(&subject.address, &subject.token, &channel).await?;
    subject.inbound = Inbound::meta(&format!("/webhooks/waba/{id}"))?;

    let mut inflow = Inflow::open(bench, &subject, 1).await?;
    let idle = subject.process.resident_kib()?;
    let (mut large, mut single, mut peak) = (Vec::new(), Vec::new(), 0_f64);
    for _ in 0..bench.scale.rounds {
        subject.process.forget_peak()?;
        large.push(inflow.bodies(MESSAGES, bench.scale.turn).await?);
        peak = peak.max(subject.process.peak_kib()? - idle);
        single.push(inflow.full(bench.scale.turn).await?);
    }
    inflow.close(1).await?;
    subject.stop().await?;
    let compare = |what: &str, unit, field: &dyn Fn(&Phase) -> f64| {
        Row::compare(what, unit, &each(&large, field), ("one to a body", &each(&single, field)))
    };
    Ok(vec![
        compare("messages a second, 1,000 to a body", Unit::PerSecond, &Phase::per_second).goal(Goal::AtLeast(1.0)),
        compare("processor, server, of 1,000 messages", Unit::CpuMillis, &|phase| phase.cpu(phase.usage.server)),
        compare("processor, PostgreSQL, of 1,000", Unit::CpuMillis, &|phase| phase.cpu(phase.usage.postgres)),
        Row::of("memory at most, above idle", Unit::MiB, &[peak / 1_024.0]).goal(Goal::AtMost(64.0)),
    ])
}
