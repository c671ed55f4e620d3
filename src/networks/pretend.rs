//! Networks that are only played, for the demo: their servers answer on the loopback, and nothing of it reaches the outside
//! world.

use chrono::{DateTime, Utc};
use serde_json::json;
use stub::bridge_api::FakeBridge;
use stub::graph_api::{self, FakeGraph};
use stub::telegram_api::{self, FakeTelegram};

use crate::config::Config;

/// Any token of this form is a bot of the played Telegram.
pub const TELEGRAM_TOKEN: &str = "700000001:switchboard-demo";
/// Any number is one of the played WhatsApp.
pub const PHONE_NUMBER_ID: &str = "700000002";
/// The business whose templates the played WhatsApp lists.
pub const WABA_ID: &str = "700000003";

/// Runs while it is kept.
pub struct Pretend {
    telegram: FakeTelegram,
    graph: FakeGraph,
    _bridge: FakeBridge,
}

impl Pretend {
    /// Starts the played servers and points the settings at them. What they number goes on above an earlier run, as long as
    /// they number less than ten messages a second. The bridge takes `bridge_secret` and no other.
    ///
    /// # Errors
    /// Where the loopback has no free port.
    pub async fn start(config: &mut Config, bridge_secret: &str, now: DateTime<Utc>) -> std::io::Result<Self> {
        let (telegram, graph) = (FakeTelegram::start().await?, FakeGraph::start().await?);
        let bridge = FakeBridge::start(bridge_secret).await?;
        let tenths = now.timestamp_millis() / 100;
        // below the customers' own numbers, which are unix seconds
        telegram.number_after(tenths % 1_600_000_000);
        graph.number_after(tenths.unsigned_abs());
        bridge.number_after(tenths.unsigned_abs());
        for (name, language, text) in [
            ("order_ready", "en", "Good news: your order {{1}} is ready. Reply to this message to arrange delivery."),
            ("order_ready", "ru", "Ваш заказ {{1}} готов. Ответьте на это сообщение, чтобы договориться о доставке."),
            ("how_was_it", "en", "Hello {{1}}, how do you like your purchase? We would be glad to hear from you."),
        ] {
            let body = json!({"type": "BODY", "text": text, "example": {"body_text": [["4630"]]}});
            let template = json!({"name": name, "language": language, "status": "APPROVED", "category": "UTILITY",
                "components": [body]});
            graph.put_template(WABA_ID, template);
        }
        config.telegram_api_url.clone_from(&telegram.url);
        config.waba_api_url.clone_from(&graph.url);
        config.bridge_url.clone_from(&bridge.url);
        Ok(Self { telegram, graph, _bridge: bridge })
    }

    /// The next message to this chat is refused, on whichever network it is.
    pub fn refuse_next(&self, chat_external_id: &str) {
        let blocked = telegram_api::refusal(403, "Forbidden: bot was blocked by the user");
        self.telegram.fail(chat_external_id, [blocked]);
        self.graph.fail(chat_external_id, [graph_api::refusal(400, 131_026, "Message undeliverable")]);
    }
}
