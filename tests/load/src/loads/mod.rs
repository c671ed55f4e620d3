//! The loads. Each is a file here, and a line of [`LOADS`].

mod fanout;
mod idle;
mod ingest;
mod media;
mod meta_batch;
mod steady;

use std::pin::Pin;

use crate::Failure;
use crate::bench::Bench;
use crate::figures::Row;

type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Failure>> + 'a>>;

/// A load: it starts whom it compares, lets them take turns, and gives figures; an error where anything was lost or doubled.
pub struct Load {
    pub name: &'static str,
    pub run: for<'a> fn(&'a Bench) -> Running<'a>,
}

pub const LOADS: &[Load] = &[
    Load { name: "ingest", run: |bench| Box::pin(ingest::one(bench)) },
    Load { name: "ingest-50", run: |bench| Box::pin(ingest::fifty(bench)) },
    Load { name: "steady", run: |bench| Box::pin(steady::run(bench)) },
    Load { name: "meta-batch", run: |bench| Box::pin(meta_batch::run(bench)) },
    Load { name: "fanout", run: |bench| Box::pin(fanout::run(bench)) },
    Load { name: "idle", run: |bench| Box::pin(idle::run(bench)) },
    Load { name: "media", run: |bench| Box::pin(media::run(bench)) },
];
