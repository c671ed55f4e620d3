//! Long polling. Asking with an offset confirms everything below it, so what a poll returns is stored before the next.
//! (<https://core.telegram.org/bots/api#getupdates>)

use std::time::Duration;

use bytes::Bytes;
use contract::{Account, PollError, Polled};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::api::{Api, Call, Failure, Refusal};
use crate::object::Object;
use crate::{parse, webhook};

/// How long Telegram holds an empty answer back.
const HOLD_SECS: u64 = 25;
const TIMEOUT: Duration = Duration::from_secs(HOLD_SECS + 10);

pub(crate) async fn poll(api: &Api, account: &Account, offset: Option<i64>) -> Result<Polled, PollError> {
    let token = account.credential("token").ok_or_else(|| PollError::Stopped { message: "no bot token".into() })?;
    let mut params = Map::new();
    params.insert("limit".into(), 100.into());
    params.insert("timeout".into(), HOLD_SECS.into());
    params.insert("allowed_updates".into(), parse::known().map(Value::from).collect());
    if let Some(offset) = offset {
        params.insert("offset".into(), offset.into());
    }
    let result = match api.call(token, Call::new("getUpdates", params), TIMEOUT).await {
        Ok(result) => result,
        Err(failure) => return Err(conflict(api, account, token, &failure).await.unwrap_or_else(|| classify(failure))),
    };
    let updates: Vec<&RawValue> = serde_json::from_slice(&result)
        .map_err(|_| PollError::Retry { message: "the updates are not a list".into(), after: None })?;
    // ids may go down after a quiet week, so the last counts, not the highest
    let last = updates.iter().rev().find_map(|update| Object::read(update.get())?.i64("update_id"));
    Ok(Polled {
        next_offset: last.map(|id| id.saturating_add(1)).or(offset),
        bodies: updates.into_iter().map(|update| body(&result, update)).collect(),
    })
}

/// The update as it came: a part of the answer, not a copy.
fn body(answer: &Bytes, update: &RawValue) -> Bytes {
    answer.slice_ref(update.get().as_bytes())
}

/// Two programs with one bot. Telegram says 409 to both kinds: the other set a webhook, which is removed, or it polls too.
async fn conflict(api: &Api, account: &Account, token: &str, failure: &Failure) -> Option<PollError> {
    let Failure::Refused(Refusal { code: 409, description, .. }) = failure else { return None };
    let what = if !description.contains("webhook") {
        "another program asks for the updates of this bot too"
    } else if webhook::place(api, account, token).await.is_ok() {
        "another program had set a webhook for this bot; it was removed"
    } else {
        "another program has set a webhook for this bot"
    };
    let message = format!("{what}: give each program a bot of its own ({})", failure.message());
    Some(PollError::Conflict { message })
}

fn classify(failure: Failure) -> PollError {
    let message = failure.message();
    match failure {
        Failure::Refused(Refusal { code: 401 | 404, .. }) => PollError::Stopped { message },
        Failure::Refused(Refusal { retry_after, .. }) => PollError::Retry { message, after: retry_after },
        Failure::NotSent { .. } | Failure::Lost { .. } => PollError::Retry { message, after: None },
    }
}
