//! What clients say: taken in the order in which it came, one thing at a time per connection, within limits; whatever
//! comes is acknowledged where an acknowledgement was asked for.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use socketioxide::adapter::LocalAdapter;
use socketioxide::handler::MessageHandler;
use socketioxide::socket::Socket;
use socketioxide_core::Value;
use tokio::time::Instant;

use super::client::Client;
use super::crowd::Crowd;
use super::payload::Ack;
use super::space::Space;
use super::{Door, catalogue, conversation, notifications, operators};
use crate::error::Error;
use crate::meter::Verdict;
use crate::telemetry::receipt;

/// The largest payload.
pub const MOST_PAYLOAD_BYTES: usize = 64 * 1024;
/// What may wait of one connection, while its events are taken one by one.
const MOST_WAITING: usize = 1_024;
const MOST_WAITING_BYTES: usize = 1024 * 1024;

/// An event of a client.
pub struct Said {
    pub event: String,
    /// JSON text of the first argument.
    pub payload: Option<Box<RawValue>>,
    pub ack: Option<i64>,
    received: std::time::Instant,
}

/// Events of a connection that wait for their turn.
#[derive(Default)]
pub struct Heard {
    said: VecDeque<Said>,
    bytes: usize,
    turn: Turn,
}

#[derive(Default, PartialEq, Eq)]
enum Turn {
    /// The connection has not been welcomed yet.
    #[default]
    NotYet,
    Idle,
    Running,
}

/// Hears all events of a connection. The library would call handlers side by side, and drop what they cannot read.
pub struct Ears {
    pub door: Arc<Door>,
    pub client: Arc<Client>,
}

impl MessageHandler<LocalAdapter, ()> for Ears {
    fn call(&self, _: Arc<Socket>, value: Value, ack: Option<i64>) {
        let Value::Str(text, _) = value else { return };
        let (said, read) = Said::read(&text, ack);
        self.hear(said, read);
    }
}

impl Ears {
    fn hear(&self, said: Said, read: Result<(), Error>) {
        let limited = self.door.inbox.config.rate_limit;
        let verdict = if limited { self.client.meter.lock().count(Instant::now()) } else { Verdict::Pass };
        let too_many = || Error::RateLimited(std::time::Duration::from_secs(1));
        match (verdict, read) {
            (Verdict::Pass, Ok(())) => match self.push(said) {
                Ok(true) => {
                    let (door, client) = (Arc::clone(&self.door), Arc::clone(&self.client));
                    self.door.inbox.background.spawn_until_stop(async move { take_turns(&door, &client).await });
                }
                Ok(false) => {}
                Err(said) => self.refuse(&said, &too_many(), true),
            },
            (Verdict::Pass, Err(error)) => self.refuse(&said, &error, true),
            (Verdict::Refuse { first }, _) => self.refuse(&said, &too_many(), first),
            (Verdict::Disconnect, _) => {
                self.refuse(&said, &too_many(), true);
                self.door.hang_up(&self.client);
            }
        }
    }

    /// `true` where nobody takes them yet.
    fn push(&self, said: Said) -> Result<bool, Said> {
        let mut heard = self.client.heard.lock();
        let bytes = said.bytes();
        if heard.said.len() >= MOST_WAITING || heard.bytes + bytes > MOST_WAITING_BYTES {
            return Err(said);
        }
        heard.bytes += bytes;
        heard.said.push_back(said);
        let idle = heard.turn == Turn::Idle;
        if idle {
            heard.turn = Turn::Running;
        }
        Ok(idle)
    }

    /// Refuses without waiting: what finds no room is lost, and its sender is flooding.
    fn refuse(&self, said: &Said, error: &Error, aloud: bool) {
        self.door.inbox.counts.heard(self.client.organization_id, catalogue::label(&said.event), "refused");
        let _ = self.client.acknowledge(said.ack, &Ack::refused(self.client.space, error));
        if aloud {
            self.client.complain(said.chat_named(), error);
        }
    }
}

