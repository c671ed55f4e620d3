//! `/api/media`: files in, piece by piece, and out, whole or in ranges. What a file may do in a browser is decided here: only
//! pictures, sounds and films are shown, and nothing is ever run.

use std::ops::Range;
use std::time::Duration;

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Operator, PathId, Query};
use super::problem::{Problem, Refusal};
use super::state::HttpState;
use crate::error::{Error, Result};
use crate::id::AttachmentId;
use crate::inbox::media::{Asks, Found, Upload, too_large};
use crate::media::{Kept, MOST_BYTES, kind, name};
use crate::message::Attachment;
use crate::operator::Caller;

/// How long a client may rest within an upload, and how long it may take in all.
const IDLE: Duration = Duration::from_secs(30);
const TOTAL: Duration = Duration::from_secs(900);
/// What multipart puts around a file.
const WRAPPING_BYTES: u64 = 64 << 10;
/// Of an upload that is too large, as much is thrown away before it is refused, so that its sender reads why.
const DISCARDED_BYTES: u64 = 32 << 20;
/// A picture in a page keeps its address all day.
const CACHE: HeaderValue = HeaderValue::from_static("private, max-age=86400, immutable");
const POLICY: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
);

/// Beside the other routes: what is said here takes longer than they may.
pub fn router() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(upload_file))
        .routes(routes!(load_file))
        .routes(routes!(load_thumbnail))
        .routes(routes!(retry_file))
        .layer(DefaultBodyLimit::disable())
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "only the shape of the form")]
struct UploadForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a file
///
/// Up to 100 MiB, in the field `file`. Its `id` goes into `attachmentIds` of one message within 24 hours; after that it is
/// removed. The type is told by the file itself.
#[utoipa::path(post, path = "/api/media", tag = "media",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = CREATED, body = Attachment),
        (status = PAYLOAD_TOO_LARGE, body = Problem),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "Not multipart.", body = Problem),
        (status = UNPROCESSABLE_ENTITY, description = "No field `file`, or an empty one.", body = Problem),
    ))]
async fn upload_file(State(state): State<HttpState>, caller: Caller, request: Request) -> Result<Response, Refusal> {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|text| text.to_str().ok()?.parse().ok());
    let asks_first = request.headers().contains_key(header::EXPECT);
    if announced.is_some_and(|bytes: u64| bytes > MOST_BYTES + WRAPPING_BYTES) && asks_first {
        return Err(too_large().into());
    }
    let form = Multipart::from_request(request, &()).await.map_err(|rejection| unreadable(&rejection))?;
    let taken = timeout(TOTAL, take(&state, &caller, form)).await;
    let attachment =
        taken.unwrap_or_else(|_| Err(Error::Malformed("The upload took longer than 15 minutes.".into())))?;
    Ok((StatusCode::CREATED, Json(attachment)).into_response())
}

fn unreadable(rejection: &MultipartRejection) -> Refusal {
    let detail = "Send multipart/form-data with the file in the field `file`.";
    let status = match rejection.status() {
        StatusCode::BAD_REQUEST => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        status => status,
    };
    Problem::plain(status, "INVALID_DATA", detail).into()
}

async fn take(state: &HttpState, caller: &Caller, mut form: Multipart) -> Result<Attachment> {
    loop {
        let field = timeout(IDLE, form.next_field()).await.map_err(|_| stopped())?;
        let Some(mut field) = field.map_err(|_| broken())? else {
            return Err(Error::invalid("file", "Send the file in the field `file`."));
        };
        if field.name() != Some("file") {
            // dropped, a field is read to its end within the limit of a form without a file
            drain(&mut field, WRAPPING_BYTES).await?;
            continue;
        }
        let (file_name, claim) = (field.file_name().map(str::to_owned), field.content_type().map(str::to_owned));
        let mut upload = state.inbox.begin_upload(caller, file_name.as_deref(), claim.as_deref()).await?;
        match fill(&mut upload, &mut field).await {
            Ok(()) => {
                drop(field);
                return state.inbox.finish_upload(upload).await;
            }
            Err(error) => {
                state.inbox.abort_upload(upload).await;
                if matches!(error, Error::TooLarge(_)) {
                    let _ = drain(&mut field, DISCARDED_BYTES).await;
                }
                return Err(error);
            }
        }
    }
}

