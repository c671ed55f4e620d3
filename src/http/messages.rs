//! `/api/messages` and a chat's history: read, search, send, send again.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::chats::find_chat;
use super::extract::{Json, Operator, PathId, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::id::{ChatId, MessageId};
use crate::inbox::present;
use crate::inbox::send::SendRequest;
use crate::message::Message;
use crate::message::store::{self, Search};
use crate::operator::{Caller, Who};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LONGEST_KEY: usize = 255;
/// Characters of a search text.
const LONGEST_TEXT: usize = 1_000;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list_messages))
        .routes(routes!(search_messages))
        .routes(routes!(send_message))
        .routes(routes!(retry_message))
        .routes(routes!(edit_message, delete_message))
        .routes(routes!(react))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// A message's id: those stored before it. `nextCursor` goes here.
    #[serde(alias = "cursor")]
    before: Option<String>,
    /// A message's id: those stored just after it.
    after: Option<String>,
    /// Messages of the page: 50 if unset, at most 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// List a chat's messages
///
/// Newest first, in the order they were stored.
#[utoipa::path(get, path = "/api/chats/{id}/messages", tag = "messages", params(("id" = ChatId, Path), HistoryQuery),
    responses(
        (status = OK, body = Page<Message>),
        (status = NOT_FOUND, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem),
    ))]
async fn list_messages(
    State(state): State<HttpState>,
    caller: Caller,
    PathId(id): PathId<ChatId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Page<Message>>> {
    let inbox = &state.inbox;
    find_chat(&state, &caller, id).await?;
    if query.before.is_some() && query.after.is_some() {
        return Err(Error::invalid("after", "cannot go with `before`"));
    }
    let with_private = !matches!(caller.who, Who::Guest { .. });
    let place = async |field: &str, text: Option<String>| -> Result<Option<i64>> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
        let found = match text.parse::<MessageId>() {
            Ok(id) => store::find(&inbox.pool, caller.organization_id, id).await?,
            Err(_) => None,
        };
        let found = found.filter(|row| row.chat_id == id.0 && (with_private || !row.private));
        found.map(|row| Some(row.seq)).ok_or_else(|| Error::invalid(field, "must be the id of a message of this chat"))
    };
    let (before, after) = (place("before", query.before).await?, place("after", query.after).await?);
    let page = PageQuery { limit: query.limit, cursor: None };
    // those just after a message lead nowhere: the client asks again after the newest it has
    let fetch = if after.is_some() { page.limit() } else { page.fetch() };
    let rows = store::list_of_chat(&inbox.pool, id, before, after, with_private, fetch).await?;
    let cut = Page::of(rows, &page, |row| row.id);
    let next_cursor = cut.next_cursor.and(cut.items.last().map(|row| row.id.to_string()));
    let items = present::messages(inbox, &mut *inbox.pool.acquire().await?, cut.items).await?;
    Ok(Json(Page { items, next_cursor }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// Words, `"phrases"`, `-without` and `or`, as in web searches; up to 1,000 characters.
    #[serde(default)]
    q: String,
    chat_id: Option<String>,
    /// Stored at this time or later.
    from: Option<DateTime<Utc>>,
    /// Stored before this time.
    to: Option<DateTime<Utc>>,
}

/// Search messages
///
/// In the whole history, newest first. Words are found in all their forms, in English and Russian.
#[utoipa::path(get, path = "/api/messages", tag = "messages", params(SearchQuery, PageQuery), responses(
    (status = OK, body = Page<Message>),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn search_messages(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Query(query): Query<SearchQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Message>>> {
    if query.q.trim().is_empty() {
        return Err(Error::invalid("q", "must say what to look for"));
    }
    if query.q.chars().count() > LONGEST_TEXT {
        return Err(Error::invalid("q", "must have at most 1,000 characters"));
    }
    let search = Search {
        text: query.q,
        // what is no id matches nothing, like an unknown one
        chat_id: query.chat_id.map(|id| id.parse::<ChatId>().map_or(Uuid::nil(), |id| id.0)),
        from: query.from,
        to: query.to,
        before: page.after()?,
    };
    let inbox = &state.inbox;
    let rows = store::search(&inbox.pool, caller.organization_id, &search, inbox.clock.now(), page.fetch()).await?;
    let Page { items, next_cursor } = Page::of(rows, &page, |row| row.id);
    let items = present::messages(inbox, &mut *inbox.pool.acquire().await?, items).await?;
    Ok(Json(Page { items, next_cursor }))
}

/// Send a message
///
/// It is stored when this answers, and delivered afterwards, in order. With an `Idempotency-Key` the same request again, within
/// 24 hours, gets the first answer and sends nothing.
#[utoipa::path(post, path = "/api/messages/send", tag = "messages", request_body = SendRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Up to 255 visible ASCII characters.")),
    responses(
        (status = CREATED, body = Message),
        (status = FORBIDDEN, body = Problem),
        (status = NOT_FOUND, body = Problem),
        (status = CONFLICT, description = "The key came with another body.", body = Problem),
        (status = PAYLOAD_TOO_LARGE, description = "Longer than the network takes.", body = Problem),
        (status = UNPROCESSABLE_ENTITY, description = "Also `WINDOW_CLOSED`: a template is needed.", body = Problem),
    ))]
async fn send_message(
    State(state): State<HttpState>,
    caller: Caller,
    headers: HeaderMap,
    Json(request): Json<SendRequest>,
) -> Result<Response> {
    let key = idempotency_key(&headers)?;
    let message = state.inbox.send(&caller, request, key).await?;
    Ok((StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], message).into_response())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let visible = (1..=LONGEST_KEY).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
    let key = key.to_str().ok().filter(|_| visible && keys.next().is_none());
    key.map(Some).ok_or_else(|| Error::invalid("Idempotency-Key", "must have 1 to 255 visible ASCII characters"))
}

