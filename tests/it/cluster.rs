//! Three nodes under load, one of them killed again and again: what every client knows from events alone is what the
//! database holds. `SWITCHBOARD_CLUSTER_SECS` says how long (20), a node dies every `SWITCHBOARD_CLUSTER_EVERY_SECS` (5).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::balancer::Balancer;
use crate::support::bodies::{TelegramChat, unique, waba_text};
use crate::support::channel::{Telegram, Waba};
use crate::support::mirror::{Chat, Mirror};
use crate::support::socket::{Client, Connect, Language};
use crate::support::wait::eventually;
use crate::support::{Answer, Operator, Server, check, text};

/// Of a customer, and of an operator who answers.
const PAUSE: Duration = Duration::from_millis(120);

fn secs(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|secs| secs.parse().ok()).unwrap_or(default)
}

/// Repeats a request until it is answered as it should be: a node that dies takes requests along.
async fn insist(request: impl Fn() -> RequestBuilder, status: u16) -> Answer {
    let mut last = String::new();
    for _ in 0..1_000 {
        match Answer::try_of(request()).await {
            Ok(answer) if answer.status == status => return answer,
            Ok(answer) => last = format!("{} answered {} {}", answer.asked, answer.status, answer.text),
            Err(error) => last = error.to_string(),
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    panic!("no answer of {status}: {last}");
}

/// A customer writes, each message repeated until it is acknowledged.
async fn write(delivery: impl Fn(usize) -> RequestBuilder, load: &Load) {
    for n in 0.. {
        if load.stop.load(Ordering::Relaxed) {
            return;
        }
        insist(|| delivery(n), 200).await;
        load.acknowledged.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
}

/// An operator answers, reads and changes chats.
async fn answer(operator: Operator, load: &Load) {
    for n in 0.. {
        if load.stop.load(Ordering::Relaxed) {
            return;
        }
        let chats = insist(|| operator.request(Method::GET, "/api/chats?limit=200"), 200).await.items();
        let Some(chat) = chats.get(n % chats.len().max(1)) else { continue };
        let path = format!("/api/chats/{}", text(&chat["id"]));
        // WhatsApp takes one answer in six seconds from a number to a person: its queue would outlast the test
        let answers = chat["channel"] == "telegram";
        match n % 4 {
            0 | 1 if answers => {
                let body = json!({"chatId": chat["id"], "content": format!("answer {n}")});
                let key = uuid::Uuid::new_v4().to_string();
                let send =
                    || operator.request(Method::POST, "/api/messages/send").header("idempotency-key", &key).json(&body);
                insist(send, 201).await;
                load.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            0..=2 => {
                insist(|| operator.request(Method::POST, &format!("{path}/read")), 200).await;
            }
            _ => {
                let (priority, status) = (["low", "high"][n / 4 % 2], ["open", "resolved"][n / 8 % 2]);
                let labels = [format!("l{}", n % 3)];
                let change = json!({"priority": priority, "labels": labels, "status": status,
                    "assignedUserId": operator.user_id});
                insist(|| operator.request(Method::PATCH, &path).json(&change), 200).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[derive(Default)]
struct Load {
    stop: AtomicBool,
    acknowledged: AtomicUsize,
}

async fn survive_kills(first: Server) {
    let nodes = [first.twin().await, first.twin().await, first];
    let balancer = Balancer::before(&nodes).await;
    let admin = nodes[2].admin().await;
    let (telegram, waba) = (Telegram::create(&admin).await, Waba::create(&admin, &nodes[2]).await);
    let admin = admin.through(&balancer.base);

    let mut clients = Vec::new();
    for n in 0..6 {
        let language = if n < 4 { Language::JavaScript } else { Language::Python };
        let connect =
            Connect::to(&balancer.base, json!({"token": admin.token()})).set("reconnection", true).set("resume", true);
        clients.push(Client::synced(language, &connect).await);
    }

    let from = admin.get("/api/events?after=latest").await.ok()["cursor"].clone();
    let load = Arc::new(Load::default());
    let mut workers = Vec::new();
    for n in 0..10 {
        let load = Arc::clone(&load);
        let (telegram, waba) = (telegram.through(&balancer.base), waba.through(&balancer.base));
        workers.push(tokio::spawn(async move {
            if n % 2 == 0 {
                let chat = TelegramChat::new();
                let bodies = std::sync::Mutex::new(BTreeMap::<usize, Value>::new());
                let body = |n| bodies.lock().unwrap().entry(n).or_insert_with(|| chat.text(&format!("t{n}"))).clone();
                write(|n| telegram.delivery(&body(n)), &load).await;
            } else {
                let customer = unique().to_string();
                let body =
                    |n: usize| waba_text(&waba.number, &customer, &format!("wamid.{customer}.{n}"), &format!("w{n}"));
                write(|n| waba.delivery(&body(n)), &load).await;
            }
        }));
    }
    for _ in 0..2 {
        let (load, operator) = (Arc::clone(&load), admin.clone());
        workers.push(tokio::spawn(async move { answer(operator, &load).await }));
    }

    let every = secs("SWITCHBOARD_CLUSTER_EVERY_SECS", 5);
    let kills = secs("SWITCHBOARD_CLUSTER_SECS", 20) / every;
    for n in 0..kills {
        tokio::time::sleep(Duration::from_secs(every)).await;
        nodes[usize::try_from(n).unwrap() % nodes.len()].restart().await;
    }
    load.stop.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.await.unwrap();
    }

    let pool = nodes[0].pool().await;
    check::sent_all(&pool, &admin.organization_id).await;
    let mark = admin.mark().await;
    let stored = stored(&admin).await;
    let told = eventually("all events can be read", || async {
        let events = check::journal_after(&admin, from.as_str().unwrap()).await;
        let marked = events.iter().any(|event| event["data"]["profile"]["username"] == mark.as_str());
        marked.then_some(events)
    })
    .await;
    for (n, client) in clients.iter_mut().enumerate() {
        client.up_to(&mark).await;
        let gaps = client.of("sync:required").iter().filter(|sync| sync["reason"] == "gap").count();
        assert_eq!(gaps, 0, "client {n} was never told to start anew");
        let mut mirror = Mirror::default();
        for event in client.all() {
            mirror.take(&event.name, &event.payload);
        }
        assert_eq!(mirror.events(), told.len(), "client {n} has every event of the journal");
        let shown: BTreeMap<String, Chat> = mirror.chats.iter().map(|(id, chat)| (id.clone(), chat.shown())).collect();
        assert_eq!(shown, stored, "client {n}: what it knows from events is what the database holds");
    }
    let acknowledged = load.acknowledged.load(Ordering::Relaxed);
    let messages: usize = stored.values().map(|chat| chat.messages.len()).sum();
    assert_eq!(messages, acknowledged, "nothing lost, nothing doubled");
    check::assert_sound(&pool, &admin.organization_id).await;
    eprintln!("{kills} kills, {acknowledged} messages, {} events to each of {} clients", told.len(), clients.len());
}

async fn stored(admin: &Operator) -> BTreeMap<String, Chat> {
    let mut stored = BTreeMap::new();
    for chat in admin.get("/api/chats?limit=200").await.items() {
        let id = text(&chat["id"]);
        let mut messages = Vec::new();
        let mut path = format!("/api/chats/{id}/messages?limit=200");
        loop {
            let page = admin.get(&path).await.ok();
            messages.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["nextCursor"].as_str() else { break };
            path = format!("/api/chats/{id}/messages?limit=200&before={next}");
        }
        stored.insert(id, Chat::stored(&chat, &messages));
    }
    stored
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_nodes_leave_no_client_wrong_on_postgres_alone() {
    survive_kills(Server::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_nodes_leave_no_client_wrong_with_redis() {
    survive_kills(Server::builder().env("REDIS_URL", &crate::support::redis_url()).start().await).await;
}
