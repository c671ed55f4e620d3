//! The web chat: visitors' sessions, and the page on which they write, which is a client of the REST API like any other.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::dashboard;
use super::extract::{ClientAddress, Json, PathId};
use super::problem::Problem;
use super::state::HttpState;
use crate::contact::Contact;
use crate::error::{Error, Result};
use crate::id::{ChannelId, ChatId, ContactId, OrganizationId};
use crate::inbox::visit::{Visit, Visitor};

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(open_session)).route("/webchat/{id}", get(show_page))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SessionBody {
    /// From an earlier session: leads back to the same chat.
    visitor_token: Option<String>,
    /// How the visitor wants to be called.
    name: Option<String>,
    email: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = VisitorSession)]
#[serde(rename_all = "camelCase")]
struct Session {
    /// Goes into `Authorization: Bearer`, for a day; then ask for another session.
    token: String,
    /// To keep in the browser: whoever has it is this visitor.
    visitor_token: String,
    chat_id: ChatId,
    contact: Contact,
}

/// Open a visitor's session
///
/// Public. A first visit makes a contact and a chat (201); with the `visitorToken` of an earlier session it leads back to them
/// (200). Pages of other origins may ask where the channel's `allowedOrigins` name them, or name none.
#[utoipa::path(post, path = "/api/webchat/{id}/sessions", tag = "webchat", params(("id" = ChannelId, Path)),
    request_body = Option<SessionBody>, security(()),
    responses(
        (status = CREATED, body = Session),
        (status = OK, description = "The visitor was here before.", body = Session),
        (status = FORBIDDEN, description = "The page's origin is not allowed.", body = Problem),
        (status = NOT_FOUND, description = "No such channel, or one without visitors.", body = Problem),
        (status = UNPROCESSABLE_ENTITY, body = Problem),
        (status = TOO_MANY_REQUESTS, body = Problem),
    ))]
async fn open_session(
    State(state): State<HttpState>,
    ClientAddress(address): ClientAddress,
    PathId(id): PathId<ChannelId>,
    headers: HeaderMap,
    body: Option<Json<SessionBody>>,
) -> Result<(StatusCode, Json<Session>)> {
    state.limits.check_visit(address)?;
    let SessionBody { visitor_token, name, email } = body.map(|Json(body)| body).unwrap_or_default();
    let visitor = Visitor { token: visitor_token, name, email };
    let origin = other_origin(&headers, &state.inbox.config.public_url);
    let Visit { chat, visitor_token, made } = state.inbox.visit(id, origin, visitor).await?;
    let (chat_id, contact_id) = (ChatId(chat.id), ContactId(chat.contact_id));
    let token = state.gate.tokens().sign_guest(OrganizationId(chat.organization_id), contact_id, chat_id)?;
    let contact = chat.own_contact();
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Session { token, visitor_token, chat_id, contact })))
}

/// The origin of the page that asks; `None` where it is a page of ours, or none at all.
fn other_origin<'a>(headers: &'a HeaderMap, public_url: &str) -> Option<&'a str> {
    let origin = headers.get(header::ORIGIN)?.to_str().unwrap_or("null");
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    // behind a proxy the host is the one of `PUBLIC_URL`, and on this machine the one that was asked for
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let public = public_url.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    let own = [asked, public].into_iter().flatten().any(|own| !host.is_empty() && own.eq_ignore_ascii_case(host));
    (!own).then_some(origin)
}

async fn show_page(
    State(state): State<HttpState>,
    id: Result<PathId<ChannelId>>,
    headers: HeaderMap,
) -> Result<Response> {
    let channel = match id {
        Ok(PathId(id)) => state.inbox.visited_channel(id).await,
        Err(unknown) => Err(unknown),
    };
    let channel = match channel {
        Err(Error::NotFound(_)) if dashboard::wants_page(&headers) => {
            // people get the page, which finds that there is no such chat and says so
            let mut page = dashboard::visitor_page(&HeaderMap::new(), "'none'").map_err(Error::internal)?;
            *page.status_mut() = StatusCode::NOT_FOUND;
            return Ok(page);
        }
        other => other?,
    };
    let ancestors = match channel.account.allowed_origins() {
        None => "*".to_owned(),
        Some(origins) => ["'self'"].into_iter().chain(origins).collect::<Vec<_>>().join(" "),
    };
    dashboard::visitor_page(&headers, &ancestors).map_err(Error::internal)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn our_own_pages_have_no_other_origin() {
        let other = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "localhost:3000".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            other_origin(&headers, "https://chat.example/base").map(str::to_owned)
        };
        for own in [None, Some("http://localhost:3000"), Some("https://chat.example"), Some("https://CHAT.example")] {
            assert_eq!(other(own), None, "{own:?}");
        }
        for foreign in ["https://evil.example", "null", "", "https://chat.example.evil.example", "https://"] {
            assert_eq!(other(Some(foreign)).as_deref(), Some(foreign));
        }
    }
}
