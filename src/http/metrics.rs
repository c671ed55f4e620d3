//! `/metrics`: the figures of this node for Prometheus, behind `METRICS_TOKEN` where it is set.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use metrics::gauge;
use subtle::ConstantTimeEq;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::bearer;
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::outbound::store as outbound;
use crate::telemetry::install_metrics;
use crate::telemetry::names::{DB_POOL_CONNECTIONS, OUTBOUND_QUEUE_DEPTH};

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_metrics))
}

/// Figures of this node
///
/// In Prometheus' text format. The bearer token is `METRICS_TOKEN`; open where that is not set.
#[utoipa::path(get, path = "/metrics", tag = "health", security((), ("bearer" = [])), responses(
    (status = OK, body = String, content_type = "text/plain; version=0.0.4"),
    (status = UNAUTHORIZED, body = Problem),
))]
async fn get_metrics(State(state): State<HttpState>, headers: HeaderMap) -> Result<Response> {
    if let Some(token) = &state.inbox.config.metrics_token {
        let given = bearer(&headers).unwrap_or_default();
        if !bool::from(given.as_bytes().ct_eq(token.expose().as_bytes())) {
            return Err(Error::Unauthorized);
        }
    }
    refresh(&state).await;
    let figures = install_metrics().map_err(Error::internal)?.render();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures).into_response())
}

/// Figures that are asked for instead of counted. With the store away the queue keeps its last ones.
async fn refresh(state: &HttpState) {
    state.inbox.counts.show();
    let pool = &state.inbox.pool;
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    gauge!(DB_POOL_CONNECTIONS, "state" => "idle").set(idle);
    gauge!(DB_POOL_CONNECTIONS, "state" => "used").set(pool.size().saturating_sub(idle));
    match outbound::count_waiting(pool, None).await {
        Ok(counts) => {
            for provider in state.inbox.networks.providers() {
                let count = counts.iter().find(|(name, _)| name == provider).map_or(0, |(_, count)| *count);
                gauge!(OUTBOUND_QUEUE_DEPTH, "provider" => provider).set(count as f64);
            }
        }
        Err(error) => tracing::debug!(%error, "the outgoing queue cannot be counted"),
    }
}
