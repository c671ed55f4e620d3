//! A node's life: its command line, its health, its end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::socket::Client;
use crate::support::{Answer, Server, check, shared, text};

#[tokio::test]
async fn a_known_e_mail_makes_no_second_administrator() {
    let server = shared().await;
    let admin = server.admin().await;
    let again = ["create-admin", "--organization", "Other", "--email", &admin.email, "--password", "another password"];
    let ids: Value = serde_json::from_str(&server.run_for_line(&again).await).unwrap();
    assert_eq!(ids, json!({"organizationId": admin.organization_id, "userId": admin.user_id}));
    let login = json!({"email": admin.email, "password": admin.password});
    let session = server.anonymous().post("/api/auth/login", login).await.ok();
    assert_eq!(session["user"]["id"], admin.user_id.as_str(), "the password is the first one");
    let stranger = server.admin().await;
    assert_ne!(stranger.organization_id, admin.organization_id, "names of organizations are not unique");
}

#[tokio::test]
async fn health_says_what_works() {
    let server = shared().await;
    server.anonymous().get("/health/live").await.expect(200);
    let ready = server.anonymous().get("/health/ready").await.ok();
    assert_eq!(
        (&ready["database"], &ready["redis"], &ready["socketio"]),
        (&json!("ok"), &json!("disabled"), &json!("ok"))
    );
    assert_eq!(ready["status"], "ok");
}

/// Figures that are there from the start, at 0.
const METRICS: [&str; 14] = [
    "websocket_connections",
    "websocket_messages_total",
    "websocket_message_latency_seconds",
    "websocket_connection_failures_total",
    "websocket_reconnections_total",
    "websocket_rooms",
    "http_requests_total",
    "http_request_duration_seconds",
    "messages_ingested_total",
    "messages_sent_total",
    "outbound_queue_depth",
    "outbound_send_seconds",
    "event_journal_lag_seconds",
    "db_pool_connections",
];

#[tokio::test]
async fn every_figure_is_there_from_the_start() {
    let server = Server::start().await;
    let text = server.anonymous().get("/metrics").await.expect(200).text;
    let names: BTreeSet<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .map(|name| name.trim_end_matches("_bucket").trim_end_matches("_count").trim_end_matches("_sum"))
        .collect();
    let missing: Vec<&str> = METRICS.into_iter().filter(|name| !names.contains(name)).collect();
    assert!(missing.is_empty(), "not there yet: {missing:?}");
}

#[tokio::test]
async fn metrics_ask_for_their_token_where_there_is_one() {
    let server = Server::builder().env("METRICS_TOKEN", "scrape-me").start().await;
    assert_eq!(server.anonymous().get("/metrics").await.status, 401);
    let request = server.anonymous().request(reqwest::Method::GET, "/metrics").bearer_auth("scrape-me");
    Answer::of(request).await.expect(200);
}

#[tokio::test]
async fn a_node_with_other_keys_refuses_to_start_and_names_the_variable() {
    let server = Server::start().await;
    for name in ["JWT_SECRET", "SECRETS_KEY", "BRIDGE_SECRET"] {
        let output = server
            .run_with(&["serve"], &[(name, "another key of more than thirty-two bytes"), ("BIND_ADDR", "127.0.0.1:0")])
            .await;
        assert!(!output.status.success(), "{name} differs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(name), "{name} is not named: {said}");
        assert!(!said.contains("another key"), "the key is not shown");
    }
}

#[tokio::test]
async fn a_node_that_is_asked_to_end_finishes_what_it_has_and_exits_0() {
    let server = Arc::new(Server::start().await);
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let mut client = Client::js(&server, &admin).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let (telegram, stop) = (telegram.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let customer = TelegramChat::new();
                let mut acknowledged = 0;
                while !stop.load(Ordering::Relaxed) {
                    let answer = Answer::try_of(telegram.delivery(&customer.text("hi"))).await;
                    match answer.map(|answer| answer.status.as_u16()) {
                        Ok(200) => acknowledged += 1,
                        Ok(503) | Err(_) => break,
                        Ok(other) => panic!("answered {other}"),
                    }
                }
                acknowledged
            })
        })
        .collect();
    client.next("message:new").await;
    let status = server.terminate().await;
    assert_eq!(status.code(), Some(0));
    client.next("disconnect").await;
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = 0;
    for writer in writers {
        acknowledged += writer.await.unwrap();
    }
    let stored = check::messages_of(&server.pool().await, &admin.organization_id).await;
    assert!(acknowledged > 0 && stored >= acknowledged, "{acknowledged} acknowledged, {stored} stored");
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let server = shared().await;
    let anonymous = server.anonymous();
    for path in ["/health/live", "/api/me", "/api/nothing", "/nothing", "/webhooks/waba"] {
        let answer = anonymous.get(path).await;
        assert!(answer.headers.contains_key("x-request-id"), "{path}");
    }
    let named = anonymous.request(reqwest::Method::GET, "/api/me").header("x-request-id", "my-own-id-1");
    assert_eq!(Answer::of(named).await.headers["x-request-id"], "my-own-id-1");
    let odd = anonymous.request(reqwest::Method::GET, "/api/me").header("x-request-id", "a\"b<script>".repeat(50));
    let answered = text(&json!(Answer::of(odd).await.headers["x-request-id"].to_str().unwrap()));
    assert!(!answered.contains('<') && answered.len() <= 128, "{answered}");
}
