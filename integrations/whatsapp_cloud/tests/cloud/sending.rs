//! Operators' messages in Meta's words.

use contract::{MessageType, Network, Outgoing, OutgoingAttachment, SendError, Sent};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::{Asked, Meta, say};
use crate::support::{CUSTOMER, TOKEN, account, cloud};

const ID: Uuid = Uuid::from_u128(0x0198_b0a4_7c3e_7d3f_8a51_6d1f_0c2b_3a49);
const TAKEN: &str = r#"{"messaging_product":"whatsapp","messages":[{"id":"wamid.NEW"}]}"#;

fn outgoing(kind: MessageType, content: &str, metadata: Value) -> Outgoing {
    let Value::Object(metadata) = metadata else { panic!("metadata is an object") };
    Outgoing {
        message_id: ID,
        attempt: 1,
        chat_external_id: CUSTOMER.into(),
        is_group: false,
        kind,
        content: content.into(),
        metadata,
        attachments: Vec::new(),
        reply_to: None,
        context: serde_json::Map::new(),
    }
}

fn file(kind: MessageType, mime_type: &str, name: Option<&str>) -> OutgoingAttachment {
    let data = bytes::Bytes::from_static(b"the file's bytes");
    let file = contract::File::of_bytes(data);
    OutgoingAttachment { kind, mime_type: mime_type.into(), file_name: name.map(Into::into), file, url: None }
}

