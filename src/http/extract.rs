//! What handlers take: JSON bodies, query strings and ids in paths, each refused in the contract's words.
//! Unknown fields and parameters are ignored; U+0000, which the store cannot hold, is refused here for all.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body;
pub use super::caller::{Admin, ClientAddress, Moderator, Operator};
use super::problem::{Problem, Refusal};
use crate::error::{Error, Result};
use crate::id::{
    ApiKeyId, AttachmentId, ChannelId, ChatId, ContactId, ContactNoteId, DeadLetterId, LabelId, MessageId,
    NotificationId, QuickReplyId, TeamId, TicketId, UserId,
};

/// The largest body of a route that does not set its own limit.
pub const BODY_BYTES: usize = 256 << 10;

/// A JSON object as the body; a content type is not needed, and must not say otherwise. As an answer, JSON. `Option<Json<T>>` also takes no body at all.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        Ok(Self(read_json(&json_body(request).await?)?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Option<Self>, Refusal> {
        let body = json_body(request).await?;
        if body.trim_ascii().is_empty() { Ok(None) } else { Ok(Some(Self(read_json(&body)?))) }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A JSON body as it came, for those who read it themselves.
#[derive(Debug, Clone)]
pub struct RawJson(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for RawJson {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let body = json_body(request).await?;
        refuse_nul(&body)?;
        Ok(Self(body))
    }
}

async fn json_body(request: Request) -> Result<Bytes, Refusal> {
    if !may_be_json(&request) {
        let detail = "Send JSON, as `Content-Type: application/json`.";
        return Err(Problem::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID_DATA", detail).into());
    }
    Ok(body::read(request, BODY_BYTES, None).await?.bytes)
}

fn may_be_json(request: &Request) -> bool {
    let Some(kind) = request.headers().get(header::CONTENT_TYPE) else { return true };
    let essence = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Reads a JSON object.
///
/// # Errors
/// [`Error::Malformed`] for what is no JSON, [`Error::Invalid`] with the field's path for what does not fit `T`.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let not_json = || Error::Malformed("The body is not JSON in UTF-8.".into());
    let is_json = || {
        let text = std::str::from_utf8(body).map_err(|_| not_json())?;
        serde_json::from_str::<IgnoredAny>(text).map(|_| ()).map_err(|_| not_json())
    };
    // a derived struct would also be read from an array, field by field
    if body.trim_ascii_start().first() != Some(&b'{') {
        is_json()?;
        return Err(Error::invalid("", "must be a JSON object"));
    }
    refuse_nul(body)?;
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = match serde_path_to_error::deserialize(&mut reader) {
        Ok(value) => value,
        Err(error) => {
            is_json()?;
            // a number in the place of a word of a list is a syntax error to serde_json
            let message = error.inner().to_string();
            let message = if error.inner().is_data() { &message } else { "has a value of another type" };
            return Err(wrong_field(&error.path().to_string(), message));
        }
    };
    reader.end().map_err(|_| not_json())?;
    Ok(value)
}

fn refuse_nul(body: &[u8]) -> Result<()> {
    const ESCAPE: &[u8] = b"\\u0000";
    if !body.windows(ESCAPE.len()).any(|part| part == ESCAPE) {
        return Ok(());
    }
    let value = serde_json::from_slice(body).map_err(|_| Error::Malformed("The body is not JSON in UTF-8.".into()))?;
    nul_in(&value).map_or(Ok(()), |field| Err(Error::invalid(&field, "must not contain U+0000")))
}

/// The path of the first text or key with U+0000.
fn nul_in(value: &Value) -> Option<String> {
    let join = |key: &str, rest: String| if rest.is_empty() { key.to_owned() } else { format!("{key}.{rest}") };
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| Some(join(&index.to_string(), nul_in(item)?)))
        }
        Value::Object(fields) => fields.iter().find_map(|(key, item)| {
            if key.contains('\0') { Some(key.replace('\0', "")) } else { Some(join(key, nul_in(item)?)) }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// `path` as `serde_path_to_error` writes it; a missing field is named in the message alone.
fn wrong_field(path: &str, message: &str) -> Error {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let inner = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let field = match (path.trim_matches('.'), inner) {
        ("", Some(inner)) => inner.to_owned(),
        (path, Some(inner)) => format!("{path}.{inner}"),
        (path, None) => path.to_owned(),
    };
    let message = if inner.is_some() { "is missing" } else { message };
    Error::invalid(&field, message.chars().take(200).collect::<String>())
}

/// For fields that can be cleared: an explicit `null` is an empty text, an absent field `None`.
///
/// # Errors
/// Where it is no text.
pub fn null_is_empty<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(field).map(|text| Some(text.unwrap_or_default()))
}

/// The query string.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Error::invalid("", "must not contain U+0000"));
        }
        let read = axum::extract::Query::try_from_uri(&parts.uri).map_err(|rejection: QueryRejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            text.split_once(": ").map_or_else(|| wrong_field("", text), |(path, message)| wrong_field(path, message))
        })?;
        Ok(Self(read.0))
    }
}

