//! The benchmark works: its loads run in small, on the server, on its peers and on bare PostgreSQL. They fail by themselves
//! where anything is lost or doubled. No time is looked at.

use std::path::Path;

use ::load::bench::TINY;

#[tokio::test]
async fn every_load_of_the_benchmark_runs_and_nothing_is_lost_or_doubled() {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/load/peer/node_modules");
    assert!(packages.exists(), "the peers have no packages yet: `npm ci` in tests/load/peer, as scripts/test does");
    let bench = ::load::prepare(env!("CARGO_BIN_EXE_switchboard").into(), TINY).await.unwrap();
    let rows = ::load::run(&bench, &[]).await.unwrap();
    let silent: Vec<&str> = ::load::names().filter(|name| !rows.iter().any(|row| row.load == *name)).collect();
    assert!(silent.is_empty(), "these loads gave no figure: {silent:?}");
    let wrong: Vec<_> = rows.iter().filter(|row| !row.ours.is_finite() || row.what.is_empty()).collect();
    assert!(wrong.is_empty(), "these figures are none: {wrong:?}");
}
