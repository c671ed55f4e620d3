#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

mod bridge_api;
mod graph_api;
mod network;
mod telegram_api;

use std::sync::Once;

use futures_util::future::{Either, select};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

fn client() -> Client {
    static TLS: Once = Once::new();
    TLS.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    Client::builder().build().unwrap()
}

/// Status and JSON of an answer.
async fn ask(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// The request is seen by the server, and not answered until then.
async fn is_silent(request: RequestBuilder, seen: impl Future) -> bool {
    matches!(select(Box::pin(request.send()), Box::pin(seen)).await, Either::Right(_))
}

/// The connection is made, and ends without an answer.
async fn is_broken_off(request: RequestBuilder) -> bool {
    request.send().await.is_err_and(|error| !error.is_connect() && !error.is_timeout())
}
