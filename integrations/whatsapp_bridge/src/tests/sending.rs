//! Requests to a loopback server in the bridge's place, and what its answers mean.

use std::time::Duration;

use bytes::Bytes;
use contract::{ChannelStatus, MessageType, Network, OpenError, Outgoing, OutgoingAttachment, Scope, SendError};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{account, bridge};

/// Takes one connection per answer, in turn, and returns what it was asked; an empty answer closes without one.
pub(super) async fn server(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let requests = tokio::spawn(async move {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            requests.push(request(&mut stream).await);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        requests
    });
    (url, requests)
}

async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        stream.read_buf(&mut bytes).await.unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() >= length.parse().unwrap() {
            return text.into_owned();
        }
    }
}

pub(super) fn reply(status: u16, headers: &str, body: &Value) -> String {
    let body = body.to_string();
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

pub(super) fn text(content: &str) -> Outgoing {
    Outgoing {
        message_id: Uuid::from_u128(7),
        attempt: 1,
        chat_external_id: "4915550100@s.whatsapp.net".into(),
        is_group: false,
        kind: MessageType::Text,
        content: content.into(),
        metadata: serde_json::Map::new(),
        attachments: Vec::new(),
        reply_to: None,
        context: serde_json::Map::new(),
    }
}

async fn send_against(answer: String) -> Result<contract::Sent, SendError> {
    let (url, requests) = server(vec![answer]).await;
    let result = bridge(&url).send(&account(), &text("hello")).await;
    requests.await.unwrap();
    result
}

/// Sends over a bridge that takes everything, and returns the bodies that it saw.
async fn bodies_of(outgoing: &Outgoing, requests: usize) -> Vec<Value> {
    let answers = (0..requests).map(|index| reply(200, "", &json!({ "id": format!("3EB0{index}") }))).collect();
    let (url, requests) = server(answers).await;
    let sent = bridge(&url).send(&account(), outgoing).await.unwrap();
    assert_eq!(sent.external_id, "3EB00");
    let requests = requests.await.unwrap();
    requests.iter().map(|request| serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()).collect()
}

#[tokio::test]
async fn a_text_goes_to_the_session_with_our_id_and_the_secret() {
    let (url, requests) = server(vec![reply(200, "", &json!({ "id": "3EB0FF" }))]).await;
    let outgoing = Outgoing { reply_to: Some("3EB0AA".into()), ..text("1*2 = <b>") };
    let sent = bridge(&url).send(&account(), &outgoing).await.unwrap();
    assert_eq!((sent.external_id.as_str(), sent.chat_external_id), ("3EB0FF", None));
    let request = &requests.await.unwrap()[0];
    assert!(request.starts_with("POST /sessions/00000000-0000-0000-0000-000000000001/messages HTTP/1.1"), "{request}");
    assert!(request.to_lowercase().contains("authorization: bearer a bridge secret of thirty-two bytes"));
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let expected = json!({
        "to": "4915550100@s.whatsapp.net", "type": "text", "text": "1*2 = <b>", "quotedId": "3EB0AA",
        "clientId": "00000000-0000-0000-0000-000000000007",
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn each_file_is_a_message_and_the_first_has_the_caption() {
    let file = |kind, name: &str| OutgoingAttachment {
        kind,
        mime_type: "image/png".into(),
        file_name: Some(name.into()),
        file: contract::File::of_bytes(Bytes::from_static(b"abc")),
        url: None,
    };
    let attachments = vec![file(MessageType::Image, "1.png"), file(MessageType::Document, "2.png")];
    let bodies = bodies_of(&Outgoing { kind: MessageType::Image, attachments, ..text("look") }, 2).await;
    assert_eq!((&bodies[0]["type"], &bodies[0]["text"]), (&json!("image"), &json!("look")));
    let media = json!({ "base64": "YWJj", "mimeType": "image/png", "fileName": "1.png", "size": 3 });
    assert_eq!(bodies[0]["media"], media);
    assert_eq!((&bodies[1]["type"], bodies[1].get("text")), (&json!("document"), None));
    assert_ne!(bodies[0]["clientId"], bodies[1]["clientId"]);
}

#[tokio::test]
async fn every_type_has_a_form_that_whatsapp_can_show() {
    let with =
        |kind, metadata: Value| Outgoing { kind, metadata: metadata.as_object().unwrap().clone(), ..text("offer") };
    let place = json!({ "lat": 52.5, "lng": 13.4, "name": "Café", "live": true });
    let body = &bodies_of(&with(MessageType::Location, place), 1).await[0];
    assert_eq!(body["location"], json!({ "lat": 52.5, "lng": 13.4, "name": "Café" }));
    let people = json!({ "contacts": [{ "name": "Bob", "phones": ["+49155"] }] });
    let body = &bodies_of(&with(MessageType::Contacts, people.clone()), 1).await[0];
    assert_eq!(body["contacts"], people["contacts"]);
    let booking = json!({ "service_name": "Haircut", "price": 20, "duration": 30 });
    let body = &bodies_of(&with(MessageType::BookingProposal, booking), 1).await[0];
    assert_eq!((&body["type"], &body["text"]), (&json!("text"), &json!("offer\nHaircut, 20, 30 min")));
    let body = &bodies_of(&with(MessageType::ProfileShare, json!({ "name": "Ada" })), 1).await[0];
    assert_eq!(body["text"], "Ada");
}

#[tokio::test]
async fn answers_fall_into_the_queues_classes() {
    let body = json!({ "code": "SOME_CODE", "message": "some text" });
    let (code, message) = ("SOME_CODE".to_owned(), "some text".to_owned());
    let retry = |scope, after| SendError::Retry { code: code.clone(), message: message.clone(), after, scope };
    let refused = SendError::Refused { code: code.clone(), message: message.clone() };
    let account_refused = SendError::AccountRefused { code: code.clone(), message: message.clone() };
    for (status, expected) in [
        (400, refused.clone()),
        (401, account_refused),
        (404, retry(Scope::Channel, None)),
        (409, retry(Scope::Channel, None)),
        (422, refused),
        (429, retry(Scope::Channel, None)),
        (500, retry(Scope::Chat, None)),
        (503, retry(Scope::Chat, None)),
    ] {
        assert_eq!(send_against(reply(status, "", &body)).await.unwrap_err(), expected, "{status}");
    }
    let limited = send_against(reply(429, "retry-after: 17\r\n", &body)).await.unwrap_err();
    assert_eq!(limited, retry(Scope::Channel, Some(Duration::from_secs(17))));
}

#[tokio::test]
async fn a_refusal_is_read_in_every_spelling() {
    for (body, code, message) in [
        (json!({ "error": { "code": 463, "message": "limited" } }), "463", "limited"),
        (json!({ "error": "no such number" }), "HTTP_422", "no such number"),
        (json!({ "title": "Bad", "detail": "too long", "code": "X" }), "X", "too long"),
        (json!([]), "HTTP_422", "answer 422"),
    ] {
        let expected = SendError::Refused { code: code.into(), message: message.into() };
        assert_eq!(send_against(reply(422, "", &body)).await.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn a_message_that_left_without_an_answer_is_of_unknown_outcome() {
    let cut_off = "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"id\":".to_owned();
    for answer in [String::new(), cut_off, reply(200, "", &json!({}))] {
        let error = send_against(answer).await.unwrap_err();
        assert!(matches!(&error, SendError::Unknown { message } if !message.contains("127.0.0.1")), "{error}");
    }
}

#[tokio::test]
async fn a_bridge_that_is_not_there_is_tried_again() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let bridge = bridge(&format!("http://user:hunter2@{free}/"));
    let error = bridge.send(&account(), &text("hello")).await.unwrap_err();
    assert!(matches!(&error, SendError::Retry { scope: Scope::Channel, .. }), "{error}");
    let open = bridge.open(&account()).await.unwrap_err();
    assert_eq!(open, OpenError::Unreachable { message: format!("the WhatsApp bridge at {free} does not answer") });
    assert!(!error.to_string().contains("hunter2"));
}

#[tokio::test]
async fn opening_starts_the_session_and_tells_its_state() {
    for (answer, status, qr) in [
        (json!({ "status": "connected", "phone": "+4915550999" }), ChannelStatus::Connected, None),
        (json!({ "status": "qr", "qr": "2@abc" }), ChannelStatus::Qr, Some("2@abc")),
        (json!({ "status": "pairing" }), ChannelStatus::Connecting, None),
    ] {
        let (url, requests) = server(vec![reply(200, "", &answer)]).await;
        let opened = bridge(&url).open(&account()).await.unwrap();
        assert_eq!((opened.status, opened.qr.as_deref()), (status, qr));
        let request = &requests.await.unwrap()[0];
        assert!(request.starts_with("PUT /sessions/00000000-0000-0000-0000-000000000001 "));
        assert!(request.ends_with(r#"{"webhookUrl":"http://127.0.0.1:3000/webhooks/bridge/1"}"#), "{request}");
    }
}

#[tokio::test]
async fn opening_tells_a_refusal_from_an_outage() {
    for (answer, refused) in [
        (reply(401, "", &json!({})), true),
        (reply(400, "", &json!({ "message": "no" })), true),
        (reply(503, "", &json!({})), false),
        (reply(429, "", &json!({})), false),
        (String::new(), false),
    ] {
        let (url, _requests) = server(vec![answer]).await;
        let error = bridge(&url).open(&account()).await.unwrap_err();
        assert_eq!(matches!(error, OpenError::Refused { .. }), refused, "{error}");
    }
}

#[tokio::test]
async fn closing_and_reading_are_told_to_the_session() {
    let (url, requests) = server(vec![reply(200, "", &json!({})), reply(500, "", &json!({}))]).await;
    let bridge = bridge(&url);
    let thread = contract::Thread {
        chat_external_id: "4915550100@s.whatsapp.net".into(),
        message_external_id: Some("3EB0AA01".into()),
        ..contract::Thread::default()
    };
    bridge.mark_read(&account(), &thread).await;
    bridge.close(&account()).await;
    let requests = requests.await.unwrap();
    assert!(requests[0].starts_with("POST /sessions/00000000-0000-0000-0000-000000000001/read "));
    let read: Value = serde_json::from_str(requests[0].split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(read, json!({ "chatId": "4915550100@s.whatsapp.net", "messageId": "3EB0AA01" }));
    assert!(requests[1].starts_with("DELETE /sessions/00000000-0000-0000-0000-000000000001 "));
}
