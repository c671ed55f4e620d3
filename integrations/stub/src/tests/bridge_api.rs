//! The fake bridge.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{ask, client, is_silent};
use crate::Fault;
use crate::bridge_api::{FakeBridge, refusal};

fn call(fake: &FakeBridge, method: Method, path: &str, body: &Value) -> RequestBuilder {
    client().request(method, format!("{}/sessions/{path}", fake.url)).bearer_auth("secret").json(body)
}

async fn started() -> FakeBridge {
    let fake = FakeBridge::start("secret").await.unwrap();
    let (_, state) = ask(call(&fake, Method::PUT, "c1", &json!({ "webhookUrl": "http://a/hook" }))).await;
    assert_eq!(state["status"], "connected");
    fake
}

fn text(client_id: &str) -> Value {
    json!({ "to": "4915550100@s.whatsapp.net", "type": "text", "text": "hi", "clientId": client_id })
}

#[tokio::test]
async fn a_session_is_started_asked_for_and_ended_by_whoever_has_the_secret() {
    let fake = started().await;
    assert_eq!(fake.webhook_url("c1").as_deref(), Some("http://a/hook"));
    fake.set_status("c1", "qr", Some("2@abc"));
    let (_, state) = ask(call(&fake, Method::GET, "c1", &json!({}))).await;
    assert_eq!(state, json!({ "status": "qr", "qr": "2@abc", "phone": null }));
    ask(call(&fake, Method::DELETE, "c1", &json!({}))).await;
    assert_eq!(ask(call(&fake, Method::GET, "c1", &json!({}))).await.0, 404);
    let stranger = client().get(format!("{}/sessions/c1", fake.url)).bearer_auth("other");
    assert_eq!(ask(stranger).await.0, 401);
}

#[tokio::test]
async fn a_client_id_that_comes_again_sends_nothing() {
    let fake = started().await;
    let send = |client_id| call(&fake, Method::POST, "c1/messages", &text(client_id));
    let (_, first) = ask(send("m1")).await;
    assert_eq!(ask(send("m1")).await.1, first);
    assert_ne!(ask(send("m2")).await.1, first);
    assert_eq!(fake.wait_for_sends("c1", 2).await.len(), 2);
}

#[tokio::test]
async fn what_was_taken_in_silence_is_not_sent_again() {
    let fake = started().await;
    fake.fail("4915550100@s.whatsapp.net", [refusal(500, "BROKEN", "try again"), Fault::Silence]);
    let send = || call(&fake, Method::POST, "c1/messages", &text("m1"));
    assert_eq!(ask(send()).await.0, 500);
    assert!(is_silent(send(), fake.wait_for_sends("c1", 2)).await);
    assert_eq!(ask(send()).await.0, 200);
    let taken: Vec<bool> = fake.sends("c1").iter().map(|call| call.taken).collect();
    assert_eq!(taken, [false, true]);
}

#[tokio::test]
async fn a_session_that_is_not_connected_sends_nothing() {
    let fake = started().await;
    fake.set_status("c1", "disconnected", None);
    for session in ["c1", "c2"] {
        let (status, refused) = ask(call(&fake, Method::POST, &format!("{session}/messages"), &text("m1"))).await;
        assert_eq!((status, &refused["code"]), (409, &json!("SESSION_NOT_CONNECTED")));
    }
    assert!(fake.sends("c1").is_empty());
}
