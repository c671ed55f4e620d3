//! The benchmark: the same loads on the server, on its peers and on bare PostgreSQL, by turns. It depends on nothing of the
//! server but its front doors, and reads Linux's `/proc`. `docs/performance.md` tells what is compared and how.
#![expect(
    clippy::disallowed_methods,
    reason = "it stands outside the server: clock and environment are the machine's own"
)]

pub mod bench;
mod chart;
mod cluster;
mod crowd;
mod deliveries;
pub mod figures;
mod floor;
mod http;
mod inflow;
mod loads;
pub mod machine;
mod peer;
pub mod report;
mod server;
mod stock;
mod subject;
mod usage;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use bench::{Bench, Scale};
use cluster::Cluster;
use figures::Row;
use loads::LOADS;

pub type Failure = Box<dyn Error + Send + Sync>;

/// What there is to run.
pub fn names() -> impl Iterator<Item = &'static str> {
    LOADS.iter().map(|load| load.name)
}

/// A binary of the server and the cluster that `TEST_DATABASE_URL` names.
///
/// # Errors
/// Where the cluster cannot be reached, or could lose what it confirmed.
pub async fn prepare(binary: PathBuf, scale: Scale) -> Result<Bench, Failure> {
    let bench = Bench { binary, cluster: Cluster::find().await?, scale };
    bench.cluster.sweep().await?;
    Ok(bench)
}

/// Runs the loads of these names, or all, one after the other.
///
/// # Errors
/// Where one of them fails, after the others have run.
pub async fn run(bench: &Bench, names: &[String]) -> Result<Vec<Row>, Failure> {
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for load in LOADS {
        let wanted = if names.is_empty() {
            load.grows || !bench.scale.grown_alone
        } else {
            names.iter().any(|name| name == load.name)
        };
        if !wanted {
            continue;
        }
        let start = Instant::now();
        match (load.run)(bench).await {
            Ok(found) => rows.extend(found.into_iter().map(|row| Row { load: load.name, ..row })),
            Err(error) => failures.push(format!("{}: {error}", load.name)),
        }
        eprintln!("{}: {:.0} s", load.name, start.elapsed().as_secs_f64());
        bench.cluster.sweep().await?;
    }
    if failures.is_empty() {
        return Ok(rows);
    }
    Err(format!("{}{}", report::text(&rows), failures.join("\n")).into())
}
