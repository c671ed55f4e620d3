//! How errors look over HTTP: RFC 9457 problem details. The one place where an [`Error`] becomes a status.
//! A failure of ours says nothing about its cause; the cause goes to one log line with the request id.

use std::error::Error as _;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::error::{Error, FieldError};

pub const PROBLEM_JSON: &str = "application/problem+json";

/// `application/problem+json`; an answer to a conflict may hold more members.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    pub status: u16,
    /// What to do about it.
    pub detail: String,
    /// For programs: `UNAUTHORIZED`, `FORBIDDEN`, `INVALID_DATA`, `NOT_FOUND`, `CHAT_NOT_FOUND`, `CONFLICT`,
    /// `MESSAGE_TOO_LARGE`, `RATE_LIMIT`, `WINDOW_CLOSED`, `CHANNEL_UNAVAILABLE` or `INTERNAL`.
    pub code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub errors: Option<Vec<FieldError>>,
    #[serde(flatten)]
    #[schema(ignore)]
    pub members: Map<String, Value>,
}

impl Problem {
    /// One that no [`Error`] stands for: a wrong method, an unknown route.
    #[must_use]
    pub fn plain(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            errors: None,
            members: Map::new(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON))], body).into_response()
    }
}

/// Either of the two ways to say no, where one handler has both.
#[derive(Debug)]
pub enum Refusal {
    Error(Error),
    Problem(Problem),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Error(error) => error.into_response(),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

/// The error behind a 500 or 503, riding on the response to [`cause`].
#[derive(Clone)]
struct Failure(Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut problem = Problem::plain(status(&self), self.code(), self.to_string());
        let mut retry_after = None;
        let mut failure = None;
        match self {
            Self::Invalid(errors) => problem.errors = Some(errors),
            Self::Conflict { members, .. } => problem.members = members,
            Self::RateLimited(wait) => retry_after = Some(wait),
            Self::ChannelUnavailable(_) => retry_after = Some(RETRY_LATER),
            Self::Unavailable(_) => {
                retry_after = Some(RETRY_LATER);
                failure = Some(Failure(Arc::new(self)));
            }
            Self::Internal(_) => failure = Some(Failure(Arc::new(self))),
            Self::Unauthorized
            | Self::Forbidden(_)
            | Self::Malformed(_)
            | Self::NotFound(_)
            | Self::ChatNotFound
            | Self::TooLarge(_)
            | Self::WindowClosed(_) => {}
        }
        let mut response = problem.into_response();
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, whole_secs(wait).into());
        }
        if let Some(failure) = failure {
            response.extensions_mut().insert(failure);
        }
        response
    }
}

const RETRY_LATER: Duration = Duration::from_secs(2);

/// Rounded up, at least one: who waits this long is let in.
const fn whole_secs(wait: Duration) -> u64 {
    let secs = wait.as_secs() + (wait.subsec_nanos() > 0) as u64;
    if secs == 0 { 1 } else { secs }
}

/// The contract's status.
#[must_use]
pub const fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthorized => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Malformed(_) => StatusCode::BAD_REQUEST,
        Error::Invalid(_) | Error::WindowClosed(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotFound(_) | Error::ChatNotFound => StatusCode::NOT_FOUND,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
        Error::ChannelUnavailable(_) | Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The cause of a failure of ours, for one log line: every error below the one that was answered, outermost first.
#[must_use]
pub fn cause(response: &Response) -> Option<String> {
    response.extensions().get().map(|Failure(error)| chain(error))
}

fn chain(error: &Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let colon = if text.is_empty() { "" } else { ": " };
        // writing to a string does not fail
        let _ = write!(text, "{colon}{error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use axum::body::to_bytes;
    use serde_json::json;

    use super::*;

    async fn answer(error: Error) -> (StatusCode, axum::http::HeaderMap, Value) {
        let (parts, body) = error.into_response().into_parts();
        assert_eq!(parts.headers[header::CONTENT_TYPE], "application/problem+json");
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (parts.status, parts.headers, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn wrong_fields_are_listed() {
        let (status, _, body) = answer(Error::invalid("email", "is missing")).await;
        assert_eq!(status, 422);
        let expected = json!({
            "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "code": "INVALID_DATA",
            "detail": "Some fields are not valid.", "errors": [{"field": "email", "message": "is missing"}],
        });
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn a_conflict_names_the_winner() {
        let members = json!({"assignedUserId": "u"}).as_object().unwrap().clone();
        let (status, _, body) = answer(Error::Conflict { detail: "Taken.".into(), members }).await;
        assert_eq!((status.as_u16(), &body["code"], &body["assignedUserId"]), (409, &json!("CONFLICT"), &json!("u")));
    }

    #[tokio::test]
    async fn a_failure_says_nothing_of_its_cause_and_carries_it_to_the_log() {
        for error in [Error::internal("canary"), Error::Unavailable("canary".into())] {
            let response = error.into_response();
            assert_eq!(cause(&response).unwrap(), "canary");
            let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
            assert!(!String::from_utf8(body.to_vec()).unwrap().contains("canary"));
        }
    }

    #[tokio::test]
    async fn waiting_times_are_rounded_up() {
        for (wait, header) in
            [(Duration::from_millis(1), "1"), (Duration::ZERO, "1"), (Duration::from_millis(1001), "2")]
        {
            let (status, headers, _) = answer(Error::RateLimited(wait)).await;
            assert_eq!((status.as_u16(), &headers[header::RETRY_AFTER]), (429, &HeaderValue::from_static(header)));
        }
        let (status, headers, _) = answer(Error::Unavailable("away".into())).await;
        assert!(status == 503 && headers.contains_key(header::RETRY_AFTER));
    }
}
