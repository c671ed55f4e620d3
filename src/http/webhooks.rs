//! `/webhooks`: where networks deliver. The bytes go to the network's crate as they came; 200 is said once they are stored.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use contract::{Parcel, Rejection, WebhookRequest};
use metrics::counter;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{self, Read, SMALL_BYTES};
use super::extract::Json;
use super::problem::{Problem, Refusal};
use super::state::HttpState;
use crate::channel::{NetworkRef, OpenChannel};
use crate::error::{Error, Result};
use crate::inbox::Inbox;
use crate::inbox::receive::Delivery;
use crate::telemetry::names::MESSAGES_INGESTED_TOTAL;

/// Meta sends up to 3 MB.
const LARGEST_BYTES: usize = 5 << 20;
/// Bytes of larger bodies that are in memory at a time.
const ROOM_BYTES: usize = 32 << 20;
/// How long a larger body waits for room.
const WAIT: Duration = Duration::from_secs(10);

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(receive_delivery, answer_challenge))
        .routes(routes!(receive_shared_delivery, answer_shared_challenge))
}

/// Room for large bodies, and hands to open them: no more than the machine has, so that small ones are not kept waiting by a
/// crowd of large ones. Cheap to clone.
#[derive(Clone)]
pub struct Room {
    bytes: Arc<Semaphore>,
    hands: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        Self::of(ROOM_BYTES)
    }
}

impl Room {
    #[must_use]
    pub fn of(bytes: usize) -> Self {
        let hands = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { bytes: Arc::new(Semaphore::new(bytes)), hands: Arc::new(Semaphore::new(hands)) }
    }

    /// A place for a body, until it is dropped.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where none becomes free.
    pub async fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).map_err(Error::internal)?;
        let place = tokio::time::timeout(WAIT, Arc::clone(&self.bytes).acquire_many_owned(bytes)).await;
        let place = place.map_err(|_| Error::Unavailable("too many large bodies at a time".into()))?;
        place.map_err(Error::internal)
    }

    /// Bytes that are free.
    #[must_use]
    pub fn left(&self) -> usize {
        self.bytes.available_permits()
    }
}

/// `{"received": true}`: what was delivered is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    pub received: bool,
}

/// Deliver to a channel
///
/// Called by the channel's network, with its own signature or secret.
#[utoipa::path(post, path = "/webhooks/{provider}/{channelId}", tag = "webhooks in", security(()),
    params(("provider" = String, Path), ("channelId" = String, Path)),
    request_body(content = Vec<u8>, description = "As the network sends it, up to 5 MiB."),
    responses(
        (status = OK, description = "It is stored.", body = Received),
        (status = BAD_REQUEST, description = "Not JSON.", body = Problem),
        (status = UNAUTHORIZED, description = "The signature or secret is missing or wrong.", body = Problem),
        (status = NOT_FOUND, body = Problem),
        (status = PAYLOAD_TOO_LARGE, body = Problem),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "A Content-Encoding.", body = Problem),
        (status = SERVICE_UNAVAILABLE, description = "Deliver it again later.", body = Problem),
    ))]
async fn receive_delivery(
    State(state): State<HttpState>,
    Path((provider, channel_id)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Received>, Refusal> {
    receive(&state, &provider, Some(&channel_id), request).await
}

/// Deliver to all channels of a network
///
/// The body names the account of each item; what names none of ours is kept as a dead letter.
#[utoipa::path(post, path = "/webhooks/{provider}", tag = "webhooks in", security(()), params(("provider" = String, Path)),
    request_body(content = Vec<u8>, description = "As the network sends it, up to 5 MiB."),
    responses(
        (status = OK, description = "It is stored.", body = Received),
        (status = BAD_REQUEST, description = "Not JSON.", body = Problem),
        (status = UNAUTHORIZED, description = "The signature is missing or wrong.", body = Problem),
        (status = NOT_FOUND, body = Problem),
        (status = PAYLOAD_TOO_LARGE, body = Problem),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "A Content-Encoding.", body = Problem),
        (status = SERVICE_UNAVAILABLE, description = "Deliver it again later.", body = Problem),
    ))]
async fn receive_shared_delivery(
    State(state): State<HttpState>,
    Path(provider): Path<String>,
    request: Request,
) -> Result<Json<Received>, Refusal> {
    receive(&state, &provider, None, request).await
}

/// Answer a channel's subscription challenge
#[utoipa::path(get, path = "/webhooks/{provider}/{channelId}", tag = "webhooks in", security(()),
    params(("provider" = String, Path), ("channelId" = String, Path)),
    responses(
        (status = OK, body = String, content_type = "text/plain"),
        (status = BAD_REQUEST, description = "A parameter is missing or repeated.", body = Problem),
        (status = FORBIDDEN, description = "The verify token is wrong.", body = Problem),
        (status = NOT_FOUND, body = Problem),
    ))]
