//! Where files are fetched from, and what may be said of it.

use std::time::Duration;

use contract::{LocateError, MediaLocation, MediaSource, Mode, Network, Trust};
use serde_json::{Value, json};

use crate::server::{Answer, Server, nobody, refusal};
use crate::support::{TOKEN, account, network};

async fn locate(server: &Server) -> Result<MediaLocation, LocateError> {
    let source = MediaSource::Id { id: "BQAC-1".into() };
    network(&server.url).locate(&account(Mode::Polling), &source).await
}

async fn located(file: Value) -> Result<MediaLocation, LocateError> {
    locate(&Server::ok(file).await).await
}

async fn refused(answer: Answer) -> LocateError {
    locate(&Server::start(vec![answer]).await).await.unwrap_err()
}

#[tokio::test]
async fn a_file_lies_below_the_configured_address() {
    let server = Server::ok(json!({ "file_id": "BQAC-1", "file_path": "documents/file 7%2e.pdf" })).await;
    let MediaLocation::Address { url, headers, trust } = locate(&server).await.unwrap() else { panic!("no address") };
    assert_eq!(url, format!("{}/file/bot{TOKEN}/documents/file%207%252e.pdf", server.url));
    assert!(headers.is_empty() && trust == Trust::Configured);
    let asked = server.last();
    assert_eq!((asked.method(), asked.json()), ("getFile", json!({ "file_id": "BQAC-1" })));
}

#[tokio::test]
async fn a_server_below_a_path_keeps_its_path() {
    let server = Server::ok(json!({ "file_path": "photos/file_1.jpg" })).await;
    let source = MediaSource::Id { id: "1".into() };
    let behind = network(&format!("{}/bots/", server.url)).locate(&account(Mode::Polling), &source).await.unwrap();
    let MediaLocation::Address { url, .. } = behind else { panic!("no address") };
    assert_eq!(url, format!("{}/bots/file/bot{TOKEN}/photos/file_1.jpg", server.url));
}

#[tokio::test]
async fn a_path_that_leads_elsewhere_is_refused_and_nobody_is_asked_for_it() {
    for path in [
        "../../other",
        "documents/../../x",
        "documents/./x",
        "documents//x",
        "documents/",
        "",
        "https://evil.example/x",
        "//evil.example/x",
        "file:x",
        "C:\\bot\\file_1",
        "documents\\..\\x",
        "documents/x\r\nhost: evil.example",
        "/var/lib/telegram-bot-api/documents/file_1.pdf",
    ] {
        let server = Server::ok(json!({ "file_path": path })).await;
        let error = locate(&server).await.unwrap_err();
        assert!(matches!(&error, LocateError::Gone { .. }), "{path}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("secret-of_the-bot"), "{error:?}");
        assert_eq!(server.requests().len(), 1, "{path}: getFile alone");
    }
}

#[tokio::test]
async fn a_server_that_keeps_files_on_its_own_disk_says_what_to_do() {
    let error = located(json!({ "file_path": "/var/lib/telegram-bot-api/documents/file_1.pdf" })).await.unwrap_err();
    assert!(matches!(&error, LocateError::Gone { reason } if reason.contains("--local")), "{error:?}");
    assert!(matches!(located(json!({ "file_id": "x" })).await.unwrap_err(), LocateError::Gone { .. }));
}

#[tokio::test]
async fn what_will_never_come_is_gone_with_a_reason() {
    let big = refused(refusal(400, "Bad Request: file is too big", json!({}))).await;
    assert!(matches!(&big, LocateError::Gone { reason } if reason.contains("20 MB")), "{big:?}");
    let wrong = refused(refusal(400, "Bad Request: invalid file_id", json!({}))).await;
    assert_eq!(wrong, LocateError::Gone { reason: "400 Bad Request: invalid file_id".into() });
    let missing = MediaSource::Missing { reason: "the update names no file".into() };
    let error = network("http://127.0.0.1:1").locate(&account(Mode::Polling), &missing).await.unwrap_err();
    assert_eq!(error, LocateError::Gone { reason: "the update names no file".into() });
}

#[tokio::test]
async fn what_may_pass_is_asked_again_and_not_before_telegram_says_so() {
    let limited = refused(refusal(429, "Too Many Requests", json!({ "retry_after": 7 }))).await;
    assert!(matches!(limited, LocateError::Retry { after: Some(after), .. } if after == Duration::from_secs(7)));
    for answer in [
        refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable", json!({})),
        refusal(401, "Unauthorized", json!({})),
        refusal(500, "Internal Server Error", json!({})),
        Answer::Json(502, "<html>".into()),
        Answer::Reset,
        Answer::Json(200, "not json".into()),
    ] {
        let error = refused(answer).await;
        assert!(matches!(error, LocateError::Retry { after: None, .. }), "{error:?}");
    }
    let source = MediaSource::Id { id: "1".into() };
    let error = network(&nobody().await).locate(&account(Mode::Polling), &source).await.unwrap_err();
    assert!(!format!("{error:?}").contains("secret-of_the-bot"), "{error:?}");
}