/// The `{id}` of the path. What is no UUID is answered like an unknown id.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(pub T);

/// The two ids of a path, in its order: a thing and what hangs on it.
#[derive(Debug, Clone, Copy)]
pub struct PathIds<T, U>(pub T, pub U);

/// An id that stands in paths.
pub trait Addressed: std::str::FromStr + Send {
    /// The answer to one that is unknown.
    fn unknown() -> Error;
}

impl<T: Addressed, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| T::unknown())?;
        let id = params.iter().find(|(name, _)| *name == "id").and_then(|(_, text)| text.parse().ok());
        id.map(Self).ok_or_else(T::unknown)
    }
}

impl<T: Addressed, U: Addressed, S: Send + Sync> FromRequestParts<S> for PathIds<T, U> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| T::unknown())?;
        let mut texts = params.iter().map(|(_, text)| text);
        let first = texts.next().and_then(|text| text.parse().ok()).ok_or_else(T::unknown)?;
        let second = texts.next().and_then(|text| text.parse().ok()).ok_or_else(U::unknown)?;
        Ok(Self(first, second))
    }
}

macro_rules! addressed {
    ($($id:ty => $unknown:expr),* $(,)?) => {$(
        impl Addressed for $id {
            fn unknown() -> Error {
                $unknown
            }
        }
    )*};
}

addressed! {
    ChatId => Error::ChatNotFound,
    UserId => Error::NotFound("user"),
    ApiKeyId => Error::NotFound("API key"),
    ChannelId => Error::NotFound("channel"),
    ContactId => Error::NotFound("contact"),
    MessageId => Error::NotFound("message"),
    AttachmentId => Error::NotFound("file"),
    DeadLetterId => Error::NotFound("dead letter"),
    NotificationId => Error::NotFound("notification"),
    LabelId => Error::NotFound("label"),
    QuickReplyId => Error::NotFound("quick reply"),
    TeamId => Error::NotFound("team"),
    ContactNoteId => Error::NotFound("note"),
    TicketId => Error::NotFound("ticket"),
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[serde(rename = "phoneNumber")]
        _phone_number: String,
    }

    #[derive(Debug, Deserialize)]
    struct Sample {
        email: String,
        #[serde(default)]
        _items: Vec<Inner>,
        #[serde(default)]
        _metadata: Value,
        _role: Option<crate::operator::Role>,
    }

    fn field(body: &str) -> String {
        match read_json::<Sample>(body.as_bytes()).unwrap_err() {
            Error::Invalid(errors) => errors[0].field.clone(),
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn what_is_no_json_is_malformed_wherever_it_breaks() {
        for body in ["", "{", "{\"email\":5,}", "{\"email\":\"a\"} x", "{\"email\":5} x", "\u{feff}{}", "nul"] {
            let error = read_json::<Sample>(body.as_bytes()).unwrap_err();
            assert!(matches!(error, Error::Malformed(_)), "{body}: {error:?}");
        }
        assert!(matches!(read_json::<Sample>(b"{\"email\":\"\xff\"}"), Err(Error::Malformed(_))));
    }

    #[test]
    fn wrong_fields_are_named_by_their_path() {
        assert_eq!(field("{}"), "email");
        assert_eq!(field("{\"email\":5}"), "email");
        assert_eq!(field("{\"email\":\"a\",\"_role\":1}"), "_role");
        assert_eq!(field("{\"email\":null}"), "email");
        assert_eq!(field("{\"email\":\"a\",\"_items\":[{}]}"), "_items[0].phoneNumber");
        assert_eq!(field("[\"a\",[]]"), "", "an array is no object");
        assert_eq!(field("5"), "");
    }

    #[test]
    fn nul_is_refused_in_texts_and_keys_also_in_unknown_fields() {
        assert_eq!(field(r#"{"email":"a\u0000b"}"#), "email");
        assert_eq!(field(r#"{"email":"a","other":[{"x":"\u0000"}]}"#), "other.0.x");
        assert_eq!(field(r#"{"email":"a","_metadata":{"k\u0000":1}}"#), "_metadata.k");
        let spelled_out = read_json::<Sample>(br#"{"email":"a\\u0000"}"#).unwrap();
        assert_eq!(spelled_out.email, r"a\u0000");
    }

    #[tokio::test]
    async fn a_wrong_parameter_is_named_and_an_unknown_one_ignored() {
        #[derive(Debug, Deserialize)]
        struct Page {
            limit: Option<u32>,
        }
        let read = async |uri: &str| {
            let (mut parts, ()) = axum::http::Request::get(uri).body(()).unwrap().into_parts();
            Query::<Page>::from_request_parts(&mut parts, &()).await
        };
        assert_eq!(read("/?limit=7&other=1").await.unwrap().0.limit, Some(7));
        let Err(Error::Invalid(errors)) = read("/?limit=x").await else { panic!("accepted") };
        assert_eq!(errors[0].field, "limit");
        assert!(read("/?q=%00").await.is_err());
    }
}
