//! The fake Graph API.

use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{ask, client, is_broken_off};
use crate::Fault;
use crate::graph_api::{FakeGraph, MediaFault, Shelf, refusal};

fn post(fake: &FakeGraph, path: &str, body: &Value) -> RequestBuilder {
    client().post(format!("{}/v26.0/{path}", fake.url)).bearer_auth("token").json(body)
}

fn text(to: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "to": to, "type": "text", "text": { "body": "hi" } })
}

#[tokio::test]
async fn a_number_is_described_to_whoever_has_a_token() {
    let fake = FakeGraph::start().await.unwrap();
    let get = || client().get(format!("{}/v26.0/1001?fields=verified_name", fake.url));
    let (_, number) = ask(get().bearer_auth("token")).await;
    assert_eq!(number["id"], "1001");
    let (status, refused) = ask(get()).await;
    assert_eq!((status, &refused["error"]["code"]), (401, &json!(190)));
    fake.revoke("token");
    assert_eq!(ask(get().bearer_auth("token")).await.0, 401);
}

#[tokio::test]
async fn every_message_has_an_id_of_its_own() {
    let fake = FakeGraph::start().await.unwrap();
    let (_, one) = ask(post(&fake, "1001/messages", &text("4915550100"))).await;
    let (_, two) = ask(post(&fake, "1001/messages", &text("4915550100"))).await;
    assert!(one["messages"][0]["id"].as_str().unwrap().starts_with("wamid."));
    assert_ne!(one["messages"][0]["id"], two["messages"][0]["id"]);
    assert_eq!(fake.wait_for_sends("1001", 2).await[1].body["text"]["body"], "hi");
    assert_eq!(ask(post(&fake, "1001/messages", &json!({ "to": "1" }))).await.0, 400);
    let read = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1" });
    assert_eq!(ask(post(&fake, "1001/messages", &read)).await.1["success"], true);
    assert_eq!((fake.reads(), fake.sends("1001").len()), (vec!["wamid.1".to_owned()], 2));
}

#[tokio::test]
async fn failures_come_as_ordered() {
    let fake = FakeGraph::start().await.unwrap();
    fake.fail("4915550100", [refusal(400, 131_056, "pair rate limit"), Fault::Reset]);
    let (status, limited) = ask(post(&fake, "1001/messages", &text("4915550100"))).await;
    assert_eq!((status, &limited["error"]["code"]), (400, &json!(131_056)));
    assert!(is_broken_off(post(&fake, "1001/messages", &text("4915550100"))).await);
    assert_eq!(ask(post(&fake, "1001/messages", &text("4915550100"))).await.0, 200);
    let taken: Vec<bool> = fake.sends("1001").iter().map(|call| call.taken).collect();
    assert_eq!(taken, [false, true, true]);
}

#[tokio::test]
async fn a_file_goes_up_and_comes_down_with_the_token_only() {
    let fake = FakeGraph::start().await.unwrap();
    let file = Part::bytes(b"abc".as_slice()).file_name("a.png").mime_str("image/png").unwrap();
    let form = Form::new().text("messaging_product", "whatsapp").text("type", "image/png").part("file", file);
    let upload = client().post(format!("{}/v26.0/1001/media", fake.url)).bearer_auth("token").multipart(form);
    let id = ask(upload).await.1["id"].as_str().unwrap().to_owned();
    assert_eq!(fake.media(&id).unwrap(), "abc");
    let (_, media) = ask(client().get(format!("{}/v26.0/{id}", fake.url)).bearer_auth("token")).await;
    assert_eq!((&media["mime_type"], &media["file_size"]), (&json!("image/png"), &json!(3)));
    let download = || client().get(media["url"].as_str().unwrap());
    assert_eq!(download().bearer_auth("token").send().await.unwrap().text().await.unwrap(), "abc");
    assert_eq!(download().send().await.unwrap().status().as_u16(), 401);
}

async fn describe(fake: &FakeGraph, id: &str) -> (u16, Value) {
    ask(client().get(format!("{}/v26.0/{id}", fake.url)).bearer_auth("token")).await
}

async fn load(media: &Value) -> reqwest::Response {
    client().get(media["url"].as_str().unwrap()).bearer_auth("token").send().await.unwrap()
}

