//! The loads. Each is a file here, and a line of [`LOADS`].

mod backlog;
mod fanout;
mod idle;
mod ingest;
mod media;
mod meta_batch;
mod nodes;
mod size;
mod steady;
mod tenant;

use std::pin::Pin;

use crate::Failure;
use crate::bench::Bench;
use crate::figures::Row;

type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Failure>> + 'a>>;

/// A load: it starts whom it compares, lets them take turns, and gives figures; an error where anything was lost or doubled.
pub struct Load {
    pub name: &'static str,
    /// Whether it is another one where millions are stored.
    pub grows: bool,
    pub run: for<'a> fn(&'a Bench) -> Running<'a>,
}

pub const LOADS: &[Load] = &[
    Load { name: "ingest", grows: false, run: |bench| Box::pin(ingest::one(bench)) },
    Load { name: "ingest-50", grows: false, run: |bench| Box::pin(ingest::fifty(bench)) },
    Load { name: "steady", grows: false, run: |bench| Box::pin(steady::run(bench)) },
    Load { name: "meta-batch", grows: false, run: |bench| Box::pin(meta_batch::run(bench)) },
    Load { name: "fanout", grows: false, run: |bench| Box::pin(fanout::run(bench)) },
    Load { name: "idle", grows: false, run: |bench| Box::pin(idle::run(bench)) },
    Load { name: "media", grows: false, run: |bench| Box::pin(media::run(bench)) },
    Load { name: "nodes", grows: false, run: |bench| Box::pin(nodes::run(bench)) },
    Load { name: "tenant", grows: false, run: |bench| Box::pin(tenant::run(bench)) },
    Load { name: "size", grows: true, run: |bench| Box::pin(size::run(bench)) },
    Load { name: "backlog", grows: true, run: |bench| Box::pin(backlog::run(bench)) },
];
