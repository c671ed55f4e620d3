//! `/api/users`: the members of the organization. Everybody may see them; administrators add and change them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::{Admin, Json, Operator, PathId, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::id::UserId;
use crate::operator::create::{NewMember, create_member};
use crate::operator::store::{membership, user};
use crate::operator::user::{Check, SHORTEST_PASSWORD};
use crate::operator::{Member, MemberChange, ProfileChange, Role, User};

/// Profiles that one request may ask for.
const BATCH: usize = 200;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_users, create_user)).routes(routes!(update_user))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UsersQuery {
    /// Up to 200 ids, separated by commas: answers `{users}` with those who belong to the organization.
    ids: Option<String>,
    /// `true`, unless given: those who may enter; `false`: those who were shut out; `all`: both.
    #[param(inline)]
    active: Option<Shown>,
}

/// Which members are listed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Shown {
    #[default]
    True,
    False,
    All,
}

#[derive(Serialize, ToSchema)]
struct Profiles {
    users: Vec<User>,
}

#[derive(ToSchema)]
#[schema(as = UsersAnswer)]
#[expect(dead_code, reason = "documents the two answers")]
#[derive(Serialize)]
#[serde(untagged)]
enum UsersAnswer {
    List(Page<Member>),
    Profiles(Profiles),
}

/// List users, or get profiles
///
/// The list tells of each whether it is `active`. With `ids`, the profiles of those users, whether they are or not.
#[utoipa::path(get, path = "/api/users", tag = "users", params(UsersQuery, PageQuery), responses(
    (status = OK, body = UsersAnswer),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_users(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Query(query): Query<UsersQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Response> {
    let (pool, organization_id) = (&state.inbox.pool, caller.organization_id);
    if let Some(ids) = query.ids {
        let mut asked = ids.split(',').map(str::trim).filter(|id| !id.is_empty());
        let ids: Vec<Uuid> =
            asked.by_ref().take(BATCH).filter_map(|id| id.parse::<UserId>().ok()).map(|id| id.0).collect();
        if asked.next().is_some() {
            return Err(Error::invalid("ids", "must name at most 200 users"));
        }
        let mut users = user::find_members(pool, organization_id, &ids).await?;
        state.inbox.show_online(organization_id, &mut users).await?;
        return Ok(Json(Profiles { users }).into_response());
    }
    let active = match query.active.unwrap_or_default() {
        Shown::True => Some(true),
        Shown::False => Some(false),
        Shown::All => None,
    };
    let mut members = user::list(pool, organization_id, active, page.after()?, page.fetch()).await?;
    state.inbox.show_online(organization_id, members.iter_mut().map(|member| &mut member.user)).await?;
    Ok(Json(Page::of(members, &page, |member| member.user.id.0)).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewUserBody {
    email: String,
    /// At least 8 characters, at most 1,024 bytes.
    #[schema(format = Password)]
    password: String,
    name: String,
    role: Role,
    #[serde(default)]
    username: Option<String>,
}

/// Add a user
///
/// Somebody who has an account in another organization joins with it, proven by its own password.
#[utoipa::path(post, path = "/api/users", tag = "users", request_body = NewUserBody, responses(
    (status = CREATED, body = Member),
    (status = FORBIDDEN, body = Problem),
    (status = CONFLICT, description = "The e-mail or the username is taken.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn create_user(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    Json(body): Json<NewUserBody>,
) -> Result<(StatusCode, Json<Member>)> {
    let NewUserBody { email, password, name, role, username } = body;
    let username = username.filter(|username| !username.trim().is_empty());
    let new = NewMember { email, password, name, role, username };
    let (pool, clock) = (&state.inbox.pool, &state.inbox.clock);
    let user = create_member(pool, &state.passwords, clock, caller.organization_id, new).await?;
    Ok((StatusCode::CREATED, Json(Member { user, active: true })))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserBody {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, deserialize_with = "super::extract::null_is_empty")]
    username: Option<String>,
    #[serde(default, deserialize_with = "super::extract::null_is_empty")]
    avatar_url: Option<String>,
    #[serde(default)]
    email: Option<String>,
    /// Ends the user's sessions.
    #[serde(default)]
    #[schema(format = Password)]
    password: Option<String>,
    #[serde(default)]
    role: Option<Role>,
    /// `false` shuts the user out and ends its sessions.
    #[serde(default)]
    active: Option<bool>,
}

/// Change a user
///
/// The last administrator stays one. Of somebody who also belongs to another organization only `role` and `active` change here.
#[utoipa::path(patch, path = "/api/users/{id}", tag = "users", params(("id" = UserId, Path)), request_body = UserBody, responses(
    (status = OK, body = Member),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
    (status = CONFLICT, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn update_user(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    PathId(id): PathId<UserId>,
    Json(body): Json<UserBody>,
) -> Result<Json<Member>> {
    let mut check = Check::default();
    if let Some(password) = &body.password {
        check.password(password, SHORTEST_PASSWORD);
    }
    check.finish()?;
    // known before a password is hashed for nobody
    user::find_member(&state.inbox.pool, caller.organization_id, id).await?.ok_or(Error::NotFound("user"))?;
    let password_hash = match body.password {
        Some(password) => Some(state.passwords.hash(password).await?),
        None => None,
    };
    let change = MemberChange {
        profile: ProfileChange { name: body.name, username: body.username, avatar_url: body.avatar_url },
        email: body.email,
        password_hash,
        role: body.role,
        active: body.active,
    };
    let user = state.inbox.change_member(caller.organization_id, id, caller.user_id(), change).await?;
    state.gate.forget_user(id).await;
    let active = membership::is_member(&state.inbox.pool, caller.organization_id, id).await?;
    Ok(Json(Member { user, active }))
}