/// Send a failed message again
///
/// The same message, at the end of its chat's queue.
#[utoipa::path(post, path = "/api/messages/{id}/retry", tag = "messages", params(("id" = MessageId, Path)), responses(
    (status = OK, body = Message),
    (status = NOT_FOUND, body = Problem),
    (status = CONFLICT, description = "It has not failed.", body = Problem),
))]
async fn retry_message(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<MessageId>,
) -> Result<Json<Message>> {
    Ok(Json(state.inbox.retry(&caller, id).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
struct MessageEdit {
    /// The new text, or caption.
    content: String,
}

/// Edit a message
///
/// One that an operator wrote: also at the network, where its channel can (docs/capabilities.md); one that is still queued leaves
/// with the new text.
#[utoipa::path(patch, path = "/api/messages/{id}", tag = "messages", params(("id" = MessageId, Path)),
    request_body = MessageEdit, responses(
    (status = OK, body = Message),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
    (status = CONFLICT, description = "It is being sent, or deleted.", body = Problem),
    (status = PAYLOAD_TOO_LARGE, body = Problem),
    (status = UNPROCESSABLE_ENTITY, description = "Its channel cannot.", body = Problem),
    (status = SERVICE_UNAVAILABLE, description = "The network did not answer; again does no harm.", body = Problem),
))]
async fn edit_message(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<MessageId>,
    Json(edit): Json<MessageEdit>,
) -> Result<Json<Message>> {
    Ok(Json(state.inbox.edit_message(&caller, id, &edit.content).await?))
}

/// Delete a message
///
/// One that an operator wrote, for everybody, where its channel can; one that is still queued never leaves. It stays in the
/// history with `deletedAt`.
#[utoipa::path(delete, path = "/api/messages/{id}", tag = "messages", params(("id" = MessageId, Path)), responses(
    (status = NO_CONTENT),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
    (status = CONFLICT, description = "It is being sent, or deleted already.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, description = "Its channel cannot.", body = Problem),
    (status = SERVICE_UNAVAILABLE, description = "The network did not answer; again does no harm.", body = Problem),
))]
async fn delete_message(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<MessageId>,
) -> Result<StatusCode> {
    state.inbox.delete_message(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
struct ReactionChange {
    /// One emoji; empty or null removes yours.
    emoji: Option<String>,
}

/// React to a message
///
/// In place of your earlier reaction. Where the network shows one reaction of the whole team, in place of a colleague's too.
#[utoipa::path(put, path = "/api/messages/{id}/reaction", tag = "messages", params(("id" = MessageId, Path)),
    request_body = ReactionChange, responses(
    (status = OK, body = Message),
    (status = NOT_FOUND, body = Problem),
    (status = CONFLICT, description = "It has not reached the network, or is deleted.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, description = "Its channel cannot, or not this emoji.", body = Problem),
    (status = SERVICE_UNAVAILABLE, description = "The network did not answer; again does no harm.", body = Problem),
))]
async fn react(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<MessageId>,
    Json(change): Json<ReactionChange>,
) -> Result<Json<Message>> {
    Ok(Json(state.inbox.react(&caller, id, change.emoji.as_deref()).await?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_idempotency_key_is_short_visible_and_single() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(IDEMPOTENCY_KEY, value.parse().unwrap());
            }
            idempotency_key(&headers).map(|key| key.map(str::to_owned))
        };
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&["order/7~1"]).unwrap().as_deref(), Some("order/7~1"));
        assert!(read(&[&"k".repeat(255)]).is_ok());
        for wrong in [&[""][..], &["a b"], &["ключ"], &["a\tb"], &[&"k".repeat(256)], &["a", "a"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
