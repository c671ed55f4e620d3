//! Editing, deleting, reacting.

use contract::{Change, MessageType, Mode, Network, OutgoingChange, Scope, SendError};
use serde_json::{Value, json};

use crate::server::{Answer, Request, Server, refusal};
use crate::support::{account, network};

fn change(kind: MessageType, change: Change, context: Value) -> OutgoingChange {
    OutgoingChange {
        chat_external_id: "5200000001".into(),
        is_group: false,
        message_external_id: "31".into(),
        from_me: true,
        sender_external_id: None,
        kind,
        context: context.as_object().cloned().unwrap_or_default(),
        answered: serde_json::Map::new(),
        change,
    }
}

fn edit(content: &str) -> Change {
    Change::Edit { content: content.into() }
}

fn react(emoji: Option<&str>) -> Change {
    Change::React { emoji: emoji.map(str::to_owned) }
}

async fn asked(asked: &OutgoingChange) -> Request {
    let server = Server::ok(json!(true)).await;
    network(&server.url).change(&account(Mode::Polling), asked).await.unwrap();
    assert_eq!(server.requests().len(), 1);
    server.last()
}

async fn answer_to(asked: &OutgoingChange, answer: Answer) -> Result<(), SendError> {
    let server = Server::start(vec![answer]).await;
    let result = network(&server.url).change(&account(Mode::Polling), asked).await;
    assert!(server.requests().len() <= 1, "nothing is asked twice");
    result
}

fn no(description: &str) -> Answer {
    refusal(400, description, json!({}))
}

