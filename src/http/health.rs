//! `/health`: whether the process lives, and whether it should get requests. Public, and says nothing else.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use sqlx::Connection;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::state::HttpState;

/// How long a part may take to show a sign of life.
const PATIENCE: Duration = Duration::from_secs(1);

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_live)).routes(routes!(get_ready))
}

#[derive(Serialize, ToSchema)]
struct Live {
    status: Vital,
}

#[derive(Serialize, ToSchema)]
struct Ready {
    status: Vital,
    database: Vital,
    redis: Vital,
    socketio: Vital,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Vital {
    Ok,
    Down,
    /// Not part of this installation.
    Disabled,
}

impl Vital {
    const fn of(good: bool) -> Self {
        if good { Self::Ok } else { Self::Down }
    }
}

/// Is the process alive?
#[utoipa::path(get, path = "/health/live", tag = "health", security(()), responses((status = OK, body = Live)))]
async fn get_live() -> Json<Live> {
    Json(Live { status: Vital::Ok })
}

/// Should it get requests?
///
/// 503 while the database is down or the node is stopping; without Redis it goes on.
#[utoipa::path(get, path = "/health/ready", tag = "health", security(()), responses(
    (status = OK, body = Ready),
    (status = SERVICE_UNAVAILABLE, body = Ready),
))]
async fn get_ready(State(state): State<HttpState>) -> (StatusCode, Json<Ready>) {
    let (database, redis) = tokio::join!(database(&state), redis(&state));
    let serving = !state.draining.is_cancelled();
    let status = Vital::of(database == Vital::Ok && serving);
    let code = if status == Vital::Ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(Ready { status, database, redis, socketio: Vital::of(serving) }))
}

async fn database(state: &HttpState) -> Vital {
    let ping = async { state.inbox.pool.acquire().await?.ping().await };
    Vital::of(matches!(tokio::time::timeout(PATIENCE, ping).await, Ok(Ok(()))))
}

async fn redis(state: &HttpState) -> Vital {
    match state.inbox.bus.redis() {
        Some(redis) => Vital::of(redis.is_alive().await),
        None => Vital::Disabled,
    }
}
