//! The WhatsApp bridge's HTTP API on the loopback: sessions are connected as soon as they are started, unless a test says
//! otherwise, and a `clientId` that comes again sends nothing. It delivers no webhooks.
//!
//! What is asked below any other address is noted and answered as Evolution API and WAHA would, so that it stands in for them.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::any;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::desk::{Call, Desk, Fault};
use crate::loopback::{Server, bearer, bind, fields, json as answer, serve};

/// Serves until dropped.
pub struct FakeBridge {
    /// The base of the bridge's API.
    pub url: String,
    api: Arc<Api>,
    _server: Server,
}

struct Api {
    secret: String,
    desk: Desk,
    next: AtomicU64,
    sessions: Mutex<HashMap<String, Session>>,
    sent: Mutex<HashMap<(String, String), String>>,
    reads: Mutex<Vec<Value>>,
    asked: Mutex<Vec<Asked>>,
    files: Mutex<HashMap<String, Vec<u8>>>,
}

/// A call that is no message, or one in another product's words.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `PUT /sessions/1/messages/A1/reaction`
    pub call: String,
    pub body: Value,
    /// What the caller proved itself with.
    pub key: Option<String>,
}

#[derive(Clone)]
struct Session {
    webhook_url: Option<String>,
    status: String,
    qr: Option<String>,
}

impl Default for Session {
    fn default() -> Self {
        Self { webhook_url: None, status: "connected".into(), qr: None }
    }
}

/// A refusal in the bridge's words.
#[must_use]
pub fn refusal(status: u16, code: &str, message: &str) -> Fault {
    Fault::Answer { status, body: failed(code, message) }
}

fn failed(code: &str, message: &str) -> Value {
    json!({"code": code, "message": message})
}

impl FakeBridge {
    /// # Errors
    /// Where the loopback has no free port.
    pub async fn start(secret: &str) -> io::Result<Self> {
        let api = Arc::new(Api {
            secret: secret.to_owned(),
            desk: Desk::default(),
            next: AtomicU64::new(1),
            sessions: Mutex::default(),
            sent: Mutex::default(),
            reads: Mutex::default(),
            asked: Mutex::default(),
            files: Mutex::default(),
        });
        let router = Router::new()
            .route("/sessions/{id}", any(session))
            .route("/sessions/{id}/{what}", any(below))
            .fallback(any(elsewhere))
            .with_state(Arc::clone(&api));
        let server = serve(bind().await?, router)?;
        Ok(Self { url: format!("http://{}", server.address), api, _server: server })
    }

    /// From now on, ids that are handed out end in the numbers after this one; 0 unless told otherwise.
    pub fn number_after(&self, number: u64) {
        self.api.next.store(number + 1, Ordering::Relaxed);
    }

    /// What the session answers from now on; with another status than `connected` it sends nothing.
    pub fn set_status(&self, channel_id: &str, status: &str, qr: Option<&str>) {
        let mut sessions = self.api.sessions.lock();
        let session = sessions.entry(channel_id.to_owned()).or_default();
        status.clone_into(&mut session.status);
        session.qr = qr.map(str::to_owned);
    }

    /// Where the session was told to deliver; `None` where it was never started, or was logged out.
    #[must_use]
    pub fn webhook_url(&self, channel_id: &str) -> Option<String> {
        self.api.sessions.lock().get(channel_id)?.webhook_url.clone()
    }

    /// The next sends to this chat fail so, one each.
    pub fn fail(&self, chat_id: &str, faults: impl IntoIterator<Item = Fault>) {
        self.api.desk.fail(chat_id, faults);
    }

    /// Bodies of the calls that marked messages as read.
    #[must_use]
    pub fn reads(&self) -> Vec<Value> {
        self.api.reads.lock().clone()
    }

    /// Calls whose address holds this text, in order: changes to messages, typing, and those of other products.
    #[must_use]
    pub fn asked(&self, below: &str) -> Vec<Asked> {
        self.api.asked.lock().iter().filter(|asked| asked.call.contains(below)).cloned().collect()
    }

    /// Keeps a file for whoever fetches it with the secret, and says where.
    #[must_use]
    pub fn keep(&self, channel_id: &str, key: &str, bytes: &[u8]) -> String {
        let path = format!("/sessions/{channel_id}/media/{key}");
        self.api.files.lock().insert(path.clone(), bytes.to_vec());
        path
    }

    /// Messages that a session sent, in order, with those that were refused; repeats of a `clientId` are not among them.
    #[must_use]
    pub fn sends(&self, channel_id: &str) -> Vec<Call> {
        self.api.desk.calls(channel_id)
    }

