//! What Meta is asked for besides sending: files of customers, templates.

use contract::{LocateError, MediaLocation, MediaSource, Network, OpenError, Trust};
use serde_json::json;

use crate::server::{Answer, Meta, say};
use crate::support::{TOKEN, account, cloud};

async fn locate(answer: Answer) -> (Result<MediaLocation, LocateError>, Meta) {
    let meta = Meta::start(vec![answer]).await;
    let source = MediaSource::Id { id: "9001".into() };
    (cloud(&meta.url).locate(&account(), &source).await, meta)
}

#[tokio::test]
async fn a_file_is_asked_for_by_its_id_and_fetched_from_meta_with_the_token() {
    let url = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1";
    let (located, meta) = locate(say(200, json!({ "url": url, "id": "9001" }))).await;
    let MediaLocation::Address { url: named, headers, trust } = located.unwrap() else { panic!() };
    assert_eq!((named.as_str(), trust), (url, Trust::Public));
    assert_eq!(headers["authorization"], format!("Bearer {TOKEN}"));
    assert!(headers["authorization"].is_sensitive());
    assert_eq!(meta.asked()[0].line, "GET /v26.0/9001?phone_number_id=700100200300400");
}

#[tokio::test]
async fn d4_the_token_stays_here_where_the_address_is_not_metas() {
    for url in ["https://evil.example/1", "http://lookaside.fbsbx.com/1", "http://169.254.169.254/latest", "x"] {
        let (located, _meta) = locate(say(200, json!({ "url": url }))).await;
        assert!(matches!(&located, Err(LocateError::Gone { reason }) if !reason.contains("evil")), "{located:?}");
    }
    let meta = Meta::start(Vec::new()).await;
    for id in ["..", "1/messages", "1?x", "", "a b"] {
        let source = MediaSource::Id { id: id.into() };
        assert!(matches!(cloud(&meta.url).locate(&account(), &source).await, Err(LocateError::Gone { .. })), "{id}");
    }
    assert!(meta.asked().is_empty());
}

#[tokio::test]
async fn an_address_of_the_configured_origin_is_trusted_as_that_is() {
    let meta = Meta::start(Vec::new()).await;
    let base = meta.url.trim_end_matches("/v26.0").to_owned();
    let there = Meta::start(vec![say(200, json!({ "url": format!("{base}/download/1") }))]).await;
    let source = MediaSource::Id { id: "9001".into() };
    let elsewhere = cloud(&there.url).locate(&account(), &source).await;
    assert!(matches!(elsewhere, Err(LocateError::Gone { .. })), "another port is another origin: {elsewhere:?}");
}

#[tokio::test]
async fn a_file_that_is_gone_is_told_from_one_to_ask_for_later() {
    let gone = json!({ "error": { "message": "Object does not exist", "code": 100, "error_subcode": 33 } });
    let (located, _meta) = locate(say(400, gone)).await;
    let Err(LocateError::Gone { reason }) = located else { panic!("{located:?}") };
    assert_eq!(reason, "WhatsApp no longer has the file: Object does not exist (100)");
    let slow = json!({ "error": { "message": "slow down", "code": 80_007 } });
    let expired = json!({ "error": { "message": "expired", "code": 190 } });
    for answer in [say(400, slow), say(401, expired), say(503, ""), Answer::HangUp] {
        let (located, _meta) = locate(answer).await;
        assert!(matches!(located, Err(LocateError::Retry { .. })), "{located:?}");
    }
}

#[tokio::test]
async fn templates_are_listed_page_by_page_without_following_addresses() {
    let page = |names: &[&str], after: Option<&str>| {
        let data: Vec<_> = names
            .iter()
            .map(|name| {
                json!({ "name": name, "language": "sv", "status": "APPROVED",
            "category": "UTILITY", "quality_score": { "score": "GREEN" }, "components": [{ "type": "BODY" }] })
            })
            .collect();
        let next = after.map(|_| "https://evil.example/?access_token=x");
        say(200, json!({ "data": data, "paging": { "cursors": { "after": after }, "next": next } }))
    };
    let meta = Meta::start(vec![page(&["a", "b"], Some("C1")), page(&["c", ""], None)]).await;
    let mut account = account();
    account.credentials["wabaId"] = json!("4200");
    let templates = cloud(&meta.url).templates(&account).await.unwrap();
    let names: Vec<_> = templates.iter().map(|template| template.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!((templates[0].quality.as_deref(), &templates[0].components[0]["type"]), (Some("GREEN"), &json!("BODY")));
    let lines: Vec<_> = meta.asked().into_iter().map(|asked| asked.line).collect();
    assert!(lines[0].starts_with("GET /v26.0/4200/message_templates?fields=name%2C"), "{lines:?}");
    assert!(lines[1].ends_with("&after=C1"), "{lines:?}");
}

#[tokio::test]
async fn a_list_of_templates_that_never_ends_is_left() {
    let same = || {
        say(
            200,
            json!({ "data": [{ "name": "a", "language": "sv" }],
        "paging": { "cursors": { "after": "C1" }, "next": "https://graph.facebook.com/x" } }),
        )
    };
    let meta = Meta::start((0..5).map(|_| same()).collect()).await;
    let mut account = account();
    account.credentials["wabaId"] = json!("4200");
    assert_eq!(cloud(&meta.url).templates(&account).await.unwrap().len(), 2);
}

#[tokio::test]
async fn without_a_waba_id_there_is_nothing_to_list_and_it_says_so() {
    let refused = cloud("http://127.0.0.1:1").templates(&account()).await.unwrap_err();
    assert!(matches!(&refused, OpenError::Refused { message } if message.contains("wabaId")), "{refused:?}");
}
