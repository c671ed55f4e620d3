//! `/api/channels/{id}/templates`: what may be sent outside the window.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Operator, PathId};
use super::page::Page;
use super::problem::Problem;
use super::state::HttpState;
use crate::error::Result;
use crate::id::ChannelId;
use crate::template::Template;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_templates)).routes(routes!(sync_templates))
}

/// List a channel's templates
///
/// As they are known here: listed at the network every hour, and kept up by its news. All of them, by name and language.
#[utoipa::path(get, path = "/api/channels/{id}/templates", tag = "channels", params(("id" = ChannelId, Path)), responses(
    (status = OK, body = Page<Template>),
    (status = NOT_FOUND, body = Problem),
))]
async fn list_templates(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ChannelId>,
) -> Result<Json<Page<Template>>> {
    let items = state.inbox.list_templates(&caller, id).await?;
    Ok(Json(Page { items, next_cursor: None }))
}

/// List a channel's templates anew
///
/// Asks the network now.
#[utoipa::path(post, path = "/api/channels/{id}/templates/sync", tag = "channels", params(("id" = ChannelId, Path)),
    responses(
    (status = OK, body = Page<Template>),
    (status = NOT_FOUND, body = Problem),
    (status = UNPROCESSABLE_ENTITY, description = "The network has no templates.", body = Problem),
    (status = SERVICE_UNAVAILABLE, description = "The network did not answer, or refused.", body = Problem),
))]
async fn sync_templates(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ChannelId>,
) -> Result<Json<Page<Template>>> {
    let items = state.inbox.sync_templates(&caller, id).await?;
    Ok(Json(Page { items, next_cursor: None }))
}
