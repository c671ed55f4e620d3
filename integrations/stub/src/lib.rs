//! Networks that do as they are told, for tests and the demo: [`Stub`] stands in for a network inside the process, the
//! fake APIs stand in for the providers' servers.
//!
//! Nothing here reaches the outside world.

pub mod bridge_api;
mod desk;
pub mod graph_api;
mod loopback;
mod parse;
mod script;
pub mod telegram_api;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use contract::{
    Account, Capabilities, ChannelStatus, CredentialError, MessageType, Mode, Network, OpenError, Opened, Outgoing,
    Pace, Parcel, PollError, Polled, Rejection, SendError, Sent, Thread, Validated, WebhookRequest,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

pub use desk::{Call, Fault};
pub use script::{Answer, Attempt};

/// A scripted network of the provider `stub`. Clones share script and record.
#[derive(Clone)]
pub struct Stub(Arc<Inner>);

struct Inner {
    capabilities: Capabilities,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    for_all: Answer,
    by_chat: HashMap<String, Answer>,
    attempts: Vec<Attempt>,
    open: Option<Result<Opened, OpenError>>,
    updates: HashMap<Uuid, BTreeMap<i64, Bytes>>,
    reads: Vec<(String, String)>,
}

/// How long an empty poll waits, as the trait allows at most.
const POLL: Duration = Duration::from_secs(25);

static CAPABILITIES: Capabilities = Capabilities {
    family: "api",
    text_limit: 4096,
    caption_limit: 1024,
    sends: &MessageType::ALL,
    instant: false,
    repeats_safely: false,
    settles_by_status: true,
    window: None,
    opens_chats: true,
    visitors: false,
    modes: &[Mode::Webhook, Mode::Polling],
    pace: Pace::UNLIMITED,
    ..Capabilities::PLAIN
};

impl Default for Stub {
    fn default() -> Self {
        Self::new()
    }
}

impl Stub {
    /// A network without limits that delivers everything.
    #[must_use]
    pub fn new() -> Self {
        Self::with(CAPABILITIES.clone())
    }

    /// A network that can do this much; [`Network::capabilities`] of a [`Stub::new`] is the one to start from.
    #[must_use]
    pub fn with(capabilities: Capabilities) -> Self {
        Self(Arc::new(Inner { capabilities, state: Mutex::default(), changed: Notify::new() }))
    }

    /// From now on sends to this chat, or to all chats without a script of their own, are answered so.
    pub fn script(&self, chat_external_id: Option<&str>, answer: Answer) {
        let mut state = self.0.state.lock();
        match chat_external_id {
            Some(chat) => {
                state.by_chat.insert(chat.to_owned(), answer);
            }
            None => state.for_all = answer,
        }
    }

    /// What the next calls of [`Network::open`] answer; connected unless told otherwise.
    pub fn script_open(&self, answer: Result<Opened, OpenError>) {
        self.0.state.lock().open = Some(answer);
    }

    /// All sends so far, in the order in which they began.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.0.state.lock().attempts.clone()
    }

    /// Waits until this many sends have been answered, and returns all attempts.
    pub async fn answered(&self, count: usize) -> Vec<Attempt> {
        loop {
            let changed = self.0.changed.notified();
            let attempts = self.attempts();
            if attempts.iter().filter(|attempt| attempt.result.is_some()).count() >= count {
                return attempts;
            }
            changed.await;
        }
    }

    /// Chat and message of each [`Network::mark_read`].
    #[must_use]
    pub fn reads(&self) -> Vec<(String, String)> {
        self.0.state.lock().reads.clone()
    }

    /// Puts a body where this channel's polls find it. Offsets are handed out in their order; a poll above one forgets it.
    pub fn queue(&self, channel_id: Uuid, offset: i64, body: impl Into<Bytes>) {
        self.0.state.lock().updates.entry(channel_id).or_default().insert(offset, body.into());
        self.0.changed.notify_waiters();
    }

    fn take(&self, channel_id: Uuid, offset: Option<i64>) -> Option<Polled> {
        let mut state = self.0.state.lock();
        let updates = state.updates.get_mut(&channel_id)?;
        if let Some(offset) = offset {
            *updates = updates.split_off(&offset);
        }
        let last = *updates.last_key_value()?.0;
        Some(Polled { bodies: updates.values().cloned().collect(), next_offset: Some(last + 1) })
    }
}

#[async_trait]
impl Network for Stub {
    fn provider(&self) -> &'static str {
        "stub"
    }

    fn capabilities(&self) -> &Capabilities {
        &self.0.capabilities
    }

    /// Any object; `identity` is its text of that name.
    fn validate(&self, credentials: &Value) -> Result<Validated, Vec<CredentialError>> {
        let identity = credentials.get("identity").and_then(Value::as_str).map(str::to_owned);
        let credentials = if credentials.is_null() { json!({}) } else { credentials.clone() };
        if !credentials.is_object() {
            return Err(vec![CredentialError { field: "", message: "must be an object".into() }]);
        }
        Ok(Validated { credentials, identity, business: None })
    }

    /// The header `X-Stub-Secret` equals the channel's webhook secret.
    fn verify(&self, request: &WebhookRequest<'_>, account: Option<&Account>) -> Result<(), Rejection> {
        let secret = account.map(|account| account.webhook_secret.as_bytes()).filter(|secret| !secret.is_empty());
        let given = request.headers.get("x-stub-secret").map(|value| value.as_bytes());
        match (secret, given) {
            (Some(secret), Some(given)) if bool::from(secret.ct_eq(given)) => Ok(()),
            _ => Err(Rejection::Unauthorized),
        }
    }

    fn parse(&self, body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
        parse::parse(body, now)
    }

    async fn open(&self, _account: &Account) -> Result<Opened, OpenError> {
        let connected = Opened::plain(ChannelStatus::Connected);
        self.0.state.lock().open.clone().unwrap_or(Ok(connected))
    }

    async fn poll(&self, account: &Account, offset: Option<i64>) -> Result<Polled, PollError> {
        let wait = async {
            loop {
                let changed = self.0.changed.notified();
                if let Some(polled) = self.take(account.channel_id, offset) {
                    return polled;
                }
                changed.await;
            }
        };
        let nothing = Polled { bodies: Vec::new(), next_offset: offset };
        Ok(tokio::time::timeout(POLL, wait).await.unwrap_or(nothing))
    }

    async fn send(&self, account: &Account, outgoing: &Outgoing) -> Result<Sent, SendError> {
        let (index, answer) = {
            let mut state = self.0.state.lock();
            let answer = match state.by_chat.get_mut(&outgoing.chat_external_id) {
                Some(script) => script.next(),
                None => state.for_all.next(),
            };
            state.attempts.push(Attempt {
                channel_id: account.channel_id,
                outgoing: outgoing.clone(),
                at: Instant::now(),
                result: None,
            });
            (state.attempts.len() - 1, answer)
        };
        if let Answer::Slow(delay) = answer {
            tokio::time::sleep(delay).await;
        }
        let result = answer.result(outgoing);
        self.0.state.lock().attempts[index].result = Some(result.clone());
        self.0.changed.notify_waiters();
        result
    }

    async fn mark_read(&self, _account: &Account, thread: &Thread) {
        let read = (thread.chat_external_id.clone(), thread.message_external_id.clone().unwrap_or_default());
        self.0.state.lock().reads.push(read);
        self.0.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
