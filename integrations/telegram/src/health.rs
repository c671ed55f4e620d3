//! How a bot is: what waits at Telegram, and whether it can deliver. (<https://core.telegram.org/bots/api#getwebhookinfo>)

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use contract::{Account, ChannelStatus, Mode, OpenError, Opened};
use serde_json::{Map, Value};

use crate::api::{Api, Call};
use crate::object::Object;
use crate::webhook;

const TIMEOUT: Duration = Duration::from_secs(15);

/// Asks Telegram where it delivers, and mends it where another program has changed that.
pub(crate) async fn check_up(api: &Api, account: &Account) -> Result<Opened, OpenError> {
    let token = webhook::token(account)?;
    let info = Info::ask(api, token).await?;
    let delivers_here = match account.mode {
        Mode::Webhook => info.url == account.webhook_url,
        Mode::Polling => info.url.is_empty(),
    };
    let mut warning = webhook::warning(account).or_else(|| info.trouble());
    if !delivers_here {
        webhook::place(api, account, token).await?;
        warning = Some(match (account.mode, info.url.is_empty()) {
            (Mode::Polling, _) => "Another program had set a webhook for this bot; it was removed. Give each program a bot of its own.",
            (Mode::Webhook, true) => "Another program had removed the webhook of this bot; it was set again. Give each program a bot of its own.",
            (Mode::Webhook, false) => "Another program had replaced the webhook of this bot; it was set again. Give each program a bot of its own.",
        }.to_owned());
    }
    Ok(Opened { warning, facts: info.facts(), ..Opened::plain(ChannelStatus::Connected) })
}

/// What is worth showing of a bot that was just opened; none of it is needed.
pub(crate) async fn facts(api: &Api, token: &str, me: &Bytes) -> (Map<String, Value>, Option<String>) {
    let info = Info::ask(api, token).await.ok();
    let mut facts = info.as_ref().map(Info::facts).unwrap_or_default();
    let me = std::str::from_utf8(me).ok().and_then(Object::read);
    for (ours, theirs) in [("name", "first_name"), ("username", "username")] {
        if let Some(text) = me.as_ref().and_then(|me| me.string(theirs)) {
            facts.insert(ours.into(), text.into());
        }
    }
    (facts, info.and_then(|info| info.trouble()))
}

struct Info {
    /// Empty: no webhook is set.
    url: String,
    pending: Option<i64>,
    error: Option<String>,
    error_at: Option<String>,
}

impl Info {
    async fn ask(api: &Api, token: &str) -> Result<Self, OpenError> {
        let result =
            api.call(token, Call::new("getWebhookInfo", Map::new()), TIMEOUT).await.map_err(webhook::classify)?;
        let unreadable = || OpenError::Unreachable { message: "Telegram's answer cannot be read".into() };
        let info = std::str::from_utf8(&result).ok().and_then(Object::read).ok_or_else(unreadable)?;
        let error = info.string("last_error_message");
        let at = info.i64("last_error_date").and_then(|secs| DateTime::from_timestamp(secs, 0));
        Ok(Self {
            url: info.string("url").unwrap_or_default(),
            pending: info.i64("pending_update_count"),
            error: error.map(|text| text.replace(token, "…").chars().take(300).collect()),
            error_at: at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        })
    }

    /// Telegram remembers its last error until the webhook is set again, so it counts only while something waits.
    fn trouble(&self) -> Option<String> {
        let waiting = self.pending.filter(|waiting| *waiting > 0)?;
        let error = self.error.as_ref()?;
        Some(format!("Telegram cannot deliver {waiting} updates: {error}"))
    }

    fn facts(&self) -> Map<String, Value> {
        let mut facts = Map::new();
        if let Some(pending) = self.pending {
            facts.insert("pendingUpdates".into(), pending.into());
        }
        facts.insert("lastDeliveryError".into(), self.error.clone().into());
        facts.insert("lastDeliveryErrorAt".into(), self.error_at.clone().into());
        facts
    }
}
