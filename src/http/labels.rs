//! `/api/labels`: the words that an organization sorts its chats by.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Moderator, Operator, PathId, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::id::LabelId;
use crate::label::{Label, LabelChange, NewLabel, store};
use crate::time::Millis;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_labels, create_label)).routes(routes!(change_label, delete_label))
}

/// List labels
///
/// By name.
#[utoipa::path(get, path = "/api/labels", tag = "labels", params(PageQuery), responses(
    (status = OK, body = Page<Label>),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_labels(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Label>>> {
    let labels = store::list(&state.inbox.pool, caller.organization_id, page.after()?, page.fetch()).await?;
    Ok(Json(Page::of(labels, &page, |label| store::key(&label.name))))
}

/// Make a label
///
/// Chats may carry any word; a label gives one a color and offers it to everybody. Needs the role `moderator`.
#[utoipa::path(post, path = "/api/labels", tag = "labels", request_body = NewLabel, responses(
    (status = CREATED, body = Label),
    (status = FORBIDDEN, body = Problem),
    (status = CONFLICT, description = "There is a label of this name, in whatever case.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn create_label(
    State(state): State<HttpState>,
    Moderator(caller): Moderator,
    Json(body): Json<NewLabel>,
) -> Result<(StatusCode, Json<Label>)> {
    let (name, color) = body.checked()?;
    let label = Label { id: LabelId::new(), name, color, created_at: Millis(state.inbox.clock.now()) };
    if !store::insert(&state.inbox.pool, caller.organization_id, &label).await? {
        return Err(Error::conflict(format!("There is a label `{}` already.", label.name)));
    }
    Ok((StatusCode::CREATED, Json(label)))
}

/// Change a label
///
/// Its color. The name is what chats carry, so it stays; another name is refused. Needs the role `moderator`.
#[utoipa::path(patch, path = "/api/labels/{id}", tag = "labels", params(("id" = LabelId, Path)),
    request_body = LabelChange, responses(
    (status = OK, body = Label),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn change_label(
    State(state): State<HttpState>,
    Moderator(caller): Moderator,
    PathId(id): PathId<LabelId>,
    Json(change): Json<LabelChange>,
) -> Result<Json<Label>> {
    let (pool, organization_id) = (&state.inbox.pool, caller.organization_id);
    let mut label = store::find(pool, organization_id, id).await?.ok_or(Error::NotFound("label"))?;
    if let Some(color) = change.checked(&label)? {
        store::set_color(pool, organization_id, id, &color).await?;
        label.color = color;
    }
    Ok(Json(label))
}

/// Delete a label
///
/// Chats that carry its word keep it. Needs the role `moderator`.
#[utoipa::path(delete, path = "/api/labels/{id}", tag = "labels", params(("id" = LabelId, Path)), responses(
    (status = NO_CONTENT),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
))]
async fn delete_label(
    State(state): State<HttpState>,
    Moderator(caller): Moderator,
    PathId(id): PathId<LabelId>,
) -> Result<StatusCode> {
    if !store::delete(&state.inbox.pool, caller.organization_id, id).await? {
        return Err(Error::NotFound("label"));
    }
    Ok(StatusCode::NO_CONTENT)
}
