//! Receiving: what a network delivered is routed to its channels, gathered with what else is waiting, and stored.
//!
//! [`gather`] makes batches of what may be stored beside each other ([`reach`]). Of each, [`plain`] stores what changes nothing but
//! counters in chats that are [`known`], with one statement; [`batch`] is the transaction of everything else. [`columns`] turns
//! messages into columns, [`apply`] and [`settle`] change messages that are stored already.

mod apply;
mod batch;
mod columns;
mod gather;
mod known;
mod messages;
mod moved;
mod plain;
mod reach;
pub(crate) mod settle;
mod writer;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use contract::{Incoming, Parcel, Source};
use tokio::sync::oneshot;

pub use gather::Gatherer;
pub use known::KnownChats;

use super::Inbox;
use crate::channel::OpenChannel;
use crate::error::{Error, Result};
use crate::id::OrganizationId;
use crate::telemetry::receipt::received;

/// Items of one body that are stored in one transaction; larger bodies are stored in parts, in order.
const PART: usize = 256;

/// A genuine body with what its network's crate read in it.
#[derive(Debug)]
pub struct Delivery {
    pub provider: &'static str,
    /// The channel that the address named; `None` on an address for all accounts of a network.
    pub channel: Option<Arc<OpenChannel>>,
    pub body: Bytes,
    pub parcels: Vec<Parcel>,
    /// Of a polled batch: where the next poll goes on, moved with the last part.
    pub poll_offset: Option<i64>,
}

/// How many items of a delivery were stored, were known already, or became dead letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub stored: usize,
    pub dead: usize,
}

impl Tally {
    fn add(&mut self, part: Self) {
        self.stored += part.stored;
        self.dead += part.dead;
    }
}

async fn receive(receipt: oneshot::Receiver<Result<Tally>>) -> Result<Tally> {
    receipt.await.map_err(|_| Error::Unavailable("the writer stopped".into()))?
}

/// What one transaction takes as a whole: items of one organization, in order.
#[derive(Debug)]
struct Job {
    /// Whose it is; `None` for what no channel of ours owns.
    lane: Option<OrganizationId>,
    items: Vec<Item>,
    /// The raw body, in the first part of its delivery.
    raw: Option<Raw>,
    poll_offset: Option<(Arc<OpenChannel>, i64)>,
    done: Option<oneshot::Sender<Result<Tally>>>,
    received: Instant,
}

#[derive(Debug)]
struct Raw {
    provider: &'static str,
    channel: Option<Arc<OpenChannel>>,
    body: Bytes,
}

#[derive(Debug)]
struct Item {
    channel: Option<Arc<OpenChannel>>,
    provider: &'static str,
    kind: String,
    incoming: Incoming,
    source: Source,
    body: Bytes,
}

impl Item {
    /// The raw JSON of this item, to be parsed again when a dead letter is replayed.
    fn raw(&self) -> Vec<u8> {
        match &self.source {
            Source::Body => self.body.to_vec(),
            Source::Part(part) => part.as_bytes().to_vec(),
        }
    }
}

impl Inbox {
    /// Stores a delivery and tells those who watch; returns when it is committed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the store is away or too much waits already: the network should deliver again.
    pub async fn receive(&self, delivery: Delivery) -> Result<Tally> {
        // an offset may move only after everything before it is stored
        let one_by_one = delivery.poll_offset.is_some();
        let jobs = self.route(delivery).await?;
        let mut tally = Tally::default();
        let mut receipts = Vec::with_capacity(jobs.len());
        for mut job in jobs {
            let (done, receipt) = oneshot::channel();
            job.done = Some(done);
            self.gatherer.submit(job, &self.known_chats)?;
            if one_by_one {
                tally.add(receive(receipt).await?);
            } else {
                receipts.push(receipt);
            }
        }
        for receipt in receipts {
            tally.add(receive(receipt).await?);
        }
        Ok(tally)
    }

