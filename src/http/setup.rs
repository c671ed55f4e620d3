//! `/api/setup`: the first administrator of a new installation, for who holds the link that the start printed.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::{Session, session_of};
use super::extract::{ClientAddress, Json};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::event::store::find_incarnation;
use crate::operator::setup::{self, Setup};
use crate::operator::store::user;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_setup, set_up))
}

#[derive(Serialize, ToSchema)]
struct Needed {
    /// Whether nobody has an account yet.
    needed: bool,
}

/// Whether the server waits for its first administrator
///
/// Public.
#[utoipa::path(get, path = "/api/setup", tag = "auth", security(()), responses((status = OK, body = Needed)))]
async fn get_setup(State(state): State<HttpState>) -> Result<Json<Needed>> {
    Ok(Json(Needed { needed: user::is_nobody(&state.inbox.pool).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SetupBody {
    /// What stands behind `#token=` in the link that the server prints while nobody has an account.
    token: String,
    /// Name of the organization, 1 to 200 characters.
    #[schema(example = "Corner Shop")]
    organization: String,
    /// Name of its administrator, 1 to 200 characters.
    #[schema(example = "Ann")]
    name: String,
    #[schema(example = "ann@example.com")]
    email: String,
    /// At least 8 characters, at most 1,024 bytes.
    #[schema(format = Password)]
    password: String,
}

/// Set the server up
///
/// Makes the organization and its administrator, who also sees the figures of the whole server, and signs it in. Public, and
/// good once: with an account there is nothing to set up. Wrong tokens are counted like failed logins.
#[utoipa::path(post, path = "/api/setup", tag = "auth", request_body = SetupBody, security(()), responses(
    (status = CREATED, body = Session),
    (status = UNAUTHORIZED, description = "The token is not the one of the link.", body = Problem),
    (status = CONFLICT, description = "Somebody has an account already.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
    (status = TOO_MANY_REQUESTS, body = Problem),
))]
async fn set_up(
    State(state): State<HttpState>,
    ClientAddress(address): ClientAddress,
    Json(body): Json<SetupBody>,
) -> Result<Response> {
    let SetupBody { token, organization, name, email, password } = body;
    let address = state.limits.on().then_some(address);
    let setup = Setup { token, organization, name, email, password, address };
    let pool = &state.inbox.pool;
    let expected = setup::token(&state.inbox.keys.jwt, &find_incarnation(pool).await?);
    match setup::set_up(pool, &state.gate, &state.passwords, &state.inbox.clock, &expected, setup).await {
        Ok(tokened) => Ok((StatusCode::CREATED, Json(session_of(&state, tokened).await?)).into_response()),
        Err(Error::Unauthorized) => {
            let detail =
                "This is not the token of the link: open the one that the server printed when it started last.";
            Ok(Problem::plain(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", detail).into_response())
        }
        Err(error) => Err(error),
    }
}
