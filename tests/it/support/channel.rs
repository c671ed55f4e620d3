//! Channels as tests set them up, each with its network's side and its way of signing.

use axum::body::Bytes;
use hmac::{Hmac, Mac};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use sha2::Sha256;
use stub::Call;

use super::api::{Answer, Api, http};
use super::bodies::{now, unique};
use super::fake::fakes;
use super::operator::{Operator, text};
use super::server::Server;
use super::wait::{eventually, soon};

pub fn hmac_hex(secret: &str, parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for part in parts {
        mac.update(part);
    }
    hex::encode(mac.finalize().into_bytes())
}

/// Creates a channel and waits until its network has said yes, so that no event of it comes later.
async fn connect(admin: &Operator, body: Value) -> String {
    let id = text(&admin.post("/api/channels", body).await.created()["id"]);
    eventually("the channel is connected", || async {
        (admin.get(&format!("/api/channels/{id}")).await.ok()["status"] == "connected").then_some(())
    })
    .await;
    id
}

/// A bot whose updates are pushed to its webhook.
#[derive(Clone)]
pub struct Telegram {
    pub id: String,
    pub token: String,
    pub secret: String,
    base: String,
}

impl Telegram {
    pub async fn create(admin: &Operator) -> Self {
        let (token, secret) = (bot_token(), format!("secret-{}", unique()));
        let credentials = json!({"token": token, "secretToken": secret});
        let body = json!({"name": "Bot", "provider": "telegram", "mode": "webhook", "credentials": credentials});
        Self { id: connect(admin, body).await, token, secret, base: admin.base.clone() }
    }

    pub fn through(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    pub fn at(&self, server: &Server) -> Self {
        Self { base: server.base.clone(), ..self.clone() }
    }

    pub fn request(&self) -> RequestBuilder {
        http().post(format!("{}/webhooks/telegram/{}", self.base, self.id)).header("content-type", "application/json")
    }

    pub fn delivery(&self, update: &Value) -> RequestBuilder {
        self.request().header("x-telegram-bot-api-secret-token", &self.secret).body(update.to_string())
    }

    /// What the bot was asked to send, once there is so much.
    pub async fn sends(&self, count: usize) -> Vec<Call> {
        soon("the bot sends", fakes().telegram.wait_for_sends(&self.token, count)).await
    }

    /// Delivers an update that must be taken.
    pub async fn deliver(&self, update: &Value) {
        received(&Answer::of(self.delivery(update)).await);
    }
}

/// The contract's answer to a delivery that is safe.
#[track_caller]
pub fn received(answer: &Answer) {
    assert_eq!(answer.status.as_u16(), 200, "{} answered {}", answer.asked, answer.text);
    assert_eq!(answer.json(), json!({"received": true}));
}

pub fn bot_token() -> String {
    format!("{}:AA{}", unique(), uuid::Uuid::new_v4().simple())
}

/// A number of the Cloud API with an application secret of its own.
#[derive(Clone)]
pub struct Waba {
    pub id: String,
    pub number: String,
    pub app_secret: String,
    base: String,
    app_level_secret: String,
}

impl Waba {
    pub async fn create(admin: &Operator, server: &Server) -> Self {
        let (number, app_secret) = (unique().to_string(), format!("app-secret-{}", unique()));
        let credentials = json!({"phoneNumberId": number, "wabaId": "1000001", "accessToken": "EAAtest",
            "appSecret": app_secret, "verifyToken": "hello-meta"});
        let body = json!({"name": "WhatsApp", "provider": "waba", "credentials": credentials});
        Self {
            id: connect(admin, body).await,
            number,
            app_secret,
            base: admin.base.clone(),
            app_level_secret: server.env("WABA_APP_SECRET").to_owned(),
        }
    }

