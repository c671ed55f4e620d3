//! `/api/chats`: the inbox as a list, one chat, and what operators do with it. A guest sees its own chat alone.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::{Json, Moderator, Operator, PathId, Query};
use super::filter::{Assigned, statuses};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::chat::store::{self, Filter};
use crate::chat::{Chat, ChatStatus, Row};
use crate::error::{Error, Result};
use crate::id::{ChannelId, ChatId, ContactId, MessageId, TeamId};
use crate::inbox::chats::ChatChange;
use crate::operator::{Caller, Who};

/// Characters of a search text.
const LONGEST_TEXT: usize = 1_000;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list_chats))
        .routes(routes!(get_chat, change_chat, delete_chat))
        .routes(routes!(claim_chat))
        .routes(routes!(release_chat))
        .routes(routes!(read_chat))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ChatsQuery {
    /// `open`, `pending`, `snoozed`, `resolved`, or several, separated by commas.
    pub status: Option<String>,
    /// Family of the network: `telegram`, `whatsapp`, `webchat`, `api`.
    pub channel: Option<String>,
    pub channel_id: Option<String>,
    /// `me`, `none` or a user's id.
    pub assigned_to: Option<String>,
    pub team_id: Option<String>,
    /// A person's chats: this contact's, and those of contacts that were merged into it.
    pub contact_id: Option<String>,
    pub label: Option<String>,
    /// `true`: only chats that the team has not read.
    pub unread: Option<bool>,
    /// A part of the title, or of the contact's name, username or phone; up to 1,000 characters.
    pub q: Option<String>,
    /// By activity.
    #[param(inline)]
    pub sort: Option<Sort>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReadBody {
    /// All up to this message was read; unset: all.
    message_id: Option<String>,
}

/// List chats
///
/// By newest activity. `myUnreadCount` is the caller's own count; `unreadCount` is the team's.
#[utoipa::path(get, path = "/api/chats", tag = "chats", params(ChatsQuery, PageQuery), responses(
    (status = OK, body = Page<Chat>),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_chats(
    State(state): State<HttpState>,
    caller: Caller,
    Query(query): Query<ChatsQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Chat>>> {
    Ok(Json(list(&state, &caller, query, &page).await?))
}

/// The organization's chats a page at a time; a guest's own chat alone.
///
/// # Errors
/// Wrong parameters; those of the database.
pub async fn list(state: &HttpState, caller: &Caller, query: ChatsQuery, page: &PageQuery) -> Result<Page<Chat>> {
    let (inbox, after) = (&state.inbox, page.after::<(DateTime<Utc>, Uuid)>()?);
    if let Who::Guest { chat_id, .. } = caller.who {
        let row = find_chat(state, caller, chat_id).await?;
        let items = vec![inbox.present_chat(caller, row).await?];
        return Ok(Page { items, next_cursor: None });
    }
    let filter = Filter { after, ..filter(state, caller, query)? };
    let rows = store::list(&inbox.pool, caller.organization_id, &filter, page.fetch()).await?;
    let page = Page::of(rows, page, |row| (row.active_at, row.id));
    let mut unread: HashMap<Uuid, i64> = HashMap::new();
    if let Some(user_id) = caller.user_id() {
        let ids: Vec<Uuid> = page.items.iter().map(|row| row.id).collect();
        unread.extend(store::list_unread_of(&inbox.pool, user_id, &ids).await?);
    }
    Ok(page.map(|row: Row| {
        let chat = row.present(inbox.networks.capabilities(&row.provider));
        Chat { my_unread_count: caller.user_id().map(|_| unread.get(&row.id).copied().unwrap_or(0)), ..chat }
    }))
}

/// An id of a filter that is none matches nothing, like an unknown one.
fn filter(state: &HttpState, caller: &Caller, query: ChatsQuery) -> Result<Filter> {
    let known = ChatStatus::ALL.map(ChatStatus::as_str);
    let status = query.status.as_deref().map(|list| statuses(list, &known)).transpose()?;
    let providers = query.channel.map(|family| state.inbox.networks.of_family(&family));
    if providers.as_ref().is_some_and(Vec::is_empty) {
        return Err(Error::invalid("channel", "must be a family of networks, such as `telegram` or `whatsapp`"));
    }
    if query.q.as_ref().is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
        return Err(Error::invalid("q", "must have at most 1,000 characters"));
    }
    let assigned = Assigned::read(query.assigned_to.as_deref(), caller)?;
    Ok(Filter {
        status,
        providers,
        channel_id: query.channel_id.map(|id| id.parse::<ChannelId>().map_or(Uuid::nil(), |id| id.0)),
        team_id: query.team_id.map(|id| id.parse::<TeamId>().map_or(Uuid::nil(), |id| id.0)),
        contact_id: query.contact_id.map(|id| id.parse::<ContactId>().map_or(Uuid::nil(), |id| id.0)),
        assigned_user_id: assigned.as_ref().and_then(Assigned::user_id),
        unassigned: matches!(assigned, Some(Assigned::Nobody)),
        label: query.label,
        unread: query.unread.unwrap_or(false),
        text: query.q.filter(|text| !text.trim().is_empty()),
        ascending: query.sort == Some(Sort::Oldest),
        after: None,
    })
}

/// The chat, if this caller may see it.
///
/// # Errors
/// [`Error::ChatNotFound`] also for another organization's, and for a guest who asks for another than its own.
pub async fn find_chat(state: &HttpState, caller: &Caller, id: ChatId) -> Result<Row> {
    let hidden = matches!(caller.who, Who::Guest { chat_id, .. } if chat_id != id);
    let row = store::find(&state.inbox.pool, caller.organization_id, id).await?;
    row.filter(|_| !hidden).ok_or(Error::ChatNotFound)
}

/// Get a chat
#[utoipa::path(get, path = "/api/chats/{id}", tag = "chats", params(("id" = ChatId, Path)), responses(
    (status = OK, body = Chat),
    (status = NOT_FOUND, body = Problem),
))]
async fn get_chat(State(state): State<HttpState>, caller: Caller, PathId(id): PathId<ChatId>) -> Result<Json<Chat>> {
    let row = find_chat(&state, &caller, id).await?;
    Ok(Json(state.inbox.present_chat(&caller, row).await?))
}

