//! `/api/v2`: lists of `/api` with `snake_case` keys, for clients of the namespaces `/chat` and `/notifications`.

use std::borrow::Cow;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::chats::ChatsQuery;
use super::extract::{Operator, Query};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::state::HttpState;
use super::{chats, notifications};
use crate::chat::Chat;
use crate::error::{Error, Result};
use crate::notification::Notification;
use crate::operator::Caller;
use crate::snake::{snake, snake_key};

pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_chats_v2)).routes(routes!(list_notifications_v2))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChatsV2Query {
    /// `open`, `pending`, `snoozed`, `resolved`, or several, separated by commas.
    status: Option<String>,
    /// Family of the network: `telegram`, `whatsapp`, `webchat`, `api`.
    channel: Option<String>,
    channel_id: Option<String>,
    /// `me`, `none` or a user's id.
    assigned_to: Option<String>,
    team_id: Option<String>,
    /// A person's chats: this contact's, and those of contacts that were merged into it.
    contact_id: Option<String>,
    label: Option<String>,
    /// `true`: only chats that the team has not read.
    unread: Option<bool>,
    /// A part of the title, or of the contact's name, username or phone; up to 1,000 characters.
    q: Option<String>,
    /// By activity.
    #[param(inline)]
    sort: Option<chats::Sort>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct NotificationsV2Query {
    /// `false`: those that were not read; `true`: those that were; unset: all.
    is_read: Option<bool>,
}

/// List chats, in snake_case
///
/// As `GET /api/chats`: the same chats, filters and fields.
#[utoipa::path(get, path = "/api/v2/chats", tag = "v2", params(ChatsV2Query, PageQuery), responses(
    (status = OK, body = ChatsV2),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_chats_v2(
    State(state): State<HttpState>,
    caller: Caller,
    Query(query): Query<ChatsV2Query>,
    Query(page): Query<PageQuery>,
) -> Result<Response> {
    let ChatsV2Query { status, channel, channel_id, assigned_to, team_id, contact_id, label, unread, q, sort } = query;
    let query = ChatsQuery { status, channel, channel_id, assigned_to, team_id, contact_id, label, unread, q, sort };
    answer(&chats::list(&state, &caller, query, &page).await?)
}

/// List your notifications, in snake_case
///
/// As `GET /api/notifications`.
#[utoipa::path(get, path = "/api/v2/notifications", tag = "v2", params(NotificationsV2Query, PageQuery), responses(
    (status = OK, body = NotificationsV2),
    (status = FORBIDDEN, body = Problem),
    (status = UNPROCESSABLE_ENTITY, body = Problem),
))]
async fn list_notifications_v2(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    Query(query): Query<NotificationsV2Query>,
    Query(page): Query<PageQuery>,
) -> Result<Response> {
    answer(&notifications::list(&state, &caller, query.is_read, &page).await?)
}

fn answer(page: &impl Serialize) -> Result<Response> {
    let json = serde_json::to_string(page).and_then(|json| snake(&json)).map_err(Error::internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

/// Documents a page by the schemas of its twin, so that the two cannot part.
macro_rules! twins {
    ($($name:ident: $item:ty),* $(,)?) => {$(
        struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                turned(<Page<$item>>::schema(), &shapes::<$item>())
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                let shapes = shapes::<$item>();
                let twins = shapes.iter().map(|(name, schema)| (format!("{name}V2"), turned(schema.clone(), &shapes)));
                schemas.extend(twins);
            }
        }
    )*};
}

twins! { ChatsV2: Chat, NotificationsV2: Notification }

/// An item's schema and those it names, as far as they have fields; ids and words are the same in both.
fn shapes<T: ToSchema>() -> Vec<(String, RefOr<Schema>)> {
    let mut named = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut named);
    named.retain(|(_, schema)| matches!(schema, RefOr::T(Schema::Object(object)) if !object.properties.is_empty()));
    named
}

fn turned(schema: RefOr<Schema>, shapes: &[(String, RefOr<Schema>)]) -> RefOr<Schema> {
    let mut json = serde_json::to_value(&schema).unwrap_or_default();
    turn(&mut json, shapes);
    serde_json::from_value(json).unwrap_or(schema)
}

fn turn(schema: &mut Value, shapes: &[(String, RefOr<Schema>)]) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get_mut("properties") {
                *properties = std::mem::take(properties).into_iter().map(|(key, own)| (snake_key(&key), own)).collect();
            }
            if let Some(Value::Array(names)) = members.get_mut("required") {
                names.iter_mut().for_each(|name| *name = name.as_str().map(snake_key).into());
            }
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && shapes.iter().any(|(name, _)| reference.ends_with(&format!("/{name}")))
            {
                reference.push_str("V2");
            }
            members.values_mut().for_each(|member| turn(member, shapes));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| turn(item, shapes)),
        _ => {}
    }
}
