//! Sending: what is asked of Telegram, and what its answers mean.

use std::time::Duration;

use bytes::Bytes;
use contract::{MessageType, Mode, Network, Outgoing, OutgoingAttachment, Scope, SendError, Sent};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::server::{Answer, Request, Server, nobody, ok, refusal};
use crate::support::{account, network};

pub fn outgoing(kind: MessageType, content: &str, metadata: Value) -> Outgoing {
    Outgoing {
        message_id: Uuid::nil(),
        attempt: 1,
        chat_external_id: "5200000001".into(),
        is_group: false,
        kind,
        content: content.into(),
        metadata: metadata.as_object().cloned().unwrap_or_else(Map::new),
        attachments: Vec::new(),
        reply_to: None,
        context: serde_json::Map::new(),
    }
}

pub fn file(kind: MessageType, mime_type: &str, name: &str) -> OutgoingAttachment {
    let file_name = Some(name.to_owned()).filter(|name| !name.is_empty());
    let file = contract::File::of_bytes(Bytes::from_static(b"BYTES-OF-THE-FILE"));
    OutgoingAttachment { kind, mime_type: mime_type.into(), file_name, file, url: None }
}

async fn send(server: &Server, outgoing: &Outgoing) -> Result<Sent, SendError> {
    network(&server.url).send(&account(Mode::Polling), outgoing).await
}

/// The request that a message becomes.
pub async fn asked(outgoing: &Outgoing) -> Request {
    let server = Server::ok(json!({ "message_id": 900, "chat": { "id": 5_200_000_001_i64 } })).await;
    let sent = send(&server, outgoing).await.unwrap();
    assert_eq!(sent, Sent { external_id: "900".into(), chat_external_id: None, parts: Vec::new() });
    assert_eq!(server.requests().len(), 1);
    server.last()
}

#[tokio::test]
async fn a_text_goes_as_it_was_typed() {
    let request = asked(&outgoing(MessageType::Text, "1*2 <b> _x", json!({}))).await;
    assert_eq!(request.path, "/bot77:secret-of_the-bot/sendMessage");
    assert_eq!(request.json(), json!({ "chat_id": 5_200_000_001_i64, "text": "1*2 <b> _x" }));
}

#[tokio::test]
async fn an_answer_names_its_message_topic_and_business_account() {
    let entities = json!([{ "type": "bold", "offset": 0, "length": 2 }, { "type": "of_a_later_version", "offset": 0, "length": 1 }]);
    let metadata = json!({ "topicId": "5", "businessConnectionId": "bc7", "entities": entities });
    let answer = Outgoing { reply_to: Some("11".into()), ..outgoing(MessageType::Text, "hi", metadata) };
    let asked = asked(&answer).await.json();
    assert_eq!(asked["reply_parameters"], json!({ "message_id": 11, "allow_sending_without_reply": true }));
    assert_eq!((&asked["message_thread_id"], &asked["business_connection_id"]), (&json!(5), &json!("bc7")));
    assert_eq!(asked["entities"], entities);
}

#[tokio::test]
async fn an_answer_to_what_is_no_message_is_a_plain_one() {
    let answer = Outgoing { reply_to: Some("callback:88001".into()), ..outgoing(MessageType::Text, "hi", json!({})) };
    assert!(asked(&answer).await.json().get("reply_parameters").is_none());
}

#[tokio::test]
async fn a_channel_is_addressed_by_name_and_answers_with_its_id() {
    let server = Server::ok(json!({ "message_id": 4, "chat": { "id": -1003300000011_i64 } })).await;
    let post = Outgoing { chat_external_id: "@seeds_weekly".into(), ..outgoing(MessageType::Text, "hi", json!({})) };
    let sent = send(&server, &post).await.unwrap();
    assert_eq!(
        sent,
        Sent { external_id: "4".into(), chat_external_id: Some("-1003300000011".into()), parts: Vec::new() }
    );
    assert_eq!(server.last().json()["chat_id"], "@seeds_weekly");
}

