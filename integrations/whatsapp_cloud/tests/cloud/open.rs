//! Asking Meta whether a number works.

use contract::{ChannelStatus, Network, OpenError, Opened};

use crate::server::{Answer, Meta, say};
use crate::support::{TOKEN, account, cloud};

async fn open(answer: Answer, webhook_url: &str) -> (Result<Opened, OpenError>, Meta) {
    let meta = Meta::start(vec![answer]).await;
    let mut account = account();
    account.webhook_url = webhook_url.into();
    (cloud(&meta.url).open(&account).await, meta)
}

#[tokio::test]
async fn a_number_that_meta_knows_is_connected() {
    let (opened, meta) = open(say(200, r#"{"display_phone_number":"+1","id":"1"}"#), "https://a.example").await;
    let opened = opened.unwrap();
    assert_eq!((opened.status, opened.warning), (ChannelStatus::Connected, None));
    let asked = &meta.asked()[0];
    assert!(asked.line.starts_with("GET /v26.0/700100200300400?fields=display_phone_number%2Cverified_name"));
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
}

#[tokio::test]
async fn an_address_that_meta_cannot_reach_is_a_warning() {
    let (opened, _meta) = open(say(200, "{}"), "http://127.0.0.1:3000/webhooks/waba/1").await;
    assert!(opened.unwrap().warning.unwrap().contains("https"));
}

#[tokio::test]
async fn what_meta_refuses_is_said_without_the_token() {
    let refusal = format!(r#"{{"error":{{"message":"Malformed access token {TOKEN}","code":190}}}}"#);
    let (opened, _meta) = open(say(401, refusal), "https://a.example").await;
    assert_eq!(opened.unwrap_err(), OpenError::Refused { message: "Malformed access token […] (code 190)".into() });
}

#[tokio::test]
async fn a_meta_in_trouble_is_asked_again() {
    for answer in [say(500, "oops"), say(400, r#"{"error":{"message":"limit","code":4}}"#), Answer::HangUp] {
        let (opened, _meta) = open(answer, "https://a.example").await;
        assert!(matches!(opened, Err(OpenError::Unreachable { .. })), "{opened:?}");
    }
    let unreachable = cloud("http://127.0.0.1:1").open(&account()).await;
    let Err(OpenError::Unreachable { message }) = unreachable else { panic!("{unreachable:?}") };
    assert!(!message.contains("127.0.0.1"), "{message}");
}

#[tokio::test]
async fn facts_of_the_number_are_shown() {
    let number = r#"{"display_phone_number":"+1 555-010-0000","verified_name":"Blue Bikes","quality_rating":"GREEN",
        "name_status":"APPROVED","status":"CONNECTED","throughput":{"level":"STANDARD"},
        "whatsapp_business_manager_messaging_limit":"TIER_2K","id":"1"}"#;
    let (opened, _meta) = open(say(200, number), "https://a.example").await;
    let facts = opened.unwrap().facts;
    let known = serde_json::json!({ "phone": "+1 555-010-0000", "name": "Blue Bikes", "quality": "GREEN",
        "nameStatus": "APPROVED", "numberStatus": "CONNECTED", "throughput": "STANDARD", "messagingLimit": "TIER_2K" });
    assert_eq!(serde_json::json!(facts), known);
}

#[tokio::test]
async fn a_version_that_does_not_know_a_field_is_asked_for_less() {
    let unknown = r#"{"error":{"message":"(#100) Tried accessing nonexisting field","code":100}}"#;
    let meta = Meta::start(vec![say(400, unknown), say(200, r#"{"verified_name":"Blue Bikes"}"#)]).await;
    let opened = cloud(&meta.url).check_up(&account()).await.unwrap();
    assert_eq!(opened.facts["name"], "Blue Bikes");
    assert!(meta.asked()[1].line.ends_with("?fields=display_phone_number%2Cverified_name"));
}

#[tokio::test]
async fn a_banned_number_is_an_error_in_words() {
    let (opened, _meta) = open(say(200, r#"{"status":"BANNED"}"#), "https://a.example").await;
    let opened = opened.unwrap();
    assert_eq!(opened.status, ChannelStatus::Error);
    assert!(opened.warning.unwrap().contains("banned"));
}

#[tokio::test]
async fn a_version_of_the_api_that_ends_soon_is_a_warning() {
    let date = "date: Sat, 21 Nov 2026 10:00:00 GMT\r\n";
    for (version, warned) in [("v21.0", true), ("v26.0", false)] {
        let meta = Meta::start(vec![Answer::Say(200, date, "{}".into())]).await;
        let opened = cloud(&meta.url.replace("v26.0", version)).open(&account()).await.unwrap();
        assert_eq!(opened.warning.is_some_and(|words| words.contains("2027-01-21")), warned, "{version}");
    }
}
