//! What every request passes: its id, its access line and figures, the log line of a failure, the net under a panic, and who may
//! call from another origin. Addresses are logged without their query string, which may hold a token.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use metrics::{counter, histogram};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use uuid::Uuid;

use super::problem::{self, Problem};
use crate::config::CorsOrigins;
use crate::error::Error;
use crate::telemetry::names::{HTTP_REQUEST_DURATION_SECONDS, HTTP_REQUESTS_TOTAL};
use crate::telemetry::receipt;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts all of it around a router.
pub fn around(router: Router, origins: &CorsOrigins) -> Router {
    let router = router
        .method_not_allowed_fallback(async || {
            let detail = "This address does not take this method.";
            Problem::plain(StatusCode::METHOD_NOT_ALLOWED, "INVALID_DATA", detail)
        })
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Error::internal("a handler panicked; the panic is logged above").into_response()
        }))
        .layer(middleware::from_fn(observe));
    match cors(origins) {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

/// The answer to an address that nobody serves.
pub async fn not_found() -> Problem {
    Problem::plain(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this address.")
}

/// How long an answer may take; long polling has its own deadline.
const DEADLINE: Duration = Duration::from_secs(30);

/// A layer: gives up on what takes too long — a client that trickles its body, a store that hangs.
pub async fn hurry(request: Request, next: Next) -> Response {
    let late = |_| Error::Unavailable("no answer within the deadline".into()).into_response();
    tokio::time::timeout(DEADLINE, next.run(request)).await.unwrap_or_else(late)
}

/// What pages may load, unless they say it themselves: what this server has, and no scripts within the page.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    media-src 'self' blob:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

/// The same for a page that others may show in a frame.
///
/// # Errors
/// If `ancestors` cannot stand in a header.
pub fn page_policy(ancestors: &str) -> Result<HeaderValue, header::InvalidHeaderValue> {
    PAGE_POLICY.replace("frame-ancestors 'none'", &format!("frame-ancestors {ancestors}")).try_into()
}

/// Rides on an answer that waited on purpose, so that waiting does not count as slowness.
#[derive(Clone, Copy)]
pub struct Waited(pub Duration);

/// A layer: for doors whose requests wait on purpose as a rule, as long polling does.
pub async fn unhurried(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let mut response = next.run(request).await;
    response.extensions_mut().insert(Waited(started.elapsed()));
    response
}

async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers().get(&REQUEST_ID));
    request.headers_mut().insert(REQUEST_ID.clone(), id.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let mut response = receipt::on_behalf_of(started, next.run(request)).await;
    let took = started.elapsed();
    let (status, request_id) = (response.status().as_u16(), id.to_str().unwrap_or_default());
    tracing::debug!(request_id, %method, path, status, took_ms = took.as_millis(), "request");
    if let Some(cause) = problem::cause(&response) {
        tracing::error!(request_id, %method, path, status, cause, "request failed");
    }
    let waited = response.extensions().get().map_or(Duration::ZERO, |Waited(waited)| *waited);
    histogram!(HTTP_REQUEST_DURATION_SECONDS).record(took.saturating_sub(waited));
    let labels = [("method", known(&method).to_owned()), ("route", route), ("status", status.to_string())];
    counter!(HTTP_REQUESTS_TOTAL, &labels).increment(1);
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID.clone(), id);
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    }
    if path.starts_with("/api/") {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// A label's values are few, whatever clients invent.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::HEAD | Method::OPTIONS => {
            method.as_str()
        }
        _ => "OTHER",
    }
}

/// The client's own id if it is short and plain, else a new one.
fn request_id(given: Option<&HeaderValue>) -> HeaderValue {
    let plain = |value: &&HeaderValue| {
        (1..=64).contains(&value.len())
            && value.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    let made = || HeaderValue::from_str(&Uuid::now_v7().to_string()).unwrap_or(HeaderValue::from_static("-"));
    given.filter(plain).cloned().unwrap_or_else(made)
}

/// `*` never goes with credentials, and an origin is never answered with itself unless it is listed.
fn cors(origins: &CorsOrigins) -> Option<CorsLayer> {
    let cors = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::RANGE,
            HeaderName::from_static("idempotency-key"),
            REQUEST_ID.clone(),
        ])
        .expose_headers([REQUEST_ID.clone(), header::RETRY_AFTER, header::CONTENT_RANGE])
        .max_age(Duration::from_secs(600));
    match origins {
        CorsOrigins::SameOrigin => None,
        CorsOrigins::Any => Some(cors.allow_origin(Any)),
        CorsOrigins::List(list) => {
            let list: Vec<HeaderValue> = list.iter().filter_map(|origin| origin.parse().ok()).collect();
            Some(cors.allow_origin(list).allow_credentials(true))
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn ask(origins: &CorsOrigins, request: axum::http::request::Builder) -> Response {
        let router = Router::new()
            .route("/api/ok", get(async || "ok"))
            .route("/api/panic", get(async || -> &'static str { panic!("canary") }))
            .fallback(not_found);
        around(router, origins).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn body(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn every_answer_has_an_id_and_only_a_plain_one_of_the_client_is_kept() {
        let own = CorsOrigins::SameOrigin;
        for uri in ["/api/ok", "/api/panic", "/nowhere"] {
            assert!(ask(&own, Request::get(uri)).await.headers().contains_key(&REQUEST_ID), "{uri}");
        }
        let echo = async |id: &str| {
            let response = ask(&own, Request::get("/api/ok").header(&REQUEST_ID, id)).await;
            response.headers()[&REQUEST_ID].to_str().unwrap().to_owned()
        };
        assert_eq!(echo("mine-1.2_3").await, "mine-1.2_3");
        for odd in ["", "a b", "a\"b", &"a".repeat(65)] {
            assert_ne!(echo(odd).await, odd);
        }
    }

    #[tokio::test]
    async fn unknown_addresses_wrong_methods_and_panics_are_problems() {
        for (request, status, code) in [
            (Request::get("/api/nowhere"), 404, "NOT_FOUND"),
            (Request::delete("/api/ok"), 405, "INVALID_DATA"),
            (Request::get("/api/panic"), 500, "INTERNAL"),
        ] {
            let response = ask(&CorsOrigins::SameOrigin, request).await;
            assert_eq!(response.status(), status);
            let text = body(response).await;
            assert!(text.contains(code) && !text.contains("canary"), "{text}");
        }
    }

    #[tokio::test]
    async fn other_origins_may_call_only_where_they_are_listed() {
        let allowed = async |origins: CorsOrigins, origin: &str| {
            let response = ask(&origins, Request::get("/api/ok").header(header::ORIGIN, origin)).await;
            let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            (header(header::ACCESS_CONTROL_ALLOW_ORIGIN), header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS))
        };
        let list = CorsOrigins::List(vec!["https://a.example".into()]);
        let yes = Some("true".to_owned());
        assert_eq!(allowed(list.clone(), "https://a.example").await, (Some("https://a.example".into()), yes));
        assert_eq!(allowed(list.clone(), "https://b.example").await.0, None);
        assert_eq!(allowed(list, "null").await.0, None);
        assert_eq!(allowed(CorsOrigins::SameOrigin, "https://a.example").await, (None, None));
        assert_eq!(allowed(CorsOrigins::Any, "https://b.example").await, (Some("*".into()), None));
    }
}
