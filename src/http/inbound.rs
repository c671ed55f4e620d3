//! `/api/channels/{id}/inbound`: where another backend delivers for its customers, by REST instead of a webhook.

use axum::extract::State;
use contract::{Incoming, Rejection};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Operator, PathId, RawJson};
use super::problem::Problem;
use super::state::HttpState;
use super::webhooks::Received;
use crate::error::{Error, Result};
use crate::id::ChannelId;
use crate::inbox::receive::Delivery;
use crate::operator::{Role, Who};

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(receive_inbound))
}

/// Deliver a customer's message
///
/// With an API key, or as an administrator, to a channel that has no network behind it. The same `message.id` again is the
/// same message.
#[utoipa::path(post, path = "/api/channels/{id}/inbound", tag = "channels", params(("id" = ChannelId, Path)),
    request_body(content = Object, description = "`{from: {id, name?, username?, phone?, email?}, chat?: {id, title?, \
        isGroup?}, message: {id, type?, content, metadata?, attachments?, replyToId?, timestamp?}}`"),
    responses(
        (status = OK, description = "It is stored.", body = Received),
        (status = FORBIDDEN, body = Problem),
        (status = NOT_FOUND, body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem),
    ))]
async fn receive_inbound(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ChannelId>,
    RawJson(body): RawJson,
) -> Result<Json<Received>> {
    if !matches!(caller.who, Who::ApiKey { .. }) {
        caller.require(Role::Admin)?;
    }
    let channel = state.inbox.own_channel(caller.organization_id, id).await?;
    let capabilities = channel.network.capabilities();
    if !capabilities.instant || !capabilities.modes.is_empty() {
        return Err(Error::invalid("id", "must be a channel whose messages are delivered here, not by a network"));
    }
    let parcels = channel.network.parse(&body, state.inbox.clock.now()).map_err(|rejection| match rejection {
        Rejection::NotJson => Error::Malformed("The body is not JSON.".into()),
        other => Error::Malformed(other.to_string()),
    })?;
    // its sender reads the answer, so what is wrong is said instead of kept
    if let Some(reason) = parcels.iter().find_map(|parcel| match &parcel.item {
        Incoming::Unknown { reason } => Some(reason),
        _ => None,
    }) {
        return Err(Error::invalid(named_field(reason), reason));
    }
    let provider = channel.network.provider();
    state.inbox.receive(Delivery { provider, channel: Some(channel), body, parcels, poll_offset: None }).await?;
    Ok(Json(Received { received: true }))
}

/// The field in backticks that a reason begins with.
fn named_field(reason: &str) -> &str {
    reason.strip_prefix('`').and_then(|rest| rest.split_once('`')).map_or("", |(field, _)| field)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_field_is_taken_from_the_reason() {
        assert_eq!(super::named_field("`message.id` is required"), "message.id");
        assert_eq!(super::named_field("the body must be an object"), "");
    }
}
