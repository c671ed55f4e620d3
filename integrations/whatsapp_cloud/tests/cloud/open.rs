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
    assert_eq!(asked.line, "GET /v26.0/700100200300400?fields=display_phone_number%2Cverified_name");
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