/// Change a chat
#[utoipa::path(patch, path = "/api/chats/{id}", tag = "chats", params(("id" = ChatId, Path)), request_body = ChatChange,
    responses(
        (status = OK, body = Chat),
        (status = NOT_FOUND, description = "The chat, the assignee, or the team.", body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem),
    ))]
async fn change_chat(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ChatId>,
    Json(change): Json<ChatChange>,
) -> Result<Json<Chat>> {
    Ok(Json(state.inbox.change_chat(&caller, id, change).await?))
}

/// Delete a chat
///
/// With its messages, for good. Needs the role `moderator`.
#[utoipa::path(delete, path = "/api/chats/{id}", tag = "chats", params(("id" = ChatId, Path)), responses(
    (status = NO_CONTENT),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
))]
async fn delete_chat(
    State(state): State<HttpState>,
    Moderator(caller): Moderator,
    PathId(id): PathId<ChatId>,
) -> Result<StatusCode> {
    state.inbox.delete_chat(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Claim a chat
///
/// Takes a chat that nobody has; of several who try at once, one wins.
#[utoipa::path(post, path = "/api/chats/{id}/claim", tag = "chats", params(("id" = ChatId, Path)), responses(
    (status = OK, body = Chat),
    (status = NOT_FOUND, body = Problem),
    (status = CONFLICT, description = "`assignedUserId` and `name` say who has it.", body = Problem),
))]
async fn claim_chat(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ChatId>,
) -> Result<Json<Chat>> {
    Ok(Json(state.inbox.claim_chat(&caller, id).await?))
}

/// Release a chat
#[utoipa::path(post, path = "/api/chats/{id}/release", tag = "chats", params(("id" = ChatId, Path)), responses(
    (status = OK, body = Chat),
    (status = FORBIDDEN, description = "A colleague has it.", body = Problem),
    (status = NOT_FOUND, body = Problem),
))]
async fn release_chat(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ChatId>,
) -> Result<Json<Chat>> {
    Ok(Json(state.inbox.release_chat(&caller, id).await?))
}

/// Mark a chat as read
///
/// Up to a message, or all of it: for the team and for the caller. The network gets a read receipt where it takes one.
#[utoipa::path(post, path = "/api/chats/{id}/read", tag = "chats", params(("id" = ChatId, Path)),
    request_body = Option<ReadBody>,
    responses(
        (status = OK, body = Chat),
        (status = NOT_FOUND, description = "The chat, or the message in it.", body = Problem),
    ))]
async fn read_chat(
    State(state): State<HttpState>,
    caller: Caller,
    PathId(id): PathId<ChatId>,
    body: Option<Json<ReadBody>>,
) -> Result<Json<Chat>> {
    let message_id = body.and_then(|Json(body)| body.message_id);
    let message_id = message_id.map(|id| id.parse::<MessageId>().map_err(|_| Error::NotFound("message")));
    // an unknown chat is said before an unknown message
    if message_id.as_ref().is_some_and(Result::is_err) {
        find_chat(&state, &caller, id).await?;
    }
    Ok(Json(state.inbox.read(&caller, id, message_id.transpose()?).await?))
}
