//! Follows an organization's journal from now on: every event, once and in order, for a reader that may be slower than the
//! feed. What its queue has no room for is read from the journal.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::feed::{Attached, Feed, Listener, ListenerId};
use crate::error::{Error, Result};
use crate::event::Journalled;
use crate::id::OrganizationId;

/// Events that may wait; past them they are forgotten here and read from the journal.
const MOST_WAITING: usize = 8_192;
/// Events read from the journal at once.
const RANGE: i64 = 500;
/// Before the journal is asked again after it could not be read.
const RETRY: Duration = Duration::from_secs(1);

/// A reader's place in a journal; the feed forgets it when it is dropped.
pub struct Tail {
    feed: Feed,
    organization_id: OrganizationId,
    listener: ListenerId,
    queue: Arc<Queue>,
    /// The last event that was taken.
    position: i64,
    /// What was read where the queue had a hole.
    read: VecDeque<Arc<Journalled>>,
}

#[derive(Default)]
struct Queue {
    told: Mutex<Told>,
    news: Notify,
}

#[derive(Default)]
struct Told {
    events: VecDeque<Arc<Journalled>>,
    newest: i64,
}

impl Listener for Queue {
    fn tell(&self, event: &Arc<Journalled>) {
        let mut told = self.told.lock();
        told.newest = event.position;
        if told.events.len() < MOST_WAITING {
            told.events.push_back(Arc::clone(event));
        }
        drop(told);
        self.news.notify_one();
    }
}

impl Feed {
    /// Follows an organization from now on.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tail(&self, organization_id: OrganizationId) -> Result<Tail> {
        let queue = Arc::<Queue>::default();
        let listener: Arc<dyn Listener> = queue.clone();
        match self.attach(organization_id, listener, None).await? {
            Attached::At { listener, position } => {
                Ok(Tail { feed: self.clone(), organization_id, listener, queue, position, read: VecDeque::new() })
            }
            Attached::Behind { .. } => Err(Error::internal("the feed asked a newcomer to catch up")),
        }
    }
}

impl Tail {
    /// The next event, whenever it comes. May be dropped and asked again without losing one.
    pub async fn next(&mut self) -> Arc<Journalled> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.position = event.position;
                return event;
            }
            let (told, newest) = {
                let mut told = self.queue.told.lock();
                (told.events.pop_front(), told.newest)
            };
            match told {
                Some(event) if event.position <= self.position => {}
                Some(event) if event.position == self.position + 1 => {
                    self.position = event.position;
                    return event;
                }
                // the queue was full for a while; what was told is committed, so it is read with the rest
                Some(event) => self.read_up_to(event.position).await,
                None if newest > self.position => self.read_up_to(newest).await,
                None => self.queue.news.notified().await,
            }
        }
    }

    async fn read_up_to(&mut self, position: i64) {
        match self.feed.read(self.organization_id, self.position, RANGE).await {
            // rows that retention dropped will never come
            Ok(events) if events.is_empty() => self.position = position,
            Ok(events) => self.read = events.into(),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the journal cannot be read for a follower");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.feed.detach(self.organization_id, self.listener);
    }
}
