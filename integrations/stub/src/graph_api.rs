//! Meta's Graph API as far as WhatsApp's Cloud API goes, on the loopback: every phone number id exists, every bearer token
//! is good until it is revoked (<https://developers.facebook.com/documentation/business-messaging/whatsapp>).

mod library;

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::desk::{Call, Desk, Fault};
pub use library::{MediaFault, Shelf};

use library::Library;

use crate::loopback::{Server, bearer, bind, fields, json as answer, serve};

/// Serves until dropped.
pub struct FakeGraph {
    /// The base of Graph API calls; a version (`/v26.0`) may follow.
    pub url: String,
    api: Arc<Api>,
    _server: Server,
}

struct Api {
    desk: Desk,
    url: String,
    next: AtomicU64,
    asked: AtomicU64,
    library: Library,
    reads: Mutex<Vec<String>>,
    typings: Mutex<Vec<String>>,
    numbers: Mutex<HashMap<String, Value>>,
    templates: Mutex<HashMap<String, Vec<Value>>>,
    revoked: Mutex<HashSet<String>>,
}

/// A refusal as Graph words it; rate limits are HTTP 400 with a code too.
#[must_use]
pub fn refusal(status: u16, code: i64, message: &str) -> Fault {
    Fault::Answer { status, body: failed(code, message) }
}

fn failed(code: i64, message: &str) -> Value {
    json!({"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1b2C3d4"}})
}

impl FakeGraph {
    /// # Errors
    /// Where the loopback has no free port.
    pub async fn start() -> io::Result<Self> {
        let listener = bind().await?;
        let url = format!("http://{}", listener.local_addr()?);
        let api = Arc::new(Api {
            desk: Desk::default(),
            url: url.clone(),
            next: AtomicU64::new(1),
            asked: AtomicU64::new(0),
            library: Library::default(),
            reads: Mutex::default(),
            typings: Mutex::default(),
            numbers: Mutex::default(),
            templates: Mutex::default(),
            revoked: Mutex::default(),
        });
        let router = Router::new().fallback(call).with_state(Arc::clone(&api));
        Ok(Self { url, api, _server: serve(listener, router)? })
    }

    /// From now on, ids that are handed out end in the numbers after this one; 0 unless told otherwise.
    pub fn number_after(&self, number: u64) {
        self.api.next.store(number + 1, Ordering::Relaxed);
    }

    /// The next sends to this recipient fail so, one each; also the next uploads of a number (`{number}/media`), and the next
    /// questions about a number, a media id or the templates of an account (`{id}`, `{id}/message_templates`).
    pub fn fail(&self, recipient: &str, faults: impl IntoIterator<Item = Fault>) {
        self.api.desk.fail(recipient, faults);
    }

    /// From now on this access token is invalid.
    pub fn revoke(&self, token: &str) {
        self.api.revoked.lock().insert(token.to_owned());
    }

    /// From now on these fields of a number are so.
    pub fn set_number(&self, phone_number_id: &str, facts: &Value) {
        merge(self.api.numbers.lock().entry(phone_number_id.to_owned()).or_insert_with(|| json!({})), facts);
    }

    /// A template of an account as Meta lists it, in place of the one of this name and language.
    pub fn put_template(&self, waba_id: &str, template: Value) {
        let mut all = self.api.templates.lock();
        let list = all.entry(waba_id.to_owned()).or_default();
        list.retain(|known| (&known["name"], &known["language"]) != (&template["name"], &template["language"]));
        list.push(template);
    }

    /// The account has no templates any more.
    pub fn remove_templates(&self, waba_id: &str) {
        self.api.templates.lock().remove(waba_id);
    }

    /// A file as if a customer had sent it; returns its media id.
    #[must_use]
    pub fn put_media(&self, mime_type: &str, data: impl Into<Bytes>) -> String {
        self.put_media_on(Shelf::default(), mime_type, data)
    }

    /// A file that is to be had for a while only.
    #[must_use]
    pub fn put_media_on(&self, shelf: Shelf, mime_type: &str, data: impl Into<Bytes>) -> String {
        self.api.put(mime_type.to_owned(), data.into(), shelf)
    }

    /// From now on downloads of this file go wrong so, or no longer.
    pub fn fail_media(&self, id: &str, fault: Option<MediaFault>) {
        self.api.library.set_fault(id, fault);
    }

    /// The media id is gone, as after its days.
    pub fn remove_media(&self, id: &str) {
        self.api.library.remove(id);
    }

    /// The bytes of a media id.
    #[must_use]
    pub fn media(&self, id: &str) -> Option<Bytes> {
        self.api.library.find(id).map(|media| media.data)
    }

    /// Media ids that were loaded, in order.
    #[must_use]
    pub fn loads(&self) -> Vec<String> {
        self.api.library.loads()
    }

    /// Requests of any kind so far.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.api.asked.load(Ordering::Relaxed)
    }

    /// Messages on which somebody was shown to type.
    #[must_use]
    pub fn typings(&self) -> Vec<String> {
        self.api.typings.lock().clone()
    }

    /// Messages that were marked as read.
    #[must_use]
    pub fn reads(&self) -> Vec<String> {
        self.api.reads.lock().clone()
    }

    /// Messages that a number sent, in order, with those that were refused.
    #[must_use]
    pub fn sends(&self, phone_number_id: &str) -> Vec<Call> {
        self.api.desk.calls(phone_number_id)
    }

    /// Waits until a number has tried to send so many messages.
    pub async fn wait_for_sends(&self, phone_number_id: &str, count: usize) -> Vec<Call> {
        self.api.desk.wait(phone_number_id, count).await
    }
}

