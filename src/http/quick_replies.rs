//! `/api/quick-replies`: texts that every operator may keep at hand for all.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Operator, PathId, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::id::QuickReplyId;
use crate::quick_reply::{NewQuickReply, QuickReply, QuickReplyChange, checked_content, checked_shortcut, store};
use crate::time::Millis;

/// Characters of a search text.
const LONGEST_TEXT: usize = 1_000;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list_quick_replies, create_quick_reply))
        .routes(routes!(change_quick_reply, delete_quick_reply))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct QuickRepliesQuery {
    /// A part of the shortcut or of the text; up to 1,000 characters.
    q: Option<String>,
}

/// List quick replies
///
/// By shortcut.
#[utoipa::path(get, path = "/api/quick-replies", tag = "quick replies", params(QuickRepliesQuery, PageQuery), responses(
    (status = OK, body = Page<QuickReply>),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_quick_replies(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Query(query): Query<QuickRepliesQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<QuickReply>>> {
    let text = query.q.filter(|text| !text.trim().is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
        return Err(Error::invalid("q", "must have at most 1,000 characters"));
    }
    let pattern = text.map(|text| crate::database::containing(&text));
    let (pool, organization_id) = (&state.inbox.pool, caller.organization_id);
    let replies = store::list(pool, organization_id, pattern, page.after()?, page.fetch()).await?;
    Ok(Json(Page::of(replies, &page, |reply| store::key(&reply.shortcut))))
}

/// Make a quick reply
#[utoipa::path(post, path = "/api/quick-replies", tag = "quick replies", request_body = NewQuickReply, responses(
    (status = CREATED, body = QuickReply),
    (status = CONFLICT, description = "The shortcut is taken, in whatever case.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn create_quick_reply(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Json(body): Json<NewQuickReply>,
) -> Result<(StatusCode, Json<QuickReply>)> {
    let (shortcut, content) = (checked_shortcut(&body.shortcut)?, checked_content(body.content)?);
    let now = Millis(state.inbox.clock.now());
    let id = QuickReplyId::new();
    let reply = QuickReply { id, shortcut, content, created_by: caller.user_id(), created_at: now, updated_at: now };
    if !store::insert(&state.inbox.pool, caller.organization_id, &reply).await? {
        return Err(taken());
    }
    Ok((StatusCode::CREATED, Json(reply)))
}

/// Change a quick reply
#[utoipa::path(patch, path = "/api/quick-replies/{id}", tag = "quick replies", params(("id" = QuickReplyId, Path)),
    request_body = QuickReplyChange, responses(
    (status = OK, body = QuickReply),
    (status = NOT_FOUND, body = Problem),
    (status = CONFLICT, description = "The shortcut is taken, in whatever case.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn change_quick_reply(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<QuickReplyId>,
    Json(change): Json<QuickReplyChange>,
) -> Result<Json<QuickReply>> {
    let (pool, organization_id) = (&state.inbox.pool, caller.organization_id);
    let unknown = || Error::NotFound("quick reply");
    let found = store::find(pool, organization_id, id).await?.ok_or_else(unknown)?;
    let shortcut = change.shortcut.as_deref().map(checked_shortcut).transpose()?;
    let content = change.content.map(checked_content).transpose()?;
    if shortcut.is_none() && content.is_none() {
        return Ok(Json(found));
    }
    let now = state.inbox.clock.now();
    match store::update(pool, organization_id, id, shortcut.as_deref(), content.as_deref(), now).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Err(taken()),
        changed => Ok(Json(changed?.ok_or_else(unknown)?)),
    }
}

/// Delete a quick reply
#[utoipa::path(delete, path = "/api/quick-replies/{id}", tag = "quick replies", params(("id" = QuickReplyId, Path)),
    responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = Problem),
))]
async fn delete_quick_reply(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<QuickReplyId>,
) -> Result<StatusCode> {
    if !store::delete(&state.inbox.pool, caller.organization_id, id).await? {
        return Err(Error::NotFound("quick reply"));
    }
    Ok(StatusCode::NO_CONTENT)
}

fn taken() -> Error {
    Error::conflict("There is a quick reply with this shortcut already; choose another.")
}
