//! Order per chat while sending goes wrong at random: nothing overtakes, nothing is lost, nothing goes out twice, and chats
//! that are blocked hold up no others.
//!
//! `SWITCHBOARD_MESSAGES` says how many messages (10,000), `SWITCHBOARD_SEED` repeats a run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use sqlx::Row;
use stub::{Call, Fault, graph_api};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::support::bodies::{unique, waba_change, waba_message};
use crate::support::channel::Waba;
use crate::support::fake::fakes;
use crate::support::wait::within;
use crate::support::{Operator, Server, text};

const NUMBERS: usize = 25;
/// Below the burst that a number allows to one person.
const PER_CHAT: usize = 40;
/// Requests of operators under way at a time.
const OPERATORS: usize = 12;

struct Chat {
    id: String,
    customer: String,
    messages: usize,
}

/// What the network does with each try of a chat, one after the other; usual answers among failures that pass.
fn faults(random: &mut StdRng, tries: usize, slow_down: bool) -> Vec<Fault> {
    let mut faults: Vec<Fault> = (0..tries)
        .map(|_| match random.random_range(0..100) {
            0..=1 => graph_api::refusal(500, 2, "Temporarily unavailable"),
            2 => Fault::Answer { status: 503, body: Value::Null },
            3 => graph_api::refusal(400, 131_016, "Service unavailable"),
            4 => Fault::Reset,
            _ => Fault::Slow(Duration::ZERO),
        })
        .collect();
    if slow_down {
        let at = random.random_range(0..faults.len());
        faults[at] = match random.random_range(0..3) {
            0 => graph_api::refusal(400, 131_056, "pair rate limit"),
            1 => graph_api::refusal(400, 130_429, "rate limit"),
            _ => Fault::Answer { status: 429, body: json!({}) },
        };
    }
    faults
}

/// A number and its customers' chats.
async fn open_chats(admin: &Operator, waba: &Waba, count: usize, messages: usize) -> Vec<Chat> {
    let customers: Vec<String> = (0..count).map(|_| unique().to_string()).collect();
    let written: Vec<Value> = customers.iter().map(|from| waba_message(from, &format!("wamid.{from}"), "hi")).collect();
    waba.deliver(&waba_change(&waba.number, json!({"messages": written}))).await;
    let chats = admin.get(&format!("/api/chats?channelId={}&limit=200", waba.id)).await.items();
    let chats = chats.iter().map(|chat| Chat { id: text(&chat["id"]), customer: text(&chat["externalId"]), messages });
    let chats: Vec<Chat> = chats.collect();
    assert_eq!(chats.len(), count);
    chats
}

fn by_chat(numbers: &[Waba]) -> HashMap<String, Vec<Call>> {
    let mut calls: HashMap<String, Vec<Call>> = HashMap::new();
    for call in numbers.iter().flat_map(|waba| fakes().graph.sends(&waba.number)) {
        calls.entry(call.chat.clone()).or_default().push(call);
    }
    calls
}

/// The number in a message's text.
fn place(call: &Call) -> usize {
    text(&call.body["text"]["body"]).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_keep_their_order_through_random_failures_and_blocked_chats_hold_up_no_others() {
    let total: usize = std::env::var("SWITCHBOARD_MESSAGES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let given = std::env::var("SWITCHBOARD_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = given.unwrap_or_else(|| rand::rng().random());
    let mut random = StdRng::seed_from_u64(seed);
    let server = Server::builder().env("DB_POOL", "16").start().await;
    let admin = server.admin().await;

    let opening = (0..NUMBERS).map(|_| Waba::create(&admin, &server));
    let numbers = futures::future::join_all(opening).await;
    let per_number = total.div_ceil(NUMBERS * PER_CHAT).max(1);
    let mut chats = Vec::new();
    for waba in &numbers {
        chats.extend(open_chats(&admin, waba, per_number, PER_CHAT).await);
    }
    for (n, chat) in chats.iter().enumerate() {
        fakes().graph.fail(&chat.customer, faults(&mut random, chat.messages, n % 10 == 0));
    }
    let blocked = open_chats(&admin, &Waba::create(&admin, &server).await, 5, 5).await;
    for chat in &blocked {
        let down = std::iter::repeat_with(|| graph_api::refusal(503, 2, "Temporarily unavailable"));
        fakes().graph.fail(&chat.customer, down.take(1_000));
    }
    let (ids, blocked_ids): (Vec<String>, Vec<String>) =
        (chats.iter().map(|chat| chat.id.clone()).collect(), blocked.iter().map(|chat| chat.id.clone()).collect());
    let customers: Vec<String> = chats.iter().map(|chat| chat.customer.clone()).collect();

    let operators = Arc::new(Semaphore::new(OPERATORS));
    let mut writing = JoinSet::new();
    for chat in blocked.into_iter().chain(chats) {
        let (admin, operators) = (admin.clone(), Arc::clone(&operators));
        writing.spawn(async move {
            for n in 0..chat.messages {
                let _turn = operators.acquire().await.unwrap();
                admin.send(&chat.id, &n.to_string()).await;
            }
        });
    }
    writing.join_all().await;

    let pool = server.pool().await;
    let open: Vec<uuid::Uuid> = ids.iter().map(|id| id.parse().unwrap()).collect();
    let shut: Vec<uuid::Uuid> = blocked_ids.iter().map(|id| id.parse().unwrap()).collect();
    let waiting = async |chats: &[uuid::Uuid]| -> i64 {
        let sql = "select count(*) from outbound_messages where chat_id = any($1)";
        sqlx::query(sql).bind(chats).fetch_one(&pool).await.unwrap().get(0)
    };
    within(Duration::from_secs(240), &format!("seed {seed}: all chats but the blocked ones are done"), || async {
        (waiting(&open).await == 0).then_some(())
    })
    .await;
    assert_eq!(waiting(&shut).await, 25, "seed {seed}: the blocked chats still wait, whole");

    let sql = "select id::text, chat_id::text, status, coalesce(error_code, '') from messages where chat_id = any($1) and from_me";
    let rows = sqlx::query(sql).bind(&open).fetch_all(&pool).await.unwrap();
    assert_eq!(rows.len(), ids.len() * PER_CHAT, "seed {seed}: nothing is lost");
    let mut unknown = 0;
    for row in &rows {
        let (status, code): (String, String) = (row.get(2), row.get(3));
        match (status.as_str(), code.as_str()) {
            ("sent", "") => {}
            ("failed", "OUTCOME_UNKNOWN") => unknown += 1,
            other => panic!("seed {seed}: {} ended as {other:?}", row.get::<String, _>(0)),
        }
    }
    let calls = by_chat(&numbers);
    let (mut tries, mut refused) = (0, 0);
    for customer in &customers {
        let calls = &calls[customer];
        let places: Vec<usize> = calls.iter().map(place).collect();
        assert!(places.is_sorted(), "seed {seed}: {customer} was overtaken: {places:?}");
        let taken: Vec<usize> = calls.iter().filter(|call| call.taken).map(place).collect();
        assert_eq!(taken, (0..PER_CHAT).collect::<Vec<_>>(), "seed {seed}: {customer} has each message once");
        tries += calls.len();
        refused += calls.len() - taken.len();
    }
    assert!(total < 1_000 || (refused > 0 && unknown > 0), "seed {seed}: the network failed as scripted");
    eprintln!("{} messages, {tries} tries, {refused} refused, {unknown} of unknown outcome, seed {seed}", rows.len());
}
