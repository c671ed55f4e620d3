//! Calls of the Graph API with a channel's token. The token goes to the configured base alone, and no text that leaves
//! here holds it or an address.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use contract::{Account, OpenError, Scope, SendError};
use reqwest::{RequestBuilder, Response, Url};
use serde::Serialize;
use serde_json::Value;

use crate::WhatsappCloud;
use crate::errors::classify;

const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// One number's calls, all of which end before the deadline.
pub struct Graph<'a> {
    cloud: &'a WhatsappCloud,
    phone_number_id: &'a str,
    token: &'a str,
    deadline: Instant,
}

impl<'a> Graph<'a> {
    /// # Errors
    /// [`SendError::AccountRefused`] where the channel has no credentials to call with.
    pub fn new(cloud: &'a WhatsappCloud, account: &'a Account, patience: Duration) -> Result<Self, SendError> {
        let (Some(phone_number_id), Some(token)) =
            (account.credential("phoneNumberId"), account.credential("accessToken"))
        else {
            return Err(SendError::AccountRefused {
                code: "credentials".into(),
                message: "phoneNumberId or accessToken is missing".into(),
            });
        };
        Ok(Self { cloud, phone_number_id, token, deadline: Instant::now() + patience })
    }

    pub fn phone_number_id(&self) -> &str {
        self.phone_number_id
    }

    pub fn token(&self) -> &str {
        self.token
    }

    /// Fields of the number itself, and the time at Meta.
    pub async fn describe(&self, fields: &str) -> Result<(Value, Option<DateTime<Utc>>), SendError> {
        let url = self.url(&[self.phone_number_id])?;
        self.dated(self.cloud.http.get(url).query(&[("fields", fields)])).await
    }

    pub async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, SendError> {
        self.call(self.cloud.http.get(self.url(path)?).query(query)).await
    }

    pub async fn message(&self, body: &impl Serialize) -> Result<Value, SendError> {
        let url = self.url(&[self.phone_number_id, "messages"])?;
        self.call(self.cloud.http.post(url).json(body)).await
    }

    /// Uploads a file and returns its id.
    ///
    /// # Errors
    /// As [`Self::message`], but never [`SendError::Unknown`]: a file that was uploaded twice is no harm.
    pub async fn upload(&self, file: reqwest::multipart::Part, mime_type: &str) -> Result<String, SendError> {
        let form = reqwest::multipart::Form::new()
            .text("messaging_product", "whatsapp")
            .text("type", mime_type.to_owned())
            .part("file", file);
        let url = self.url(&[self.phone_number_id, "media"])?;
        let again =
            |message: String| SendError::Retry { code: "upload".into(), message, after: None, scope: Scope::Chat };
        let answer = self.call(self.cloud.http.post(url).multipart(form)).await.map_err(|error| match error {
            SendError::Unknown { message } => again(message),
            other => other,
        })?;
        id(&answer["id"]).ok_or_else(|| again("the answer to an upload holds no id".into()))
    }

    fn url(&self, path: &[&str]) -> Result<Url, SendError> {
        let unusable = || SendError::AccountRefused {
            code: "configuration".into(),
            message: "the Graph API's base address is not a valid address".into(),
        };
        let mut url = Url::parse(&self.cloud.api_url).map_err(|_| unusable())?;
        url.path_segments_mut().map_err(|()| unusable())?.pop_if_empty().extend(path);
        Ok(url)
    }

    /// Sends a request; [`SendError::Unknown`] where it left and no readable answer came.
    async fn call(&self, request: RequestBuilder) -> Result<Value, SendError> {
        self.dated(request).await.map(|(answer, _)| answer)
    }

    async fn dated(&self, request: RequestBuilder) -> Result<(Value, Option<DateTime<Utc>>), SendError> {
        let left = self.deadline.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        let mut answer = request.bearer_auth(self.token).timeout(left).send().await.map_err(not_answered)?;
        let status = answer.status();
        let retry_after =
            answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let date = answer.headers().get("date").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = read(&mut answer).await;
        if !status.is_success() {
            let retry_after = retry_after.map(|secs| Duration::from_secs(secs).min(MAX_RETRY_AFTER));
            return Err(classify(status.as_u16(), retry_after, &body.unwrap_or_default(), self.token));
        }
        let body = body?;
        match serde_json::from_slice::<Value>(&body) {
            Ok(answer) if answer.get("error").is_some_and(Value::is_object) => {
                Err(classify(status.as_u16(), None, &body, self.token))
            }
            Ok(answer) => Ok((answer, date.and_then(|date| Some(DateTime::parse_from_rfc2822(&date).ok()?.to_utc())))),
            Err(_) => Err(SendError::Unknown { message: "the answer is not JSON".into() }),
        }
    }
}

/// The answer's body; real ones are under 2 KB, those of a page of templates under 1 MB.
async fn read(answer: &mut Response) -> Result<Vec<u8>, SendError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(not_answered)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER_BYTES {
            return Err(SendError::Unknown { message: "the answer is too long".into() });
        }
    }
    Ok(body)
}

/// Words for an error of the client, whose own text holds the address.
fn not_answered(error: reqwest::Error) -> SendError {
    if error.is_connect() || error.is_builder() {
        let code = "unreachable".into();
        return SendError::Retry { code, message: "Meta cannot be reached".into(), after: None, scope: Scope::Chat };
    }
    let message = if error.is_timeout() { "no answer in time" } else { "the connection broke before the answer" };
    SendError::Unknown { message: message.into() }
}

/// A refusal in the words of those who ask about an account.
pub fn not_opened(error: SendError) -> OpenError {
    match error {
        SendError::Refused { code, message } | SendError::AccountRefused { code, message } => {
            OpenError::Refused { message: format!("{message} (code {code})") }
        }
        SendError::Retry { code, message, .. } => {
            OpenError::Unreachable { message: format!("{message} (code {code})") }
        }
        other => OpenError::Unreachable { message: other.to_string() },
    }
}

/// An id in an answer: a string or a number.
pub fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
