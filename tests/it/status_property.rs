//! Statuses in any order, doubled, and before their message: each message ends in the one state that the statuses prove,
//! whichever way they came. Cases are drawn from a seed that a failure names.
//!
//! `SWITCHBOARD_CASES` says how many (10,000), `SWITCHBOARD_SEED` repeats a run.

use std::collections::HashMap;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use sqlx::{PgPool, Row};

use crate::support::bodies::{unique, waba_body, waba_change, waba_status_item, waba_text};
use crate::support::channel::Waba;
use crate::support::wait::eventually;
use crate::support::{Operator, Server, check, text};

const WORDS: [&str; 5] = ["sent", "delivered", "read", "played", "failed"];
/// Cases whose deliveries share bodies, as Meta batches them.
const GROUP: usize = 500;

/// What happens to one message, in the order in which it reaches us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The message itself.
    Message,
    Status(&'static str),
}

#[derive(Debug)]
struct Case {
    external_id: String,
    customer: String,
    steps: Vec<Step>,
}

impl Case {
    fn draw(random: &mut StdRng, external_id: String, customer: String) -> Self {
        let mut steps: Vec<Step> =
            (0..random.random_range(0..=6)).filter_map(|_| WORDS.choose(random).copied()).map(Step::Status).collect();
        // messages are doubled too
        steps.extend((0..=random.random_range(0..=1)).map(|_| Step::Message));
        steps.shuffle(random);
        Self { external_id, customer, steps }
    }

    /// By what came, not by when: proof of reading, else of delivery, else a failure, else it was sent.
    fn end(&self) -> &'static str {
        end(|word| self.steps.contains(&Step::Status(word)))
    }
}