/// Begins to take what a connection says, now that it has been welcomed.
pub async fn begin(door: &Arc<Door>, client: &Arc<Client>) {
    client.heard.lock().turn = Turn::Running;
    take_turns(door, client).await;
}

async fn take_turns(door: &Arc<Door>, client: &Arc<Client>) {
    loop {
        let said = {
            let mut heard = client.heard.lock();
            let Some(said) = heard.said.pop_front() else {
                heard.turn = Turn::Idle;
                return;
            };
            heard.bytes -= said.bytes();
            said
        };
        let Some(crowd) = door.registry.crowd(client.organization_id) else { return };
        // boxed: a connection that comes and says nothing has no place for it
        receipt::on_behalf_of(said.received, Box::pin(answer(door, &crowd, client, &said))).await;
    }
}

async fn answer(door: &Arc<Door>, crowd: &Arc<Crowd>, client: &Arc<Client>, said: &Said) {
    let outcome = match client.space {
        Space::Operators => operators::answer(door, crowd, client, said).await,
        Space::Conversation => conversation::answer(door, crowd, client, said).await,
        Space::Notifications => notifications::answer(door, crowd, client, said).await,
    };
    let status = if outcome.is_ok() { "ok" } else { "refused" };
    door.inbox.counts.heard(client.organization_id, catalogue::label(&said.event), status);
    let ack = match outcome {
        Ok(Some(ack)) => ack,
        // acknowledged already
        Ok(None) => return,
        Err(error) => {
            if let Error::Internal(cause) | Error::Unavailable(cause) = &error {
                tracing::error!(event = said.event, connection = %client.id, error = %cause, "a client's event failed");
            }
            if client.space.events().contains(&said.event.as_str()) {
                client.complain(said.chat_named(), &error);
            }
            Ack::refused(client.space, &error)
        }
    };
    if client.patiently(|| client.acknowledge(said.ack, &ack)).await == Err(super::client::Unsent::Full) {
        door.hang_up(client);
    }
}

impl Said {
    /// Reads `["event", payload, …]`, and what is wrong with it.
    fn read(text: &str, ack: Option<i64>) -> (Self, Result<(), Error>) {
        let received = std::time::Instant::now();
        let Ok(Arguments { event, payload }) = serde_json::from_str(text) else {
            let said = Self { event: String::new(), payload: None, ack, received };
            return (said, Err(Error::Malformed("The packet is not JSON.".into())));
        };
        let too_large = payload.is_some_and(|payload| payload.get().len() > MOST_PAYLOAD_BYTES);
        let read = if too_large { Err(Error::TooLarge("A payload may have 64 KiB.".into())) } else { Ok(()) };
        (Self { event: event.to_owned(), payload: payload.map(ToOwned::to_owned), ack, received }, read)
    }

    fn bytes(&self) -> usize {
        self.event.len() + self.payload.as_ref().map_or(0, |payload| payload.get().len())
    }

    /// The payload's fields.
    ///
    /// # Errors
    /// [`Error::Malformed`], which says what is expected.
    pub fn fields<'a, T: Deserialize<'a>>(&'a self, expected: &str) -> Result<T, Error> {
        let payload = self.payload.as_ref().map_or("null", |payload| payload.get());
        serde_json::from_str(payload).map_err(|_| Error::Malformed(format!("The payload must be {expected}.")))
    }

    /// The chat that it names, as written.
    pub fn chat_named(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Named {
            #[serde(rename = "chatId")]
            chat_id: String,
        }
        self.fields::<Named>("an object").ok().map(|named| named.chat_id).filter(|id| id.len() <= 64)
    }
}

struct Arguments<'a> {
    event: &'a str,
    payload: Option<&'a RawValue>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Arguments<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Array;
        impl<'de> Visitor<'de> for Array {
            type Value = Arguments<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an event's name and its payload")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Self::Value, S::Error> {
                let event = items.next_element()?.ok_or_else(|| serde::de::Error::custom("no event"))?;
                let payload = items.next_element()?;
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Arguments { event, payload })
            }
        }
        deserializer.deserialize_seq(Array)
    }
}
