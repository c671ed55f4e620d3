//! Networks on the loopback: they remember what they were asked, and answer as they were told to.
//!
//! One set serves all tests. Each test's channels have accounts of their own (a bot token, a phone number id, a channel id), so
//! nobody sees another's calls. The fakes live on a thread of their own, since a test's runtime ends with the test.

use std::collections::{HashMap, VecDeque};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::Notify;

use super::wait::eventually;

/// The fakes that every server of this run speaks to.
pub struct Fakes {
    pub telegram: Fake,
    pub graph: Fake,
    pub bridge: Fake,
}

pub fn fakes() -> &'static Fakes {
    static FAKES: LazyLock<Fakes> = LazyLock::new(|| Fakes {
        telegram: Fake::start(super::fake_networks::telegram),
        graph: Fake::start(super::fake_networks::graph),
        bridge: Fake::start(super::fake_networks::bridge),
    });
    &FAKES
}

/// One request as the network saw it.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

#[derive(Clone)]
pub enum Reply {
    Json(u16, Value),
    /// Takes the request and never answers, until the caller goes.
    Never,
    /// Takes the request and breaks the connection in the middle of the answer.
    Cut,
    /// Waits for [`Gate::open`], then answers as usual.
    Held(Arc<Gate>),
}

/// Holds a call at the network.
#[derive(Default)]
pub struct Gate {
    open: Notify,
}

impl Gate {
    pub fn open(&self) {
        self.open.notify_one();
    }
}

/// Whose call it is, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub account: String,
    pub operation: String,
}

/// How a network answers when nothing else was asked for.
pub type Behaviour = fn(&Network, &Key, &Call) -> Reply;

/// What a network remembers.
#[derive(Default)]
pub struct Network {
    replies: Mutex<HashMap<Key, VecDeque<Reply>>>,
    calls: Mutex<HashMap<Key, Vec<Call>>>,
    updates: Mutex<HashMap<String, Vec<Value>>>,
    remembered: Mutex<HashMap<String, Value>>,
    next: AtomicU64,
}

impl Network {
    pub fn next_id(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// What was first made for this name.
    pub fn once(&self, name: String, make: impl FnOnce() -> Value) -> Value {
        self.remembered.lock().unwrap().entry(name).or_insert_with(make).clone()
    }

    /// Forgets updates below the offset and returns the rest, as `getUpdates` does.
    pub fn updates_from(&self, account: &str, offset: i64) -> Vec<Value> {
        let mut updates = self.updates.lock().unwrap();
        let waiting = updates.entry(account.to_owned()).or_default();
        waiting.retain(|update| update["update_id"].as_i64().unwrap_or(0) >= offset);
        waiting.iter().take(100).cloned().collect()
    }
}

pub struct Fake {
    pub url: String,
    network: Arc<Network>,
}

impl Fake {
    fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let network = Arc::new(Network::default());
        let router = Router::new().fallback(answer).with_state((Arc::clone(&network), behaviour));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { url, network }
    }

    /// One account at this network.
    pub fn account(&self, name: &str) -> Account {
        Account { name: name.to_owned(), network: Arc::clone(&self.network) }
    }
}

/// Where a request belongs: `/bot{token}/{method}`, `/{phone number id}/{edge}`, `/sessions/{channel id}/{what}`.
fn key(path: &str) -> Key {
    let path = path.strip_prefix("/sessions").unwrap_or(path).trim_start_matches('/');
    let (account, operation) = path.split_once('/').unwrap_or((path, ""));
    let account = account.strip_prefix("bot").unwrap_or(account);
    Key { account: account.to_owned(), operation: operation.to_ascii_lowercase() }
}

async fn answer(State((network, behaviour)): State<(Arc<Network>, Behaviour)>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 << 20).await.unwrap_or_default();
    let call = Call { method: parts.method, path: parts.uri.path().to_owned(), headers: parts.headers, body };
    let key = key(&call.path);
    network.calls.lock().unwrap().entry(key.clone()).or_default().push(call.clone());
    let scripted = network.replies.lock().unwrap().get_mut(&key).and_then(VecDeque::pop_front);
    let reply = match scripted {
        Some(Reply::Held(gate)) => {
            gate.open.notified().await;
            behaviour(&network, &key, &call)
        }
        Some(reply) => reply,
        None if key.operation == "getupdates" => long_poll(&network, behaviour, &key, &call).await,
        None => behaviour(&network, &key, &call),
    };
    match reply {
        Reply::Json(status, body) => {
            (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body.to_string())
                .into_response()
        }
        Reply::Cut => {
            let broken = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("cut"))]);
            ([("content-length", "1000")], Body::from_stream(broken)).into_response()
        }
        Reply::Never | Reply::Held(_) => std::future::pending().await,
    }
}

/// Waits up to the asked time for updates, as Telegram does.
async fn long_poll(network: &Network, behaviour: Behaviour, key: &Key, call: &Call) -> Reply {
    let wait = call.json()["timeout"].as_u64().unwrap_or(0).min(2);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(wait);
    loop {
        let reply = behaviour(network, key, call);
        let empty = matches!(&reply, Reply::Json(200, body) if body["result"].as_array().is_some_and(Vec::is_empty));
        if !empty || tokio::time::Instant::now() >= deadline {
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A bot, a phone number or a session, as the test controls it.
#[derive(Clone)]
pub struct Account {
    pub name: String,
    network: Arc<Network>,
}

impl Account {
    fn key(&self, operation: &str) -> Key {
        Key { account: self.name.clone(), operation: operation.to_ascii_lowercase() }
    }

    /// The next call of this operation that has no reply yet gets this one. Operations of bots are told apart without case.
    pub fn reply(&self, operation: &str, reply: Reply) {
        self.network.replies.lock().unwrap().entry(self.key(operation)).or_default().push_back(reply);
    }

    pub fn hold(&self, operation: &str) -> Arc<Gate> {
        let gate = Arc::new(Gate::default());
        self.reply(operation, Reply::Held(Arc::clone(&gate)));
        gate
    }

    /// Calls of an operation so far, oldest first.
    pub fn calls(&self, operation: &str) -> Vec<Call> {
        self.network.calls.lock().unwrap().get(&self.key(operation)).cloned().unwrap_or_default()
    }

    /// Waits until an operation was called so often, and returns those calls.
    pub async fn called(&self, operation: &str, times: usize) -> Vec<Call> {
        eventually(&format!("{times} calls of {operation:?}"), || async {
            let calls = self.calls(operation);
            (calls.len() >= times).then_some(calls)
        })
        .await
    }

    /// Puts an update where `getUpdates` finds it.
    pub fn push_update(&self, update: Value) {
        self.network.updates.lock().unwrap().entry(self.name.clone()).or_default().push(update);
    }

    /// Updates that were not confirmed yet.
    pub fn waiting_updates(&self) -> usize {
        self.network.updates.lock().unwrap().get(&self.name).map_or(0, Vec::len)
    }
}