#[tokio::test]
async fn a_place_is_a_location_or_with_a_name_a_venue() {
    let place = asked(&outgoing(MessageType::Location, "", json!({ "lat": 54.6872, "lng": "25.2797" }))).await;
    assert_eq!(place.method(), "sendLocation");
    assert_eq!(place.json(), json!({ "chat_id": 5_200_000_001_i64, "latitude": 54.6872, "longitude": 25.2797 }));
    let place = asked(&outgoing(MessageType::Location, "54.5, 25", json!({ "address": "River street 4" }))).await;
    assert_eq!(place.method(), "sendVenue");
    let expected = json!({ "chat_id": 5_200_000_001_i64, "latitude": 54.5, "longitude": 25.0, "title": "River street 4", "address": "River street 4" });
    assert_eq!(place.json(), expected);
}

#[tokio::test]
async fn what_telegram_has_no_form_for_goes_as_the_nearest_text() {
    for (kind, content, metadata, text) in [
        (
            MessageType::ProfileShare,
            "user-id",
            json!({ "name": "Rasa", "avatar": "https://a.example/r.jpg" }),
            "Rasa\nhttps://a.example/r.jpg",
        ),
        (
            MessageType::PostShare,
            "post-id",
            json!({ "author_name": "Jonas", "media_url": "https://a.example/p" }),
            "Jonas\nhttps://a.example/p",
        ),
        (
            MessageType::BookingProposal,
            "Come by?",
            json!({ "service_name": "Repotting", "price": 20, "duration": 60 }),
            "Come by?\nRepotting · 20 · 60 min",
        ),
        (MessageType::Interactive, "Which?", json!({ "buttons": [{ "title": "Clay" }, "Glass"] }), "Which?"),
        (MessageType::PostShare, "post-id", json!({}), "post-id"),
    ] {
        let request = asked(&outgoing(kind, content, metadata)).await;
        assert_eq!((request.method(), &request.json()["text"]), ("sendMessage", &json!(text)));
    }
}

