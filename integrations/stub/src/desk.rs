//! What the fake APIs share: what they were asked, in order, and the failures that a test ordered for a chat.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::loopback::{break_off, json};

/// A failure in place of an answer, once.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Not taken: this answer. Each API has functions for those that its server really gives.
    Answer { status: u16, body: Value },
    /// Taken, but the connection closes without an answer.
    Reset,
    /// Taken, and never answered.
    Silence,
    /// Taken, and answered only after this long.
    Slow(Duration),
    /// Taken, and answered once this is notified.
    Held(Arc<Notify>),
}

/// One message that somebody handed over.
#[derive(Debug, Clone)]
pub struct Call {
    /// Bot token, phone number id or session.
    pub account: String,
    /// `sendMessage`, `messages` …
    pub operation: String,
    pub chat: String,
    pub body: Value,
    pub at: Instant,
    /// `false`: refused by a scripted answer, so the customer never saw it.
    pub taken: bool,
}

#[derive(Default)]
pub(crate) struct Desk {
    calls: Mutex<Vec<Call>>,
    faults: Mutex<HashMap<String, VecDeque<Fault>>>,
    changed: Notify,
}

impl Desk {
    pub(crate) fn fail(&self, chat: &str, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().entry(chat.to_owned()).or_default().extend(faults);
    }

    pub(crate) fn calls(&self, account: &str) -> Vec<Call> {
        self.calls.lock().iter().filter(|call| call.account == account).cloned().collect()
    }

    /// Waits for so many calls of an account.
    pub(crate) async fn wait(&self, account: &str, count: usize) -> Vec<Call> {
        loop {
            let changed = self.changed.notified();
            let calls = self.calls(account);
            if calls.len() >= count {
                return calls;
            }
            changed.await;
        }
    }

    /// Records a call and answers it, as `usual` or as ordered. `usual` is not asked where nothing is taken.
    pub(crate) async fn answer(&self, mut call: Call, usual: impl FnOnce(&Call) -> Response) -> Response {
        let fault = self.faults.lock().get_mut(&call.chat).and_then(VecDeque::pop_front);
        call.taken = !matches!(fault, Some(Fault::Answer { .. }));
        let usual = call.taken.then(|| usual(&call));
        self.calls.lock().push(call);
        self.changed.notify_waiters();
        Self::end(fault, usual).await
    }

    /// Answers what is no message, as `usual` or as ordered for this key.
    pub(crate) async fn question(&self, key: &str, usual: impl FnOnce() -> Response) -> Response {
        let fault = self.faults.lock().get_mut(key).and_then(VecDeque::pop_front);
        let usual = (!matches!(fault, Some(Fault::Answer { .. }))).then(usual);
        Self::end(fault, usual).await
    }

    async fn end(fault: Option<Fault>, usual: Option<Response>) -> Response {
        match (fault, usual) {
            (Some(Fault::Answer { status, body }), _) => refusal(status, &body),
            (Some(Fault::Silence), _) => std::future::pending().await,
            (Some(Fault::Reset), _) | (_, None) => break_off(),
            (Some(Fault::Slow(delay)), Some(usual)) => {
                tokio::time::sleep(delay).await;
                usual
            }
            (Some(Fault::Held(gate)), Some(usual)) => {
                gate.notified().await;
                usual
            }
            (None, Some(usual)) => usual,
        }
    }
}

/// The answer, with the header that a rate limit of the Bot API carries beside its body.
fn refusal(status: u16, body: &Value) -> Response {
    let mut response = json(status, body);
    if let Some(secs) = body.pointer("/parameters/retry_after").and_then(Value::as_u64) {
        response.headers_mut().insert("retry-after", secs.into());
    }
    response
}

impl Call {
    pub(crate) fn new(account: &str, operation: &str, chat: &Value, body: Value) -> Self {
        let chat = chat.as_str().map_or_else(|| chat.to_string(), str::to_owned);
        Self { account: account.into(), operation: operation.into(), chat, body, at: Instant::now(), taken: true }
    }
}
