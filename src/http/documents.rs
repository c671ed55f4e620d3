//! What this server can do, for programs and people: `/api/openapi.json`, `/api/asyncapi.json`, `/api/docs`, the page at `/`.
//! All of it is in the binary; no page loads anything from elsewhere.

use axum::Router;
use axum::http::header;
use axum::response::Html;
use axum::routing::get;
use bytes::Bytes;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::state::HttpState;

const HOME: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Switchboard</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem }</style>
<h1>Switchboard</h1>
<p>The inbox is running. The dashboard for operators comes later; until then, here is how programs speak with it:
<a href="/api/docs/">REST</a> (<a href="/api/openapi.json">OpenAPI</a>) and
<a href="/api/asyncapi.json">Socket.IO</a> (AsyncAPI).</p>
</html>
"#;

/// `asyncapi` comes from the socket door, which is none of this one's business.
pub fn router(openapi: &OpenApi, asyncapi: &Value) -> Router<HttpState> {
    let json = |text: String| {
        let document = Bytes::from(text);
        get(async move || ([(header::CONTENT_TYPE, "application/json")], document))
    };
    // the validator's badge would be loaded from elsewhere
    let config = Config::new(["/api/openapi.json"]).validator_url("none");
    Router::new()
        .route("/", get(async || Html(HOME)))
        .route("/api/openapi.json", json(serde_json::json!(openapi).to_string()))
        .route("/api/asyncapi.json", json(asyncapi.to_string()))
        .merge(SwaggerUi::new("/api/docs").config(config))
}
