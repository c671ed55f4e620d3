//! `/api/dead-letters`: what networks delivered and nobody understood, kept with its reason until it is replayed.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::{Admin, Json, PathId, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::delivery::DeadLetter;
use crate::error::Result;
use crate::id::DeadLetterId;
use crate::inbox::replay::Replayed;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_dead_letters)).routes(routes!(replay_dead_letter))
}

/// List dead letters
///
/// Newest first. What named no channel of this server is shown to the server's administrators.
#[utoipa::path(get, path = "/api/dead-letters", tag = "dead letters", params(PageQuery), responses(
    (status = OK, body = Page<DeadLetter>),
    (status = FORBIDDEN, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_dead_letters(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<DeadLetter>>> {
    let before = page.after::<Uuid>()?.map(DeadLetterId);
    let letters = state.inbox.list_dead_letters(&caller, before, page.fetch()).await?;
    Ok(Json(Page::of(letters, &page, |letter| letter.id.0)))
}

/// Replay a dead letter
///
/// Parses it again, after an upgrade or once its channel exists. `replayed` says whether it was understood, and is gone.
#[utoipa::path(post, path = "/api/dead-letters/{id}/replay", tag = "dead letters", params(("id" = DeadLetterId, Path)),
    responses(
        (status = OK, body = Replayed),
        (status = FORBIDDEN, body = Problem),
        (status = NOT_FOUND, body = Problem),
    ))]
async fn replay_dead_letter(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    PathId(id): PathId<DeadLetterId>,
) -> Result<Json<Replayed>> {
    Ok(Json(state.inbox.replay(&caller, id).await?))
}
