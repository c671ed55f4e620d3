//! `/api/tickets`: what is to be done beyond a conversation.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::{Json, Operator, PathId, Query};
use super::filter::{Assigned, statuses};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::contact::store as contacts;
use crate::error::{Error, Result};
use crate::id::{ChatId, ContactId, TicketId};
use crate::inbox::tickets::{NewTicket, TicketChange};
use crate::operator::Caller;
use crate::ticket::store::{self, Filter};
use crate::ticket::{Ticket, TicketStatus};

/// Characters of a search text.
const LONGEST_TEXT: usize = 1_000;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_tickets, create_ticket)).routes(routes!(get_ticket, change_ticket))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct TicketsQuery {
    /// `open`, `in_progress`, `resolved`, `closed`, or several, separated by commas.
    status: Option<String>,
    /// `me`, `none` or a user's id.
    assigned_to: Option<String>,
    chat_id: Option<String>,
    /// Tickets of all chats of this person.
    contact_id: Option<String>,
    /// A part of the title, or the whole number, also as `#7`; up to 1,000 characters.
    q: Option<String>,
}

/// List tickets
///
/// Newest first.
#[utoipa::path(get, path = "/api/tickets", tag = "tickets", params(TicketsQuery, PageQuery), responses(
    (status = OK, body = Page<Ticket>),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_tickets(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Query(query): Query<TicketsQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Ticket>>> {
    let filter = Filter { before: page.after()?, ..filter(&state, &caller, query).await? };
    let tickets = store::list(&state.inbox.pool, caller.organization_id, &filter, page.fetch()).await?;
    Ok(Json(Page::of(tickets, &page, |ticket| ticket.number)))
}

/// An id of a filter that is none matches nothing, like an unknown one.
async fn filter(state: &HttpState, caller: &Caller, query: TicketsQuery) -> Result<Filter> {
    let known = TicketStatus::ALL.map(TicketStatus::as_str);
    let status = query.status.as_deref().map(|list| statuses(list, &known)).transpose()?;
    let text = query.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
        return Err(Error::invalid("q", "must have at most 1,000 characters"));
    }
    let assigned = Assigned::read(query.assigned_to.as_deref(), caller)?;
    let mut chat_ids = None;
    if let Some(id) = &query.contact_id {
        chat_ids = Some(chats_of(state, caller, id).await?);
    }
    if let Some(id) = &query.chat_id {
        let id = id.parse::<ChatId>().map_or(Uuid::nil(), |id| id.0);
        let among = chat_ids.is_none_or(|ids| ids.contains(&id));
        chat_ids = Some(if among { vec![id] } else { Vec::new() });
    }
    Ok(Filter {
        status,
        assigned_user_id: assigned.as_ref().and_then(Assigned::user_id),
        unassigned: matches!(assigned, Some(Assigned::Nobody)),
        chat_ids,
        text: text.map(str::to_owned),
        number: text.and_then(|text| text.trim_start_matches('#').parse().ok()),
        before: None,
    })
}

/// Chats of the person behind a contact: of whoever stands for it.
async fn chats_of(state: &HttpState, caller: &Caller, id: &str) -> Result<Vec<Uuid>> {
    let Ok(id) = id.parse::<ContactId>() else { return Ok(Vec::new()) };
    let pool = &state.inbox.pool;
    let Some(contact) = contacts::find(pool, caller.organization_id, id).await? else { return Ok(Vec::new()) };
    Ok(contacts::list_chats(pool, contact.merged_into.map_or(id, ContactId)).await?)
}

/// Make a ticket
#[utoipa::path(post, path = "/api/tickets", tag = "tickets", request_body = NewTicket, responses(
    (status = CREATED, body = Ticket),
    (status = NOT_FOUND, description = "The chat, or the assignee.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn create_ticket(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Json(new): Json<NewTicket>,
) -> Result<(StatusCode, Json<Ticket>)> {
    Ok((StatusCode::CREATED, Json(state.inbox.create_ticket(&caller, new).await?)))
}

/// Get a ticket
#[utoipa::path(get, path = "/api/tickets/{id}", tag = "tickets", params(("id" = TicketId, Path)), responses(
    (status = OK, body = Ticket),
    (status = NOT_FOUND, body = Problem),
))]
async fn get_ticket(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<TicketId>,
) -> Result<Json<Ticket>> {
    let ticket = store::find(&state.inbox.pool, caller.organization_id, id).await?;
    ticket.map(Json).ok_or(Error::NotFound("ticket"))
}

/// Change a ticket
///
/// `closed` sets `closedAt`; any other status clears it.
#[utoipa::path(patch, path = "/api/tickets/{id}", tag = "tickets", params(("id" = TicketId, Path)),
    request_body = TicketChange, responses(
    (status = OK, body = Ticket),
    (status = NOT_FOUND, description = "The ticket, the chat or the assignee.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn change_ticket(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<TicketId>,
    Json(change): Json<TicketChange>,
) -> Result<Json<Ticket>> {
    Ok(Json(state.inbox.change_ticket(&caller, id, change).await?))
}
