//! `/api/channels`: connections to networks. Every operator may see them; administrators add, change and delete them.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::{Admin, Json, Operator, PathId, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::channel::Channel;
use crate::error::Result;
use crate::id::ChannelId;
use crate::inbox::channels::{ChannelChange, NewChannel};

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_channels, create_channel)).routes(routes!(
        get_channel,
        change_channel,
        delete_channel
    ))
}

/// List channels
///
/// Oldest first. Only administrators see `verifyToken`.
#[utoipa::path(get, path = "/api/channels", tag = "channels", params(PageQuery), responses(
    (status = OK, body = Page<Channel>),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_channels(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Channel>>> {
    let after = page.after::<Uuid>()?.map(ChannelId);
    let channels = state.inbox.list_channels(&caller, caller.organization_id, after, page.fetch()).await?;
    Ok(Json(Page::of(channels, &page, |channel| channel.id.0)))
}

/// Add a channel
///
/// It is `connecting` at first: the network is asked afterwards, and what it says shows in `status` and `lastError`.
#[utoipa::path(post, path = "/api/channels", tag = "channels", request_body = NewChannel, responses(
    (status = CREATED, body = Channel),
    (status = FORBIDDEN, body = Problem),
    (status = CONFLICT, description = "The account is connected to another channel.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn create_channel(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    Json(new): Json<NewChannel>,
) -> Result<(StatusCode, Json<Channel>)> {
    Ok((StatusCode::CREATED, Json(state.inbox.create_channel(&caller, new).await?)))
}

/// Get a channel
#[utoipa::path(get, path = "/api/channels/{id}", tag = "channels", params(("id" = ChannelId, Path)), responses(
    (status = OK, body = Channel),
    (status = NOT_FOUND, body = Problem),
))]
async fn get_channel(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ChannelId>,
) -> Result<Json<Channel>> {
    let channel = state.inbox.own_channel(caller.organization_id, id).await?;
    Ok(Json(state.inbox.present_channel_to(&caller, &channel)))
}

/// Change a channel
///
/// And connect it anew. Credentials that are left out stay.
#[utoipa::path(patch, path = "/api/channels/{id}", tag = "channels", params(("id" = ChannelId, Path)),
    request_body = ChannelChange,
    responses(
        (status = OK, body = Channel),
        (status = FORBIDDEN, body = Problem),
        (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, description = "The account is connected to another channel.", body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem),
    ))]
async fn change_channel(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    PathId(id): PathId<ChannelId>,
    Json(change): Json<ChannelChange>,
) -> Result<Json<Channel>> {
    Ok(Json(state.inbox.change_channel(&caller, id, change).await?))
}

/// Delete a channel
///
/// With its chats, contacts and messages, for good.
#[utoipa::path(delete, path = "/api/channels/{id}", tag = "channels", params(("id" = ChannelId, Path)), responses(
    (status = NO_CONTENT),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
))]
async fn delete_channel(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    PathId(id): PathId<ChannelId>,
) -> Result<StatusCode> {
    state.inbox.delete_channel(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
