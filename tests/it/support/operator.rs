//! People of an organization: who they are, their token, and what they set up.

use std::ops::Deref;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::api::Api;
use super::server::Server;

/// Somebody who is logged in. Speaks REST by itself: `admin.get("/api/chats")`.
#[derive(Clone)]
pub struct Operator {
    api: Api,
    pub organization_id: String,
    pub user_id: String,
    pub email: String,
    pub password: String,
    jwt_secret: String,
}

impl Operator {
    pub fn new(server: &Server, ids: &Value, email: &str, password: &str, token: &str) -> Self {
        Self {
            api: Api::new(&server.base, Some(token)),
            organization_id: text(&ids["organizationId"]),
            user_id: text(&ids["userId"]),
            email: email.to_owned(),
            password: password.to_owned(),
            jwt_secret: server.env("JWT_SECRET").to_owned(),
        }
    }

    pub fn token(&self) -> &str {
        self.api.token.as_deref().unwrap_or_default()
    }

    /// The same person at another node.
    pub fn at(&self, server: &Server) -> Self {
        Self { api: self.api.at(server), ..self.clone() }
    }

    /// The same person, through whatever answers at this address.
    pub fn through(&self, base: &str) -> Self {
        Self { api: Api::new(base, self.api.token.as_deref()), ..self.clone() }
    }

    /// Another member of the organization.
    pub async fn colleague(&self, role: &str) -> Self {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let email = format!("{role}-{id}@example.com");
        let password = "another good passphrase";
        let body = json!({"email": email, "password": password, "name": format!("A {role}"), "role": role,
            "username": format!("u{}", &id[..12])});
        let user = self.post("/api/users", body).await.created();
        let user_id = text(&user["id"]);
        let token = sign_token(
            &json!({"userId": user_id, "organizationId": self.organization_id, "exp": in_an_hour()}),
            &self.jwt_secret,
        );
        Self {
            api: Api::new(&self.api.base, Some(&token)),
            user_id,
            email,
            password: password.to_owned(),
            ..self.clone()
        }
    }

    /// An API key with this role, as a caller.
    pub async fn api_key(&self, role: &str) -> Api {
        let key = self.post("/api/api-keys", json!({"name": "tests", "role": role})).await.created();
        Api::new(&self.api.base, Some(key["key"].as_str().unwrap()))
    }

    /// Makes an event that the whole organization is told of. Since the journal keeps order, all that came before it was told
    /// when it is seen: [`super::socket::Events::up_to`].
    pub async fn mark(&self) -> String {
        let mark = format!("mark{}", super::bodies::unique());
        self.patch("/api/me", json!({"username": mark})).await.ok();
        mark
    }

    /// Publishes an event of its own.
    pub async fn publish(&self, room: &str, event: &str, data: Value) -> Value {
        let answer = self.post("/api/events", json!({"room": room, "event": event, "data": data})).await;
        assert!(answer.status.is_success(), "{} answered {} {}", answer.asked, answer.status, answer.text);
        answer.json()
    }

    pub async fn chat(&self, chat_id: &str) -> Value {
        self.get(&format!("/api/chats/{chat_id}")).await.ok()
    }

    /// The newest messages of a chat, newest first.
    pub async fn messages(&self, chat_id: &str) -> Vec<Value> {
        self.get(&format!("/api/chats/{chat_id}/messages?limit=200")).await.items()
    }

    pub async fn send(&self, chat_id: &str, content: &str) -> Value {
        self.post("/api/messages/send", json!({"chatId": chat_id, "content": content})).await.created()
    }

    pub async fn message(&self, chat_id: &str, message_id: &str) -> Value {
        let messages = self.messages(chat_id).await;
        messages.into_iter().find(|message| message["id"] == message_id).expect("the message is in the chat's history")
    }
}

impl Deref for Operator {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

/// The text of a JSON string.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

/// A token as another backend with the same secret would sign it.
pub fn sign_token(claims: &Value, secret: &str) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

pub fn in_an_hour() -> i64 {
    chrono::Utc::now().timestamp() + 3_600
}
