//! `/api/api-keys`: keys that go where a token goes. A key is shown once, when it is made.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, PathId, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::id::ApiKeyId;
use crate::keys::random_token;
use crate::operator::Role;
use crate::operator::gate::{KEY_PREFIX, hash};
use crate::operator::store::api_key::{self, ApiKey, NewKey};
use crate::operator::user::Check;
use crate::time::Millis;

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_api_keys, create_api_key)).routes(routes!(delete_api_key))
}

#[derive(Deserialize, ToSchema)]
struct NewApiKeyBody {
    /// 1 to 200 characters.
    #[schema(example = "nightly export")]
    name: String,
    role: Role,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CreatedApiKey {
    id: ApiKeyId,
    name: String,
    role: Role,
    /// Never shown again.
    #[schema(example = "sk_…")]
    key: String,
    #[schema(value_type = DateTime<Utc>)]
    created_at: Millis,
}

/// List API keys
#[utoipa::path(get, path = "/api/api-keys", tag = "api keys", params(PageQuery), responses(
    (status = OK, body = Page<ApiKey>),
    (status = FORBIDDEN, body = Problem),
))]
async fn list_api_keys(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ApiKey>>> {
    let keys = api_key::list(&state.inbox.pool, caller.organization_id, page.after()?, page.fetch()).await?;
    Ok(Json(Page::of(keys, &page, |key| key.id.0)))
}

/// Make an API key
#[utoipa::path(post, path = "/api/api-keys", tag = "api keys", request_body = NewApiKeyBody, responses(
    (status = CREATED, body = CreatedApiKey),
    (status = FORBIDDEN, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn create_api_key(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    Json(NewApiKeyBody { mut name, role }): Json<NewApiKeyBody>,
) -> Result<(StatusCode, Json<CreatedApiKey>)> {
    let mut check = Check::default();
    check.name("name", &mut name);
    check.finish()?;
    let (id, now) = (ApiKeyId::new(), state.inbox.clock.now());
    let key = format!("{KEY_PREFIX}{}", random_token());
    let new = NewKey {
        id,
        organization_id: caller.organization_id,
        name: &name,
        role,
        key_hash: &hash(&key),
        created_by: caller.user_id(),
    };
    api_key::insert(&state.inbox.pool, &new, now).await?;
    Ok((StatusCode::CREATED, Json(CreatedApiKey { id, name, role, key, created_at: Millis(now) })))
}

/// Delete an API key
///
/// It is refused everywhere within 5 s.
#[utoipa::path(delete, path = "/api/api-keys/{id}", tag = "api keys", params(("id" = ApiKeyId, Path)), responses(
    (status = NO_CONTENT),
    (status = FORBIDDEN, body = Problem),
    (status = NOT_FOUND, body = Problem),
))]
async fn delete_api_key(
    State(state): State<HttpState>,
    Admin(caller): Admin,
    PathId(id): PathId<ApiKeyId>,
) -> Result<StatusCode> {
    if !api_key::delete(&state.inbox.pool, caller.organization_id, id).await? {
        return Err(Error::NotFound("API key"));
    }
    state.gate.forget_keys();
    Ok(StatusCode::NO_CONTENT)
}
