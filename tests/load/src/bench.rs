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
    /// Times that each of those who are compared has its turn.
    pub rounds: usize,
    /// Length of a turn where time is what ends it.
    pub turn: Duration,
    /// Chats that bare PostgreSQL writes to: two batches at least.
    pub floor_chats: usize,
    /// Operators who are all told everything, and of how many events at once.
    pub operators: usize,
    pub events: usize,
    /// Connections that rest, for their memory; and for whether one node bears them.
    pub idle: usize,
    pub held: usize,
    /// Files under way at a time, and bytes of each of them, and of the large one.
    pub files: usize,
    pub file_bytes: usize,
    pub large_file_bytes: usize,
}

/// `make bench`.
pub const SMALL: Scale = Scale {
    rounds: 5,
    turn: Duration::from_secs(5),
    floor_chats: 1_000,
    operators: 1_000,
    events: 1_000,
    idle: 5_000,
    held: 10_000,
    files: 200,
    file_bytes: 5_000_000,
    large_file_bytes: 100_000_000,
};

/// Of the test that the loads work: nothing that it measures means anything.
pub const TINY: Scale = Scale {
    rounds: 1,
    turn: Duration::from_millis(500),
    floor_chats: 512,
    operators: 20,
    events: 20,
    idle: 20,
    held: 40,
    files: 3,
    file_bytes: 100_000,
    large_file_bytes: 2_000_000,
};