#[tokio::test]
async fn each_file_goes_by_the_method_of_its_type() {
    for (kind, mime_type, method, part) in [
        (MessageType::Image, "image/png", "sendPhoto", "photo"),
        (MessageType::Image, "image/gif", "sendAnimation", "animation"),
        (MessageType::Image, "image/svg+xml", "sendDocument", "document"),
        (MessageType::Video, "video/mp4", "sendVideo", "video"),
        (MessageType::Voice, "audio/ogg", "sendVoice", "voice"),
        (MessageType::Audio, "audio/mpeg", "sendAudio", "audio"),
        (MessageType::Document, "not a type", "sendDocument", "document"),
        (MessageType::Sticker, "image/webp", "sendSticker", "sticker"),
    ] {
        let attachments = vec![file(kind, mime_type, "leaf \"1\".bin")];
        let metadata = json!({ "entities": [{ "type": "bold", "offset": 0, "length": 1 }] });
        let text = if kind == MessageType::Sticker { "" } else { "a leaf" };
        let request =
            asked(&Outgoing { attachments, reply_to: Some("11".into()), ..outgoing(kind, text, metadata) }).await;
        let form = request.text();
        assert_eq!(request.method(), method);
        assert!(form.contains(&format!("name=\"{part}\"; filename=")) && form.contains("BYTES-OF-THE-FILE"), "{form}");
        assert!(form.contains("name=\"chat_id\"\r\n\r\n5200000001\r\n"), "{form}");
        let captioned =
            form.contains("name=\"caption\"\r\n\r\na leaf\r\n") && form.contains("name=\"caption_entities\"\r\n\r\n[{");
        assert_eq!(captioned, !text.is_empty(), "{form}");
        assert!(form.contains(r#"{"allow_sending_without_reply":true,"message_id":11}"#), "{form}");
        assert_eq!(form.contains(&format!("{mime_type}\r\n")), mime_type.contains('/'), "{form}");
    }
}

#[tokio::test]
async fn several_files_are_an_album_with_the_caption_on_the_first() {
    let server = Server::ok(json!([{ "message_id": 31 }, { "message_id": 32 }])).await;
    let attachments = vec![file(MessageType::Image, "image/jpeg", "a.jpg"), file(MessageType::Video, "video/mp4", "")];
    let album = Outgoing { attachments, ..outgoing(MessageType::Image, "two", json!({})) };
    let sent = send(&server, &album).await.unwrap();
    assert_eq!((sent.external_id.as_str(), sent.parts), ("31", vec!["32".to_owned()]));
    let (request, form) = (server.last(), server.last().text());
    assert_eq!(request.method(), "sendMediaGroup");
    let media =
        r#"[{"caption":"two","media":"attach://file0","type":"photo"},{"media":"attach://file1","type":"video"}]"#;
    assert!(form.contains(media), "{form}");
    assert!(
        form.contains("name=\"file0\"; filename=\"a.jpg\"") && form.contains("name=\"file1\"; filename=\"file\""),
        "{form}"
    );
}

#[tokio::test]
async fn files_that_do_not_fit_together_go_as_documents() {
    let server = Server::ok(json!([{ "message_id": 31 }])).await;
    let attachments =
        vec![file(MessageType::Image, "image/jpeg", "a.jpg"), file(MessageType::Voice, "audio/ogg", "b.ogg")];
    send(&server, &Outgoing { attachments, ..outgoing(MessageType::Image, "", json!({})) }).await.unwrap();
    assert_eq!(server.last().text().matches(r#""type":"document""#).count(), 2);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_without_asking() {
    let server = Server::ok(json!({ "message_id": 1 })).await;
    let many = vec![file(MessageType::Image, "image/png", "a.png"); 11];
    for (message, expected) in [
        (outgoing(MessageType::Image, "no file", json!({})), "NO_FILE"),
        (outgoing(MessageType::Location, "somewhere", json!({ "lat": 1 })), "INVALID_LOCATION"),
        (Outgoing { attachments: many, ..outgoing(MessageType::Image, "", json!({})) }, "TOO_MANY_FILES"),
        (outgoing(MessageType::Template, "Hello", json!({ "name": "hello", "language": "en" })), "UNSUPPORTED"),
        (
            Outgoing {
                attachments: vec![file(MessageType::Sticker, "image/webp", "a.webp")],
                ..outgoing(MessageType::Sticker, "look", json!({}))
            },
            "NO_CAPTION",
        ),
    ] {
        let error = send(&server, &message).await.unwrap_err();
        assert!(matches!(&error, SendError::Refused { code, .. } if code == expected), "{error:?}");
    }
    assert!(server.requests().is_empty());
}

async fn error_of(answer: Answer) -> SendError {
    let server = Server::start(vec![answer, ok(json!({ "message_id": 1 }))]).await;
    let error = send(&server, &outgoing(MessageType::Text, "hi", json!({}))).await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "nothing is sent twice");
    error
}

fn retry(code: &str, message: &str, after: Option<u64>, scope: Scope) -> SendError {
    SendError::Retry { code: code.into(), message: message.into(), after: after.map(Duration::from_secs), scope }
}

#[tokio::test]
async fn a_rate_limit_holds_the_whole_channel_for_as_long_as_telegram_says() {
    let error = error_of(refusal(429, "Too Many Requests: retry after 7", json!({ "retry_after": 7 }))).await;
    assert_eq!(error, retry("429", "Too Many Requests: retry after 7", Some(7), Scope::Channel));
    let error = error_of(refusal(429, "Too Many Requests", json!({ "retry_after": 1e300 }))).await;
    assert_eq!(error, retry("429", "Too Many Requests", Some(86_400), Scope::Channel));
    let error = error_of(Answer::Json(429, "<html>".into())).await;
    assert_eq!(error, retry("429", "Too Many Requests", None, Scope::Channel));
}

#[tokio::test]
async fn a_group_that_moved_names_its_new_chat() {
    let parameters = json!({ "migrate_to_chat_id": -1002200000077_i64 });
    let error = error_of(refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", parameters)).await;
    assert_eq!(error, SendError::ChatMoved { to: "-1002200000077".into() });
}

#[tokio::test]
async fn a_refused_token_is_the_accounts_trouble_and_not_the_messages() {
    let error = error_of(refusal(401, "Unauthorized", json!({}))).await;
    assert_eq!(error, SendError::AccountRefused { code: "401".into(), message: "Unauthorized".into() });
}

#[tokio::test]
async fn a_no_is_final_with_telegrams_code_and_words() {
    for (code, text) in [
        (400, "Bad Request: chat not found"),
        (403, "Forbidden: bot was blocked by the user"),
        (413, "Request Entity Too Large"),
    ] {
        let error = error_of(refusal(code, text, json!({}))).await;
        assert_eq!(error, SendError::Refused { code: code.to_string(), message: text.into() });
    }
}

#[tokio::test]
async fn trouble_of_the_server_is_tried_again_whatever_its_page_says() {
    assert_eq!(
        error_of(refusal(500, "Internal Server Error", json!({}))).await,
        retry("500", "Internal Server Error", None, Scope::Chat)
    );
    assert_eq!(error_of(Answer::Json(502, "<html>".into())).await, retry("502", "Bad Gateway", None, Scope::Chat));
    let cut = b"HTTP/1.1 503 X\r\ncontent-length: 100\r\n\r\nhalf";
    assert_eq!(error_of(Answer::Raw(cut)).await, retry("503", "Service Unavailable", None, Scope::Chat));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_the_outcome_unknown() {
    for answer in [
        Answer::Json(200, "not json".into()),
        Answer::Json(200, "{}".into()),
        Answer::Json(200, r#"{"ok":true}"#.into()),
        Answer::Json(200, r#"{"ok":true,"result":{"chat":{"id":1}}}"#.into()),
        Answer::Json(200, r#"{"ok":true,"result":[]}"#.into()),
        Answer::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":true"),
        Answer::Raw(b""),
        Answer::Reset,
    ] {
        let error = error_of(answer).await;
        assert!(matches!(error, SendError::Unknown { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_that_never_answers_leaves_the_outcome_unknown() {
    let server = Server::start(vec![Answer::Silence]).await;
    let network = network(&server.url);
    let sending = tokio::spawn(async move {
        network.send(&account(Mode::Polling), &outgoing(MessageType::Text, "hi", json!({}))).await
    });
    server.asked().await;
    // from here on the clock jumps to the next deadline whenever nothing else is to do
    tokio::time::pause();
    let error = sending.await.unwrap().unwrap_err();
    assert_eq!(error, SendError::Unknown { message: "no answer from Telegram in time".into() });
}

#[tokio::test]
async fn without_a_connection_nothing_left_and_it_is_tried_again() {
    let error =
        network(&nobody().await).send(&account(Mode::Polling), &outgoing(MessageType::Text, "hi", json!({}))).await;
    assert_eq!(error.unwrap_err(), retry("NO_CONNECTION", "could not connect to Telegram", None, Scope::Chat));
}

#[tokio::test]
async fn a_file_without_a_name_or_with_a_broken_one_still_goes_as_a_file() {
    for (name, sent) in [("", "file"), ("a\r\nb\".pdf", "a__b_.pdf"), ("ж.pdf", "ж.pdf")] {
        let attachments = vec![file(MessageType::Document, "application/pdf", name)];
        let form = asked(&Outgoing { attachments, ..outgoing(MessageType::Document, "", json!({})) }).await.text();
        assert!(form.contains(&format!("name=\"document\"; filename=\"{sent}\"\r\n")), "{form}");
        assert!(!form.contains("caption"), "{form}");
    }
}
