//! Requests to `/socket.io`: pages of other origins are refused, WebSockets are opened on a line that can be cut, and
//! long polling is the library's.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use socketioxide::service::SocketIoService;
use socketioxide::socket::Sid;
use tower::{Service, ServiceExt};

use super::line::{End, Line, Lines};
use crate::background::Background;
use crate::config::Config;
use crate::origin::Origins;
use crate::websocket::Opening;
use crate::wire::Wire;

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
        if let Some(upgrade) = Upgrade::of(&request) {
            return self.open(upgrade, request);
        }
        let begins = request.method() == Method::GET && parameter(&request, "sid").is_none();
        let request = match begins.then(|| lasting(&request, Body::empty())).flatten() {
            Some(lasting) => lasting,
            None => request,
        };
        match self.engine.oneshot(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        }
    }

    fn open(mut self, upgrade: Upgrade, mut request: Request) -> Response {
        let upgraded = hyper::upgrade::on(&mut request);
        let Some(mut request) = lasting(&request, ()) else { return StatusCode::BAD_REQUEST.into_response() };
        self.background.clone().spawn_until_stop(async move {
            let Ok(upgraded) = upgraded.await else { return };
            let Some((wire, ahead)) = Wire::under(upgraded) else {
                return tracing::error!("a WebSocket came over what is no wire");
            };
            let line = Arc::new(Line::new(wire));
            let entry = upgrade.session.map(|session| self.lines.enter(session, &line));
            request.extensions_mut().insert(Arc::clone(&line));
            let end = End::new(line, ahead, entry);
            if let Err(error) = self.engine.call((end, request)).await {
                tracing::debug!(%error, "a WebSocket was not opened");
            }
        });
        upgrade.opening.answer()
    }
}

/// What is asked of the request while its connection lasts, copied: each part of a request holds the whole buffer that it was
/// read into.
fn lasting<B>(request: &Request, body: B) -> Option<Request<B>> {
    let mut lasting = Request::builder().uri(request.uri().to_string());
    if let Some(token) = request.headers().get(header::AUTHORIZATION) {
        lasting = lasting.header(header::AUTHORIZATION, token.as_bytes());
    }
    lasting.body(body).ok()
}

/// A request that opens a WebSocket; whatever else it may be is answered by the library.
struct Upgrade {
    opening: Opening,
    /// The polling session that goes on over the WebSocket.
    session: Option<Sid>,
}

impl Upgrade {
    fn of(request: &Request) -> Option<Self> {
        if parameter(request, "transport") != Some("websocket") || parameter(request, "EIO") != Some("4") {
            return None;
        }
        let session = match parameter(request, "sid") {
            Some(sid) => Some(sid.parse().ok()?),
            None => None,
        };
        Some(Self { opening: Opening::of(request)?, session })
    }
}

fn parameter<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.uri().query()?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}
