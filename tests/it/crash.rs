//! The server is killed again and again while it takes in messages of all networks; then what it acknowledged is looked up.
//! `SWITCHBOARD_KILLS` says how often (50).

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng;
use serde_json::Value;
use sqlx::Row;

use crate::support::bodies::{TelegramChat, bridge_text, unique, waba_text};
use crate::support::channel::{Bridge, Telegram, Waba};
use crate::support::{Answer, Server, check};

/// What was acknowledged of a customer: message contents, in the order they were written.
type Acknowledged = BTreeMap<String, Vec<String>>;

enum Source {
    Telegram(Telegram, TelegramChat),
    Waba(Waba, String),
    Bridge(Bridge, String),
}

impl Source {
    fn customer(&self) -> String {
        match self {
            Self::Telegram(_, chat) => chat.id.to_string(),
            Self::Waba(_, customer) | Self::Bridge(_, customer) => customer.clone(),
        }
    }

    fn body(&self, n: usize) -> Value {
        match self {
            Self::Telegram(_, chat) => chat.text(&n.to_string()),
            Self::Waba(waba, customer) => {
                waba_text(&waba.number, customer, &format!("wamid.{customer}.{n}"), &n.to_string())
            }
            Self::Bridge(_, customer) => bridge_text(customer, &format!("M{n}"), &n.to_string()),
        }
    }

    fn delivery(&self, body: &Value) -> reqwest::RequestBuilder {
        match self {
            Self::Telegram(telegram, _) => telegram.delivery(body),
            Self::Waba(waba, _) => waba.delivery(body),
            Self::Bridge(bridge, _) => bridge.delivery(body),
        }
    }

    /// Writes one message after the other, each repeated until it is acknowledged, as the networks do.
    async fn write(self, stop: &AtomicBool) -> (String, Vec<String>) {
        let mut acknowledged = Vec::new();
        for n in 0.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let body = self.body(n);
            loop {
                let answer = Answer::try_of(self.delivery(&body)).await;
                if answer.is_ok_and(|answer| answer.status == 200) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            acknowledged.push(n.to_string());
            // about ten a second from each of twenty customers
            tokio::time::sleep(Duration::from_millis(90)).await;
        }
        (self.customer(), acknowledged)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_nothing_that_was_acknowledged_and_double_nothing() {
    let kills: u32 = std::env::var("SWITCHBOARD_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(50);
    let server = Server::start().await;
    let admin = server.admin().await;
    let (telegram, waba) = (Telegram::create(&admin).await, Waba::create(&admin, &server).await);
    let bridge = Bridge::create(&admin, &server).await;
    let stop: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
    let writers: Vec<_> = (0..20)
        .map(|n| match n % 3 {
            0 => Source::Telegram(telegram.clone(), TelegramChat::new()),
            1 => Source::Waba(waba.clone(), unique().to_string()),
            _ => Source::Bridge(bridge.clone(), format!("{}@s.whatsapp.net", unique())),
        })
        .map(|source| tokio::spawn(source.write(stop)))
        .collect();
    for _ in 0..kills {
        let pause = rand::rng().random_range(0..800);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.restart().await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = Acknowledged::new();
    for writer in writers {
        let (customer, messages) = writer.await.unwrap();
        acknowledged.insert(customer, messages);
    }
    let total: usize = acknowledged.values().map(Vec::len).sum();
    eprintln!("{kills} kills, {total} messages acknowledged");

    let pool = server.pool().await;
    let rows = sqlx::query(
        "select c.external_id, m.content, a.incoming_count - a.read_count as unread from messages m
         join chats c on c.id = m.chat_id join chat_activity a on a.chat_id = c.id
         where m.organization_id = $1 order by m.chat_id, m.seq",
    )
    .bind(admin.organization_id.parse::<uuid::Uuid>().unwrap())
    .fetch_all(&pool)
    .await
    .unwrap();
    let mut stored = Acknowledged::new();
    let mut unread = HashMap::new();
    for row in &rows {
        let customer: String = row.get(0);
        unread.insert(customer.clone(), row.get::<i64, _>(2));
        stored.entry(customer).or_default().push(row.get(1));
    }
    acknowledged.retain(|_, messages| !messages.is_empty());
    assert_eq!(stored, acknowledged, "nothing lost, nothing doubled, in order");
    for (customer, messages) in &acknowledged {
        assert_eq!(unread[customer], i64::try_from(messages.len()).unwrap(), "unread of {customer}");
    }
    check::assert_sound(&pool, &admin.organization_id).await;
    assert_eq!(check::journal(&admin).await.iter().filter(|event| event["event"] == "message:new").count(), total);
}