    pub fn through(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    pub fn at(&self, server: &Server) -> Self {
        Self { base: server.base.clone(), ..self.clone() }
    }

    /// What the number was asked to send, once there is so much.
    pub async fn sends(&self, count: usize) -> Vec<Call> {
        soon("the number sends", fakes().graph.wait_for_sends(&self.number, count)).await
    }

    pub fn url(&self) -> String {
        format!("{}/webhooks/waba/{}", self.base, self.id)
    }

    /// These very bytes, signed with the channel's own secret.
    pub fn raw_delivery(&self, body: impl Into<Bytes>) -> RequestBuilder {
        signed(&self.url(), &self.app_secret, body.into())
    }

    pub fn delivery(&self, body: &Value) -> RequestBuilder {
        self.raw_delivery(body.to_string())
    }

    pub async fn deliver(&self, body: &Value) {
        received(&Answer::of(self.delivery(body)).await);
    }

    /// On the address that serves all numbers, with the installation's secret.
    pub async fn deliver_to_app(&self, body: &Value) {
        let url = format!("{}/webhooks/waba", self.base);
        received(&Answer::of(signed(&url, &self.app_level_secret, body.to_string().into())).await);
    }
}

/// A POST with Meta's signature: <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>.
pub fn signed(url: &str, secret: &str, body: Bytes) -> RequestBuilder {
    let signature = format!("sha256={}", hmac_hex(secret, &[&body]));
    http().post(url).header("content-type", "application/json").header("x-hub-signature-256", signature).body(body)
}

/// A WhatsApp bridge's session.
#[derive(Clone)]
pub struct Bridge {
    pub id: String,
    base: String,
    secret: String,
}

impl Bridge {
    pub async fn create(admin: &Operator, server: &Server) -> Self {
        let body = json!({"name": "Phone", "provider": "bridge", "credentials": {}});
        let id = connect(admin, body).await;
        Self { id, base: admin.base.clone(), secret: server.env("BRIDGE_SECRET").to_owned() }
    }

    /// A channel of another product at the bridge's address.
    pub async fn of_product(admin: &Operator, flavour: &str, key: &str) -> Self {
        let credentials = json!({"flavour": flavour, "key": key});
        let id = connect(admin, json!({"name": flavour, "provider": "bridge", "credentials": credentials})).await;
        Self { id, base: admin.base.clone(), secret: String::new() }
    }

    /// What the session was asked to send, once there is so much; repeats of a `clientId` do not count.
    pub async fn sends(&self, count: usize) -> Vec<Call> {
        soon("the session sends", fakes().bridge.wait_for_sends(&self.id, count)).await
    }

    pub fn url(&self) -> String {
        format!("{}/webhooks/bridge/{}", self.base, self.id)
    }

    /// Signed as of this unix second, in the name of this channel.
    pub fn signed_as(&self, timestamp: i64, channel_id: &str, body: &str) -> RequestBuilder {
        let timestamp = timestamp.to_string();
        let parts = [timestamp.as_bytes(), b".", channel_id.as_bytes(), b".", body.as_bytes()];
        http()
            .post(self.url())
            .header("content-type", "application/json")
            .header("x-switchboard-signature", format!("sha256={}", hmac_hex(&self.secret, &parts)))
            .header("x-switchboard-timestamp", timestamp)
            .body(body.to_owned())
    }

    pub fn delivery(&self, body: &Value) -> RequestBuilder {
        self.signed_as(now(), &self.id, &body.to_string())
    }

    pub async fn deliver(&self, body: &Value) {
        received(&Answer::of(self.delivery(body)).await);
    }
}

/// A channel that another program feeds by API key.
#[derive(Clone)]
pub struct ApiChannel {
    pub id: String,
    pub caller: Api,
}

impl ApiChannel {
    pub async fn create(admin: &Operator) -> Self {
        let body = json!({"name": "Program", "provider": "api", "credentials": {}});
        Self { id: connect(admin, body).await, caller: admin.api_key("admin").await }
    }

    pub async fn inbound(&self, from: &str, id: &str, content: &str) -> Answer {
        let body = json!({"from": {"id": from, "name": "Program user"},
            "message": {"id": id, "type": "text", "content": content}});
        self.caller.post(&format!("/api/channels/{}/inbound", self.id), body).await
    }
}