async fn fill(upload: &mut Upload, field: &mut Field<'_>) -> Result<()> {
    loop {
        let piece = timeout(IDLE, field.chunk()).await.map_err(|_| stopped())?;
        match piece.map_err(|_| broken())? {
            Some(piece) => upload.put(piece).await?,
            None => return Ok(()),
        }
    }
}

async fn drain(field: &mut Field<'_>, mut left: u64) -> Result<()> {
    loop {
        let piece = timeout(IDLE, field.chunk()).await.map_err(|_| stopped())?;
        let Some(piece) = piece.map_err(|_| broken())? else { return Ok(()) };
        left = left.checked_sub(piece.len() as u64).ok_or_else(too_large)?;
    }
}

fn stopped() -> Error {
    Error::Malformed("The upload stopped for longer than 30 seconds.".into())
}

fn broken() -> Error {
    Error::Malformed("The form could not be read to its end.".into())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Signature {
    /// Of an address that needs no token: the day on which it ends, counted from 1970.
    until: Option<i64>,
    /// Of an address that needs no token.
    signature: Option<String>,
}

/// Load a file
///
/// With a token, or by the address of a message's `attachments`. Takes one `Range`, and `If-None-Match`. Pictures, sounds and
/// films are shown by browsers; all else is saved.
#[utoipa::path(get, path = "/api/media/{id}", tag = "media", params(("id" = AttachmentId, Path), Signature), responses(
    (status = OK, content_type = "application/octet-stream", body = Vec<u8>, description = "The file."),
    (status = PARTIAL_CONTENT, content_type = "application/octet-stream", body = Vec<u8>, description = "The range of it."),
    (status = NOT_MODIFIED, description = "As with the tag."),
    (status = NOT_FOUND, body = Problem),
    (status = RANGE_NOT_SATISFIABLE, body = Problem),
))]
async fn load_file(
    State(state): State<HttpState>,
    Path(id): Path<String>,
    Query(query): Query<Signature>,
    request: Request,
) -> Result<Response, Refusal> {
    load(&state, &id, Kept::File, &query, request).await
}

/// Load the small picture of a picture
///
/// As the file itself.
#[utoipa::path(get, path = "/api/media/{id}/thumbnail", tag = "media", params(("id" = AttachmentId, Path), Signature),
    responses(
        (status = OK, content_type = "image/jpeg", body = Vec<u8>, description = "At most 320 pixels wide and high."),
        (status = NOT_MODIFIED, description = "As with the tag."),
        (status = NOT_FOUND, body = Problem),
    ))]
async fn load_thumbnail(
    State(state): State<HttpState>,
    Path(id): Path<String>,
    Query(query): Query<Signature>,
    request: Request,
) -> Result<Response, Refusal> {
    load(&state, &id, Kept::Thumbnail, &query, request).await
}

async fn load(
    state: &HttpState,
    id: &str,
    kept: Kept,
    query: &Signature,
    request: Request,
) -> Result<Response, Refusal> {
    let (mut parts, _) = request.into_parts();
    let id = id.parse::<AttachmentId>().map_err(|_| Error::NotFound("file"));
    let found = match &query.signature {
        Some(signature) => {
            let until = query.until.unwrap_or_default();
            state.inbox.find_file(id?, kept, Asks::Address { until, signature }).await?
        }
        None => {
            let caller =
                <Caller as axum::extract::FromRequestParts<HttpState>>::from_request_parts(&mut parts, state).await?;
            state.inbox.find_file(id?, kept, Asks::Caller(&caller)).await?
        }
    };
    let tag = format!("\"{}\"", found.tag);
    if is_known(&parts.headers, &tag) {
        let headers = [(header::ETAG, tag), (header::CACHE_CONTROL, CACHE.to_str().unwrap_or_default().to_owned())];
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let range = match wanted(&parts.headers, &tag, found.size_bytes) {
        Wanted::All => None,
        Wanted::Part(range) => Some(range),
        Wanted::Nothing => {
            let problem =
                Problem::plain(StatusCode::RANGE_NOT_SATISFIABLE, "INVALID_DATA", "The file has no such range.");
            let all = [(header::CONTENT_RANGE, format!("bytes */{}", found.size_bytes))];
            return Ok((all, problem).into_response());
        }
    };
    Ok(answer(state, &found, tag, range))
}

fn answer(state: &HttpState, found: &Found, tag: String, range: Option<Range<u64>>) -> Response {
    let shown = kind::is_shown(&found.mime_type);
    let (status, length) = match &range {
        Some(range) => (StatusCode::PARTIAL_CONTENT, range.end - range.start),
        None => (StatusCode::OK, found.size_bytes),
    };
    let mut headers = HeaderMap::new();
    let mut put = |name: HeaderName, text: String| {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, found.mime_type.clone());
    put(header::CONTENT_LENGTH, length.to_string());
    put(header::CONTENT_DISPOSITION, name::disposition(shown, found.file_name.as_deref()));
    put(header::ETAG, tag);
    put(header::ACCEPT_RANGES, "bytes".to_owned());
    if let Some(range) = &range {
        put(header::CONTENT_RANGE, format!("bytes {}-{}/{}", range.start, range.end - 1, found.size_bytes));
    }
    headers.insert(header::CACHE_CONTROL, CACHE);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    let body = Body::from_stream(state.inbox.read_file(found, range));
    (status, headers, body).into_response()
}

/// Whether the client has what carries this tag, and asks for something else only.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part(Range<u64>),
    Nothing,
}

