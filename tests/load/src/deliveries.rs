//! What networks deliver: messages of a thousand customers, as Telegram and Meta write them.

use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::Failure;
use crate::http::request;

const CUSTOMERS: usize = 1_000;
/// Of the bot's webhook.
pub const SECRET: &str = "the-secret-of-the-benchmark";
/// Of the application at Meta.
pub const APP_SECRET: &str = "the-application-secret-of-the-benchmark";
/// Of the number at Meta.
pub const NUMBER: &str = "1550100000000";

/// A channel's way in.
#[derive(Clone)]
pub struct Inbound {
    path: String,
    now: u64,
    network: Network,
}

#[derive(Clone, Copy)]
enum Network {
    Telegram,
    Meta,
}

impl Inbound {
    pub fn telegram(path: &str) -> Result<Self, Failure> {
        Self::at(path, Network::Telegram)
    }

    pub fn meta(path: &str) -> Result<Self, Failure> {
        Self::at(path, Network::Meta)
    }

    /// The same channel, for messages that were written so long ago.
    pub fn older(&self, secs: u64) -> Self {
        Self { now: self.now - secs, ..self.clone() }
    }

    fn at(path: &str, network: Network) -> Result<Self, Failure> {
        Ok(Self { path: path.to_owned(), now: std::time::UNIX_EPOCH.elapsed()?.as_secs(), network })
    }

    /// The request for message number `n`.
    pub fn message(&self, n: usize) -> Vec<u8> {
        match self.network {
            Network::Telegram => self.update(n),
            Network::Meta => self.signed(n..n + 1),
        }
    }

    fn update(&self, n: usize) -> Vec<u8> {
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

    /// One of Meta's bodies with all these messages, signed.
    pub fn signed(&self, numbers: std::ops::Range<usize>) -> Vec<u8> {
        let customer = |n: usize| format!("{}", 15_550_000_000 + n % CUSTOMERS);
        let user = |n: usize| format!("US.{}", 13_491_208_655_302_000 + n % CUSTOMERS);
        let contacts: Vec<_> = (numbers.clone().take(CUSTOMERS))
            .map(|n| json!({"profile": {"name": "Ada Lovelace"}, "wa_id": customer(n), "user_id": user(n)}))
            .collect();
        let message = |n: usize| {
            let text = format!("n{n} Good morning, I would like to know when my order will arrive.");
            json!({"from": customer(n), "from_user_id": user(n), "id": format!("wamid.{n}"),
                "timestamp": self.now.to_string(), "type": "text", "text": {"body": text}})
        };
        let messages: Vec<_> = numbers.map(message).collect();
        let value = json!({"messaging_product": "whatsapp", "contacts": contacts, "messages": messages,
            "metadata": {"display_phone_number": "15550100000", "phone_number_id": NUMBER}});
        let body = json!({"object": "whatsapp_business_account",
            "entry": [{"id": "1000001", "time": self.now, "changes": [{"field": "messages", "value": value}]}]});
        let body = body.to_string();
        request(&self.path, &format!("x-hub-signature-256: sha256={}\r\n", signature(body.as_bytes())), &body)
    }
}

fn signature(body: &[u8]) -> String {
    // a key of any length will do
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()) else { return String::new() };
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}
