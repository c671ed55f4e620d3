//! Gathering: what arrived while the last commit ran is stored in one transaction, so throughput grows with load and a
//! lone message waits for nobody.
//!
//! Each organization has a lane. A second batch of a lane may be under way beside the first, once as much waits and where
//! they share no chat, so the order of each holds ([`Reach`]). Writers take turns through the lanes, a bounded share from each
//! while others wait.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::reach::Reach;
use super::{Job, KnownChats};
use crate::error::{Error, Result};
use crate::id::OrganizationId;

/// Items of one transaction.
const BATCH: usize = 256;
/// Items that one lane may put into a batch while other lanes wait.
const SHARE: usize = 64;
/// Batches of one lane that may be under way: while one commits, the next is stored. There is a writer more, so that the other
/// lanes need not wait for it.
const UNDER_WAY: usize = crate::database::WRITERS as usize - 1;
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
    /// Lanes from which a batch may be taken, in turn.
    ready: VecDeque<Lane>,
    waiting_bytes: usize,
    batches: u64,
}

struct Waiting {
    job: Job,
    reach: Reach,
}

/// A lane's part of a batch that is under way.
struct Part {
    batch: u64,
    reach: Reach,
    items: usize,
}

#[derive(Default)]
struct LaneState {
    waiting: VecDeque<Waiting>,
    waiting_items: usize,
    under_way: Vec<Part>,
    /// Whether it has a turn among those that are ready.
    has_turn: bool,
}

impl LaneState {
    /// Whether a batch may be taken: where one is under way, only what is as large, since a batch costs much beside what each
    /// of its messages does …
    fn is_due(&self) -> bool {
        let items: usize = self.under_way.iter().map(|part| part.items).sum();
        self.under_way.len() < UNDER_WAY && self.waiting_items >= items && self.next_is_apart()
    }

    /// … and its oldest job shares nothing with what is under way. Nothing overtakes that one.
    fn next_is_apart(&self) -> bool {
        let Some(next) = self.waiting.front() else { return false };
        self.under_way.iter().all(|part| part.reach.is_apart_from(&next.reach))
    }

    /// Gives it a turn where it has none and something to do with it; `true` where it got one now.
    fn take_turn(&mut self, key: Lane, ready: &mut VecDeque<Lane>) -> bool {
        let gets_one = !self.has_turn && self.is_due();
        if gets_one {
            self.has_turn = true;
            ready.push_back(key);
        }
        gets_one
    }
}

/// Jobs for one transaction, lane by lane.
pub(super) struct Batch {
    pub(super) jobs: Vec<Job>,
    number: u64,
    lanes: Vec<Lane>,
}

/// A body without items is stored too.
fn items(job: &Job) -> usize {
    job.items.len().max(1)
}

fn weight(job: &Job) -> usize {
    job.raw.as_ref().map_or(0, |raw| raw.body.len()) + 512 * job.items.len()
}

impl Gatherer {
    /// Puts a job into its lane.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where too much waits already.
    pub(super) fn submit(&self, job: Job, known: &KnownChats) -> Result<()> {
        let reach = Reach::of(&job.items, known);
        self.queue(job, reach)
    }

    fn queue(&self, job: Job, reach: Reach) -> Result<()> {
        let mut state = self.state.lock();
        let weight = weight(&job);
        if state.waiting_bytes > 0 && state.waiting_bytes + weight > WAITING_BYTES {
            return Err(Error::Unavailable("too many deliveries are waiting to be stored".into()));
        }
        state.waiting_bytes += weight;
        let key = job.lane;
        let State { lanes, ready, .. } = &mut *state;
        let lane = lanes.entry(key).or_default();
        lane.waiting_items += items(&job);
        lane.waiting.push_back(Waiting { job, reach });
        let more = lane.take_turn(key, ready);
        drop(state);
        if more {
            self.arrived.notify_one();
        }
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
        let State { lanes, ready, waiting_bytes, batches } = &mut *state;
        *batches += 1;
        let mut batch = Batch { jobs: Vec::new(), number: *batches, lanes: Vec::new() };
        let mut size = 0;
        let mut turns = ready.len();
        while turns > 0 && size < BATCH {
            turns -= 1;
            let Some(key) = ready.pop_front() else { break };
            let share = if turns == 0 && batch.lanes.is_empty() { BATCH } else { SHARE };
            let Some(lane) = lanes.get_mut(&key) else { continue };
            lane.has_turn = false;
            let mut reach = Reach::default();
            let mut taken = 0;
            while taken < share && size < BATCH && lane.next_is_apart() {
                // a job is never split; an oversized one goes alone
                let fits = |next: &mut Waiting| taken == 0 || size + next.job.items.len() <= BATCH;
                let Some(Waiting { job, reach: touched }) = lane.waiting.pop_front_if(fits) else { break };
                taken += items(&job);
                size += items(&job);
                *waiting_bytes -= weight(&job);
                reach.add(&touched);
                batch.jobs.push(job);
            }
            if taken > 0 {
                lane.waiting_items -= taken;
                lane.under_way.push(Part { batch: batch.number, reach, items: taken });
                batch.lanes.push(key);
            }
            lane.take_turn(key, ready);
        }
        if !ready.is_empty() {
            self.arrived.notify_one();
        }
        (!batch.jobs.is_empty()).then_some(batch)
    }

