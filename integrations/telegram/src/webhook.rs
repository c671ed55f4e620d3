//! How Telegram is told where to deliver, and how a delivery is known to be its own. Updates are not signed: the secret
//! token that came with `setWebhook` returns in a header. (<https://core.telegram.org/bots/api#setwebhook>)

use std::time::Duration;

use contract::{Account, ChannelStatus, Mode, OpenError, Opened, Rejection, WebhookRequest};
use serde_json::{Map, Value};
use subtle::{Choice, ConstantTimeEq};
use teloxide::payloads::{DeleteWebhook, GetMe};

use crate::api::{Api, Call, Failure, Refusal};
use crate::parse;

const HEADER: &str = "x-telegram-bot-api-secret-token";
const TIMEOUT: Duration = Duration::from_secs(15);

/// The header has to come once and hold the account's secret, made by us or chosen by the user.
pub(crate) fn verify(request: &WebhookRequest<'_>, account: Option<&Account>) -> Result<(), Rejection> {
    let account = account.ok_or(Rejection::Unauthorized)?;
    let mut values = request.headers.get_all(HEADER).iter();
    let (Some(given), None) = (values.next(), values.next()) else {
        return Err(Rejection::Unauthorized);
    };
    let given = given.as_bytes();
    if given.is_empty() || given.len() > 256 {
        return Err(Rejection::Unauthorized);
    }
    let secrets = [account.webhook_secret.as_str(), account.credential("secretToken").unwrap_or_default()];
    let proven = secrets.iter().fold(Choice::from(0), |proven, secret| proven | secret.as_bytes().ct_eq(given));
    if bool::from(proven) { Ok(()) } else { Err(Rejection::Unauthorized) }
}

pub(crate) async fn open(api: &Api, account: &Account) -> Result<Opened, OpenError> {
    let token = account.credential("token").ok_or_else(|| OpenError::Refused { message: "no bot token".into() })?;
    api.call(token, Call::of(&GetMe::new()), TIMEOUT).await.map_err(classify)?;
    let (call, warning) = match account.mode {
        Mode::Webhook => (deliver_to(account), warning(&account.webhook_url)),
        // updates that wait are kept
        Mode::Polling => (Call::of(&DeleteWebhook::new()), None),
    };
    api.call(token, call, TIMEOUT).await.map_err(classify)?;
    Ok(Opened { warning, ..Opened::plain(ChannelStatus::Connected) })
}

pub(crate) async fn close(api: &Api, account: &Account) {
    let Some(token) = account.credential("token") else { return };
    if let Err(failure) = api.call(token, Call::of(&DeleteWebhook::new()), TIMEOUT).await {
        tracing::debug!(channel = %account.channel_id, reason = failure.message(), "webhook not removed");
    }
}

fn deliver_to(account: &Account) -> Call {
    let secret = account.credential("secretToken").unwrap_or(&account.webhook_secret);
    let mut params = Map::new();
    params.insert("url".into(), account.webhook_url.as_str().into());
    params.insert("secret_token".into(), secret.into());
    params.insert("allowed_updates".into(), parse::known().map(Value::from).collect());
    Call::new("setWebhook", params)
}

fn warning(url: &str) -> Option<String> {
    let plain = !url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    plain.then(|| "Telegram delivers to https addresses only: set PUBLIC_URL to one, or use polling.".to_owned())
}

fn classify(failure: Failure) -> OpenError {
    let message = failure.message();
    match failure {
        Failure::Refused(Refusal { code: 401 | 404, .. }) => {
            OpenError::Refused { message: format!("Telegram does not accept the bot token: {message}") }
        }
        Failure::Refused(Refusal { code: 400 | 402..=403 | 405..=428, .. }) => {
            OpenError::Refused { message: format!("Telegram refused the channel: {message}") }
        }
        Failure::Refused(_) | Failure::NotSent { .. } | Failure::Lost { .. } => OpenError::Unreachable { message },
    }
}
