//! `/api/teams`: groups of operators that chats are given to. Everybody may see them; administrators make and change them.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Operator, PathId, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::id::TeamId;
use crate::team::{NewTeam, Team, TeamChange, store};

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_teams, create_team)).routes(routes!(get_team, change_team, delete_team))
}

/// List teams
///
/// In the order in which they were made.
#[utoipa::path(get, path = "/api/teams", tag = "teams", params(PageQuery), responses(
    (status = OK, body = Page<Team>),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_teams(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Team>>> {
    let teams = store::list(&state.inbox.pool, caller.organization_id, page.after()?, page.fetch()).await?;
    Ok(Json(Page::of(teams, &page, |team| team.id.0)))
}

/// Get a team
#[utoipa::path(get, path = "/api/teams/{id}", tag = "teams", params(("id" = TeamId, Path)), responses(
    (status = OK, body = Team),
    (status = NOT_FOUND, body = Problem),
))]
async fn get_team(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<TeamId>,
) -> Result<Json<Team>> {
    let team = store::find(&state.inbox.pool, caller.organization_id, id).await?;
    Ok(Json(team.ok_or(Error::NotFound("team"))?))
}

/// Make a team
///
/// Needs the role `admin`.
#[utoipa::path(post, path = "/api/teams", tag = "teams", request_body = NewTeam, responses(
    (status = CREATED, body = Team),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, description = "One of `userIds` is no active member.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn create_team(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    Json(body): Json<NewTeam>,
) -> Result<(StatusCode, Json<Team>)> {
    Ok((StatusCode::CREATED, Json(state.inbox.create_team(&caller, body).await?)))
}

/// Change a team
///
/// `userIds` takes the place of all that it had. Needs the role `admin`.
#[utoipa::path(patch, path = "/api/teams/{id}", tag = "teams", params(("id" = TeamId, Path)), request_body = TeamChange,
    responses(
    (status = OK, body = Team),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, description = "The team; or one of `userIds` is no active member.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn change_team(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    PathId(id): PathId<TeamId>,
    Json(change): Json<TeamChange>,
) -> Result<Json<Team>> {
    Ok(Json(state.inbox.change_team(&caller, id, change).await?))
}

/// Delete a team
///
/// Its chats have no team then, which is told as `chat:updated`. Needs the role `admin`.
#[utoipa::path(delete, path = "/api/teams/{id}", tag = "teams", params(("id" = TeamId, Path)), responses(
    (status = NO_CONTENT),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
))]
async fn delete_team(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    PathId(id): PathId<TeamId>,
) -> Result<StatusCode> {
    state.inbox.delete_team(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
