//! Which topics somebody on this node wants to hear, and for which organizations: counted, so that a channel is joined with
//! its first listener and left with its last.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::{Dropped, Topic};
use crate::id::OrganizationId;

/// Topics that are heard at once; past them publications are not relayed, and everything else works.
const MOST_TOPICS: usize = 100_000;
/// How long a subscription waits for its channels.
const SETTLES: Duration = Duration::from_secs(1);

/// Cheap to clone.
#[derive(Clone)]
pub struct Wanted(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    changed: Notify,
    /// Up to which change the channels are joined; `None` while Redis is away.
    joined: watch::Sender<Option<u64>>,
}

#[derive(Default)]
struct State {
    topics: HashMap<Topic, HashMap<OrganizationId, usize>>,
    /// Topics that came or went since they were last taken.
    fresh: HashSet<Topic>,
    changes: u64,
}

impl Default for Wanted {
    fn default() -> Self {
        Self(Arc::new(Inner { state: Mutex::default(), changed: Notify::new(), joined: watch::Sender::new(None) }))
    }
}

/// Keeps a topic wanted.
pub struct Hold {
    wanted: Wanted,
    /// `None` where there was no room for another topic.
    held: Option<(Topic, OrganizationId)>,
    change: u64,
}

impl Hold {
    /// Ends when the topic's channels are joined, so that nothing that is published from then on is missed; or after a
    /// second, or at once where Redis is away.
    pub fn joining(&self) -> impl Future<Output = ()> + Send + 'static {
        let (mut joined, change) = (self.wanted.0.joined.subscribe(), self.change);
        async move {
            let done = joined.wait_for(|joined| joined.is_none_or(|joined| joined >= change));
            let _ = tokio::time::timeout(SETTLES, done).await.is_ok();
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some((topic, organization_id)) = self.held {
            self.wanted.release(topic, organization_id);
        }
    }
}

/// Topics that came and topics that went, up to a change.
pub struct Changes {
    pub came: Vec<Topic>,
    pub went: Vec<Topic>,
    pub up_to: u64,
}

impl Wanted {
    pub fn hold(&self, topic: Topic, organization_id: OrganizationId) -> Hold {
        let mut state = self.0.state.lock();
        if state.topics.len() >= MOST_TOPICS && !state.topics.contains_key(&topic) {
            Dropped::Unheard.count(1);
            return Hold { wanted: self.clone(), held: None, change: 0 };
        }
        let organizations = state.topics.entry(topic).or_default();
        let first = organizations.is_empty();
        *organizations.entry(organization_id).or_default() += 1;
        if first {
            state.fresh.insert(topic);
            state.changes += 1;
            self.0.changed.notify_one();
        }
        Hold { wanted: self.clone(), held: Some((topic, organization_id)), change: state.changes }
    }

    fn release(&self, topic: Topic, organization_id: OrganizationId) {
        let mut state = self.0.state.lock();
        let Some(organizations) = state.topics.get_mut(&topic) else { return };
        let Some(count) = organizations.get_mut(&organization_id) else { return };
        *count -= 1;
        if *count == 0 {
            organizations.remove(&organization_id);
        }
        if organizations.is_empty() {
            state.topics.remove(&topic);
            state.fresh.insert(topic);
            state.changes += 1;
            self.0.changed.notify_one();
        }
    }

    /// For whom a topic is wanted here.
    #[must_use]
    pub fn organizations(&self, topic: Topic) -> Vec<OrganizationId> {
        self.0.state.lock().topics.get(&topic).into_iter().flat_map(HashMap::keys).copied().collect()
    }

    /// Ends when something came or went.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// What came and went since this was last asked; everything that is wanted where nothing is joined yet.
    #[must_use]
    pub fn take(&self, anew: bool) -> Changes {
        let mut state = self.0.state.lock();
        let fresh = std::mem::take(&mut state.fresh);
        let (came, went) = if anew {
            (state.topics.keys().copied().collect(), Vec::new())
        } else {
            fresh.into_iter().partition(|topic| state.topics.contains_key(topic))
        };
        Changes { came, went, up_to: state.changes }
    }

    /// Says up to which change the channels are joined; `None` where Redis is away.
    pub fn set_joined(&self, joined: Option<u64>) {
        self.0.joined.send_replace(joined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ChatId;

    #[test]
    fn a_topic_comes_with_its_first_listener_and_goes_with_its_last() {
        let (wanted, topic) = (Wanted::default(), Topic::Thread(ChatId::new()));
        let (one, other) = (OrganizationId::new(), OrganizationId::new());
        let first = wanted.hold(topic, one);
        let second = wanted.hold(topic, one);
        let third = wanted.hold(topic, other);
        assert_eq!(wanted.take(false).came, [topic]);
        drop(first);
        assert_eq!(wanted.organizations(topic).len(), 2);
        drop(second);
        assert_eq!(wanted.organizations(topic), [other]);
        assert!(wanted.take(false).went.is_empty());
        drop(third);
        assert_eq!(wanted.take(false).went, [topic]);
        assert!(wanted.0.state.lock().topics.is_empty(), "nothing is kept");
    }

    #[test]
    fn after_a_break_everything_that_is_wanted_is_joined_again() {
        let (wanted, topic) = (Wanted::default(), Topic::Thread(ChatId::new()));
        let _hold = wanted.hold(topic, OrganizationId::new());
        assert_eq!(wanted.take(true).came, [topic]);
        assert_eq!(wanted.take(true).came, [topic]);
        assert!(wanted.take(false).came.is_empty());
    }

    #[tokio::test]
    async fn a_subscription_waits_until_its_channels_are_joined() {
        let wanted = Wanted::default();
        wanted.set_joined(Some(0));
        let hold = wanted.hold(Topic::Thread(ChatId::new()), OrganizationId::new());
        let mut joining = tokio::spawn(hold.joining());
        assert!(tokio::time::timeout(Duration::from_millis(50), &mut joining).await.is_err());
        wanted.set_joined(Some(wanted.take(false).up_to));
        assert!(joining.await.is_ok());
        wanted.set_joined(None);
        hold.joining().await;
    }
}