#[tokio::test]
async fn files_and_their_addresses_run_out() {
    let fake = FakeGraph::start().await.unwrap();
    let twice = Shelf { asks: Some(2), loads: Some(1), ..Shelf::default() };
    let id = fake.put_media_on(twice, "image/png", "abc");
    let (_, media) = describe(&fake, &id).await;
    assert_eq!(load(&media).await.status().as_u16(), 200);
    assert_eq!(load(&media).await.status().as_u16(), 404, "one address, one load");
    let (_, fresh) = describe(&fake, &id).await;
    assert_eq!(load(&fresh).await.status().as_u16(), 200);
    let (status, gone) = describe(&fake, &id).await;
    assert_eq!((status, &gone["error"]["code"]), (400, &json!(100)));
    let at_once = Shelf { lasts: Some(Duration::ZERO), ..Shelf::default() };
    let id = fake.put_media_on(at_once, "image/png", "abc");
    assert_eq!(describe(&fake, &id).await.0, 400);
    assert_eq!(fake.loads().len(), 2);
}

#[tokio::test]
async fn downloads_go_wrong_as_ordered() {
    let fake = FakeGraph::start().await.unwrap();
    let id = fake.put_media("image/png", "abcdef");
    let usual = describe(&fake, &id).await.1["sha256"].clone();
    fake.fail_media(&id, Some(MediaFault::WrongHash));
    assert_ne!(describe(&fake, &id).await.1["sha256"], usual);
    fake.fail_media(&id, Some(MediaFault::Torn));
    assert!(load(&describe(&fake, &id).await.1).await.bytes().await.is_err());
    fake.fail_media(&id, Some(MediaFault::Endless));
    let mut endless = load(&describe(&fake, &id).await.1).await;
    let mut count = 0;
    while count < 1 << 20 {
        count += endless.chunk().await.unwrap().unwrap().len();
    }
    drop(endless);
    fake.fail_media(&id, Some(MediaFault::Status(500)));
    assert_eq!(load(&describe(&fake, &id).await.1).await.status().as_u16(), 500);
    fake.fail_media(&id, Some(MediaFault::Elsewhere("http://elsewhere.example/1".into())));
    assert_eq!(describe(&fake, &id).await.1["url"], "http://elsewhere.example/1");
    fake.fail_media(&id, None);
    assert_eq!(load(&describe(&fake, &id).await.1).await.text().await.unwrap(), "abcdef");
    fake.remove_media(&id);
    assert_eq!(describe(&fake, &id).await.0, 400);
}

#[tokio::test]
async fn templates_come_in_pages_and_questions_fail_as_ordered() {
    let fake = FakeGraph::start().await.unwrap();
    for n in 0..3 {
        fake.put_template("42", json!({"name": format!("t{n}"), "language": "sv", "status": "PENDING"}));
    }
    fake.put_template("42", json!({"name": "t0", "language": "sv", "status": "APPROVED"}));
    let (_, first) = describe(&fake, "42/message_templates?limit=2").await;
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    assert!(first["paging"]["next"].is_string());
    let after = first["paging"]["cursors"]["after"].as_str().unwrap();
    let (_, last) = describe(&fake, &format!("42/message_templates?limit=2&after={after}")).await;
    assert_eq!((&last["data"][0]["status"], &last["paging"]["next"]), (&json!("APPROVED"), &Value::Null));
    fake.fail("42/message_templates", [refusal(400, 80_007, "slow down")]);
    assert_eq!(describe(&fake, "42/message_templates").await.0, 400);
    assert_eq!(describe(&fake, "42/message_templates").await.0, 200);
    fake.set_number("1001", &json!({"quality_rating": "RED"}));
    assert_eq!(describe(&fake, "1001").await.1["quality_rating"], "RED");
}

#[tokio::test]
async fn typing_marks_as_read_too() {
    let fake = FakeGraph::start().await.unwrap();
    let typing = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1",
        "typing_indicator": { "type": "text" } });
    ask(post(&fake, "1001/messages", &typing)).await;
    assert_eq!((fake.typings(), fake.reads()), (vec!["wamid.1".to_owned()], vec!["wamid.1".to_owned()]));
}
