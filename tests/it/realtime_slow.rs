//! Clients that read slowly or not at all: they lose nothing, and cost the others nothing.

use serde_json::{Value, json};

use crate::support::bodies::{unique, waba_message, waba_messages};
use crate::support::channel::Waba;
use crate::support::socket::{RawClient, Reader};
use crate::support::wait::eventually;
use crate::support::{Operator, Server, text};

/// Long enough that a few hundred of them are more than the kernel holds for a reader that does not read.
const LONG: &str = "\u{6c49}\u{5b57}\u{4fe1}\u{606f}";

struct Flood {
    waba: Waba,
    customer: String,
    written: usize,
}

impl Flood {
    async fn new(admin: &Operator, server: &Server) -> Self {
        let mut flood = Self { waba: Waba::create(admin, server).await, customer: unique().to_string(), written: 0 };
        flood.write(1).await;
        flood
    }

    /// One delivery of so many long messages, whose ids count up.
    async fn write(&mut self, many: usize) {
        let numbers = self.written..self.written + many;
        self.written += many;
        let content = |n: usize| format!("{n} {}", LONG.repeat(700));
        let messages = numbers.map(|n| waba_message(&self.customer, &format!("wamid.{n}"), &content(n)));
        self.waba.deliver(&waba_messages(&self.waba.number, &self.customer, messages.collect())).await;
    }
}

fn number(message: &Value) -> usize {
    text(&message["content"]).split(' ').next().unwrap().parse().unwrap()
}

async fn connections(server: &Server) -> i64 {
    let figures = server.anonymous().get("/metrics").await.text;
    let line = figures.lines().find_map(|line| line.strip_prefix("websocket_connections{namespace=\"/\"} "));
    line.expect("the figure exists").parse().unwrap()
}

#[tokio::test]
async fn a_reader_that_pauses_gets_everything_once_and_in_order_when_it_reads_on() {
    let server = Server::builder().env("LOG_LEVEL", "info,switchboard=debug").start().await;
    let admin = server.admin().await;
    let mut flood = Flood::new(&admin, &server).await;
    let mut reader = Reader::connect(&server, json!({"token": admin.token()})).await;
    reader.until("sync:required").await;
    // it is let go five seconds after it fell behind, so not a message more than it takes
    while !server.log_text().contains("reads too slowly") {
        assert!(flood.written < 3_000, "the reader does not fall behind");
        flood.write(100).await;
    }
    let mut seen = Vec::new();
    while seen.last() != Some(&(flood.written - 1)) {
        seen.push(number(&reader.until("message:new").await));
    }
    assert_eq!(seen, (1..flood.written).collect::<Vec<_>>());
    flood.write(1).await;
    assert_eq!(number(&reader.until("message:new").await), flood.written - 1, "it is live again");
}

#[tokio::test]
async fn h6_a_reader_that_stops_is_let_go_resumes_without_a_gap_and_slows_nobody() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let mut flood = Flood::new(&admin, &server).await;
    let mut stuck = Reader::connect(&server, json!({"token": admin.token()})).await;
    let cursor = stuck.until("sync:required").await["cursor"].clone();
    let mut neighbour = RawClient::operator(&server, &admin).await;
    assert_eq!(connections(&server).await, 2);
    for _ in 0..2 {
        flood.write(450).await;
    }
    let last = flood.written - 1;
    neighbour.next_where("message:new", |message| number(message) == last).await;
    assert_eq!(neighbour.of("message:new").len(), 900);
    eventually("the stuck reader is let go", || async { (connections(&server).await == 1).then_some(()) }).await;

    let mut again = Reader::connect(&server, json!({"token": admin.token(), "cursor": cursor})).await;
    let mut seen = Vec::new();
    loop {
        let (event, payload) = again.next().await.expect("it stays");
        match event.as_str() {
            "message:new" => seen.push(number(&payload)),
            "sync:required" => {
                assert_eq!((&payload["reason"], &payload["replayed"]), (&json!("reconnection"), &json!(900)));
                break;
            }
            _ => {}
        }
    }
    assert_eq!(seen, (1..flood.written).collect::<Vec<_>>());
    drop(stuck);
}

#[tokio::test]
async fn a_reader_that_stopped_does_not_hold_up_the_end_of_the_server() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let mut flood = Flood::new(&admin, &server).await;
    let mut stuck = Reader::connect(&server, json!({"token": admin.token()})).await;
    stuck.until("sync:required").await;
    flood.write(450).await;
    flood.write(450).await;
    let status = server.terminate().await;
    assert!(status.success(), "{status}");
    assert!(!server.log_text().contains("cut off"), "no task was left: {}", server.log_text());
}
