//! A web chat and its visitors: people without an account who write to an organization.

use reqwest::Method;
use serde_json::{Value, json};

use super::api::{Answer, Api};
use super::operator::{Operator, text};

/// A channel with visitors.
pub struct Webchat {
    pub id: String,
    pub anonymous: Api,
}

impl Webchat {
    pub async fn create(admin: &Operator, credentials: Value) -> Self {
        let body = json!({"name": "Site", "provider": "webchat", "credentials": credentials});
        let channel = admin.post("/api/channels", body).await.created();
        Self { id: text(&channel["id"]), anonymous: Api::new(&admin.base, None) }
    }

    pub fn sessions(&self) -> String {
        format!("/api/webchat/{}/sessions", self.id)
    }

    pub async fn ask_from(&self, origin: Option<&str>) -> Answer {
        let request = self.anonymous.request(Method::POST, &self.sessions()).json(&json!({}));
        Answer::of(match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        })
        .await
    }

    pub async fn visit(&self, body: Value) -> Visitor {
        Visitor::of(&self.anonymous.base, self.anonymous.post(&self.sessions(), body).await.created())
    }
}

pub struct Visitor {
    pub api: Api,
    pub session: Value,
    pub chat_id: String,
}

impl Visitor {
    pub fn of(base: &str, session: Value) -> Self {
        let chat_id = text(&session["chatId"]);
        Self { api: Api::new(base, session["token"].as_str()), session, chat_id }
    }

    pub fn contact_id(&self) -> String {
        text(&self.session["contact"]["id"])
    }

    pub fn token(&self) -> &str {
        self.api.token.as_deref().unwrap_or_default()
    }

    pub async fn write(&self, content: &str) -> Value {
        let body = json!({"chatId": self.chat_id, "content": content});
        self.api.post("/api/messages/send", body).await.created()
    }

    pub async fn history(&self) -> Vec<Value> {
        self.api.get(&format!("/api/chats/{}/messages", self.chat_id)).await.items()
    }

    pub async fn events(&self, after: &str) -> Value {
        self.api.get(&format!("/api/events?after={after}")).await.ok()
    }

    pub async fn now(&self) -> String {
        text(&self.events("latest").await["cursor"])
    }
}
