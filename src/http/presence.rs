//! Who is present: in a chat, and in the whole organization. The first picture; changes come over the socket.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::{Json, Operator, PathId, Query};
use super::problem::Problem;
use super::state::HttpState;
use crate::chat;
use crate::error::{Error, Result};
use crate::id::{ChatId, UserId};
use crate::operator::User;
use crate::operator::store::user;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(get_chat_presence)).routes(routes!(get_presence_summary))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PresenceQuery {
    /// `true` adds `profiles`.
    profiles: Option<bool>,
}

/// Who is in a chat.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChatPresence {
    member_ids: Vec<UserId>,
    count: u64,
    /// Grows by one with every change of the members; `chat:member:joined` and `chat:member:left` carry it. 0: Redis is away,
    /// and only this node was asked.
    version: i64,
    /// Of the members, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    profiles: Option<Vec<MemberProfile>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MemberProfile {
    user_id: UserId,
    name: String,
    username: Option<String>,
    avatar_url: Option<String>,
}

impl From<User> for MemberProfile {
    fn from(user: User) -> Self {
        Self { user_id: user.id, name: user.name, username: user.username, avatar_url: user.avatar_url }
    }
}

/// Who is in a chat
///
/// Users who look at it now, each once. A client that has missed a `version` asks here.
#[utoipa::path(get, path = "/api/chats/{id}/presence", tag = "presence", params(("id" = ChatId, Path), PresenceQuery), responses(
    (status = OK, body = ChatPresence),
    (status = NOT_FOUND, body = Problem),
))]
async fn get_chat_presence(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<ChatId>,
    Query(query): Query<PresenceQuery>,
) -> Result<Json<ChatPresence>> {
    let pool = &state.inbox.pool;
    chat::store::find(pool, caller.organization_id, id).await?.ok_or(Error::ChatNotFound)?;
    let snapshot = state.inbox.presence.snapshot(caller.organization_id, id).await?;
    let profiles = if query.profiles == Some(true) {
        let ids: Vec<Uuid> = snapshot.member_ids.iter().map(|id| id.0).collect();
        let members = user::find_members(pool, caller.organization_id, &ids).await?;
        Some(members.into_iter().map(MemberProfile::from).collect())
    } else {
        None
    };
    let (member_ids, count, version) = (snapshot.member_ids, snapshot.count, snapshot.version);
    Ok(Json(ChatPresence { member_ids, count, version, profiles }))
}

#[derive(Serialize, ToSchema)]
struct PresenceSummary {
    /// Users of the organization who are online, each once.
    total: u64,
}

/// How many are online
#[utoipa::path(get, path = "/api/presence/summary", tag = "presence", responses((status = OK, body = PresenceSummary)))]
async fn get_presence_summary(
    State(state): State<HttpState>,
    Operator(caller): Operator,
) -> Result<Json<PresenceSummary>> {
    Ok(Json(PresenceSummary { total: state.inbox.presence.total(caller.organization_id).await? }))
}
