//! `/api/reports`: figures for those who lead a team.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Moderator, Query};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::Result;
use crate::operator::Caller;
use crate::report::{Overview, Range, csv};

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_overview)).routes(routes!(export_overview))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OverviewQuery {
    /// Unset: seven days before `to`; at most 92 days before it.
    from: Option<DateTime<Utc>>,
    /// Not part of the time; unset: now.
    to: Option<DateTime<Utc>>,
}

async fn overview(state: &HttpState, caller: &Caller, query: &OverviewQuery) -> Result<Overview> {
    let range = Range::asked(query.from, query.to, state.inbox.clock.now())?;
    state.inbox.overview(caller, range).await
}

/// Get an overview
///
/// Volumes by channel, operator and day (in UTC), and how long first responses and resolutions took. Needs the role
/// `moderator`.
#[utoipa::path(get, path = "/api/reports/overview", tag = "reports", params(OverviewQuery), responses(
    (status = OK, body = Overview),
    (status = FORBIDDEN, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn get_overview(
    State(state): State<HttpState>,
    Moderator(caller): Moderator,
    Query(query): Query<OverviewQuery>,
) -> Result<Json<Overview>> {
    Ok(Json(overview(&state, &caller, &query).await?))
}

/// Export an overview
///
/// The tables by channel, by operator and by day as CSV, with an empty line between. Needs the role `moderator`.
#[utoipa::path(get, path = "/api/reports/overview.csv", tag = "reports", params(OverviewQuery), responses(
    (status = OK, body = String, content_type = "text/csv"),
    (status = FORBIDDEN, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn export_overview(
    State(state): State<HttpState>,
    Moderator(caller): Moderator,
    Query(query): Query<OverviewQuery>,
) -> Result<Response> {
    let overview = overview(&state, &caller, &query).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"overview.csv\""),
    ];
    Ok((headers, csv::write(&overview)).into_response())
}
