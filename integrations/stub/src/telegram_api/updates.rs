//! Updates: what waits, who is given it, and which kinds were asked for.

use std::time::Duration;

use axum::response::Response;
use serde_json::{Value, json};

use super::{Api, Bot, FakeTelegram, no, number, result};

/// Kinds that are left out unless they are named (<https://core.telegram.org/bots/api#getupdates>).
const UNUSUAL: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

impl FakeTelegram {
    /// Something happened: where the bot asked for that kind, the update waits for it. Without `update_id` it gets the next.
    pub fn push_update(&self, token: &str, mut update: Value) {
        {
            let mut bots = self.api.bots.lock();
            let bot = bots.entry(token.to_owned()).or_default();
            let id = update["update_id"].as_i64().unwrap_or(bot.last_update_id + 1);
            update["update_id"] = id.into();
            bot.last_update_id = id;
            if bot.wants(&update) {
                bot.updates.insert(id, update);
            }
        }
        self.api.changed.notify_waiters();
    }

    /// Updates that neither a later offset nor a webhook has confirmed yet.
    #[must_use]
    pub fn unconfirmed(&self, token: &str) -> usize {
        self.api.bots.lock().get(token).map_or(0, |bot| bot.updates.len())
    }

    /// What `setWebhook` was given; null where none is set.
    #[must_use]
    pub fn webhook(&self, token: &str) -> Value {
        self.api.bots.lock().get(token).map_or(Value::Null, |bot| bot.webhook.clone())
    }

    /// The next update that would be posted, to this webhook; `None` where nothing waits or none is set.
    #[must_use]
    pub fn to_deliver(&self, token: &str) -> Option<(Value, Value)> {
        let bots = self.api.bots.lock();
        let bot = bots.get(token).filter(|bot| !bot.webhook.is_null())?;
        Some((bot.webhook.clone(), bot.updates.values().next()?.clone()))
    }

    /// The webhook has answered 2xx to this update.
    pub fn delivered(&self, token: &str, update: &Value) {
        if let (Some(bot), Some(id)) = (self.api.bots.lock().get_mut(token), update["update_id"].as_i64()) {
            bot.updates.remove(&id);
        }
    }

    /// Another program with the same token sets a webhook, or with null takes it away.
    pub fn place_webhook(&self, token: &str, webhook: Value) {
        self.api.bots.lock().entry(token.to_owned()).or_default().webhook = webhook;
        self.api.changed.notify_waiters();
    }

    /// What `getWebhookInfo` says from now on besides address and count, such as `last_error_message`.
    pub fn set_health(&self, token: &str, health: Value) {
        self.api.bots.lock().entry(token.to_owned()).or_default().health = health;
    }
}

impl Bot {
    /// What a change of the way in says of the kinds, and of what waits: nothing, unless it is to be dropped.
    pub(super) fn settle(&mut self, body: &Value) {
        if let Some(kinds) = body["allowed_updates"].as_array() {
            let kinds: Vec<String> = kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            self.allowed = (!kinds.is_empty()).then_some(kinds);
        }
        if body["drop_pending_updates"] == true {
            self.updates.clear();
        }
    }

    pub(super) fn webhook_info(&self) -> Value {
        let url = self.webhook["url"].as_str().unwrap_or_default();
        let mut info = json!({"url": url, "has_custom_certificate": false, "pending_update_count": self.updates.len()});
        if let (Some(info), Some(health)) = (info.as_object_mut(), self.health.as_object()) {
            info.extend(health.clone());
        }
        info
    }

    fn wants(&self, update: &Value) -> bool {
        let mut kinds = update.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| *key != "update_id");
        let Some(kind) = kinds.next() else { return true };
        match &self.allowed {
            Some(allowed) => allowed.contains(kind),
            None => !UNUSUAL.contains(&kind.as_str()),
        }
    }
}

/// An offset confirms and deletes what is below it; a newer call ends an older one with 409.
pub(super) async fn get_updates(api: &Api, token: &str, body: &Value) -> Response {
    let offset = number(&body["offset"]).unwrap_or(0);
    let limit = number(&body["limit"]).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(100).clamp(1, 100);
    let wait = number(&body["timeout"]).and_then(|secs| u64::try_from(secs).ok()).unwrap_or(0).min(50);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(wait);
    let mut mine = None;
    loop {
        let changed = api.changed.notified();
        {
            let mut bots = api.bots.lock();
            let bot = bots.entry(token.to_owned()).or_default();
            if !bot.webhook.is_null() {
                let why = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
                return no(409, why);
            }
            if mine.is_none() {
                bot.poller += 1;
                bot.settle(body);
                api.changed.notify_waiters();
            }
            let me = *mine.get_or_insert(bot.poller);
            if me != bot.poller {
                let why =
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
                return no(409, why);
            }
            // a negative offset counts from the end
            let from = match usize::try_from(-offset) {
                Ok(back) if back > 0 => bot.updates.keys().rev().nth(back - 1).copied().unwrap_or(0),
                _ => offset,
            };
            bot.updates = bot.updates.split_off(&from);
            if !bot.updates.is_empty() {
                return result(bot.updates.values().take(limit).cloned().collect());
            }
        }
        if tokio::time::timeout_at(deadline, changed).await.is_err() {
            return result(json!([]));
        }
    }
}
