//! Long polling.

use std::time::Duration;

use contract::{Mode, Network, PollError, Polled};
use serde_json::json;

use crate::server::{Answer, Server, nobody, ok, refusal};
use crate::support::{account, network};

async fn poll(server: &Server, offset: Option<i64>) -> Result<Polled, PollError> {
    network(&server.url).poll(&account(Mode::Polling), offset).await
}

#[tokio::test]
async fn updates_come_as_they_were_written_and_the_last_one_moves_the_offset() {
    let body =
        r#"{"ok":true,"result":[{"update_id":2342342343242, "message":{"x":1.0}},{"update_id":7,"later":"\ud83d"}]}"#;
    let server = Server::start(vec![Answer::Json(200, body.into())]).await;
    let polled = poll(&server, Some(5)).await.unwrap();
    assert_eq!(polled.bodies[0], r#"{"update_id":2342342343242, "message":{"x":1.0}}"#);
    assert_eq!(polled.bodies[1], r#"{"update_id":7,"later":"\ud83d"}"#);
    assert_eq!(polled.next_offset, Some(8), "the last in order, not the highest");
    let asked = server.last().json();
    assert_eq!((&asked["offset"], &asked["limit"], &asked["timeout"]), (&json!(5), &json!(100), &json!(25)));
    assert!(asked["allowed_updates"].as_array().unwrap().contains(&json!("message_reaction")));
}

#[tokio::test]
async fn an_empty_poll_keeps_the_offset() {
    let server = Server::ok(json!([])).await;
    assert_eq!(poll(&server, Some(9)).await.unwrap().next_offset, Some(9));
    let first = poll(&server, None).await.unwrap();
    assert_eq!((first.next_offset, first.bodies.len()), (None, 0));
    assert!(server.last().json().get("offset").is_none());
}

#[tokio::test]
async fn an_update_without_an_id_does_not_stop_those_before_it() {
    let server = Server::ok(json!([{ "update_id": 3 }, { "update_id": "x" }, 5])).await;
    let polled = poll(&server, None).await.unwrap();
    assert_eq!((polled.next_offset, polled.bodies.len()), (Some(4), 3));
}

#[tokio::test]
async fn broken_utf8_in_one_update_does_not_lose_the_batch() {
    let answer =
        b"HTTP/1.1 200 OK\r\ncontent-length: 48\r\n\r\n{\"ok\":true,\"result\":[{\"update_id\":3,\"x\":\"a\xFFb\"}]}";
    let server = Server::start(vec![Answer::Raw(answer)]).await;
    let polled = poll(&server, None).await.unwrap();
    assert_eq!(
        (polled.next_offset, &polled.bodies[0][..]),
        (Some(4), "{\"update_id\":3,\"x\":\"a\u{FFFD}b\"}".as_bytes())
    );
}

async fn conflict(text: &str, next: Answer) -> (String, Server) {
    let server = Server::start(vec![refusal(409, text, json!({})), next]).await;
    match poll(&server, None).await.unwrap_err() {
        PollError::Conflict { message } => (message, server),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn another_poller_is_a_conflict_that_only_people_can_end() {
    let text = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    let (message, server) = conflict(text, Answer::Json(500, String::new())).await;
    assert!(message.starts_with("another program asks for the updates") && message.contains(text), "{message}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_webhook_of_another_program_is_taken_away_and_what_waits_is_kept() {
    let text =
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
    let (message, server) = conflict(text, ok(json!(true))).await;
    assert!(message.contains("it was removed"), "{message}");
    assert_eq!((server.last().method(), server.last().json()), ("deleteWebhook", json!({})));
    let (message, _) = conflict(text, refusal(500, "Internal Server Error", json!({}))).await;
    assert!(!message.contains("removed") && message.contains("webhook is active"), "{message}");
}

#[tokio::test]
async fn a_refused_token_stops_polling() {
    for code in [401, 404] {
        let server = Server::start(vec![refusal(code, "no", json!({}))]).await;
        assert!(matches!(poll(&server, None).await.unwrap_err(), PollError::Stopped { .. }));
    }
}

#[tokio::test]
async fn everything_else_is_tried_again_and_not_before_telegram_says_so() {
    let server = Server::start(vec![refusal(429, "Too Many Requests", json!({ "retry_after": 7 }))]).await;
    let error = poll(&server, None).await.unwrap_err();
    assert!(
        matches!(error, PollError::Retry { after: Some(after), .. } if after == Duration::from_secs(7)),
        "{error:?}"
    );
    for answer in [
        Answer::Json(500, "{}".into()),
        Answer::Json(200, r#"{"ok":true,"result":{}}"#.into()),
        Answer::Json(200, r#"{"ok":true}"#.into()),
        Answer::Reset,
    ] {
        let server = Server::start(vec![answer]).await;
        let error = poll(&server, None).await.unwrap_err();
        assert!(matches!(error, PollError::Retry { after: None, .. }), "{error:?}");
    }
    let error = network(&nobody().await).poll(&account(Mode::Polling), None).await.unwrap_err();
    assert!(matches!(error, PollError::Retry { .. }), "{error:?}");
}