    /// Finds the channel of every parcel and splits the delivery by organization, keeping the order within each.
    async fn route(&self, delivery: Delivery) -> Result<Vec<Job>> {
        let Delivery { provider, channel, body, parcels, poll_offset } = delivery;
        let received = received();
        let mut jobs: Vec<Job> = Vec::new();
        let mut items = Vec::with_capacity(parcels.len());
        for parcel in parcels {
            match &parcel.business {
                Some(_) => items.extend(self.address_to_business(provider, channel.as_ref(), &body, parcel).await?),
                None => items.push(self.address(provider, channel.as_ref(), &body, parcel).await?),
            }
        }
        for item in items {
            let lane = item.channel.as_ref().map(|channel| channel.organization_id);
            match jobs.iter_mut().rev().find(|job| job.lane == lane) {
                Some(job) if job.items.len() < PART => job.items.push(item),
                _ => jobs.push(Job { lane, items: vec![item], raw: None, poll_offset: None, done: None, received }),
            }
        }
        if jobs.is_empty() {
            let lane = channel.as_ref().map(|channel| channel.organization_id);
            jobs.push(Job { lane, items: Vec::new(), raw: None, poll_offset: None, done: None, received });
        }
        jobs[0].raw = Some(Raw { provider, channel: channel.clone(), body });
        if let (Some(offset), Some(channel), Some(last)) = (poll_offset, channel, jobs.last_mut()) {
            last.poll_offset = Some((channel, offset));
        }
        Ok(jobs)
    }

    /// News of a business concern each of its channels: on a channel's own address those of its organization.
    async fn address_to_business(
        &self,
        provider: &'static str,
        named: Option<&Arc<OpenChannel>>,
        body: &Bytes,
        parcel: Parcel,
    ) -> Result<Vec<Item>> {
        let Parcel { business, kind, item, source, .. } = parcel;
        let business = business.unwrap_or_default();
        let mut channels = self.channels_by_business(provider, &business).await?;
        if let Some(named) = named {
            channels.retain(|channel| channel.organization_id == named.organization_id);
            if channels.is_empty() {
                channels.push(Arc::clone(named));
            }
        }
        let to = |channel: Option<Arc<OpenChannel>>, incoming: Incoming| Item {
            channel,
            provider,
            kind: kind.clone(),
            incoming,
            source: source.clone(),
            body: body.clone(),
        };
        if channels.is_empty() {
            let reason = format!("no channel has the business account {business}");
            return Ok(vec![to(None, Incoming::Unknown { reason })]);
        }
        Ok(channels.into_iter().map(|channel| to(Some(channel), item.clone())).collect())
    }

    async fn address(
        &self,
        provider: &'static str,
        named: Option<&Arc<OpenChannel>>,
        body: &Bytes,
        parcel: Parcel,
    ) -> Result<Item> {
        let Parcel { account, business: _, kind, mut item, source } = parcel;
        let mut channel = named.cloned();
        if let Some(account) = account {
            let owner = self.channel_by_identity(provider, &account).await?;
            match (named, owner) {
                (None, Some(owner)) => channel = Some(owner),
                (Some(named), Some(owner)) if owner.organization_id == named.organization_id => channel = Some(owner),
                // another organization's account is not even confirmed to exist
                (Some(_), _) => {
                    item = Incoming::Unknown {
                        reason: format!("no channel of this organization has the account {account}"),
                    };
                }
                (None, None) => {
                    item = Incoming::Unknown { reason: format!("no channel has the account {account}") };
                }
            }
        } else if named.is_none() && !matches!(item, Incoming::Unknown { .. }) {
            item = Incoming::Unknown { reason: "the body names no account".into() };
        }
        Ok(Item { channel, provider, kind, incoming: item, source, body: body.clone() })
    }
}

/// Columns of one contact.
pub(super) fn add_person(
    contacts: &mut crate::contact::store::NewContacts,
    channel: &OpenChannel,
    person: &contract::IncomingContact,
) {
    columns::add_contact(contacts, &mut std::collections::HashSet::new(), channel, person);
}
