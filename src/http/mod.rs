//! The HTTP door: a file per noun. It translates between requests and the floors below and decides nothing.
//! A route is one handler and one line: each noun's `router()` is merged in [`router`].

pub mod api_keys;
pub mod auth;
pub mod body;
pub mod caller;
pub mod channels;
pub mod chats;
mod contact_notes;
pub mod contacts;
pub mod dashboard;
pub mod dead_letters;
pub mod documents;
pub mod events;
pub mod extract;
mod filter;
pub mod health;
pub mod inbound;
mod labels;
pub mod layers;
pub mod limit;
pub mod me;
pub mod media;
pub mod messages;
pub mod metrics;
pub mod monitoring;
pub mod networks;
pub mod notifications;
pub mod openapi;
pub mod page;
pub mod presence;
pub mod problem;
mod quick_replies;
pub mod reports;
pub mod server;
mod setup;
pub mod state;
mod teams;
mod templates;
pub mod tickets;
pub mod users;
pub mod v2;
pub mod webchat;
pub mod webhooks;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use state::HttpState;

/// All routes with their documents; [`layers::around`] belongs around it and whatever else the port serves.
/// `asyncapi` is the document about the sockets.
pub fn router(state: HttpState, asyncapi: &Value) -> Router {
    let (router, _) = api().split_for_parts();
    router
        .layer(DefaultBodyLimit::max(extract::BODY_BYTES))
        .merge(documents::router(&document(), asyncapi))
        .merge(dashboard::router())
        .with_state(state)
}

fn api() -> OpenApiRouter<HttpState> {
    let quick = OpenApiRouter::new()
        .merge(auth::router())
        .merge(setup::router())
        .merge(me::router())
        .merge(users::router())
        .merge(api_keys::router())
        .merge(channels::router())
        .merge(networks::router())
        .merge(templates::router())
        .merge(inbound::router())
        .merge(chats::router())
        .merge(contacts::router())
        .merge(contact_notes::router())
        .merge(labels::router())
        .merge(quick_replies::router())
        .merge(teams::router())
        .merge(presence::router())
        .merge(messages::router())
        .merge(notifications::router())
        .merge(tickets::router())
        .merge(reports::router())
        .merge(v2::router())
        .merge(dead_letters::router())
        .merge(webhooks::router())
        .merge(webchat::router())
        .merge(health::router())
        .merge(metrics::router())
        .merge(monitoring::router())
        .layer(from_fn(layers::hurry));
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .merge(quick)
        .merge(events::router())
        .merge(media::router())
}

/// The OpenAPI document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = api().into_openapi();
    openapi::complete(&mut document);
    document
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
