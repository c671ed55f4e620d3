//! `/api/admin/monitoring`: the figures of all nodes as JSON, for the dashboard. Prometheus reads `/metrics` of each node.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Query};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::Result;
use crate::inbox::monitor::{Monitoring, Scope};

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_monitoring))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MonitoringQuery {
    /// `server`: all organizations; needs an administrator made with `create-admin --server`.
    #[serde(default)]
    #[param(inline)]
    scope: Scope,
}

/// Get the figures of all nodes
///
/// Of the caller's organization, as of now: every node is asked, and one that does not answer within a second is named in
/// `nodes` and left out of the sums.
#[utoipa::path(get, path = "/api/admin/monitoring", tag = "health", params(MonitoringQuery), responses(
    (status = OK, body = Monitoring),
    (status = FORBIDDEN, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn get_monitoring(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    Query(query): Query<MonitoringQuery>,
) -> Result<Json<Monitoring>> {
    Ok(Json(state.inbox.monitor(&caller, query.scope).await?))
}
