//! What Meta's answers mean for a message.

use std::time::Duration;

use contract::{MessageType, Network, Outgoing, Scope, SendError, Sent};
use serde_json::{Map, json};
use uuid::Uuid;

use crate::server::{Answer, Meta, say};
use crate::support::{CUSTOMER, TOKEN, account, cloud};

fn text() -> Outgoing {
    Outgoing {
        message_id: Uuid::nil(),
        attempt: 1,
        chat_external_id: CUSTOMER.into(),
        is_group: false,
        kind: MessageType::Text,
        content: "hello".into(),
        metadata: Map::new(),
        attachments: Vec::new(),
        reply_to: None,
        context: serde_json::Map::new(),
    }
}

async fn outcome(answer: Answer) -> Result<Sent, SendError> {
    let meta = Meta::start(vec![answer]).await;
    let outcome = cloud(&meta.url).send(&account(), &text()).await;
    assert_eq!(meta.asked().len(), 1, "a message is handed over once");
    outcome
}

async fn refusal(status: u16, code: i64) -> SendError {
    let body = json!({ "error": { "message": "no", "code": code, "error_data": { "details": "because" } } });
    outcome(say(status, body)).await.unwrap_err()
}

#[tokio::test]
async fn troubles_that_pass_wait_in_their_chat() {
    for code in [1, 2, 131_000, 131_016, 131_057, 133_004] {
        let known =
            SendError::Retry { code: code.to_string(), message: "because".into(), after: None, scope: Scope::Chat };
        assert_eq!(refusal(400, code).await, known);
        assert_eq!(refusal(500, code).await, known);
    }
    for status in [500, 502, 503, 302] {
        let error = outcome(say(status, "<html>")).await.unwrap_err();
        let SendError::Retry { code, scope: Scope::Chat, .. } = error else { panic!("{error:?}") };
        assert_eq!(code, format!("http_{status}"));
    }
    let transient = json!({ "error": { "message": "later", "code": 987_654, "is_transient": true } });
    assert!(matches!(outcome(say(400, transient)).await, Err(SendError::Retry { scope: Scope::Chat, .. })));
}

#[tokio::test]
async fn limits_of_the_number_hold_the_channel() {
    for code in [4, 80_007, 130_429] {
        let error = refusal(400, code).await;
        assert!(matches!(error, SendError::Retry { scope: Scope::Channel, after: None, .. }), "{error:?}");
    }
    let error = outcome(Answer::Say(429, "retry-after: 17\r\n", String::new())).await.unwrap_err();
    let after = Some(Duration::from_secs(17));
    assert!(
        matches!(&error, SendError::Retry { scope: Scope::Channel, after: said, .. } if *said == after),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_pair_limit_holds_this_chat_for_four_seconds_to_the_power_of_the_try() {
    let body = json!({ "error": { "message": "no", "code": 131_056 } });
    for (attempt, secs) in [(1, 4), (2, 16), (3, 64), (5, 1024), (30, 3600)] {
        let meta = Meta::start(vec![say(400, &body)]).await;
        let error = cloud(&meta.url).send(&account(), &Outgoing { attempt, ..text() }).await.unwrap_err();
        let SendError::Retry { scope: Scope::Chat, after: Some(after), .. } = error else { panic!("{error:?}") };
        assert_eq!(after.as_secs(), secs, "try {attempt}");
    }
}

#[tokio::test]
async fn final_refusals_keep_metas_code_and_words() {
    let policy = [131_048, 131_049, 131_064];
    let closed = [131_047, 470];
    let recipient = [131_026, 131_021, 131_030, 130_472, 131_050, 131_062, 137_000];
    let ours = [33, 100, 131_008, 131_009, 131_051, 132_000, 132_015, 132_018, 135_000, 999_999];
    for code in policy.into_iter().chain(closed).chain(recipient).chain(ours) {
        let error = refusal(400, code).await;
        let SendError::Refused { code: said, message } = error else { panic!("{error:?}") };
        assert_eq!(said, code.to_string());
        assert!(message.starts_with("because"), "{message}");
        let adds = policy.contains(&code) || closed.contains(&code);
        assert!(!adds || message.len() > "because. ".len(), "{code} says what to do: {message}");
    }
    assert!(matches!(refusal(400, 368).await, SendError::Alarming { code, .. } if code == "368"));
    assert_eq!(
        outcome(say(404, "")).await.unwrap_err(),
        SendError::Refused { code: "http_404".into(), message: "HTTP status 404".into() }
    );
}

#[tokio::test]
async fn a_file_that_meta_could_not_take_is_tried_once_more() {
    for code in [131_052, 131_053] {
        assert!(matches!(refusal(400, code).await, SendError::Retry { scope: Scope::Chat, .. }));
        let body = json!({ "error": { "message": "no", "code": code } });
        let meta = Meta::start(vec![say(400, &body)]).await;
        let error = cloud(&meta.url).send(&account(), &Outgoing { attempt: 2, ..text() }).await.unwrap_err();
        assert!(matches!(error, SendError::Refused { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_refused_account_stops_the_channel() {
    for code in [0, 3, 10, 190, 200, 299, 131_005, 131_031, 131_042, 131_045, 130_497, 133_010] {
        let error = refusal(400, code).await;
        assert!(matches!(error, SendError::AccountRefused { .. }), "{error:?}");
    }
    assert!(matches!(outcome(say(401, "")).await, Err(SendError::AccountRefused { .. })));
}

#[tokio::test]
async fn an_outcome_that_nobody_told_is_unknown() {
    for answer in [Answer::HangUp, say(200, "<html>"), say(200, "{}"), say(200, r#"{"messages":[{}]}"#)] {
        let error = outcome(answer).await.unwrap_err();
        assert!(matches!(error, SendError::Unknown { .. }), "{error:?}");
    }
    let cut = "HTTP says more than comes".to_owned();
    let error = outcome(Answer::Say(200, "transfer-encoding: chunked\r\n", cut)).await.unwrap_err();
    assert!(matches!(error, SendError::Unknown { .. }), "{error:?}");
}

#[tokio::test]
async fn without_a_connection_nothing_left() {
    let error = cloud("http://127.0.0.1:1/v26.0").send(&account(), &text()).await.unwrap_err();
    assert!(matches!(error, SendError::Retry { scope: Scope::Chat, .. }), "{error:?}");
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn d4_a_redirect_is_not_followed_with_the_token() {
    let elsewhere = Meta::start(vec![say(200, "{}")]).await;
    let header: &'static str = Box::leak(format!("location: {}/messages\r\n", elsewhere.url).into_boxed_str());
    let error = outcome(Answer::Say(307, header, String::new())).await.unwrap_err();
    assert!(matches!(error, SendError::Retry { .. }), "{error:?}");
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn i1_no_text_holds_the_token_or_an_address() {
    let told = format!("Token {TOKEN} of app EAAZZZZZZZZZZZZZZZZZZZZZZZ is bad, see https://graph.facebook.com/x");
    let body = json!({ "error": { "message": told, "code": 190 } });
    let error = outcome(say(400, body)).await.unwrap_err().to_string();
    assert_eq!(error, "190: Token […] of app […] is bad, see […]");
}
