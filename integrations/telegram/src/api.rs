//! Calls of the Bot API over HTTP. Requests are teloxide's payloads where it has them, but not sent by its client:
//! that sleeps 10 s on any 5xx, hides the HTTP status (a 502 page looks like an unreadable 200, of which the one may be
//! repeated and the other not), and loses error codes, unknown update kinds and answers that lack a newer field.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::multipart::Form;
use serde_json::{Map, Value};
use teloxide::requests::Payload;

use crate::object::Object;

/// Longest answer that is read: 100 updates are far smaller.
const LONGEST_ANSWER: usize = 32 * 1024 * 1024;
/// Longest wait that Telegram is believed to ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// The HTTP client and the address of the Bot API.
#[derive(Debug)]
pub(crate) struct Api {
    http: reqwest::Client,
    base: String,
}

/// One method with its parameters.
pub(crate) struct Call {
    pub method: String,
    pub params: Map<String, Value>,
    /// Named parts to upload; their presence makes the request a form.
    pub files: Vec<(String, reqwest::multipart::Part)>,
}

/// Why a call has no result. Texts hold neither the token nor an address.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection: the request did not leave.
    NotSent { message: String },
    /// The request left, and no readable answer came.
    Lost { message: String },
    /// Telegram (or a proxy before it) said no.
    Refused(Refusal),
}

/// A failed answer (<https://core.telegram.org/bots/api#making-requests>).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// `error_code`, or the HTTP status where the body gives none.
    pub code: i64,
    pub description: String,
    pub retry_after: Option<Duration>,
    pub migrate_to_chat_id: Option<String>,
}

/// The address of the Bot API cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the Bot API address is no http or https URL")]
    Address,
    #[error("no HTTP client: {0}")]
    Client(#[source] reqwest::Error),
}

impl Call {
    pub(crate) fn new(method: &str, params: Map<String, Value>) -> Self {
        Self { method: method.to_owned(), params, files: Vec::new() }
    }

    /// A request as teloxide defines it: its name and those of its parameters that are given.
    pub(crate) fn of<P: Payload + serde::Serialize>(payload: &P) -> Self {
        let params = match serde_json::to_value(payload) {
            Ok(Value::Object(params)) => params,
            // a payload without parameters is written as `null`; none of ours can fail to be written
            _ => Map::new(),
        };
        // documented names begin with a small letter
        let mut letters = P::NAME.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        Self::new(&first.into_iter().chain(letters).collect::<String>(), params)
    }

    fn form(self) -> Form {
        let fields = self.params.into_iter().fold(Form::new(), |form, (name, value)| match value {
            Value::String(text) => form.text(name, text),
            other => form.text(name, other.to_string()),
        });
        self.files.into_iter().fold(fields, |form, (name, part)| form.part(name, part))
    }
}

impl Api {
    pub(crate) fn new(base: &str) -> Result<Self, SetupError> {
        let base = base.trim().trim_end_matches('/').to_owned();
        let url = reqwest::Url::parse(&base).map_err(|_| SetupError::Address)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(SetupError::Address);
        }
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            // a connection that the server is about to drop would lose a request with an unknown outcome
            .pool_idle_timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(SetupError::Client)?;
        Ok(Self { http, base })
    }

    /// The base of Bot API calls, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Makes one call and returns the JSON of its `result`.
    pub(crate) async fn call(&self, token: &str, call: Call, timeout: Duration) -> Result<Bytes, Failure> {
        let request = self.http.post(format!("{}/bot{token}/{}", self.base, call.method)).timeout(timeout);
        let request = if call.files.is_empty() { request.json(&call.params) } else { request.multipart(call.form()) };
        let response = request.send().await.map_err(|error| {
            let message = reason(&error);
            if error.is_connect() || error.is_builder() {
                Failure::NotSent { message }
            } else {
                Failure::Lost { message }
            }
        })?;
        let status = response.status();
        let body = match read(response).await {
            Ok(body) => body,
            Err(message) if status.is_success() => return Err(Failure::Lost { message }),
            // the status alone says enough
            Err(_) => Bytes::new(),
        };
        result(&body, status.as_u16()).map_err(|failure| failure.without(token))
    }
}

impl Failure {
    pub(crate) fn message(&self) -> String {
        match self {
            Self::NotSent { message } | Self::Lost { message } => message.clone(),
            Self::Refused(refusal) => refusal.to_string(),
        }
    }

    /// A server in between may repeat the address in its answer.
    fn without(self, token: &str) -> Self {
        match self {
            Self::Refused(refusal) => {
                Self::Refused(Refusal { description: refusal.description.replace(token, "…"), ..refusal })
            }
            other => other,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.description)
    }
}

/// The body, or why it could not be read.
async fn read(mut response: reqwest::Response) -> Result<Bytes, String> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err("the answer is too long".into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(mend(body.freeze()))
}

/// Broken UTF-8 must not make a whole batch of updates unreadable.
fn mend(body: Bytes) -> Bytes {
    match String::from_utf8_lossy(&body) {
        std::borrow::Cow::Borrowed(_) => body,
        std::borrow::Cow::Owned(mended) => mended.into(),
    }
}

fn result(body: &Bytes, status: u16) -> Result<Bytes, Failure> {
    let success = (200..300).contains(&status);
    let answer = std::str::from_utf8(body).ok().and_then(Object::read);
    let Some(answer) = answer.filter(|answer| answer.raw("ok").is_some() || !success) else {
        return Err(if success {
            Failure::Lost { message: "the answer is not one of the Bot API".into() }
        } else {
            Failure::Refused(Refusal::of_status(status))
        });
    };
    if success && answer.flag("ok") {
        let result = answer.raw("result").map(|raw| body.slice_ref(raw.get().as_bytes()));
        return result.ok_or_else(|| Failure::Lost { message: "the answer has no result".into() });
    }
    let parameters = answer.object("parameters");
    let parameters = parameters.as_ref();
    let seconds = parameters.and_then(|parameters| parameters.f64("retry_after")).filter(|seconds| *seconds >= 0.0);
    let plain = Refusal::of_status(status);
    Err(Failure::Refused(Refusal {
        code: answer.i64("error_code").unwrap_or(plain.code),
        description: answer.string("description").map_or(plain.description, |text| text.chars().take(300).collect()),
        retry_after: seconds
            .map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE)),
        migrate_to_chat_id: parameters.and_then(|parameters| parameters.id("migrate_to_chat_id")),
    }))
}

impl Refusal {
    fn of_status(status: u16) -> Self {
        let reason = reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        Self {
            code: status.into(),
            description: reason.unwrap_or("unreadable answer").to_owned(),
            retry_after: None,
            migrate_to_chat_id: None,
        }
    }
}

/// What went wrong, from the kind of error alone: its own text holds the address, and with it the token.
fn reason(error: &reqwest::Error) -> String {
    let text = if error.is_connect() {
        "could not connect to Telegram"
    } else if error.is_timeout() {
        "no answer from Telegram in time"
    } else {
        "the connection to Telegram broke"
    };
    text.to_owned()
}
