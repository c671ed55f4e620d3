//! `/api/contacts/{id}/notes`: what operators write down of a person, for each other.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::{Json, Operator, PathId, PathIds, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::contact::{ContactNote, store};
use crate::error::{Error, Result};
use crate::id::{ContactId, ContactNoteId};
use crate::operator::Role;
use crate::time::Millis;

const LONGEST: usize = 4_000;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_contact_notes, create_contact_note)).routes(routes!(delete_contact_note))
}

/// List notes of a contact
///
/// Newest first. Contacts that are one person share their notes.
#[utoipa::path(get, path = "/api/contacts/{id}/notes", tag = "contacts", params(("id" = ContactId, Path), PageQuery),
    responses(
    (status = OK, body = Page<ContactNote>),
    (status = NOT_FOUND, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_contact_notes(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ContactId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ContactNote>>> {
    let (pool, organization_id) = (&state.inbox.pool, caller.organization_id);
    store::find(pool, organization_id, id).await?.ok_or(Error::NotFound("contact"))?;
    let notes = store::list_notes(pool, organization_id, id, page.after::<Uuid>()?, page.fetch()).await?;
    Ok(Json(Page::of(notes, &page, |note| note.id.0)))
}

#[derive(Deserialize, ToSchema)]
struct NewContactNote {
    /// 1 to 4,000 characters.
    content: String,
}

/// Write a note of a contact
#[utoipa::path(post, path = "/api/contacts/{id}/notes", tag = "contacts", params(("id" = ContactId, Path)),
    request_body = NewContactNote, responses(
    (status = CREATED, body = ContactNote),
    (status = NOT_FOUND, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn create_contact_note(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ContactId>,
    Json(NewContactNote { content }): Json<NewContactNote>,
) -> Result<(StatusCode, Json<ContactNote>)> {
    if content.trim().is_empty() || content.chars().count() > LONGEST {
        return Err(Error::invalid("content", "must have 1 to 4,000 characters"));
    }
    let created_at = Millis(state.inbox.clock.now());
    let note = ContactNote { id: ContactNoteId::new(), contact_id: id, user_id: caller.user_id(), content, created_at };
    if !store::insert_note(&state.inbox.pool, caller.organization_id, &note).await? {
        return Err(Error::NotFound("contact"));
    }
    Ok((StatusCode::CREATED, Json(note)))
}

/// Delete a note of a contact
///
/// One's own, or as a moderator anybody's.
#[utoipa::path(delete, path = "/api/contacts/{id}/notes/{noteId}", tag = "contacts",
    params(("id" = ContactId, Path), ("noteId" = ContactNoteId, Path)), responses(
    (status = NO_CONTENT),
    (status = FORBIDDEN, description = "Somebody else wrote it.", body = Problem),
    (status = NOT_FOUND, body = Problem),
))]
async fn delete_contact_note(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathIds(contact_id, id): PathIds<ContactId, ContactNoteId>,
) -> Result<StatusCode> {
    let (pool, organization_id) = (&state.inbox.pool, caller.organization_id);
    store::find(pool, organization_id, contact_id).await?.ok_or(Error::NotFound("contact"))?;
    let note = store::find_note(pool, organization_id, contact_id, id).await?.ok_or(Error::NotFound("note"))?;
    if note.user_id.is_none() || note.user_id != caller.user_id() {
        caller.require(Role::Moderator)?;
    }
    store::delete_note(pool, organization_id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
