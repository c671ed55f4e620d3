//! The organization under load: an administrator, a bot's channel, and the deliveries that its customers cause.

use serde_json::{Value, json};

use crate::Failure;
use crate::http::{Connection, request};
use crate::server::Server;

const CUSTOMERS: usize = 1_000;
const SECRET: &str = "the-secret-of-the-benchmark";

pub struct Target {
    pub address: String,
    pub token: String,
    path: String,
    now: u64,
}

impl Target {
    pub async fn set_up(server: &Server) -> Result<Self, Failure> {
        let (email, password) = ("bench@example.com", "a password for the benchmark");
        server.run(&["create-admin", "--organization", "Bench", "--email", email, "--password", password]).await?;
        let token = server.run(&["token", "--email", email]).await?;
        let body = json!({"name": "Bot", "provider": "telegram", "mode": "webhook",
            "credentials": {"token": "1:AAbenchmarkbenchmarkbenchmarkbenchmark", "secretToken": SECRET}});
        let mut connection = Connection::open(&server.address).await?;
        let bearer = format!("authorization: Bearer {token}\r\n");
        let answer = connection.post(&request("/api/channels", &bearer, &body.to_string())).await?;
        let channel: Value = serde_json::from_slice(answer)?;
        let id = channel["id"].as_str().ok_or("a channel without an id")?;
        let now = std::time::UNIX_EPOCH.elapsed()?.as_secs();
        Ok(Self { address: server.address.clone(), token, path: format!("/webhooks/telegram/{id}"), now })
    }

    /// The request for message number `n`, whose text is `n…`.
    pub fn delivery(&self, n: usize) -> Vec<u8> {
        let (customer, now) = (1_000_000 + n % CUSTOMERS, self.now);
        let person = format!(r#""id":{customer},"first_name":"Ada","last_name":"Lovelace","username":"ada{customer}""#);
        let body = format!(
            r#"{{"update_id":{n},"message":{{"message_id":{message},"from":{{{person},"is_bot":false,"language_code":"en"}},"chat":{{{person},"type":"private"}},"date":{now},"text":"n{n} Good morning, I would like to know when my order will arrive."}}}}"#,
            message = n / CUSTOMERS + 1,
        );
        request(&self.path, &format!("x-telegram-bot-api-secret-token: {SECRET}\r\n"), &body)
    }

    /// The request for a document that the Bot API has under this id.
    pub fn file(&self, n: usize, file_id: &str) -> Vec<u8> {
        let (customer, now) = (9_000_000 + n, self.now);
        let person = format!(r#""id":{customer},"first_name":"Ada""#);
        let body = format!(
            r#"{{"update_id":{update},"message":{{"message_id":1,"from":{{{person},"is_bot":false}},"chat":{{{person},"type":"private"}},"date":{now},"document":{{"file_id":"{file_id}","file_unique_id":"u{n}","file_name":"a.bin"}}}}}}"#,
            update = 900_000_000 + n,
        );
        request(&self.path, &format!("x-telegram-bot-api-secret-token: {SECRET}\r\n"), &body)
    }
}