impl Api {
    fn next(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn put(&self, mime_type: String, data: Bytes, shelf: Shelf) -> String {
        let id = format!("9{:014}", self.next());
        self.library.put(&id, mime_type, data, shelf);
        id
    }

    /// What is ordered for this key in place of an answer to a question.
    async fn answer(&self, key: &str, usual: impl FnOnce() -> Response) -> Response {
        self.desk.question(key, usual).await
    }
}

async fn call(State(api): State<Arc<Api>>, request: Request<Body>) -> Response {
    api.asked.fetch_add(1, Ordering::Relaxed);
    let token = bearer(request.headers()).filter(|token| !token.is_empty() && !api.revoked.lock().contains(*token));
    if token.is_none() {
        return answer(401, &failed(190, "Invalid OAuth access token"));
    }
    let path = request.uri().path().trim_matches('/').to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let segments: Vec<&str> = path.split('/').skip_while(|segment| is_version(segment)).collect();
    match (request.method(), segments.as_slice()) {
        (&Method::GET, ["download", key]) => {
            api.library.load(key).await.unwrap_or_else(|| answer(404, &failed(100, "URL signature expired")))
        }
        (&Method::GET, [waba_id, "message_templates"]) => {
            api.answer(&format!("{waba_id}/message_templates"), || templates(&api, waba_id, &query)).await
        }
        (&Method::GET, [id]) => api.answer(id, || node(&api, id)).await,
        (&Method::POST, [id, "messages"]) => send(&api, id, fields(request).await.0).await,
        (&Method::POST, [id, "media"]) => {
            let file = fields(request).await.1.pop();
            let taken = || match file {
                Some(file) => answer(200, &json!({"id": api.put(file.mime_type, file.data, Shelf::default())})),
                None => answer(400, &failed(100, "(#100) The parameter file is required")),
            };
            api.answer(&format!("{id}/media"), taken).await
        }
        (&Method::POST | &Method::DELETE, [_] | [_, "subscribed_apps"]) => answer(200, &json!({"success": true})),
        _ => answer(400, &failed(100, "Unsupported request")),
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|number| number.starts_with(|first: char| first.is_ascii_digit()))
}

/// A media id, or a number: each other id is one.
fn node(api: &Api, id: &str) -> Response {
    const GONE: &str =
        "Unsupported get request. Object does not exist, cannot be loaded, or does not support this operation";
    // the ids that are handed out here
    if id.len() == 15 && id.starts_with('9') && !api.numbers.lock().contains_key(id) {
        let described = api.library.describe(id, &api.url, api.next());
        return described.map_or_else(|| answer(400, &failed(100, GONE)), |media| answer(200, &media));
    }
    let mut number = json!({"id": id, "verified_name": "Fake", "display_phone_number": "+1 555-010-0000",
        "quality_rating": "GREEN", "code_verification_status": "VERIFIED", "name_status": "APPROVED",
        "status": "CONNECTED", "throughput": {"level": "STANDARD"},
        "whatsapp_business_manager_messaging_limit": "TIER_2K"});
    if let Some(facts) = api.numbers.lock().get(id) {
        merge(&mut number, facts);
    }
    answer(200, &number)
}

/// A page of templates: `limit` of them after the one that `after` names.
fn templates(api: &Api, waba_id: &str, query: &str) -> Response {
    let asked = |name: &str| {
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let number = |name: &str| asked(name).and_then(|text| text.parse::<usize>().ok());
    let (start, limit) = (number("after").unwrap_or(0), number("limit").unwrap_or(25).clamp(1, 100));
    let all = api.templates.lock();
    let list = all.get(waba_id).map(Vec::as_slice).unwrap_or_default();
    let page: Vec<&Value> = list.iter().skip(start).take(limit).collect();
    let end = start + page.len();
    let mut body =
        json!({"data": page, "paging": {"cursors": {"before": start.to_string(), "after": end.to_string()}}});
    if end < list.len() {
        body["paging"]["next"] = format!("{}/{waba_id}/message_templates?after={end}", api.url).into();
    }
    answer(200, &body)
}

fn merge(into: &mut Value, fields: &Value) {
    if let (Value::Object(into), Value::Object(fields)) = (into, fields) {
        into.extend(fields.clone());
    }
}

async fn send(api: &Api, phone_number_id: &str, body: Value) -> Response {
    if body["messaging_product"] != "whatsapp" {
        return answer(400, &failed(100, "(#100) The parameter messaging_product is required."));
    }
    if body["status"] == "read" {
        let message = body["message_id"].as_str().unwrap_or_default().to_owned();
        if !body["typing_indicator"].is_null() {
            api.typings.lock().push(message.clone());
        }
        api.reads.lock().push(message);
        return answer(200, &json!({"success": true}));
    }
    let recipient = if body["to"].is_null() { body["recipient"].clone() } else { body["to"].clone() };
    if recipient.is_null() {
        return answer(400, &failed(131_009, "(#131009) Parameter value is not valid"));
    }
    let call = Call::new(phone_number_id, "messages", &recipient, body);
    api.desk
        .answer(call, |call| {
            answer(
                200,
                &json!({"messaging_product": "whatsapp",
                "contacts": [{"input": call.chat, "wa_id": call.chat}],
                "messages": [{"id": format!("wamid.FAKE{:012}", api.next())}]}),
            )
        })
        .await
}