    /// Waits until a session has tried to send so many messages.
    pub async fn wait_for_sends(&self, channel_id: &str, count: usize) -> Vec<Call> {
        self.api.desk.wait(channel_id, count).await
    }
}

fn unauthorized(api: &Api, request: &Request<Body>) -> Option<Response> {
    let known = bearer(request.headers()) == Some(api.secret.as_str());
    (!known).then(|| answer(401, &failed("UNAUTHORIZED", "wrong secret")))
}

async fn session(State(api): State<Arc<Api>>, Path(id): Path<String>, request: Request<Body>) -> Response {
    if let Some(refused) = unauthorized(&api, &request) {
        return refused;
    }
    let method = request.method().clone();
    let (body, _) = fields(request).await;
    let mut sessions = api.sessions.lock();
    match method {
        Method::PUT => {
            let session = sessions.entry(id).or_default();
            session.webhook_url = body["webhookUrl"].as_str().map(str::to_owned);
            state(session)
        }
        Method::GET => sessions.get(&id).map_or_else(|| answer(404, &failed("NOT_FOUND", "no such session")), state),
        Method::DELETE => {
            sessions.remove(&id);
            answer(200, &json!({"status": "disconnected"}))
        }
        _ => answer(405, &failed("INVALID_DATA", "no such method")),
    }
}

fn state(session: &Session) -> Response {
    let phone = (session.status == "connected").then_some("+15550100000");
    answer(200, &json!({"status": session.status, "qr": session.qr, "phone": phone}))
}

async fn below(
    State(api): State<Arc<Api>>,
    Path((id, what)): Path<(String, String)>,
    request: Request<Body>,
) -> Response {
    if let Some(refused) = unauthorized(&api, &request) {
        return refused;
    }
    let (body, _) = fields(request).await;
    match what.as_str() {
        "messages" => send(&api, &id, body).await,
        "read" => {
            api.reads.lock().push(body);
            answer(200, &json!({"ok": true}))
        }
        "typing" => {
            let key = Some(api.secret.clone());
            api.asked.lock().push(Asked { call: format!("POST /sessions/{id}/typing"), body, key });
            answer(200, &json!({"ok": true}))
        }
        _ => answer(404, &failed("NOT_FOUND", "no such address")),
    }
}

async fn send(api: &Api, session: &str, body: Value) -> Response {
    let (Some(client_id), Some(_)) = (body["clientId"].as_str(), body["to"].as_str()) else {
        return answer(422, &failed("INVALID_DATA", "clientId and to are required"));
    };
    let key = (session.to_owned(), client_id.to_owned());
    if let Some(id) = api.sent.lock().get(&key) {
        return answer(200, &json!({"id": id}));
    }
    let connected = api.sessions.lock().get(session).is_some_and(|session| session.status == "connected");
    if !connected {
        return answer(409, &failed("SESSION_NOT_CONNECTED", "the phone is not connected"));
    }
    let to = body["to"].clone();
    let call = Call::new(session, "messages", &to, body);
    api.desk
        .answer(call, |_| {
            let id = format!("3EB0{:016X}", api.next.fetch_add(1, Ordering::Relaxed));
            // a second call that came meanwhile gets the first one's id
            let id = api.sent.lock().entry(key).or_insert(id).clone();
            answer(200, &json!({"id": id}))
        })
        .await
}

/// The bridge's changes and files, and whatever another product is asked.
async fn elsewhere(State(api): State<Arc<Api>>, request: Request<Body>) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with("/sessions/")
        && let Some(refused) = unauthorized(&api, &request)
    {
        return refused;
    }
    let kept = api.files.lock().get(&path).cloned();
    if let Some(bytes) = kept {
        return Response::new(Body::from(bytes));
    }
    let call = format!("{} {path}", request.method());
    let key = key_of(request.headers());
    let (body, _) = fields(request).await;
    api.asked.lock().push(Asked { call, body, key });
    let id = format!("3EB0{:016X}", api.next.fetch_add(1, Ordering::Relaxed));
    // Evolution's forms and WAHA's in one
    answer(
        200,
        &json!({"key": {"id": id}, "id": format!("true_1@c.us_{id}"), "instance": {"state": "open"}, "status": "WORKING"}),
    )
}

fn key_of(headers: &HeaderMap) -> Option<String> {
    let key = ["apikey", "x-api-key", "authorization"].iter().find_map(|name| headers.get(*name))?;
    Some(key.to_str().ok()?.to_owned())
}
