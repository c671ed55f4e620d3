//! `/api/notifications`: what the caller was told personally. Administrators and programs add to others' lists.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::{Json, Operator, PathId, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::Result;
use crate::id::NotificationId;
use crate::inbox::notify::NewNotification;
use crate::notification::{Notification, store};
use crate::operator::Caller;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list_notifications, create_notification))
        .routes(routes!(read_all_notifications))
        .routes(routes!(read_notification))
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct NotificationsQuery {
    /// `false`: those that were not read; `true`: those that were; unset: all.
    is_read: Option<bool>,
}

#[derive(Serialize, ToSchema)]
struct ReadAll {
    /// How many were unread.
    updated: u64,
}

/// List your notifications
///
/// Newest first. An API key has none. They are kept for 90 days once they were read, else for a year.
#[utoipa::path(get, path = "/api/notifications", tag = "notifications", params(NotificationsQuery, PageQuery), responses(
    (status = OK, body = Page<Notification>),
    (status = FORBIDDEN, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_notifications(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Query(query): Query<NotificationsQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Notification>>> {
    Ok(Json(list(&state, &caller, query.is_read, &page).await?))
}

/// The caller's own, a page at a time.
///
/// # Errors
/// A wrong cursor; those of the database.
pub async fn list(
    state: &HttpState,
    caller: &Caller,
    is_read: Option<bool>,
    page: &PageQuery,
) -> Result<Page<Notification>> {
    let before = page.after::<Uuid>()?;
    let Some(user_id) = caller.user_id() else { return Ok(Page { items: Vec::new(), next_cursor: None }) };
    let pool = &state.inbox.pool;
    let found = store::list(pool, caller.organization_id, user_id, is_read, before, page.fetch()).await?;
    Ok(Page::of(found, page, |notification| notification.id.0))
}

/// Notify a member
///
/// For other backends (an administrator or an API key): stored, and told to the member's sockets as `user:notification`.
#[utoipa::path(post, path = "/api/notifications", tag = "notifications", request_body = NewNotification, responses(
    (status = CREATED, body = Notification),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, description = "The user.", body = Problem),
    (status = PAYLOAD_TOO_LARGE, description = "`data` is over 64 KiB.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn create_notification(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Json(new): Json<NewNotification>,
) -> Result<(StatusCode, Json<Notification>)> {
    Ok((StatusCode::CREATED, Json(state.inbox.notify(&caller, new).await?)))
}

/// Mark a notification as read
///
/// Again is harmless: `readAt` stays.
#[utoipa::path(post, path = "/api/notifications/{id}/read", tag = "notifications",
    params(("id" = NotificationId, Path)),
    responses(
        (status = OK, body = Notification),
        (status = FORBIDDEN, body = Problem),
        (status = NOT_FOUND, body = Problem),
    ))]
async fn read_notification(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<NotificationId>,
) -> Result<Json<Notification>> {
    Ok(Json(state.inbox.read_notification(&caller, id).await?))
}

/// Mark all your notifications as read
#[utoipa::path(post, path = "/api/notifications/read-all", tag = "notifications", responses(
    (status = OK, body = ReadAll),
    (status = FORBIDDEN, body = Problem),
))]
async fn read_all_notifications(State(state): State<HttpState>, Operator(caller): Operator) -> Result<Json<ReadAll>> {
    Ok(Json(ReadAll { updated: state.inbox.read_all_notifications(&caller).await? }))
}
