//! Fan-out: one organization's operators are all told every event. The same load on the server and on its peer (`peer/`),
//! by turns: how many deliveries a second, how soon the last operator has an event, and what an idle connection costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Failure;
use crate::crowd::Crowd;
use crate::http::{Connection, request};
use crate::peer::Subject;
use crate::table::{Latencies, row};

const OPERATORS: usize = 1_000;
const EVENTS: usize = 1_000;
const PUBLISHERS: usize = 8;
const PACED_PER_SECOND: u32 = 50;
const PACED: usize = 250;
const IDLE: usize = 5_000;

/// What was measured of one server.
pub struct Figures {
    pub per_second: f64,
    cpu_secs: f64,
    paced: Latencies,
    paced_cpu_secs: f64,
    pub idle_kib: f64,
}

impl Figures {
    pub fn print(&self, name: &str) {
        println!("{name}");
        row("  deliveries a second, 1,000 events at once", &format!("{:.0}", self.per_second));
        row("  processor time of the server for them", &format!("{:.2} s", self.cpu_secs));
        row("  publish to last operator, 50 a second, p50 / p99", &self.paced.quantiles());
        row("  processor time of the server for them", &format!("{:.2} s", self.paced_cpu_secs));
        row("  memory of an idle connection, of 5,000", &format!("{:.1} KiB", self.idle_kib));
        println!();
    }
}

/// Measures a server: idle connections first, since memory that was used once is not given back.
///
/// # Errors
/// Where a connection ends, or an event does not reach everybody.
pub async fn measure(subject: &Subject) -> Result<Figures, Failure> {
    let before = subject.resident_kib()?;
    let idle = Crowd::open(&subject.address, &subject.token, IDLE, 0).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    #[expect(clippy::cast_precision_loss, reason = "a size for people to read")]
    let idle_kib = (subject.resident_kib()? - before) / IDLE as f64;
    drop(idle);
    tokio::time::sleep(Duration::from_secs(3)).await;

    let crowd = Arc::new(Crowd::open(&subject.address, &subject.token, OPERATORS, EVENTS + PACED).await?);
    let cpu = subject.cpu_secs()?;
    let start = Instant::now();
    publish(subject, 0..EVENTS, None).await?;
    let end = crowd.wait_for(EVENTS, OPERATORS).await?;
    let cpu_secs = subject.cpu_secs()? - cpu;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
    let per_second = (EVENTS * OPERATORS) as f64 / (end - start).as_secs_f64();

    let cpu = subject.cpu_secs()?;
    let sent = publish(subject, EVENTS..EVENTS + PACED, Some(PACED_PER_SECOND)).await?;
    crowd.wait_for(EVENTS + PACED, OPERATORS).await?;
    let paced_cpu_secs = subject.cpu_secs()? - cpu;
    let told = sent.into_iter().map(|(n, at)| crowd.last_told(n).saturating_duration_since(at)).collect();
    Ok(Figures { per_second, cpu_secs, paced: Latencies::of(told), paced_cpu_secs, idle_kib })
}

/// Publishes events, each when it is due, and gives when each was sent.
async fn publish(
    subject: &Subject,
    events: std::ops::Range<usize>,
    per_second: Option<u32>,
) -> Result<Vec<(usize, Instant)>, Failure> {
    let start = Instant::now();
    let next = Arc::new(AtomicUsize::new(events.start));
    let workers = (0..PUBLISHERS).map(|_| {
        let (next, events) = (Arc::clone(&next), events.clone());
        let (address, bearer) = (subject.address.clone(), format!("authorization: Bearer {}\r\n", subject.key));
        tokio::spawn(async move {
            let mut connection = Connection::open(&address).await?;
            let mut sent = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= events.end {
                    return Ok::<_, Failure>(sent);
                }
                if let Some(per_second) = per_second {
                    let turn = u32::try_from(n - events.start)?;
                    tokio::time::sleep_until((start + Duration::from_secs(1) * turn / per_second).into()).await;
                }
                let text = "Good morning, I would like to know when my order will arrive. ".repeat(5);
                let body = json!({"room": "org", "event": "bench", "data": {"n": n, "text": text}});
                let post = request("/api/events", &bearer, &body.to_string());
                sent.push((n, Instant::now()));
                connection.post(&post).await?;
            }
        })
    });
    let mut sent = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        sent.extend(worker.await??);
    }
    Ok(sent)
}
