//! Publishes for other backends what this node commits and what its typists do: new messages, what becomes of chats, reads,
//! typing. Private notes are never published: nobody knows who listens.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use redis::{Pipeline, RedisResult};
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::sleep;
use uuid::Uuid;

use super::topic::Channel;
use super::{Dropped, Relay};
use crate::event::Journalled;
use crate::gateway::Door;
use crate::gateway::words::{Audience, Fact, What};
use crate::id::{ChatId, MessageId};
use crate::inbox::live::{self, Passing, Typist};

/// Facts that are published with one command.
const AT_ONCE: usize = 64;
/// After Redis did not take something; what is committed meanwhile waits, up to a bound.
const RETRY: Duration = Duration::from_millis(500);

/// A channel's name and a body.
type Publication = (String, String);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Typing<'a> {
    user_id: Uuid,
    is_typing: bool,
    origin: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Read<'a> {
    message_ids: &'a [MessageId],
    origin: &'a str,
}

impl Door {
    /// Publishes from now on. Runs until it is dropped.
    pub async fn publish(&self, relay: &Relay) {
        let (mut commits, mut typists) = (self.inbox.feed.commits(), self.inbox.typists.listen());
        loop {
            let publications = tokio::select! {
                events = some(&mut commits) => self.of_facts(relay, &events).await,
                passing = some(&mut typists) => passing.iter().filter_map(|passing| of_typing(relay, passing)).collect(),
            };
            if publications.is_empty() {
                continue;
            }
            if let Err(error) = send(relay, &publications).await {
                Dropped::Unpublished.count(u64::try_from(publications.len()).unwrap_or(u64::MAX));
                tracing::debug!(%error, "the gateway could not publish");
                sleep(RETRY).await;
            }
        }
    }

    async fn of_facts(&self, relay: &Relay, events: &[Arc<Journalled>]) -> Vec<Publication> {
        let facts = events.iter().filter_map(|event| Fact::of(event));
        let facts: Vec<Fact<'_>> = facts.filter(|fact| fact.audience == Audience::Everyone).collect();
        let chats = facts.iter().map(|fact| fact.chat_id).collect::<HashSet<ChatId>>();
        let customers = self.inbox.customers(chats).await.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "the contacts of chats cannot be looked up");
            HashMap::new()
        });
        let mut publications = Vec::new();
        for fact in &facts {
            let contact_id = customers.get(&fact.chat_id).map(|customer| customer.contact_id);
            match &fact.what {
                What::Message { updated: false, .. } | What::Thread(_) => {
                    let body = fact.publication(contact_id, &relay.origin);
                    let managers = fact.managers().map(Channel::Manager);
                    let channels = [Some(Channel::Thread(fact.chat_id)), contact_id.map(Channel::Client)];
                    for channel in channels.into_iter().flatten().chain(managers) {
                        publications.push((channel.name(), body.clone()));
                    }
                }
                What::Read { ids, by, .. } => {
                    let reader = by.map(|id| id.0).or(contact_id.map(|id| id.0));
                    let body = write(&Read { message_ids: ids, origin: &relay.origin });
                    publications.extend(reader.map(Channel::Read).map(Channel::name).zip(body));
                }
                What::Message { updated: true, .. } | What::Gone => {}
            }
        }
        publications
    }
}

fn of_typing(relay: &Relay, passing: &Passing) -> Option<Publication> {
    let live::What::Typing { chat_id, typist, is_typing, .. } = &passing.what else { return None };
    let user_id = match typist {
        Typist::User(id) => id.0,
        Typist::Contact(id) => id.0,
    };
    let body = write(&Typing { user_id, is_typing: *is_typing, origin: &relay.origin })?;
    Some((Channel::Typing(*chat_id).name(), body))
}

fn write(body: &impl Serialize) -> Option<String> {
    serde_json::to_string(body).inspect_err(|error| tracing::error!(%error, "a publication is no JSON")).ok()
}

/// One thing at least, and what waits behind it.
async fn some<T: Clone>(receiver: &mut Receiver<T>) -> Vec<T> {
    let mut taken = Vec::new();
    let mut next = receiver.recv().await;
    loop {
        match next {
            Ok(thing) => taken.push(thing),
            Err(RecvError::Lagged(missed)) => Dropped::Overflow.count(missed),
            // the senders live as long as the inbox
            Err(RecvError::Closed) => std::future::pending().await,
        }
        if taken.len() >= AT_ONCE {
            return taken;
        }
        next = match receiver.try_recv() {
            Ok(thing) => Ok(thing),
            Err(TryRecvError::Lagged(missed)) => Err(RecvError::Lagged(missed)),
            Err(_) if taken.is_empty() => receiver.recv().await,
            Err(_) => return taken,
        };
    }
}

/// The shared connection is made again by itself.
async fn send(relay: &Relay, publications: &[Publication]) -> RedisResult<()> {
    let mut pipeline = Pipeline::with_capacity(publications.len());
    for (channel, body) in publications {
        pipeline.publish(channel, body).ignore();
    }
    pipeline.exec_async(&mut relay.redis.connection()).await
}