async fn sent(outgoing: &Outgoing) -> (Sent, Vec<Asked>) {
    let upload = outgoing.attachments.first().map(|_| say(200, r#"{"id":"9001"}"#));
    let meta = Meta::start(upload.into_iter().chain([say(200, TAKEN)]).collect()).await;
    let sent = cloud(&meta.url).send(&account(), outgoing).await.unwrap();
    (sent, meta.asked())
}

async fn body(outgoing: &Outgoing) -> Value {
    sent(outgoing).await.1.pop().unwrap().json()
}

/// The object named like the type.
async fn object(kind: MessageType, content: &str, metadata: Value) -> Value {
    let body = body(&outgoing(kind, content, metadata)).await;
    body[body["type"].as_str().unwrap()].clone()
}

#[tokio::test]
async fn a_text_goes_with_our_id_and_what_it_answers() {
    let mut text = outgoing(MessageType::Text, "Yes, it is", json!({}));
    text.reply_to = Some("wamid.T1".into());
    let (sent, asked) = sent(&text).await;
    assert_eq!(sent, Sent { external_id: "wamid.NEW".into(), chat_external_id: None, parts: Vec::new() });
    assert_eq!(asked[0].line, "POST /v26.0/700100200300400/messages");
    assert_eq!(asked[0].header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    let known = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": CUSTOMER,
        "type": "text",
        "text": { "preview_url": true, "body": "Yes, it is" },
        "context": { "message_id": "wamid.T1" },
        "biz_opaque_callback_data": ID.to_string(),
    });
    assert_eq!(asked[0].json(), known);
}

#[tokio::test]
async fn groups_and_user_ids_are_addressed_in_their_own_way() {
    let mut group = outgoing(MessageType::Text, "hello", json!({}));
    (group.chat_external_id, group.is_group) = ("Z3JvdXA".into(), true);
    let sent_to = body(&group).await;
    assert_eq!((&sent_to["recipient_type"], &sent_to["to"]), (&json!("group"), &json!("Z3JvdXA")));
    for id in ["US.13491208655302741918", "US.ENT.11815799212886844830"] {
        let mut person = outgoing(MessageType::Text, "hello", json!({}));
        person.chat_external_id = id.into();
        let sent_to = body(&person).await;
        assert_eq!((&sent_to["recipient"], sent_to.get("to")), (&json!(id), None));
    }
}

#[tokio::test]
async fn the_number_that_meta_knows_is_the_chats_true_id() {
    let answer =
        |wa_id: &str| json!({ "contacts": [{ "input": CUSTOMER, "wa_id": wa_id }], "messages": [{ "id": "m" }] });
    let meta = Meta::start(vec![say(200, answer("1555010123")), say(200, answer(CUSTOMER))]).await;
    let text = outgoing(MessageType::Text, "hello", json!({}));
    let moved = cloud(&meta.url).send(&account(), &text).await.unwrap();
    assert_eq!(moved.chat_external_id.as_deref(), Some("1555010123"));
    let stayed = cloud(&meta.url).send(&account(), &text).await.unwrap();
    assert_eq!(stayed.chat_external_id, None);
}

#[tokio::test]
async fn an_answer_to_a_message_without_an_id_goes_without_it() {
    let mut text = outgoing(MessageType::Text, "hello", json!({}));
    text.reply_to = Some("sha256:00".into());
    assert_eq!(body(&text).await.get("context"), None);
}

#[tokio::test]
async fn a_file_is_uploaded_first_and_then_named() {
    let mut image = outgoing(MessageType::Image, "Look", json!({}));
    image.attachments.push(file(MessageType::Image, "image/jpeg", Some("bike.jpg")));
    let (_, asked) = sent(&image).await;
    assert_eq!(asked[0].line, "POST /v26.0/700100200300400/media");
    let form = String::from_utf8(asked[0].body.clone()).unwrap();
    for part in
        ["name=\"messaging_product\"\r\n\r\nwhatsapp", "image/jpeg", "filename=\"bike.jpg\"", "the file's bytes"]
    {
        assert!(form.contains(part), "{part} in {form}");
    }
    assert_eq!(asked[1].json()["image"], json!({ "id": "9001", "caption": "Look" }));
}

#[tokio::test]
async fn a_file_goes_as_what_whatsapp_can_show() {
    let cases = [
        (MessageType::Voice, "audio/ogg; codecs=opus", "audio", json!({ "id": "9001", "voice": true })),
        (MessageType::Audio, "audio/ogg; codecs=opus", "audio", json!({ "id": "9001" })),
        (MessageType::Voice, "audio/mpeg", "audio", json!({ "id": "9001" })),
        (MessageType::Sticker, "image/webp", "sticker", json!({ "id": "9001" })),
        (MessageType::Video, "video/mp4", "video", json!({ "id": "9001", "caption": "c" })),
        (MessageType::Image, "image/gif", "document", json!({ "id": "9001", "caption": "c", "filename": "file" })),
    ];
    for (kind, mime, name, object) in cases {
        let mut message = outgoing(kind, "c", json!({}));
        message.attachments.push(file(kind, mime, None));
        let body = body(&message).await;
        assert_eq!((body["type"].as_str(), &body[name]), (Some(name), &object));
    }
}

#[tokio::test]
async fn an_upload_that_fails_sends_no_message_and_may_be_repeated() {
    for answer in [crate::server::Answer::HangUp, say(200, "{}"), say(200, "x"), say(503, "")] {
        let meta = Meta::start(vec![answer]).await;
        let mut image = outgoing(MessageType::Image, "", json!({}));
        image.attachments.push(file(MessageType::Image, "image/png", None));
        let error = cloud(&meta.url).send(&account(), &image).await.unwrap_err();
        assert!(matches!(error, SendError::Retry { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_public_address_is_passed_on() {
    let link = object(MessageType::Image, "https://cdn.example/1.jpg", json!({ "width": 1 })).await;
    assert_eq!(link, json!({ "link": "https://cdn.example/1.jpg" }));
    let voice = object(MessageType::Voice, "", json!({ "url": "https://cdn.example/1.m4a" })).await;
    assert_eq!(voice, json!({ "link": "https://cdn.example/1.m4a" }));
}

#[tokio::test]
async fn coordinates_go_as_text() {
    let known = json!({ "latitude": "55.7558", "longitude": "37.6173", "address": "Red Square" });
    let metadata = json!({ "lat": 55.7558, "lng": "37.6173", "address": "Red Square" });
    assert_eq!(object(MessageType::Location, "", metadata).await, known);
    let written = object(MessageType::Location, "1.5, -2", json!({})).await;
    assert_eq!(written, json!({ "latitude": "1.5", "longitude": "-2" }));
}

#[tokio::test]
async fn address_cards_are_put_in_metas_form() {
    let cards =
        json!({ "contacts": [{ "name": "Bo", "phones": ["+1555"], "emails": ["b@example.org"], "org": "Berg" }] });
    let known = json!([{
        "name": { "formatted_name": "Bo", "first_name": "Bo" },
        "phones": [{ "phone": "+1555" }],
        "emails": [{ "email": "b@example.org" }],
        "org": { "company": "Berg" },
    }]);
    assert_eq!(object(MessageType::Contacts, "Bo", cards).await, known);
}

#[tokio::test]
async fn templates_are_passed_on() {
    let components = json!([{ "type": "body", "parameters": [] }]);
    let metadata = json!({ "name": "hello", "language": "sv", "components": components });
    let known = json!({ "name": "hello", "language": { "code": "sv" }, "components": components });
    assert_eq!(object(MessageType::Template, "Hello!", metadata).await, known);
}

#[tokio::test]
async fn a_template_takes_plain_texts_for_its_body() {
    let metadata = json!({ "name": "hello", "language": "sv", "components": [],
        "parameters": ["Anna", 5, { "name": "day", "text": "Monday" }] });
    let object = object(MessageType::Template, "Hello!", metadata).await;
    let known = json!([{ "type": "body", "parameters": [
        { "type": "text", "text": "Anna" },
        { "type": "text", "text": "5" },
        { "type": "text", "parameter_name": "day", "text": "Monday" },
    ] }]);
    assert_eq!(object["components"], known);
    let ours = json!([{ "type": "header", "parameters": [] }]);
    let both = json!({ "name": "hello", "language": "sv", "components": ours, "parameters": ["Anna"] });
    assert_eq!(self::object(MessageType::Template, "", both).await["components"], ours);
}

#[tokio::test]
async fn choices_beyond_whatsapp_s_limits_are_refused_with_the_limit() {
    let rows = |count: usize| (0..count).map(|n| json!({ "title": n.to_string() })).collect::<Vec<_>>();
    let cases = [
        (json!({ "buttons": ["a".repeat(21)] }), "20 characters"),
        (json!({ "buttons": [""] }), "20 characters"),
        (json!({ "buttons": [{ "id": "1", "title": "a" }, { "id": "1", "title": "b" }] }), "same id"),
        (json!({ "buttons": rows(11) }), "10 rows"),
        (json!({ "list": { "rows": rows(11) } }), "10 rows"),
        (json!({ "list": { "rows": [] } }), "needs rows"),
        (json!({ "list": { "button": "b".repeat(21), "rows": rows(1) } }), "20 characters"),
        (json!({ "list": { "rows": [{ "title": "t".repeat(25) }] } }), "24 characters"),
        (json!({ "list": { "rows": [{ "title": "t", "description": "d".repeat(73) }] } }), "72 characters"),
        (
            json!({ "list": { "sections": [{ "rows": rows(1) }, { "title": "x", "rows": rows(1) }] } }),
            "several sections",
        ),
        (json!({ "buttons": ["a"], "footer": "f".repeat(61) }), "60 characters"),
    ];
    for (metadata, limit) in cases {
        let message = outgoing(MessageType::Interactive, "Well?", metadata);
        let error = cloud("http://127.0.0.1:1").send(&account(), &message).await.unwrap_err();
        let SendError::Refused { code, message } = &error else { panic!("{error:?}") };
        assert!(code == "INVALID_DATA" && message.contains(limit), "{error:?}");
    }
    let long = outgoing(MessageType::Interactive, &"x".repeat(1025), json!({ "buttons": ["a"] }));
    assert!(cloud("http://127.0.0.1:1").send(&account(), &long).await.unwrap_err().to_string().contains("1024"));
    let full = json!({ "header": "Hi", "footer": "Bye", "list": { "rows": rows(10) } });
    let list = object(MessageType::Interactive, "Day?", full).await;
    assert_eq!((&list["header"]["text"], &list["footer"]["text"]), (&json!("Hi"), &json!("Bye")));
    assert_eq!(list["action"]["sections"][0]["rows"][9], json!({ "id": "10", "title": "9" }));
}

#[tokio::test]
async fn choices_are_buttons_up_to_three_and_a_list_beyond() {
    let two = json!({ "buttons": [{ "id": "y", "title": "Yes" }, { "text": "No" }] });
    let buttons = json!([
        { "type": "reply", "reply": { "id": "y", "title": "Yes" } },
        { "type": "reply", "reply": { "id": "2", "title": "No" } },
    ]);
    let sent = object(MessageType::Interactive, "Well?", two).await;
    assert_eq!(sent, json!({ "type": "button", "body": { "text": "Well?" }, "action": { "buttons": buttons } }));
    let four = object(MessageType::Interactive, "Day?", json!({ "buttons": ["a", "b", "c", "d"] })).await;
    assert_eq!(four["action"]["sections"][0]["rows"][3], json!({ "id": "4", "title": "d" }));
    let list = json!({ "list": { "button": "Days", "sections": [{ "title": "May", "rows": [{ "id": "1", "title": "Mon" }] }] } });
    let sent = object(MessageType::Interactive, "Day?", list).await;
    assert_eq!((sent["type"].as_str(), sent["action"]["button"].as_str()), (Some("list"), Some("Days")));
    assert_eq!(object(MessageType::Interactive, "Hm", json!({})).await["body"], "Hm");
}

#[tokio::test]
async fn cards_of_our_own_apps_are_said_as_text() {
    let profile = json!({ "name": "Anna Lind", "avatar": "https://cdn.example/a.jpg", "is_master": true });
    assert_eq!(object(MessageType::ProfileShare, "id", profile).await["body"], "Anna Lind\nhttps://cdn.example/a.jpg");
    let post = json!({ "author_name": "Maria", "media_url": "https://cdn.example/p.jpg" });
    assert_eq!(object(MessageType::PostShare, "id", post).await["body"], "Maria\nhttps://cdn.example/p.jpg");
    let booking = json!({ "service_id": "1", "service_name": "Haircut", "price": 2000, "duration": 60 });
    let text = object(MessageType::BookingProposal, "Shall we?", booking).await;
    assert_eq!(text["body"], "Shall we?\nHaircut, 2000, 60 min");
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_before_anything_leaves() {
    let mut two = outgoing(MessageType::Image, "", json!({}));
    two.attachments = vec![file(MessageType::Image, "image/png", None), file(MessageType::Image, "image/png", None)];
    let odd = [
        two,
        outgoing(MessageType::Image, "no file", json!({})),
        outgoing(MessageType::Location, "nowhere", json!({ "lat": "x", "lng": "y" })),
        outgoing(MessageType::Contacts, "", json!({ "contacts": [] })),
        outgoing(MessageType::Contacts, "", json!({ "contacts": [{ "phones": [] }] })),
        outgoing(MessageType::Template, "", json!({ "name": "x" })),
    ];
    for message in odd {
        let error = cloud("http://127.0.0.1:1").send(&account(), &message).await.unwrap_err();
        assert!(matches!(&error, SendError::Refused { code, .. } if code == "INVALID_DATA"), "{error:?}");
    }
    let mut bare = account();
    bare.credentials = json!({});
    let error =
        cloud("http://127.0.0.1:1").send(&bare, &outgoing(MessageType::Text, "x", json!({}))).await.unwrap_err();
    assert!(matches!(error, SendError::AccountRefused { .. }), "{error:?}");
}