fn code(error: SendError) -> String {
    match error {
        SendError::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_text_is_edited_as_it_was_typed_and_a_caption_as_a_caption() {
    let request = asked(&change(MessageType::Text, edit("1*2 <b>"), json!({}))).await;
    assert_eq!(request.method(), "editMessageText");
    assert_eq!(request.json(), json!({ "chat_id": 5_200_000_001_i64, "message_id": 31, "text": "1*2 <b>" }));
    for kind in [MessageType::Image, MessageType::Video, MessageType::Voice, MessageType::Audio, MessageType::Document]
    {
        let request = asked(&change(kind, edit(""), json!({}))).await;
        assert_eq!(request.method(), "editMessageCaption");
        assert_eq!(request.json(), json!({ "chat_id": 5_200_000_001_i64, "message_id": 31, "caption": "" }));
    }
}

#[tokio::test]
async fn an_edited_question_keeps_its_buttons() {
    let context = json!({ "buttons": [{ "id": "pot=1", "title": "Clay" }] });
    let request = asked(&change(MessageType::Interactive, edit("Which pot?"), context)).await.json();
    let keyboard = json!({ "inline_keyboard": [[{ "text": "Clay", "callback_data": "pot=1" }]] });
    assert_eq!((&request["text"], &request["reply_markup"]), (&json!("Which pot?"), &keyboard));
}

#[tokio::test]
async fn what_has_no_text_is_not_edited_and_nobody_is_asked() {
    for (kind, context) in [
        (MessageType::Sticker, json!({})),
        (MessageType::Location, json!({})),
        (MessageType::Contacts, json!({})),
        (MessageType::Video, json!({ "kind": "video_note" })),
    ] {
        let server = Server::ok(json!(true)).await;
        let asked = change(kind, edit("x"), context);
        let error = network(&server.url).change(&account(Mode::Polling), &asked).await.unwrap_err();
        assert_eq!((code(error), server.requests().len()), ("UNSUPPORTED".to_owned(), 0));
    }
    let note =
        OutgoingChange { message_external_id: "member:7".into(), ..change(MessageType::Text, edit("x"), json!({})) };
    assert_eq!(code(answer_to(&note, no("not asked")).await.unwrap_err()), "NOT_A_MESSAGE");
}

#[tokio::test]
async fn a_message_is_deleted_for_everybody() {
    let request = asked(&change(MessageType::Image, Change::Delete, json!({}))).await;
    assert_eq!(request.method(), "deleteMessage");
    assert_eq!(request.json(), json!({ "chat_id": 5_200_000_001_i64, "message_id": 31 }));
}

#[tokio::test]
async fn of_an_album_all_files_are_deleted() {
    let album = json!({ "partIds": ["32", "33"] });
    let request = asked(&change(MessageType::Image, Change::Delete, album.clone())).await;
    assert_eq!(request.method(), "deleteMessages");
    assert_eq!(request.json(), json!({ "chat_id": 5_200_000_001_i64, "message_ids": [31, 32, 33] }));
    let request = asked(&change(MessageType::Image, edit("x"), album)).await;
    assert_eq!(request.json()["message_id"], 31, "the caption is with the first");
}

#[tokio::test]
async fn in_a_business_chat_the_connection_is_named() {
    let context = json!({ "businessConnectionId": "bc7" });
    let request = asked(&change(MessageType::Text, edit("x"), context.clone())).await;
    assert_eq!(request.json()["business_connection_id"], "bc7");
    let request = asked(&change(MessageType::Text, Change::Delete, context.clone())).await;
    assert_eq!(request.method(), "deleteBusinessMessages");
    assert_eq!(request.json(), json!({ "business_connection_id": "bc7", "message_ids": [31] }));
    let answered = context.as_object().cloned().unwrap();
    let ours = OutgoingChange { answered, ..change(MessageType::Text, Change::Delete, json!({})) };
    assert_eq!(asked(&ours).await.method(), "deleteBusinessMessages", "as the message that it answers says");
    let reaction = change(MessageType::Text, react(Some("👍")), context);
    assert_eq!(code(answer_to(&reaction, no("not asked")).await.unwrap_err()), "UNSUPPORTED");
}

#[tokio::test]
async fn a_reaction_goes_in_telegrams_spelling_and_an_empty_one_takes_it_back() {
    for (emoji, expected) in [
        (Some("👍"), json!([{ "type": "emoji", "emoji": "👍" }])),
        (Some("❤\u{fe0f}"), json!([{ "type": "emoji", "emoji": "❤" }])),
        (Some("❤\u{fe0f}\u{200d}🔥"), json!([{ "type": "emoji", "emoji": "❤\u{200d}🔥" }])),
        (Some("custom:5368"), json!([{ "type": "custom_emoji", "custom_emoji_id": "5368" }])),
        (None, json!([])),
    ] {
        let request = asked(&change(MessageType::Text, react(emoji), json!({}))).await;
        assert_eq!((request.method(), &request.json()["reaction"]), ("setMessageReaction", &expected));
    }
}

#[tokio::test]
async fn a_reaction_outside_telegrams_list_is_refused_by_that_name() {
    for (emoji, answer) in
        [("🦖", no("not asked")), ("text", no("not asked")), ("👍", no("Bad Request: REACTION_INVALID"))]
    {
        match answer_to(&change(MessageType::Text, react(Some(emoji)), json!({})), answer).await.unwrap_err() {
            SendError::Refused { code, message } => {
                assert_eq!(code, "REACTION_INVALID");
                assert!(message.contains("Telegram") && message.contains("list"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_done_already_counts_as_done() {
    let same = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";
    for (asked, description) in [
        (edit("x"), same),
        (edit("x"), "Bad Request: MESSAGE_NOT_MODIFIED"),
        (Change::Delete, "Bad Request: message to delete not found"),
        (react(None), "Bad Request: message to react not found"),
    ] {
        answer_to(&change(MessageType::Text, asked, json!({})), no(description)).await.unwrap();
    }
    for (asked, description) in [
        (edit("x"), "Bad Request: message to edit not found"),
        (edit("x"), "Bad Request: message can't be edited"),
        (Change::Delete, "Bad Request: message can't be deleted for everyone"),
        (react(Some("👍")), "Bad Request: message to react not found"),
    ] {
        let error = answer_to(&change(MessageType::Text, asked, json!({})), no(description)).await.unwrap_err();
        assert_eq!(error, SendError::Refused { code: "400".into(), message: description.into() });
    }
}

#[tokio::test]
async fn failures_mean_what_they_mean_for_messages() {
    let asked = change(MessageType::Text, edit("x"), json!({}));
    let limited = answer_to(&asked, refusal(429, "Too Many Requests", json!({ "retry_after": 3 }))).await.unwrap_err();
    assert!(matches!(limited, SendError::Retry { scope: Scope::Channel, .. }), "{limited:?}");
    let revoked = answer_to(&asked, refusal(401, "Unauthorized", json!({}))).await.unwrap_err();
    assert!(matches!(revoked, SendError::AccountRefused { .. }), "{revoked:?}");
    let lost = answer_to(&asked, Answer::Reset).await.unwrap_err();
    assert!(matches!(lost, SendError::Unknown { .. }), "{lost:?}");
    let moved = refusal(400, "Bad Request: group chat was upgraded", json!({ "migrate_to_chat_id": -1007 }));
    assert_eq!(answer_to(&asked, moved).await.unwrap_err(), SendError::ChatMoved { to: "-1007".into() });
}