/// The one range that is asked for (RFC 9110, section 14); several, or what cannot be read, are answered with the whole.
fn wanted(headers: &HeaderMap, tag: &str, size: u64) -> Wanted {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|known| known != tag) {
        return Wanted::All;
    }
    let Some(spec) = text(header::RANGE).and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Wanted::All;
    };
    let Some((first, last)) = spec.split_once('-').map(|(first, last)| (first.trim(), last.trim())) else {
        return Wanted::All;
    };
    let read =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().unwrap_or(u64::MAX));
    let range = match (first, last) {
        ("", "") => return Wanted::All,
        ("", last) => read(last).map(|last| size.saturating_sub(last)..size),
        (first, "") => read(first).map(|first| first..size),
        (first, last) => read(first).zip(read(last)).map(|(first, last)| first..last.saturating_add(1).min(size)),
    };
    match range {
        None => Wanted::All,
        // a range that runs backwards is no range at all
        Some(range) if range.start >= size || range.end == 0 => Wanted::Nothing,
        Some(range) if range.start >= range.end => Wanted::All,
        Some(range) => Wanted::Part(range),
    }
}

/// Fetch a file once more
///
/// For a file whose fetching has failed: `pending` again, and told as `message:updated` when it is here.
#[utoipa::path(post, path = "/api/media/{id}/retry", tag = "media", params(("id" = AttachmentId, Path)), responses(
    (status = OK, body = Attachment),
    (status = NOT_FOUND, body = Problem),
    (status = CONFLICT, description = "It has not failed, or its network does not have it.", body = Problem),
))]
async fn retry_file(
    State(state): State<HttpState>,
    Operator(caller): Operator,
    PathId(id): PathId<AttachmentId>,
) -> Result<Json<Attachment>> {
    Ok(Json(state.inbox.retry_file(&caller, id).await?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn asked(range: &str, size: u64) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        wanted(&headers, "\"t\"", size)
    }

    #[test]
    fn one_range_is_read_as_the_standard_says() {
        for (range, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=2-4", Wanted::Part(2..5)),
            ("bytes=8-", Wanted::Part(8..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-99", Wanted::Part(0..10)),
            ("bytes=5-99999999999999999999999", Wanted::Part(5..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-20", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=4-2", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("bytes=x-1", Wanted::All),
            ("bytes=-", Wanted::All),
            ("items=0-1", Wanted::All),
        ] {
            assert_eq!(asked(range, 10), expected, "{range}");
        }
        assert_eq!(asked("bytes=0-", 0), Wanted::Nothing);
    }

    #[test]
    fn a_range_of_another_file_is_answered_with_the_whole_and_a_known_tag_with_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=0-1".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"other\"".parse().unwrap());
        assert_eq!(wanted(&headers, "\"t\"", 10), Wanted::All);
        headers.insert(header::IF_NONE_MATCH, "\"a\", W/\"t\"".parse().unwrap());
        assert!(is_known(&headers, "\"t\"") && !is_known(&headers, "\"b\""));
    }
}
