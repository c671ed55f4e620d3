//! `/api/networks`: what each kind of channel can carry, for clients that offer no more than that.

use axum::extract::State;
use contract::{Capabilities, Feature, MessageType};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::page::Page;
use super::state::HttpState;
use crate::error::Result;
use crate::operator::Caller;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_networks))
}

/// A kind of channel.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Network {
    /// `telegram`, `waba`, `bridge`, `webchat` or `api`.
    provider: &'static str,
    /// Family: `telegram`, `whatsapp`, `webchat` or `api`.
    channel: &'static str,
    /// Longest text, in UTF-16 code units.
    text_limit: usize,
    /// Longest caption of a file, in UTF-16 code units.
    caption_limit: usize,
    /// Message types that operators send; those that it shows as the nearest thing are among them.
    sends: Vec<&'static str>,
    /// Message types that come in.
    receives: Vec<&'static str>,
    /// What operators can do to messages, and what reaches the customer besides them: `reply`, `edit`, `delete`, `reaction`,
    /// `album`, `forward`, `read`, `typing`.
    does: Vec<&'static str>,
    /// What the network tells besides messages; also `delivered`.
    reports: Vec<&'static str>,
    files: Vec<FileRule>,
    /// Most files of one message.
    album: usize,
    /// Whether it lists templates.
    templates: bool,
    /// Free-form answers are allowed this long after the customer's last message; null: always.
    window_hours: Option<u64>,
    /// Whether operators can write first (`channelId` with `to`).
    opens_chats: bool,
}

/// Files that go as one message type.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FileRule {
    #[serde(rename = "type")]
    kind: &'static str,
    /// `type/subtype` or `type/*`; empty: any.
    mime_types: &'static [&'static str],
    max_bytes: u64,
}

/// List networks
///
/// What each kind of channel can carry. It changes with the version of the server alone.
#[utoipa::path(get, path = "/api/networks", tag = "channels", responses((status = OK, body = Page<Network>)))]
async fn list_networks(State(state): State<HttpState>, _caller: Caller) -> Result<Json<Page<Network>>> {
    let networks = &state.inbox.networks;
    let mut providers: Vec<&'static str> = networks.providers().collect();
    providers.sort_unstable();
    let items = providers.into_iter().map(|provider| network(provider, networks.capabilities(provider))).collect();
    Ok(Json(Page { items, next_cursor: None }))
}

fn network(provider: &'static str, capabilities: &Capabilities) -> Network {
    let kinds = |kinds: &[MessageType]| kinds.iter().map(|kind| kind.as_str()).collect();
    let features = |features: &[Feature]| features.iter().map(|feature| feature.as_str()).collect();
    let rule = |rule: &contract::FileRule| FileRule {
        kind: rule.kind.as_str(),
        mime_types: rule.mime_types,
        max_bytes: rule.max_bytes,
    };
    Network {
        provider,
        channel: capabilities.family,
        text_limit: capabilities.text_limit,
        caption_limit: capabilities.caption_limit,
        sends: kinds(capabilities.sends),
        receives: kinds(capabilities.receives),
        does: features(capabilities.does),
        reports: features(capabilities.reports),
        files: capabilities.files.iter().map(rule).collect(),
        album: capabilities.album,
        templates: capabilities.templates,
        window_hours: capabilities.window.map(|window| window.as_secs() / 3600),
        opens_chats: capabilities.opens_chats,
    }
}
