//! `/api/contacts`: people, their names, and who is the same person.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::{Json, Operator, PathId, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::contact::store::{self, Filter};
use crate::contact::{Person, Suggestion};
use crate::error::{Error, Result};
use crate::id::{ChannelId, ContactId};
use crate::inbox::contacts::ContactChange;

/// Characters of a search text.
const LONGEST_TEXT: usize = 1_000;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list_contacts))
        .routes(routes!(get_contact, change_contact))
        .routes(routes!(merge_contact, unmerge_contact))
        .routes(routes!(suggest_contacts))
        .routes(routes!(block_contact, unblock_contact))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct ContactsQuery {
    /// A part of the name, username, phone or e-mail address; up to 1,000 characters.
    q: Option<String>,
    /// Only people of this channel.
    channel_id: Option<String>,
    /// `true`: only people who are blocked; `false`: only others.
    blocked: Option<bool>,
}

/// List contacts
///
/// People, newest first; those that were merged show as the one that stands for them.
#[utoipa::path(get, path = "/api/contacts", tag = "contacts", params(ContactsQuery, PageQuery), responses(
    (status = OK, body = Page<Person>),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_contacts(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Query(query): Query<ContactsQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Person>>> {
    let text = query.q.filter(|text| !text.trim().is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
        return Err(Error::invalid("q", "must have at most 1,000 characters"));
    }
    let filter = Filter {
        // what is no id matches nothing, like an unknown one
        channel_id: query.channel_id.map(|id| id.parse::<ChannelId>().map_or(Uuid::nil(), |id| id.0)),
        pattern: text.map(|text| crate::database::containing(&text)),
        blocked: query.blocked,
        before: page.after()?,
    };
    let inbox = &state.inbox;
    let rows = store::list(&inbox.pool, caller.organization_id, &filter, page.fetch()).await?;
    let Page { items, next_cursor } = Page::of(rows, &page, |row| row.id);
    Ok(Json(Page { items: inbox.present_people(items).await?, next_cursor }))
}

/// Get a contact
#[utoipa::path(get, path = "/api/contacts/{id}", tag = "contacts", params(("id" = ContactId, Path)), responses(
    (status = OK, body = Person),
    (status = NOT_FOUND, body = Problem),
))]
async fn get_contact(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ContactId>,
) -> Result<Json<Person>> {
    Ok(Json(state.inbox.person(caller.organization_id, id).await?))
}

/// Change a contact
///
/// What operators write stays, whatever the network says later; null gives a field back to the network.
#[utoipa::path(patch, path = "/api/contacts/{id}", tag = "contacts", params(("id" = ContactId, Path)),
    request_body = ContactChange, responses(
    (status = OK, body = Person),
    (status = NOT_FOUND, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn change_contact(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ContactId>,
    Json(change): Json<ContactChange>,
) -> Result<Json<Person>> {
    Ok(Json(state.inbox.change_contact(&caller, id, change).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Merge {
    /// The contact that stands for both from now on.
    #[schema(value_type = ContactId)]
    into_id: String,
}

/// Merge a contact into another
///
/// They are one person: chats of both show the other contact, and stay apart. Answers with the person. Moderators.
#[utoipa::path(post, path = "/api/contacts/{id}/merge", tag = "contacts", params(("id" = ContactId, Path)),
    request_body = Merge, responses(
    (status = OK, body = Person),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
    (status = CONFLICT, description = "It is merged already.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, description = "A group, or itself.", body = Problem),
))]
async fn merge_contact(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ContactId>,
    Json(merge): Json<Merge>,
) -> Result<Json<Person>> {
    Ok(Json(state.inbox.merge_contact(&caller, id, &merge.into_id).await?))
}

/// Undo a contact's merge
///
/// It is a person of its own again, with those that had been merged into it. Moderators.
#[utoipa::path(delete, path = "/api/contacts/{id}/merge", tag = "contacts", params(("id" = ContactId, Path)), responses(
    (status = NO_CONTENT),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
    (status = CONFLICT, description = "It is not merged.", body = Problem),
))]
async fn unmerge_contact(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ContactId>,
) -> Result<StatusCode> {
    state.inbox.unmerge_contact(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Block a contact
///
/// The person, under all its contacts: what it writes is kept, raises no unread and reopens nothing; nobody can answer. Again
/// is harmless.
#[utoipa::path(post, path = "/api/contacts/{id}/block", tag = "contacts", params(("id" = ContactId, Path)), responses(
    (status = OK, body = Person),
    (status = NOT_FOUND, body = Problem),
))]
async fn block_contact(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ContactId>,
) -> Result<Json<Person>> {
    Ok(Json(state.inbox.block_contact(&caller, id).await?))
}

/// Unblock a contact
///
/// The person, under all its contacts. One that is not blocked stays so.
#[utoipa::path(delete, path = "/api/contacts/{id}/block", tag = "contacts", params(("id" = ContactId, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = Problem),
))]
async fn unblock_contact(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ContactId>,
) -> Result<StatusCode> {
    state.inbox.unblock_contact(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Suggest who is the same person
///
/// People who share a phone number or an e-mail address with this one, the likeliest first; at most 20.
#[utoipa::path(get, path = "/api/contacts/{id}/suggestions", tag = "contacts", params(("id" = ContactId, Path)),
    responses(
    (status = OK, body = Page<Suggestion>),
    (status = NOT_FOUND, body = Problem),
))]
async fn suggest_contacts(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ContactId>,
) -> Result<Json<Page<Suggestion>>> {
    let items = state.inbox.suggest_people(&caller, id).await?;
    Ok(Json(Page { items, next_cursor: None }))
}
