//! Requests to `/socket.io`: pages of other origins are refused, WebSockets are opened on a line that can be cut, and
//! long polling is the library's.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::TokioIo;
use socketioxide::service::SocketIoService;
use socketioxide::socket::Sid;
use tower::{Service, ServiceExt};

use super::line::{Cuttable, Line, Lines};
use crate::background::Background;
use crate::config::Config;
use crate::origin::Origins;
use crate::websocket::Opening;

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
        upgrade.opening.answer()
    }
}

/// A request that opens a WebSocket; whatever else it may be is answered by the library.
struct Upgrade {
    opening: Opening,
    /// The polling session that goes on over the WebSocket.
    session: Option<Sid>,
}

impl Upgrade {
    fn of(request: &Request) -> Option<Self> {
        let query = request.uri().query()?;
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        if value("transport") != Some("websocket") || value("EIO") != Some("4") {
            return None;
        }
        let session = match value("sid") {
            Some(sid) => Some(sid.parse().ok()?),
            None => None,
        };
        Some(Self { opening: Opening::of(request)?, session })
    }
}
