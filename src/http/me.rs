//! `/api/me`: the caller's own profile.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Operator};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::id::UserId;
use crate::operator::store::user;
use crate::operator::{Caller, MemberChange, ProfileChange, User};

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_me, update_me))
}

fn person(caller: &Caller) -> Result<UserId> {
    caller.user_id().ok_or_else(|| Error::Forbidden("An API key is nobody: it has no profile.".into()))
}

/// Who am I
#[utoipa::path(get, path = "/api/me", tag = "users", responses(
    (status = OK, body = User),
    (status = UNAUTHORIZED, body = Problem),
    (status = FORBIDDEN, body = Problem),
))]
async fn get_me(State(state): State<HttpState>, Operator(caller): Operator) -> Result<Json<User>> {
    let me = user::find_member(&state.inbox.pool, caller.organization_id, person(&caller)?).await?;
    let me = me.ok_or(Error::Unauthorized)?;
    Ok(Json(state.inbox.shown_online(caller.organization_id, me).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProfileBody {
    /// 1 to 200 characters.
    #[serde(default)]
    name: Option<String>,
    /// What `@username` names in notes; empty or `null` clears it.
    #[serde(default, deserialize_with = "super::extract::null_is_empty")]
    #[schema(pattern = "^([A-Za-z0-9_.-]{2,32})?$")]
    username: Option<String>,
    /// An http or https address; empty or `null` clears it.
    #[serde(default, deserialize_with = "super::extract::null_is_empty")]
    avatar_url: Option<String>,
}

/// Change my profile
///
/// A changed name, username or picture is told as `user:profile:updated`. Other fields are ignored.
#[utoipa::path(patch, path = "/api/me", tag = "users", request_body = ProfileBody, responses(
    (status = OK, body = User),
    (status = CONFLICT, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn update_me(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Json(body): Json<ProfileBody>,
) -> Result<Json<User>> {
    let id = person(&caller)?;
    let profile = ProfileChange { name: body.name, username: body.username, avatar_url: body.avatar_url };
    let change = MemberChange { profile, ..MemberChange::default() };
    Ok(Json(state.inbox.change_member(caller.organization_id, id, Some(id), change).await?))
}
