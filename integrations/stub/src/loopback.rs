//! A web server on the loopback that can also break a connection off, which no answer of a framework can.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

const MAX_BODY_BYTES: usize = 128 << 20;

/// Serves until dropped; open connections end with it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Marks a response in whose place the connection is closed.
#[derive(Clone)]
struct BreakOff;

pub(crate) fn break_off() -> Response {
    let mut response = Response::default();
    response.extensions_mut().insert(BreakOff);
    response
}

pub(crate) async fn bind() -> io::Result<TcpListener> {
    TcpListener::bind("127.0.0.1:0").await
}

pub(crate) fn serve(listener: TcpListener, router: Router) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        // an error of accept is that of one connection
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let router = router.clone();
            connections.spawn(async move {
                let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let router = router.clone();
                    async move {
                        let response = router.oneshot(request.map(Body::new)).await.map_err(io::Error::other)?;
                        match response.extensions().get::<BreakOff>() {
                            Some(BreakOff) => Err(io::Error::other("as scripted")),
                            None => Ok(response),
                        }
                    }
                });
                // how a connection ends is the client's business
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
            while connections.try_join_next().is_some() {}
        }
    });
    Ok(Server { address, task })
}

pub(crate) fn json(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// A file of a form.
pub(crate) struct Upload {
    pub(crate) field: String,
    pub(crate) file_name: String,
    pub(crate) mime_type: String,
    pub(crate) data: Bytes,
}

/// The fields of a JSON body or of a form, whose values are texts, and the form's files. Empty where it is neither.
pub(crate) async fn fields(request: Request<Body>) -> (Value, Vec<Upload>) {
    use axum::extract::{FromRequest, Multipart};

    let is_form =
        request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    if !is_form {
        let body = to_bytes(request.into_body(), MAX_BODY_BYTES).await.unwrap_or_default();
        return (serde_json::from_slice(&body).unwrap_or_else(|_| Value::Object(serde_json::Map::new())), Vec::new());
    }
    let (mut fields, mut files) = (serde_json::Map::new(), Vec::new());
    let Ok(mut form) = Multipart::from_request(request, &()).await else {
        return (fields.into(), files);
    };
    while let Ok(Some(part)) = form.next_field().await {
        let field = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file_name) => {
                let mime_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
                let data = part.bytes().await.unwrap_or_default();
                files.push(Upload { field, file_name, mime_type, data });
            }
            None => {
                fields.insert(field, part.text().await.unwrap_or_default().into());
            }
        }
    }
    (fields.into(), files)
}
