//! `GET /ws`: which pages may connect, where the token is, and a connection from its first to its last breath. A bad token
//! is told over the WebSocket, since a browser sees nothing of an HTTP answer.

use std::sync::Arc;

use axum::extract::{Query, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::TokioIo;
use serde::Deserialize;

use super::Door;
use super::connection::{Connection, Ending};
use super::converse::{self, Pulse};
use super::redis::Topic;
use crate::error::Error;
use crate::operator::{Caller, Who};
use crate::websocket::Opening;

/// The subprotocol after which a browser names its token: it can set no header.
const BEARER: &str = "bearer";

impl Door {
    /// Answers a request.
    pub fn enter(self: &Arc<Self>, mut request: Request) -> Response {
        if !self.origins.allow(request.headers()) {
            self.inbox.counts.refused(None, "forbidden");
            return Error::Forbidden("Pages of this origin may not connect.".into()).into_response();
        }
        let Some(opening) = Opening::of(&request) else {
            return Error::Malformed("This address speaks WebSocket (RFC 6455) alone.".into()).into_response();
        };
        let Credentials { token, spoken } = Credentials::of(&request);
        let upgraded = hyper::upgrade::on(&mut request);
        let door = Arc::clone(self);
        self.inbox.background.spawn(async move {
            // the answer may never get through: then the stream does not come
            let Ok(stream) = upgraded.await else { return };
            let socket = converse::open(TokioIo::new(stream)).await;
            match door.prove(token).await {
                Ok(caller) => door.serve(socket, caller).await,
                Err(ending) => converse::refuse(socket, ending).await,
            }
        });
        let mut answer = opening.answer();
        if spoken {
            answer.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(BEARER));
        }
        answer
    }

    async fn prove(&self, token: Option<String>) -> Result<Caller, Ending> {
        let Some(token) = token else {
            self.inbox.counts.refused(None, "no_token");
            return Err(Ending::InvalidToken);
        };
        self.gate.authenticate(&token).await.map_err(|error| match error {
            Error::Unauthorized => {
                self.inbox.counts.refused(self.gate.signed_for(&token), "invalid_token");
                Ending::InvalidToken
            }
            error => {
                self.inbox.counts.refused(self.gate.signed_for(&token), "internal");
                tracing::error!(error = &error as &dyn std::error::Error, "a token could not be checked");
                Ending::Unavailable
            }
        })
    }

    async fn serve<S>(self: &Arc<Self>, socket: tokio_tungstenite::WebSocketStream<S>, caller: Caller)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let own = match caller.who {
            Who::User { id, .. } => Some(Topic::Manager(id)),
            Who::Guest { contact_id, .. } => Some(Topic::Client(contact_id)),
            Who::ApiKey { .. } => None,
        };
        let own = self.relay.as_ref().zip(own).map(|(relay, own)| relay.hold(own, caller.organization_id));
        let (connection, outgoing) = Connection::new(caller);
        let crowd = self.registry.enter(&connection, own);
        self.inbox.counts.connected(connection.organization_id, false);
        if self.closing.is_cancelled() {
            connection.end(Ending::Stopping);
        }
        let (following, ()) = tokio::join!(self.follow(&crowd), self.come(&connection));
        if let Err(error) = following {
            tracing::error!(error = &error as &dyn std::error::Error, "a connection could not be welcomed");
            connection.end(Ending::Unavailable);
        } else if let Some(chat_id) = connection.own_chat() {
            // a visitor is in its chat from the start
            let _ = self.subscribe(&crowd, &connection, chat_id).await;
        }
        // a connection that rests has no place for what hearing takes
        let hear = |frame| Box::pin(self.hear(&crowd, &connection, frame));
        let ending = converse::converse(socket, &connection, outgoing, Pulse::DEFAULT, hear).await;
        tracing::debug!(connection = %connection.id, ?ending, "a connection has ended");
        if ending == Ending::TooManyMessages {
            self.inbox.counts.refused(Some(connection.organization_id), "rate_limit");
        }
        self.registry.leave(&crowd, &connection);
        self.inbox.typists.leave(connection.id);
        self.go(&connection).await;
    }
}

/// The token that comes with a request, and whether it came as a subprotocol.
struct Credentials {
    token: Option<String>,
    spoken: bool,
}

impl Credentials {
    /// `?token=` is looked at first, then the header, then the subprotocols.
    fn of(request: &Request) -> Self {
        #[derive(Deserialize)]
        struct InQuery {
            token: Option<String>,
        }
        let spoken = in_protocols(request.headers());
        let in_query = Query::<InQuery>::try_from_uri(request.uri()).ok().and_then(|Query(query)| query.token);
        let token = in_query
            .filter(|token| !token.is_empty())
            .or_else(|| in_header(request.headers()))
            .or_else(|| spoken.clone().filter(|token| !token.is_empty()));
        Self { token, spoken: spoken.is_some() }
    }
}

fn in_header(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case(BEARER) && !token.is_empty()).then(|| token.to_owned())
}

/// What follows `bearer` among the subprotocols: nothing, or a token.
fn in_protocols(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|line| line.to_str().ok());
    let mut offered = lines.flat_map(|line| line.split(',')).map(str::trim);
    offered.find(|offer| offer.eq_ignore_ascii_case(BEARER))?;
    Some(offered.next().unwrap_or_default().to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use axum::body::Body;

    use super::*;

    fn token(uri: &str, headers: &[(&str, &str)]) -> (Option<String>, bool) {
        let mut request = axum::http::Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let Credentials { token, spoken } = Credentials::of(&request.body(Body::empty()).unwrap());
        (token, spoken)
    }

    #[test]
    fn a_token_comes_in_one_of_three_ways() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(token("/ws?a=b&token=t%2E1", &[("authorization", "Bearer h")]), (some("t.1"), false));
        assert_eq!(token("/ws?token=", &[("authorization", "bearer h")]), (some("h"), false));
        assert_eq!(token("/ws", &[("sec-websocket-protocol", "bearer, p.1")]), (some("p.1"), true));
        assert_eq!(token("/ws", &[("sec-websocket-protocol", "json,Bearer,p.1")]), (some("p.1"), true));
        let lines = [("sec-websocket-protocol", "bearer"), ("sec-websocket-protocol", "p.1")];
        assert_eq!(token("/ws", &lines), (some("p.1"), true));
        assert_eq!(token("/ws?token=t", &[("sec-websocket-protocol", "bearer")]), (some("t"), true));
        for none in [token("/ws", &[]), token("/ws", &[("authorization", "Basic h")]), token("/ws?x", &[])] {
            assert_eq!(none, (None, false));
        }
    }
}
