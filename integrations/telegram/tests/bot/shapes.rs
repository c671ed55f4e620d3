//! Messages that take another shape at Telegram: buttons, contacts, answers to topics and business chats.

use contract::{MessageType, Mode, Network, Outgoing, Scope, SendError};
use serde_json::{Value, json};

use crate::send::{asked, file, outgoing};
use crate::server::{Server, refusal};
use crate::support::{account, network};

async fn refused(outgoing: &Outgoing) -> String {
    let server = Server::ok(json!({ "message_id": 1 })).await;
    let error = network(&server.url).send(&account(Mode::Polling), outgoing).await.unwrap_err();
    assert!(server.requests().is_empty(), "refused without asking");
    match error {
        SendError::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

fn row(title: &str, id: &str) -> Value {
    json!([{ "text": title, "callback_data": id }])
}

#[tokio::test]
async fn buttons_are_a_keyboard_under_the_text() {
    let buttons = json!({ "buttons": [{ "id": "pot=1", "title": "Clay" }, "Glass"], "entities": [{ "type": "bold", "offset": 0, "length": 5 }] });
    let asked = asked(&outgoing(MessageType::Interactive, "Which?", buttons)).await;
    assert_eq!((asked.method(), &asked.json()["text"]), ("sendMessage", &json!("Which?")));
    let keyboard = json!({ "inline_keyboard": [row("Clay", "pot=1"), row("Glass", "Glass")] });
    assert_eq!(asked.json()["reply_markup"], keyboard);
    assert_eq!(asked.json()["entities"][0]["type"], "bold");
}

#[tokio::test]
async fn a_list_is_a_keyboard_and_what_buttons_cannot_show_is_written_below() {
    let list = json!({ "list": { "button": "Choose", "sections": [
        { "title": "Pots", "rows": [{ "id": "1", "title": "Clay", "description": "red" }, { "id": "2", "title": "Glass" }] },
        { "rows": [{ "id": "3", "title": "None" }] },
    ] } });
    let asked = asked(&outgoing(MessageType::Interactive, "Which?", list)).await.json();
    assert_eq!(asked["text"], "Which?\n\nPots\n• Clay: red\n• Glass");
    assert_eq!(
        asked["reply_markup"]["inline_keyboard"],
        json!([row("Clay", "1"), row("Glass", "2"), row("None", "3")])
    );
}

#[tokio::test]
async fn a_picture_may_have_buttons_and_an_album_may_not() {
    let picture = || file(MessageType::Image, "image/png", "a.png");
    let buttons = json!({ "buttons": [{ "id": "1", "title": "Yes" }] });
    let one = Outgoing { attachments: vec![picture()], ..outgoing(MessageType::Image, "this?", buttons.clone()) };
    let form = asked(&one).await.text();
    assert!(form.contains(r#"{"inline_keyboard":[[{"callback_data":"1","text":"Yes"}]]}"#), "{form}");
    let two = Outgoing { attachments: vec![picture(), picture()], ..outgoing(MessageType::Image, "these?", buttons) };
    assert_eq!(refused(&two).await, "INVALID_BUTTONS");
}

#[tokio::test]
async fn buttons_that_telegram_cannot_take_are_refused_with_the_reason() {
    let of = |buttons: Value| outgoing(MessageType::Interactive, "Which?", json!({ "buttons": buttons }));
    // 33 letters of two bytes
    let long = json!([{ "id": "ж".repeat(33), "title": "Clay" }]);
    assert_eq!(refused(&of(long)).await, "BUTTON_ID_TOO_LONG");
    asked(&of(json!([{ "id": "ж".repeat(32), "title": "Clay" }]))).await;
    assert_eq!(refused(&of(json!([{ "id": "1" }]))).await, "INVALID_BUTTONS");
    let many: Vec<Value> = (0..101).map(|n| json!({ "id": n, "title": n.to_string() })).collect();
    assert_eq!(refused(&of(many.into())).await, "TOO_MANY_BUTTONS");
}

#[tokio::test]
async fn a_contact_is_a_card_and_more_than_a_card_holds_is_a_file() {
    let card = json!({ "contacts": [{ "name": "Rasa K.", "phones": ["+37060000002"], "vcard": "BEGIN:VCARD" }] });
    let request = asked(&outgoing(MessageType::Contacts, "Rasa K.", card)).await;
    assert_eq!(request.method(), "sendContact");
    let expected = json!({ "chat_id": 5_200_000_001_i64, "phone_number": "+37060000002", "first_name": "Rasa K.", "vcard": "BEGIN:VCARD" });
    assert_eq!(request.json(), expected);
    let both = json!({ "contacts": [
        { "name": "Rasa; K.\r\nTEL:+666", "phones": ["+1", "+2"], "emails": ["r@example.org"] },
        { "name": "Jonas", "vcard": "BEGIN:VCARD\r\nFN:Jonas\r\nEND:VCARD" },
    ] });
    let request = asked(&outgoing(MessageType::Contacts, "Rasa, Jonas", both)).await;
    let form = request.text();
    assert_eq!(request.method(), "sendDocument");
    assert!(form.contains("filename=\"contacts.vcf\"") && form.contains("\r\n\r\nRasa, Jonas\r\n"), "{form}");
    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Rasa\\; K.\\nTEL:+666;;;;\r\nFN:Rasa\\; K.\\nTEL:+666\r\nTEL:+1\r\nTEL:+2\r\n\
        EMAIL:r@example.org\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:Jonas\r\nEND:VCARD\r\n";
    assert!(form.contains(card), "{form}");
    let nobody = asked(&outgoing(MessageType::Contacts, "ask Jonas", json!({ "contacts": [] }))).await;
    assert_eq!((nobody.method(), &nobody.json()["text"]), ("sendMessage", &json!("ask Jonas")));
}

#[tokio::test]
async fn an_answer_goes_where_the_answered_message_is_unless_it_says_otherwise() {
    let context = json!({ "topicId": "5", "businessConnectionId": "bc7" }).as_object().cloned().unwrap();
    let answer = Outgoing { context: context.clone(), ..outgoing(MessageType::Text, "hi", json!({})) };
    let json = asked(&answer).await.json();
    assert_eq!((&json["message_thread_id"], &json["business_connection_id"]), (&json!(5), &json!("bc7")));
    let elsewhere = Outgoing { context, ..outgoing(MessageType::Text, "hi", json!({ "topicId": 9 })) };
    assert_eq!(asked(&elsewhere).await.json()["message_thread_id"], 9);
}

#[tokio::test]
async fn a_picture_of_more_than_10_mb_goes_as_a_document() {
    let mut picture = file(MessageType::Image, "image/png", "a.png");
    picture.file = contract::File::of_bytes(vec![7_u8; 10 * 1024 * 1024 + 1].into());
    let request = asked(&Outgoing { attachments: vec![picture], ..outgoing(MessageType::Image, "", json!({})) }).await;
    assert_eq!(request.method(), "sendDocument");
}

#[tokio::test]
async fn a_rate_of_a_group_holds_the_group_alone() {
    let limited = refusal(429, "Too Many Requests: retry after 30", json!({ "retry_after": 30 }));
    let server = Server::start(vec![limited]).await;
    let group = Outgoing { is_group: true, ..outgoing(MessageType::Text, "hi", json!({})) };
    let error = network(&server.url).send(&account(Mode::Polling), &group).await.unwrap_err();
    assert!(matches!(error, SendError::Retry { scope: Scope::Chat, after: Some(after), .. } if after.as_secs() == 30));
}
