//! How Telegram is told where to deliver, and how a delivery is known to be its own. Updates are not signed: the secret
//! token that came with `setWebhook` returns in a header. (<https://core.telegram.org/bots/api#setwebhook>)

use std::time::Duration;

use contract::{Account, ChannelStatus, Mode, OpenError, Opened, Rejection, WebhookRequest};
use serde_json::{Map, Value};
use subtle::{Choice, ConstantTimeEq};
use teloxide::payloads::{DeleteWebhook, GetMe};

use crate::api::{Api, Call, Failure, Refusal};
use crate::{health, parse};

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
    let token = token(account)?;
    let me = api.call(token, Call::of(&GetMe::new()), TIMEOUT).await.map_err(classify)?;
    place(api, account, token).await?;
    let (facts, trouble) = health::facts(api, token, &me).await;
    Ok(Opened { warning: warning(account).or(trouble), facts, ..Opened::plain(ChannelStatus::Connected) })
}

/// Tells Telegram where to deliver: to us, or nowhere where it is asked. Updates that wait are kept either way.
pub(crate) async fn place(api: &Api, account: &Account, token: &str) -> Result<(), OpenError> {
    let call = match account.mode {
        Mode::Webhook => deliver_to(account),
        Mode::Polling => Call::of(&DeleteWebhook::new()),
    };
    api.call(token, call, TIMEOUT).await.map_err(classify)?;
    Ok(())
}

pub(crate) fn token(account: &Account) -> Result<&str, OpenError> {
    account.credential("token").ok_or_else(|| OpenError::Refused { message: "no bot token".into() })
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

/// What the administrator should mend of the address.
pub(crate) fn warning(account: &Account) -> Option<String> {
    let is_https = account.webhook_url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    (account.mode == Mode::Webhook && !is_https)
        .then(|| "Telegram delivers to https addresses only: set PUBLIC_URL to one, or use polling.".to_owned())
}

pub(crate) fn classify(failure: Failure) -> OpenError {
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