async fn answer_challenge(
    State(state): State<HttpState>,
    Path((provider, channel_id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    challenge(&state.inbox, &provider, Some(&channel_id), query).await
}

/// Answer an application's subscription challenge
#[utoipa::path(get, path = "/webhooks/{provider}", tag = "webhooks in", security(()), params(("provider" = String, Path)),
    responses(
        (status = OK, body = String, content_type = "text/plain"),
        (status = BAD_REQUEST, description = "A parameter is missing or repeated.", body = Problem),
        (status = FORBIDDEN, description = "The verify token is wrong.", body = Problem),
        (status = NOT_FOUND, body = Problem),
    ))]
async fn answer_shared_challenge(
    State(state): State<HttpState>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    challenge(&state.inbox, &provider, None, query).await
}

async fn receive(
    state: &HttpState,
    provider: &str,
    channel_id: Option<&str>,
    request: Request,
) -> Result<Json<Received>, Refusal> {
    let (network, channel) = addressed(&state.inbox, provider, channel_id).await?;
    let headers = request.headers().clone();
    if headers.get_all(header::CONTENT_ENCODING).iter().any(|encoding| encoding != "identity") {
        let detail = "Send the body without a Content-Encoding.";
        return Err(Problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID_DATA", detail).into());
    }
    let Read { bytes: body, place } = body::read(request, LARGEST_BYTES, Some(&state.room)).await?;
    let provider = network.provider();
    let parcels = open(state, network.clone(), channel.clone(), headers, body.clone()).await?;
    let parcels = parcels.map_err(|rejection| {
        counter!(MESSAGES_INGESTED_TOTAL, "provider" => provider, "outcome" => "refused").increment(1);
        refused(rejection)
    })?;
    let body = network.redact(body);
    state.inbox.receive(Delivery { provider, channel, body, parcels, poll_offset: None }).await?;
    drop(place);
    Ok(Json(Received { received: true }))
}

async fn challenge(
    inbox: &Inbox,
    provider: &str,
    channel_id: Option<&str>,
    query: Option<String>,
) -> Result<Response, Refusal> {
    let (network, channel) = addressed(inbox, provider, channel_id).await?;
    let account = channel.as_ref().map(|channel| &channel.account);
    let text = network.challenge(&query.unwrap_or_default(), account).map_err(refused)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// The network and channel of an address; a channel of another network is unknown here.
async fn addressed(
    inbox: &Inbox,
    provider: &str,
    channel_id: Option<&str>,
) -> Result<(NetworkRef, Option<Arc<OpenChannel>>)> {
    let network = inbox.networks.get(provider).filter(|network| !network.capabilities().modes.is_empty());
    let network = network.ok_or(Error::NotFound("webhook"))?.clone();
    let Some(channel_id) = channel_id else { return Ok((network, None)) };
    let channel_id = channel_id.parse().map_err(|_| Error::NotFound("channel"))?;
    let channel = inbox.channel(channel_id).await?;
    let channel = channel.filter(|channel| channel.network.provider() == network.provider());
    Ok((network, Some(channel.ok_or(Error::NotFound("channel"))?)))
}

/// Proves and parses a body, a large one where it holds nobody up.
async fn open(
    state: &HttpState,
    network: NetworkRef,
    channel: Option<Arc<OpenChannel>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Result<Vec<Parcel>, Rejection>> {
    let now = state.inbox.clock.now();
    let large = body.len() > SMALL_BYTES;
    let open = move || {
        let account = channel.as_ref().map(|channel| &channel.account);
        network.verify(&WebhookRequest { headers: &headers, body: &body, now }, account)?;
        network.parse(&body, now)
    };
    if !large {
        return Ok(open());
    }
    let _hand = state.room.hands.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(open).await.map_err(Error::internal)
}

fn refused(rejection: Rejection) -> Refusal {
    match rejection {
        Rejection::Unauthorized => {
            let detail = "The signature or secret is missing or wrong.";
            Problem::plain(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", detail).into()
        }
        Rejection::Forbidden => Error::Forbidden("The verify token is wrong.".into()).into(),
        Rejection::Malformed => Error::Malformed("A parameter is missing or repeated.".into()).into(),
        Rejection::NotJson => Error::Malformed("The body is not JSON.".into()).into(),
        Rejection::NotFound => Error::NotFound("webhook").into(),
    }
}
