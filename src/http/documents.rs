//! What this server can do, for programs and people: `/api/openapi.json`, `/api/asyncapi.json`, `/api/docs`.
//! All of it is in the binary; no page loads anything from elsewhere.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use bytes::Bytes;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::state::HttpState;

/// `asyncapi` comes from the socket door, which is none of this one's business.
pub fn router(openapi: &OpenApi, asyncapi: &Value) -> Router<HttpState> {
    let json = |text: String| {
        let document = Bytes::from(text);
        get(async move || ([(header::CONTENT_TYPE, "application/json")], document))
    };
    // the validator's badge would be loaded from elsewhere
    let config = Config::new(["/api/openapi.json"]).validator_url("none");
    Router::new()
        .route("/api/openapi.json", json(serde_json::json!(openapi).to_string()))
        .route("/api/asyncapi.json", json(asyncapi.to_string()))
        .merge(SwaggerUi::new("/api/docs").config(config))
}
