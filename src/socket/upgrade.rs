//! Requests to `/socket.io`: pages of other origins are refused, WebSockets are opened on a line that can be cut, and
//! long polling is the library's.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::TokioIo;
use socketioxide::service::SocketIoService;
use socketioxide::socket::Sid;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tower::{Service, ServiceExt};

use super::line::{Cuttable, Line, Lines};
use crate::background::Background;
use crate::config::{Config, CorsOrigins};

/// The library, before a router without routes: it would answer what is not Socket.IO.
type Engine = SocketIoService<axum::Router>;

/// Where requests of Socket.IO clients enter.
#[derive(Clone)]
pub struct Entrance {
    engine: Engine,
    lines: Lines,
    background: Background,
    origins: Arc<Origins>,
}

impl Entrance {
    pub fn new(engine: Engine, lines: Lines, background: Background, config: &Config) -> Self {
        Self { engine, lines, background, origins: Arc::new(Origins::new(config)) }
    }

    /// Answers one request.
    pub async fn answer(self, request: Request) -> Response {
        if !self.origins.allow(request.headers()) {
            // Engine.IO's own words for it
            let body = r#"{"code":4,"message":"Forbidden"}"#;
            return (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        }
        match Upgrade::of(&request) {
            Some(upgrade) => self.open(upgrade, request),
            None => match self.engine.oneshot(request).await {
                Ok(response) => response.map(Body::new),
                Err(never) => match never {},
            },
        }
    }

    fn open(mut self, upgrade: Upgrade, mut request: Request) -> Response {
        let upgraded = hyper::upgrade::on(&mut request);
        let (parts, _) = request.into_parts();
        self.background.clone().spawn_until_stop(async move {
            let Ok(stream) = upgraded.await else { return };
            let line = Arc::new(Line::default());
            let entry = upgrade.session.map(|session| self.lines.enter(session, &line));
            let mut request = Request::from_parts(parts, ());
            request.extensions_mut().insert(Arc::clone(&line));
            let stream = Cuttable::new(TokioIo::new(stream), line, entry);
            if let Err(error) = self.engine.call((stream, request)).await {
                tracing::debug!(%error, "a WebSocket was not opened");
            }
        });
        let headers = [
            (header::CONNECTION, HeaderValue::from_static("Upgrade")),
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::SEC_WEBSOCKET_ACCEPT, upgrade.accept),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
    }
}

/// A request that opens a WebSocket; whatever else it may be is answered by the library.
struct Upgrade {
    accept: HeaderValue,
    /// The polling session that goes on over the WebSocket.
    session: Option<Sid>,
}

impl Upgrade {
    fn of(request: &Request) -> Option<Self> {
        let query = request.uri().query()?;
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let websocket = request
            .headers()
            .get(header::UPGRADE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
        if !websocket
            || request.method() != Method::GET
            || value("transport") != Some("websocket")
            || value("EIO") != Some("4")
        {
            return None;
        }
        let session = match value("sid") {
            Some(sid) => Some(sid.parse().ok()?),
            None => None,
        };
        let key = request.headers().get(header::SEC_WEBSOCKET_KEY)?;
        let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok()?;
        Some(Self { accept, session })
    }
}

/// Which pages may connect. WebSockets are not subject to CORS, so the server has to look by itself.
struct Origins {
    allowed: CorsOrigins,
    /// The origin of `PUBLIC_URL`, where a proxy may change the host.
    own: Option<String>,
}

impl Origins {
    fn new(config: &Config) -> Self {
        let own = reqwest::Url::parse(&config.public_url).ok().map(|url| url.origin().ascii_serialization());
        Self { allowed: config.cors_origins.clone(), own }
    }

    /// Programs send no origin and are let in; `null` is nobody's.
    fn allow(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        let origin = origin.to_ascii_lowercase();
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let same =
            origin.split_once("://").is_some_and(|(_, of)| host.is_some_and(|host| host.eq_ignore_ascii_case(of)));
        same || self.own.as_ref() == Some(&origin)
            || match &self.allowed {
                CorsOrigins::SameOrigin => false,
                CorsOrigins::Any => true,
                CorsOrigins::List(list) => list.contains(&origin),
            }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn allowed(origins: &str, origin: Option<&str>) -> bool {
        let config = Config::from_lookup(&|name| match name {
            "CORS_ORIGINS" => Some(origins.to_owned()),
            "PUBLIC_URL" => Some("https://inbox.example.com".to_owned()),
            _ => None,
        });
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("127.0.0.1:3000"))]);
        headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_str(origin).unwrap())));
        Origins::new(&config.unwrap()).allow(&headers)
    }

    #[test]
    fn h8_pages_of_other_origins_are_kept_out() {
        for origin in [None, Some("http://127.0.0.1:3000"), Some("https://inbox.example.com")] {
            assert!(allowed("", origin), "{origin:?} is our own");
        }
        for origin in ["null", "https://evil.example", "https://inbox.example.com.evil.example", "127.0.0.1:3000", ""] {
            assert!(!allowed("", Some(origin)), "{origin}");
            assert!(!allowed("https://app.example.com", Some(origin)), "{origin}");
        }
        assert!(allowed("https://app.example.com", Some("https://APP.example.com")));
        assert!(allowed("*", Some("https://evil.example")));
    }
}
