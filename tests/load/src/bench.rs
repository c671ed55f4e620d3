//! What all loads share: whom they measure, where, and how much.

use std::path::PathBuf;
use std::time::Duration;

use crate::cluster::Cluster;

pub struct Bench {
    pub binary: PathBuf,
    pub(crate) cluster: Cluster,
    pub scale: Scale,
}

/// How much of each load.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Name of the files that the result is written to.
    pub document: &'static str,
    /// Only loads that are others where millions are stored.
    pub grown_alone: bool,
    /// Times that each of those who are compared has its turn.
    pub rounds: usize,
    /// Length of a turn where time is what ends it.
    pub turn: Duration,
    /// Chats that bare PostgreSQL writes to: two batches at least.
    pub floor_chats: usize,
    /// Operators who are all told everything, and of how many events at once.
    pub operators: usize,
    pub events: usize,
    /// Connections that rest on one node, all of them.
    pub idle: usize,
    /// What is stored before the load that looks at size begins: as much as it takes, and little beside it.
    pub full: Stock,
    pub small: Stock,
    /// Messages that networks kept while nobody took them.
    pub backlog: usize,
    /// Files under way at a time, and bytes of each of them, and of the large one.
    pub files: usize,
    pub file_bytes: usize,
    pub large_file_bytes: usize,
}

/// Chats, and messages of all of them together.
#[derive(Clone, Copy, Debug)]
pub struct Stock {
    pub chats: usize,
    pub messages: usize,
}

/// `make bench`.
pub const SMALL: Scale = Scale {
    document: "performance",
    grown_alone: false,
    rounds: 5,
    turn: Duration::from_secs(5),
    floor_chats: 1_000,
    operators: 1_000,
    events: 1_000,
    idle: 10_000,
    full: Stock { chats: 10_000, messages: 100_000 },
    small: Stock { chats: 1_000, messages: 10_000 },
    backlog: 100_000,
    files: 200,
    file_bytes: 5_000_000,
    large_file_bytes: 100_000_000,
};

/// `make bench-large`.
pub const LARGE: Scale = Scale {
    document: "performance-large",
    grown_alone: true,
    full: Stock { chats: 1_000_000, messages: 10_000_000 },
    backlog: 1_000_000,
    ..SMALL
};

/// Of the test that the loads work: nothing that it measures means anything.
pub const TINY: Scale = Scale {
    document: "performance",
    grown_alone: false,
    rounds: 1,
    turn: Duration::from_millis(500),
    floor_chats: 512,
    operators: 20,
    events: 20,
    idle: 40,
    full: Stock { chats: 200, messages: 2_000 },
    small: Stock { chats: 20, messages: 200 },
    backlog: 1_000,
    files: 3,
    file_bytes: 100_000,
    large_file_bytes: 2_000_000,
};
