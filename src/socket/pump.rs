//! Carries events to sockets: one listener and one task per organization, whatever the number of its connections.
//! The feed tells into a queue, since its lock is also taken by those who commit; the queue is emptied here.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::crowd::{Crowd, Told};
use super::face::Face;
use super::space::{Audience, Telling};
use super::{Door, catalogue, replay};
use crate::error::{Error, Result};
use crate::event::Journalled;
use crate::id::{ChatId, MessageId};
use crate::inbox::Parts;
use crate::inbox::feed::{Attached, Listener};

/// Events read from the journal at once.
const RANGE: i64 = 500;
/// Events passed on before other tasks get their turn.
pub const BURST: usize = 64;
/// A crowd that is told faster than this needs no rest.
const QUICK: Duration = Duration::from_millis(1);
const LONGEST_REST: Duration = Duration::from_millis(25);
/// Before the journal is asked again after it could not be read.
const RETRY: Duration = Duration::from_secs(1);

/// After telling a large crowd several events the others get twice as much time as it took; meanwhile events gather, and each
/// socket gets more of them with one write. What comes alone is not followed by a rest.
async fn rest_after(events: usize, took: Duration) {
    if events < 2 || took < QUICK {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep((took * 2).min(LONGEST_REST)).await;
    }
}

impl Door {
    /// Makes the feed tell a crowd, once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn listen(self: &Arc<Self>, crowd: &Arc<Crowd>) -> Result<()> {
        let begin = async {
            let ear = Arc::clone(crowd) as Arc<dyn Listener>;
            let (listener, position) = match self.inbox.feed.attach(crowd.organization_id, ear, None).await? {
                Attached::At { listener, position } => (listener, position),
                Attached::Behind { .. } => return Err(Error::internal("a listener that starts now is never behind")),
            };
            crowd.begin_at(position);
            let (door, carried) = (Arc::clone(self), Arc::clone(crowd));
            self.inbox.background.spawn_until_stop(async move { door.carry(&carried).await });
            Ok(listener)
        };
        crowd.listening.get_or_try_init(|| begin).await?;
        self.release(crowd);
        Ok(())
    }

    /// Stops the feed from telling a crowd that everybody has left. Called by whoever comes second: the last to leave, or
    /// the attachment that was under way.
    pub fn release(&self, crowd: &Crowd) {
        if crowd.is_abandoned()
            && let Some(listener) = crowd.listening.get()
        {
            self.inbox.feed.detach(crowd.organization_id, *listener);
            crowd.news.notify_one();
        }
    }

    async fn carry(self: &Arc<Self>, crowd: &Arc<Crowd>) {
        loop {
            crowd.news.notified().await;
            loop {
                let (events, newest) = crowd.next(BURST);
                let position = crowd.position();
                let until = events.first().map_or(newest, |event| event.position - 1);
                if until > position {
                    // the queue was full for a while
                    self.pass_range(crowd, position, until).await;
                }
                if events.is_empty() {
                    break;
                }
                let begun = Instant::now();
                self.pass_on(crowd, &events).await;
                rest_after(events.len(), begun.elapsed()).await;
            }
            if crowd.is_abandoned() {
                return;
            }
        }
    }

    async fn pass_range(self: &Arc<Self>, crowd: &Arc<Crowd>, mut after: i64, until: i64) {
        while after < until {
            match self.inbox.feed.read(crowd.organization_id, after, RANGE).await {
                // rows that retention dropped will never come
                Ok(events) if events.is_empty() => return,
                Ok(events) => {
                    for events in events.chunks(BURST) {
                        let begun = Instant::now();
                        self.pass_on(crowd, events).await;
                        rest_after(events.len(), begun.elapsed()).await;
                    }
                    after = events.last().map_or(after, |last| last.position);
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the journal cannot be read for sockets");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    async fn pass_on(self: &Arc<Self>, crowd: &Arc<Crowd>, events: &[Arc<Journalled>]) {
        let mut faces = vec![Face::default(); events.len()];
        let seen = crowd.sees_faces();
        for (event, face) in events.iter().zip(&mut faces) {
            self.faces.forget(event).await;
            if seen {
                *face = self.faces.of(event).await;
            }
        }
        let tellings: Vec<_> = events.iter().zip(&faces).map(|(event, face)| self.telling(event, face)).collect();
        let Told { by_event, delivered, lagging } = crowd.pass_on(&tellings);
        for (event, chat_id) in events.iter().filter_map(|event| Some((event, event.chat_id?))) {
            if &*event.name == "chat:deleted" {
                self.inbox.presence.close(chat_id);
            }
        }
        for (chat_id, message_id) in delivered {
            self.deliver_to_visitor(chat_id, vec![message_id]);
        }
        if !by_event.is_empty() {
            let now = self.inbox.clock.now();
            for event in events {
                self.inbox.counts.delivered(crowd.organization_id, event.age(now));
            }
        }
        for (event, many) in by_event {
            self.inbox.counts.emitted(crowd.organization_id, catalogue::label(&event), many);
        }
        for client in lagging {
            let (door, crowd) = (Arc::clone(self), Arc::clone(crowd));
            self.inbox.background.spawn_until_stop(async move { replay::catch_up(&door, &crowd, &client).await });
        }
    }

    /// What it takes to say an event.
    pub fn telling<'a>(&'a self, event: &'a Journalled, face: &'a Face) -> Telling<'a> {
        let Parts { pairing, cursors, config, .. } = &*self.inbox;
        Telling { event, pairing, cursors, face, public_url: &config.public_url }
    }

    /// A visitor's page has got what operators wrote; the socket does not wait for that to be written.
    pub fn deliver_to_visitor(&self, chat_id: ChatId, ids: Vec<MessageId>) {
        let inbox = self.inbox.clone();
        self.inbox.background.spawn(async move {
            if let Err(error) = inbox.take_as_guest(chat_id, &ids).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a delivery to a visitor was not written");
            }
        });
    }

    /// Passes on what is no fact: typing and the like. Runs until it is dropped.
    pub async fn carry_live(self: &Arc<Self>) {
        let mut live = self.inbox.live.listen();
        loop {
            let passing = match live.recv().await {
                Ok(passing) => passing,
                // it may be lost
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            let Some(crowd) = self.registry.crowd(passing.organization_id) else { continue };
            for audience in Audience::ALL {
                for whisper in audience.whisper(&passing) {
                    let many = crowd.pass(audience, &whisper);
                    self.inbox.counts.emitted(crowd.organization_id, catalogue::label(whisper.event), many);
                }
            }
        }
    }
}
