//! The opening handshake of a WebSocket (RFC 6455, section 4.2), for every door that speaks over one. What is said
//! afterwards is the door's.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// A request that asks for a WebSocket, and what answers it.
pub struct Opening {
    accept: HeaderValue,
}

impl Opening {
    /// `None` for any other request.
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        let headers = request.headers();
        let upgrade = headers.get(header::UPGRADE)?.to_str().ok()?;
        if request.method() != Method::GET || !upgrade.eq_ignore_ascii_case("websocket") {
            return None;
        }
        let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
        HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok().map(|accept| Self { accept })
    }

    /// The answer after which `hyper::upgrade::on` gives the stream.
    #[must_use]
    pub fn answer(self) -> Response {
        let headers = [
            (header::CONNECTION, HeaderValue::from_static("Upgrade")),
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::SEC_WEBSOCKET_ACCEPT, self.accept),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
    }
}