    /// Lets what waited for a batch be stored.
    pub(super) fn release(&self, batch: &Batch) {
        let mut state = self.state.lock();
        let State { lanes, ready, .. } = &mut *state;
        for key in &batch.lanes {
            let Some(lane) = lanes.get_mut(key) else { continue };
            lane.under_way.retain(|part| part.batch != batch.number);
            lane.take_turn(*key, ready);
            if lane.waiting.is_empty() && lane.under_way.is_empty() {
                lanes.remove(key);
            }
        }
        let more = !ready.is_empty();
        drop(state);
        if more {
            self.arrived.notify_one();
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::inbox::receive::Raw;

    fn submit(gatherer: &Gatherer, name: &'static str, reach: Reach) {
        let raw = Raw { provider: "test", channel: None, body: name.into() };
        let job = Job {
            lane: None,
            items: Vec::new(),
            raw: Some(raw),
            poll_offset: None,
            done: None,
            received: Instant::now(),
        };
        gatherer.queue(job, reach).unwrap();
    }

    fn chats<const N: usize>(chats: [u64; N]) -> Reach {
        Reach::Chats(chats.into())
    }

    fn names(batch: &Batch) -> Vec<&str> {
        batch.jobs.iter().map(|job| std::str::from_utf8(&job.raw.as_ref().unwrap().body).unwrap()).collect()
    }

    #[test]
    fn what_shares_no_chat_is_stored_beside_what_is_under_way() {
        let gatherer = Gatherer::default();
        submit(&gatherer, "first", chats([1, 2]));
        submit(&gatherer, "with it", chats([1]));
        let first = gatherer.take().unwrap();
        submit(&gatherer, "apart", chats([3]));
        assert!(gatherer.take().is_none(), "less waits than is under way");
        submit(&gatherer, "shared", chats([2, 4]));
        submit(&gatherer, "behind", chats([5]));
        let second = gatherer.take().unwrap();
        assert_eq!(names(&second), ["apart"], "what shares a chat waits, and nothing overtakes it");
        assert!(gatherer.take().is_none());
        gatherer.release(&first);
        assert_eq!(names(&gatherer.take().unwrap()), ["shared", "behind"]);
    }

    #[test]
    fn what_may_touch_any_chat_is_stored_alone() {
        let gatherer = Gatherer::default();
        submit(&gatherer, "first", chats([1]));
        let first = gatherer.take().unwrap();
        submit(&gatherer, "status", Reach::Everything);
        assert!(gatherer.take().is_none());
        gatherer.release(&first);
        let second = gatherer.take().unwrap();
        assert_eq!(names(&second), ["status"]);
        submit(&gatherer, "later", chats([2]));
        assert!(gatherer.take().is_none());
        gatherer.release(&second);
        assert_eq!(names(&gatherer.take().unwrap()), ["later"]);
    }

    #[test]
    fn a_lane_leaves_a_writer_to_the_others() {
        let gatherer = Gatherer::default();
        let mut batches = Vec::new();
        for chat in 0..3 {
            submit(&gatherer, "message", chats([chat]));
            batches.extend(gatherer.take());
        }
        assert_eq!(batches.len(), UNDER_WAY);
        for batch in &batches {
            gatherer.release(batch);
        }
        let last = gatherer.take().unwrap();
        gatherer.release(&last);
        assert!(gatherer.state.lock().lanes.is_empty(), "a lane that has nothing is forgotten");
    }
}