fn end(came: impl Fn(&'static str) -> bool) -> &'static str {
    if came("read") || came("played") {
        "read"
    } else if came("delivered") {
        "delivered"
    } else if came("failed") {
        "failed"
    } else {
        "sent"
    }
}

fn seed() -> u64 {
    let given = std::env::var("SWITCHBOARD_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| rand::rng().random())
}

fn status_item(customer: &str, external_id: &str, word: &str) -> Value {
    let mut item = waba_status_item(customer, external_id, word);
    if word == "failed" {
        item["errors"] = json!([{"code": 131_026, "title": "Message undeliverable"}]);
    }
    item
}

/// One body with the next step of each case that has one.
fn body(waba: &Waba, cases: &[Case], round: usize) -> Option<Value> {
    let (mut echoes, mut statuses) = (Vec::new(), Vec::new());
    for case in cases {
        match case.steps.get(round) {
            Some(Step::Message) => echoes.push(json!({"from": "15550100000", "to": case.customer,
                "id": case.external_id, "timestamp": crate::support::bodies::now().to_string(), "type": "text",
                "text": {"body": case.external_id}})),
            Some(Step::Status(word)) => statuses.push(status_item(&case.customer, &case.external_id, word)),
            None => {}
        }
    }
    if echoes.is_empty() && statuses.is_empty() {
        return None;
    }
    let value = |fields: Value| waba_change(&waba.number, fields)["entry"][0]["changes"][0]["value"].clone();
    Some(waba_body(vec![
        json!({"field": "smb_message_echoes", "value": value(json!({"message_echoes": echoes}))}),
        json!({"field": "messages", "value": value(json!({"statuses": statuses}))}),
    ]))
}

/// Status and error code of each message, by its outside id.
async fn states(pool: &PgPool, admin: &Operator) -> HashMap<String, (String, Option<String>)> {
    let organization: uuid::Uuid = admin.organization_id.parse().unwrap();
    let sql = "select external_id, status, error_code from messages where organization_id = $1 and from_me
        and external_id is not null";
    let rows = sqlx::query(sql).bind(organization).fetch_all(pool).await.unwrap();
    rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()
}

/// No event of a message's status tells a lower one than the event before it; a failure is lifted by proof of delivery alone.
async fn assert_told_rising(pool: &PgPool, admin: &Operator, seed: u64) {
    let organization: uuid::Uuid = admin.organization_id.parse().unwrap();
    let sql = "select data ->> 'messageId', data ->> 'status' from events where organization_id = $1
        and event = 'message:status' order by position";
    let mut last: HashMap<String, String> = HashMap::new();
    for row in sqlx::query(sql).bind(organization).fetch_all(pool).await.unwrap() {
        let (id, now): (String, String) = (row.get(0), row.get(1));
        let before = last.get(&id).map(String::as_str);
        let allowed = matches!(
            (before, now.as_str()),
            (None, _)
                | (Some("sent"), "delivered" | "read" | "failed")
                | (Some("failed"), "delivered" | "read")
                | (Some("delivered"), "read")
        );
        assert!(allowed, "seed {seed}: {id} was told {:?} and then {now}", last.get(&id));
        last.insert(id, now);
    }
}

#[tokio::test]
async fn ten_thousand_orders_of_statuses_end_where_their_proof_says() {
    let count = std::env::var("SWITCHBOARD_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000);
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let server = Server::start().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let customers: Vec<String> = (0..50).map(|_| unique().to_string()).collect();
    let cases: Vec<Case> = (0..count)
        .map(|n| Case::draw(&mut random, format!("wamid.CASE{n}"), customers[n % customers.len()].clone()))
        .collect();
    for group in cases.chunks(GROUP) {
        let mut round = 0;
        while let Some(body) = body(&waba, group, round) {
            waba.deliver(&body).await;
            round += 1;
        }
    }
    let pool = server.pool().await;
    let states = states(&pool, &admin).await;
    assert_eq!(states.len(), count, "seed {seed}: each message is stored once");
    for case in &cases {
        let (status, code) = &states[&case.external_id];
        assert_eq!(status, case.end(), "seed {seed}: {case:?}");
        let failed = (case.end() == "failed").then_some("131026");
        assert_eq!(code.as_deref(), failed, "seed {seed}: an error is shown of what failed alone: {case:?}");
    }
    assert_told_rising(&pool, &admin, seed).await;
}

/// Messages that are really handed over, while statuses that name them by our own id come before, at the same time as, and
/// after the answer.
#[tokio::test]
async fn statuses_that_race_the_answer_to_a_send_end_where_their_proof_says() {
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let server = Server::start().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let pool = server.pool().await;
    let mut sends = Vec::new();
    for _ in 0..8 {
        let customer = unique().to_string();
        waba.deliver(&waba_text(&waba.number, &customer, &format!("wamid.IN{customer}"), "hi")).await;
        let chats = admin.get("/api/chats").await.items();
        let chat = chats.iter().find(|chat| chat["externalId"] == customer).unwrap();
        for _ in 0..40 {
            let id = text(&admin.send(&text(&chat["id"]), "an answer").await["id"]);
            let mut words: Vec<&'static str> =
                (0..random.random_range(0..=3)).filter_map(|_| WORDS.choose(&mut random).copied()).collect();
            for word in &words {
                let mut item = status_item(&customer, &format!("wamid.OF{id}"), word);
                item["biz_opaque_callback_data"] = json!(id);
                waba.deliver(&waba_change(&waba.number, json!({"statuses": [item]}))).await;
            }
            words.push("sent");
            sends.push((id, words));
        }
    }
    let organization: uuid::Uuid = admin.organization_id.parse().unwrap();
    let found = || async {
        let sql = "select id::text, status from messages where organization_id = $1 and from_me";
        let rows = sqlx::query(sql).bind(organization).fetch_all(&pool).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect::<HashMap<String, String>>()
    };
    check::sent_all(&pool, &admin.organization_id).await;
    eventually("nothing is queued", || async {
        (!found().await.values().any(|status| status == "queued")).then_some(())
    })
    .await;
    let found = found().await;
    for (id, words) in &sends {
        assert_eq!(found[id], end(|word| words.contains(&word)), "seed {seed}: {id} {words:?}");
    }
    assert_told_rising(&pool, &admin, seed).await;
    check::assert_sound(&pool, &admin.organization_id).await;
}
