//! `/api/auth`: log in, refresh, log out.

use std::str::FromStr;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{ClientAddress, Json};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::id::OrganizationId;
use crate::operator::login::{self, Login};
use crate::operator::password::LONGEST_BYTES;
use crate::operator::session::{self, Tokened};
use crate::operator::{Caller, User};

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(log_in)).routes(routes!(refresh)).routes(routes!(log_out))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LoginBody {
    #[schema(example = "ann@example.com")]
    email: String,
    /// At most 1,024 bytes.
    #[schema(format = Password)]
    password: String,
    /// Needed where the user belongs to several organizations.
    #[serde(default)]
    organization_id: Option<String>,
}

/// What a login, a refresh and the set-up answer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    /// Goes into `Authorization: Bearer`.
    access_token: String,
    /// Good once, for 30 days.
    refresh_token: String,
    /// Seconds until the access token ends.
    #[schema(example = 900)]
    expires_in: i64,
    user: User,
}

pub(super) async fn session_of(state: &HttpState, tokened: Tokened) -> Result<Session> {
    let Tokened { access_token, refresh_token, expires_in, organization_id, user } = tokened;
    let user = state.inbox.shown_online(organization_id, user).await?;
    Ok(Session { access_token, refresh_token, expires_in, user })
}

/// Log in
///
/// An unknown account, a wrong password and a member who was shut out get the same answer. After 10 failures of an account, or
/// 50 of an address, within 15 minutes the answer is 429 until enough of them are 15 minutes old.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = LoginBody, security(()), responses(
    (status = OK, body = Session),
    (status = UNAUTHORIZED, body = Problem),
    (status = CONFLICT, description = "Name one of `organizations: [{id, name}]` as `organizationId`.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
    (status = TOO_MANY_REQUESTS, body = Problem),
))]
async fn log_in(
    State(state): State<HttpState>,
    ClientAddress(address): ClientAddress,
    Json(body): Json<LoginBody>,
) -> Result<Response> {
    if body.password.len() > LONGEST_BYTES {
        return Err(Error::invalid("password", "must have at most 1,024 bytes"));
    }
    let login = Login {
        email: body.email.trim().to_lowercase(),
        password: body.password,
        organization_id: body.organization_id.as_deref().map(OrganizationId::from_str),
        address: state.limits.on().then_some(address),
    };
    match login::log_in(&state.inbox.pool, &state.gate, &state.passwords, &state.inbox.clock, login).await {
        Ok(tokened) => Ok(Json(session_of(&state, tokened).await?).into_response()),
        Err(Error::Unauthorized) => {
            let detail = "The e-mail or the password is wrong.";
            Ok(Problem::plain(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", detail).into_response())
        }
        Err(error) => Err(error),
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RefreshBody {
    refresh_token: String,
}

/// Refresh
///
/// Exchanges the refresh token for a new pair. An old one that comes back after its successor was used ends the session.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth", request_body = RefreshBody, security(()), responses(
    (status = OK, body = Session),
    (status = UNAUTHORIZED, body = Problem),
))]
async fn refresh(State(state): State<HttpState>, Json(body): Json<RefreshBody>) -> Result<Json<Session>> {
    let (pool, clock) = (&state.inbox.pool, &state.inbox.clock);
    let tokened = session::refresh(pool, &state.gate, clock, &body.refresh_token).await?;
    Ok(Json(session_of(&state, tokened).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LogoutBody {
    #[serde(default)]
    refresh_token: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Done {
    ok: bool,
}

/// Log out
///
/// Ends the session of the access token; its sockets are closed within 5 s. Who has no good access token left may send the
/// refresh token instead. A token that another backend signed has no session and ends by itself.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", request_body = Option<LogoutBody>, responses(
    (status = OK, body = Done),
    (status = UNAUTHORIZED, body = Problem),
))]
async fn log_out(
    State(state): State<HttpState>,
    caller: Result<Caller>,
    body: Option<Json<LogoutBody>>,
) -> Result<Json<Done>> {
    let (pool, clock) = (&state.inbox.pool, &state.inbox.clock);
    match (caller, body.and_then(|Json(body)| body.refresh_token)) {
        (Ok(caller), _) => {
            if matches!(caller.who, crate::operator::Who::Guest { .. }) {
                return Err(Error::Forbidden("Visitors of the web chat have no session.".into()));
            }
            session::log_out(pool, &state.gate, clock, &caller).await?;
        }
        (Err(Error::Unauthorized), Some(token)) => {
            session::log_out_by_refresh(pool, &state.gate, clock, &token).await?;
        }
        (Err(error), _) => return Err(error),
    }
    Ok(Json(Done { ok: true }))
}
