//! `/api/events`: the journal, for those who poll. A cursor is all that a client has to remember.

mod guest;

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Query};
use super::layers::Waited;
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::event::{Journalled, store};
use crate::id::{EventId, OrganizationId, UserId};
use crate::inbox::publish::NewEvent;
use crate::operator::{Caller, Who};
use crate::time::Millis;

/// Seconds that a poll may wait.
const LONGEST_WAIT: i64 = 30;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_events, publish_event))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// The `cursor` of the answer before, or `latest` for the current one; unset: from the oldest event kept.
    after: Option<String>,
    /// Seconds to wait for an event where there is none: 0 if unset, at most 30.
    #[param(minimum = 0, maximum = 30, default = 0)]
    wait: Option<i64>,
    /// Events of the answer: 100 if unset, at most 1,000.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
struct Events {
    events: Vec<JournalEvent>,
    /// Goes into `after` of the next request.
    cursor: String,
    /// More events are there already.
    more: bool,
    /// What followed `after` is not known any more: load anew what you show, and go on from `cursor`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gap: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JournalEvent {
    event_id: EventId,
    cursor: String,
    #[schema(example = "message:new")]
    event: String,
    room: Rooms,
    /// The payload, as sockets get it.
    #[schema(value_type = Object)]
    data: Box<RawValue>,
    #[schema(value_type = DateTime<Utc>)]
    created_at: Millis,
}

impl JournalEvent {
    fn of(event: &Journalled, cursor: String) -> Result<Self> {
        let room = match event.rooms.as_slice() {
            [room] => Rooms::One(room.clone()),
            rooms => Rooms::Several(rooms.to_vec()),
        };
        Ok(Self {
            event_id: event.id,
            cursor,
            event: event.name.to_string(),
            room,
            data: RawValue::from_string(event.data.to_string()).map_err(Error::internal)?,
            created_at: Millis(event.created_at),
        })
    }
}

/// `org_{id}`, `user_{id}` or `chat_{id}`; a list where there are several.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Rooms {
    One(String),
    Several(Vec<String>),
}

/// Get events
///
/// At once if there is something after the cursor, else as soon as there is, or when the wait ends. A web-chat visitor gets its
/// own chat's public messages, statuses and reads, with cursors that say nothing of the organization.
#[utoipa::path(get, path = "/api/events", tag = "events", params(EventsQuery), responses(
    (status = OK, body = Events),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_events(
    State(state): State<HttpState>,
    caller: Caller,
    Query(query): Query<EventsQuery>,
) -> Result<Response> {
    let poll = Poll {
        organization_id: caller.organization_id,
        user_id: caller.user_id(),
        limit: query.limit.unwrap_or(100).clamp(1, 1_000),
        wait: Duration::from_secs(query.wait.unwrap_or(0).clamp(0, LONGEST_WAIT).unsigned_abs()),
        state,
    };
    let after = query.after.as_deref().filter(|after| !after.is_empty());
    if let Who::Guest { chat_id, .. } = caller.who {
        return Ok(answer(guest::next(&poll, chat_id, after).await?));
    }
    let position = match after {
        None => None,
        Some("latest") => return Ok(Json(poll.latest(false).await?).into_response()),
        Some(cursor) => match poll.state.inbox.cursors.read(poll.organization_id, cursor) {
            Some(cursor) => Some(cursor.position),
            None => return Ok(Json(poll.latest(true).await?).into_response()),
        },
    };
    Ok(answer(poll.next(position).await?))
}

/// Publish an event
///
/// For other backends (an administrator or an API key): told on the sockets and journalled like the inbox's own events.
#[utoipa::path(post, path = "/api/events", tag = "events", request_body = NewEvent, responses(
    (status = CREATED, body = JournalEvent),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, description = "A room of another organization, or of nobody.", body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn publish_event(
    State(state): State<HttpState>,
    caller: Caller,
    Json(new): Json<NewEvent>,
) -> Result<(StatusCode, Json<JournalEvent>)> {
    let event = state.inbox.publish(&caller, new).await?;
    let cursor = state.inbox.cursors.write(event.organization_id, event.position);
    Ok((StatusCode::CREATED, Json(JournalEvent::of(&event, cursor)?)))
}

fn answer((events, waited): (Events, Duration)) -> Response {
    let mut response = Json(events).into_response();
    response.extensions_mut().insert(Waited(waited));
    response
}

struct Poll {
    state: HttpState,
    organization_id: OrganizationId,
    user_id: Option<UserId>,
    limit: i64,
    wait: Duration,
}

impl Poll {
    /// Where the journal stands.
    async fn latest(&self, gap: bool) -> Result<Events> {
        let position = store::find_position(&self.state.inbox.pool, self.organization_id).await?;
        Ok(Events { events: Vec::new(), cursor: self.cursor(position), more: false, gap })
    }

    /// What follows a position (`None`: the oldest kept), and how long it was waited for.
    async fn next(&self, after: Option<i64>) -> Result<(Events, Duration)> {
        let inbox = &self.state.inbox;
        // listening before reading, so that nothing falls between the two
        let mut news = inbox.feed.watch(self.organization_id).await?;
        let deadline = tokio::time::Instant::now() + self.wait;
        let mut waited = Duration::ZERO;
        let mut position = after.unwrap_or(0);
        let mut checked = after.is_none();
        loop {
            let mut events = inbox.feed.read(self.organization_id, position, self.limit + 1).await?;
            let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
            let more = events.len() > limit;
            events.truncate(limit);
            if !checked {
                let whole = match events.first() {
                    Some(first) => first.position == position + 1,
                    None => self.stands_at(position).await?,
                };
                if !whole {
                    return Ok((self.latest(true).await?, waited));
                }
                checked = true;
            }
            position = events.last().map_or(position, |last| last.position);
            let visible = events.iter().filter(|event| event.visible_to(self.user_id));
            let visible = visible
                .map(|event| JournalEvent::of(event, self.cursor(event.position)))
                .collect::<Result<Vec<_>>>()?;
            let over = tokio::time::Instant::now() >= deadline || self.state.draining.is_cancelled();
            if !visible.is_empty() || (over && !more) {
                return Ok((Events { events: visible, cursor: self.cursor(position), more, gap: false }, waited));
            }
            if !more {
                let started = Instant::now();
                tokio::select! {
                    _ = news.wait_for(|told| *told > position) => {}
                    () = tokio::time::sleep_until(deadline) => {}
                    () = self.state.draining.cancelled() => {}
                }
                waited += started.elapsed();
            }
        }
    }

    /// Whether nothing follows a position because nothing was written since: not because it is gone, or was never reached.
    async fn stands_at(&self, position: i64) -> Result<bool> {
        let inbox = &self.state.inbox;
        let current = store::find_position(&inbox.pool, self.organization_id).await?;
        if current <= position {
            return Ok(current == position);
        }
        // written between the two reads, unless it is still not there
        let first = inbox.feed.read(self.organization_id, position, 1).await?;
        Ok(first.first().is_some_and(|first| first.position == position + 1))
    }

    fn cursor(&self, position: i64) -> String {
        self.state.inbox.cursors.write(self.organization_id, position)
    }
}
