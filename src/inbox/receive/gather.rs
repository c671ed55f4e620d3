//! Gathering: what arrived while the last commit ran is stored in one transaction, so throughput grows with load and a
//! lone message waits for nobody.
//!
//! Each organization has a lane; a lane is in one batch at a time, so its order holds and its position row is not fought
//! over. Writers take turns through the lanes, a bounded share from each while others wait.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Job;
use crate::error::{Error, Result};
use crate::id::OrganizationId;

/// Items of one transaction.
const BATCH: usize = 256;
/// Items that one lane may put into a batch while other lanes wait.
const SHARE: usize = 64;
/// Raw bytes that may wait in all; past it deliveries are refused, and the networks deliver again later.
const WAITING_BYTES: usize = 64 << 20;

type Lane = Option<OrganizationId>;

#[derive(Default)]
pub struct Gatherer {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    lanes: HashMap<Lane, LaneState>,
    /// Lanes that have jobs and are in no batch, in turn.
    ready: VecDeque<Lane>,
    waiting_bytes: usize,
}

#[derive(Default)]
struct LaneState {
    jobs: VecDeque<Job>,
    busy: bool,
}

/// Jobs for one transaction, lane by lane.
pub(super) struct Batch {
    pub(super) jobs: Vec<Job>,
    lanes: Vec<Lane>,
}

fn weight(job: &Job) -> usize {
    job.raw.as_ref().map_or(0, |raw| raw.body.len()) + 512 * job.items.len()
}

impl Gatherer {
    /// Puts a job into its lane.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where too much waits already.
    pub(super) fn submit(&self, job: Job) -> Result<()> {
        let mut state = self.state.lock();
        let weight = weight(&job);
        if state.waiting_bytes > 0 && state.waiting_bytes + weight > WAITING_BYTES {
            return Err(Error::Unavailable("too many deliveries are waiting to be stored".into()));
        }
        state.waiting_bytes += weight;
        let key = job.lane;
        let lane = state.lanes.entry(key).or_default();
        lane.jobs.push_back(job);
        if !lane.busy && lane.jobs.len() == 1 {
            state.ready.push_back(key);
        }
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// The next batch; waits for one.
    pub(super) async fn next(&self) -> Batch {
        loop {
            let arrived = self.arrived.notified();
            if let Some(batch) = self.take() {
                return batch;
            }
            arrived.await;
        }
    }

    fn take(&self) -> Option<Batch> {
        let mut state = self.state.lock();
        let mut batch = Batch { jobs: Vec::new(), lanes: Vec::new() };
        let mut items = 0;
        let mut turns = state.ready.len();
        while turns > 0 && items < BATCH {
            turns -= 1;
            let Some(key) = state.ready.pop_front() else { break };
            let share = if turns == 0 && batch.lanes.is_empty() { BATCH } else { SHARE };
            let Some(lane) = state.lanes.get_mut(&key) else { continue };
            let (mut taken, mut bytes) = (0, 0);
            while taken < share && items < BATCH {
                // a job is never split; an oversized one goes alone
                let fits = lane.jobs.front().is_some_and(|job| taken == 0 || items + job.items.len() <= BATCH);
                let Some(job) = fits.then(|| lane.jobs.pop_front()).flatten() else { break };
                taken += job.items.len().max(1);
                items += job.items.len().max(1);
                bytes += weight(&job);
                batch.jobs.push(job);
            }
            lane.busy = true;
            batch.lanes.push(key);
            state.waiting_bytes -= bytes;
        }
        if !state.ready.is_empty() {
            self.arrived.notify_one();
        }
        (!batch.jobs.is_empty()).then_some(batch)
    }

    /// Lets the lanes of a batch take part in the next one.
    pub(super) fn release(&self, batch: &Batch) {
        let mut state = self.state.lock();
        for key in &batch.lanes {
            let Some(lane) = state.lanes.get_mut(key) else { continue };
            lane.busy = false;
            if lane.jobs.is_empty() {
                state.lanes.remove(key);
            } else {
                state.ready.push_back(*key);
            }
        }
        let more = !state.ready.is_empty();
        drop(state);
        if more {
            self.arrived.notify_one();
        }
    }
}
