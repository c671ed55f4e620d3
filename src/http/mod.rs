//! The HTTP door: a file per noun. It translates between requests and the floors below and decides nothing.
//! A route is one handler and one line: each noun's `router()` is merged in [`router`].

pub mod api_keys;
pub mod auth;
pub mod caller;
pub mod extract;
pub mod layers;
pub mod limit;
pub mod me;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod state;
pub mod users;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

pub use state::HttpState;

/// The largest body of a route that does not set its own limit.
const BODY_BYTES: usize = 256 << 10;

/// All routes with their documents; [`layers::around`] belongs around it and whatever else the port serves.
pub fn router(state: HttpState) -> Router {
    let (router, document) = api().split_for_parts();
    router
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", document))
        .fallback(layers::not_found)
        .with_state(state)
}

fn api() -> OpenApiRouter<HttpState> {
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .merge(auth::router())
        .merge(me::router())
        .merge(users::router())
        .merge(api_keys::router())
}

/// The OpenAPI document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    api().into_openapi()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_documented_with_its_answers() {
        let document = document();
        assert!(!document.paths.paths.is_empty());
        for (path, item) in &document.paths.paths {
            let operations = [&item.get, &item.post, &item.put, &item.patch, &item.delete];
            for operation in operations.into_iter().flatten() {
                assert!(operation.summary.is_some(), "{path} has no summary");
                assert!(!operation.responses.responses.is_empty(), "{path} has no answers");
            }
        }
    }
}
