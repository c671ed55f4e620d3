//! Meta's Graph API as far as WhatsApp's Cloud API goes, on the loopback: every phone number id exists, every bearer token
//! is good until it is revoked (<https://developers.facebook.com/documentation/business-messaging/whatsapp>).

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::desk::{Call, Desk, Fault};
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
    media: Mutex<HashMap<String, Media>>,
    reads: Mutex<Vec<String>>,
    revoked: Mutex<HashSet<String>>,
}

#[derive(Clone)]
struct Media {
    mime_type: String,
    data: Bytes,
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
            media: Mutex::default(),
            reads: Mutex::default(),
            revoked: Mutex::default(),
        });
        let router = Router::new().fallback(call).with_state(Arc::clone(&api));
        Ok(Self { url, api, _server: serve(listener, router)? })
    }

    /// From now on, ids that are handed out end in the numbers after this one; 0 unless told otherwise.
    pub fn number_after(&self, number: u64) {
        self.api.next.store(number + 1, Ordering::Relaxed);
    }

    /// The next sends to this recipient fail so, one each.
    pub fn fail(&self, recipient: &str, faults: impl IntoIterator<Item = Fault>) {
        self.api.desk.fail(recipient, faults);
    }

    /// From now on this access token is invalid.
    pub fn revoke(&self, token: &str) {
        self.api.revoked.lock().insert(token.to_owned());
    }

    /// A file as if a customer had sent it; returns its media id.
    #[must_use]
    pub fn put_media(&self, mime_type: &str, data: impl Into<Bytes>) -> String {
        self.api.put(Media { mime_type: mime_type.to_owned(), data: data.into() })
    }

    /// The bytes of a media id.
    #[must_use]
    pub fn media(&self, id: &str) -> Option<Bytes> {
        self.api.media.lock().get(id).map(|media| media.data.clone())
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

    fn put(&self, media: Media) -> String {
        let id = format!("9{:014}", self.next());
        self.media.lock().insert(id.clone(), media);
        id
    }
}

async fn call(State(api): State<Arc<Api>>, request: Request<Body>) -> Response {
    let token = bearer(request.headers()).filter(|token| !token.is_empty() && !api.revoked.lock().contains(*token));
    if token.is_none() {
        return answer(401, &failed(190, "Invalid OAuth access token"));
    }
    let path = request.uri().path().trim_matches('/').to_owned();
    let segments: Vec<&str> = path.split('/').skip_while(|segment| is_version(segment)).collect();
    match (request.method(), segments.as_slice()) {
        (&Method::GET, ["download", id]) => match api.media.lock().get(*id).cloned() {
            Some(media) => ([(header::CONTENT_TYPE, media.mime_type)], media.data).into_response(),
            None => answer(404, &failed(100, "Unsupported get request")),
        },
        (&Method::GET, [id]) => {
            let media = api.media.lock().get(*id).cloned();
            media.map_or_else(|| number(id), |media| described(&api, id, &media))
        }
        (&Method::POST, [id, "messages"]) => send(&api, id, fields(request).await.0).await,
        (&Method::POST, [_, "media"]) => match fields(request).await.1.pop() {
            Some(file) => answer(200, &json!({"id": api.put(Media { mime_type: file.mime_type, data: file.data })})),
            None => answer(400, &failed(100, "(#100) The parameter file is required")),
        },
        (&Method::POST | &Method::DELETE, [_] | [_, "subscribed_apps"]) => answer(200, &json!({"success": true})),
        _ => answer(400, &failed(100, "Unsupported request")),
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|number| number.starts_with(|first: char| first.is_ascii_digit()))
}

fn number(id: &str) -> Response {
    answer(
        200,
        &json!({"id": id, "verified_name": "Fake", "display_phone_number": "+1 555-010-0000",
        "quality_rating": "GREEN", "code_verification_status": "VERIFIED"}),
    )
}

fn described(api: &Api, id: &str, media: &Media) -> Response {
    let url = format!("{}/download/{id}", api.url);
    let sha256 = hex::encode(Sha256::digest(&media.data));
    answer(
        200,
        &json!({"messaging_product": "whatsapp", "id": id, "url": url, "mime_type": media.mime_type,
        "sha256": sha256, "file_size": media.data.len()}),
    )
}

async fn send(api: &Api, phone_number_id: &str, body: Value) -> Response {
    if body["messaging_product"] != "whatsapp" {
        return answer(400, &failed(100, "(#100) The parameter messaging_product is required."));
    }
    if body["status"] == "read" {
        api.reads.lock().push(body["message_id"].as_str().unwrap_or_default().to_owned());
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
