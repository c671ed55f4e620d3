//! Updates that are no messages, and bodies that are no updates.

use contract::{Incoming, IncomingReaction, MessageType, Network, Rejection, Source};
use serde_json::json;

use crate::support::{fixture, message, network, now, parcel, parse};

fn reaction(body: &serde_json::Value) -> IncomingReaction {
    match parse(body.to_string().as_bytes()).remove(0).item {
        Incoming::Reaction(reaction) => reaction,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reaction_is_all_that_its_actor_has_on_the_message() {
    let Incoming::Reaction(reaction) = parcel("reaction").item else { panic!("no reaction") };
    assert_eq!(reaction.emojis, ["👍", "custom:5368", "⭐"]);
    assert_eq!(reaction.chat_external_id.as_deref(), Some("-1002200000077"));
    assert_eq!((reaction.message_external_id.as_str(), reaction.actor.external_id.as_str()), ("11", "5200000001"));
    assert_eq!(reaction.at.unwrap().timestamp(), 1_790_000_400);
}

#[test]
fn a_removed_reaction_is_an_empty_set_and_an_anonymous_actor_is_the_chat() {
    let body = json!({ "update_id": 1, "message_reaction": { "chat": { "id": -9, "title": "G" }, "message_id": 4, "new_reaction": [] } });
    let removed = reaction(&body);
    assert_eq!((removed.emojis.len(), removed.actor.external_id.as_str()), (0, "-9"));
    let body = json!({ "update_id": 1, "message_reaction": { "chat": { "id": -9 }, "message_id": 4, "actor_chat": { "id": -8 } } });
    assert_eq!(reaction(&body).actor.external_id, "-8");
}

#[test]
fn counts_of_hidden_reactions_are_the_chat_s_own_each_once() {
    let counts = json!([
        { "type": { "type": "emoji", "emoji": "❤" }, "total_count": 7 },
        { "type": { "type": "custom_emoji", "custom_emoji_id": "5368" }, "total_count": 1 },
        { "type": { "type": "emoji", "emoji": "👎" }, "total_count": 0 },
    ]);
    let of = |reactions: &serde_json::Value| {
        json!({ "update_id": 1, "message_reaction_count": { "chat": { "id": -1009, "type": "channel", "title": "News" },
            "message_id": 4, "date": 1_790_000_000, "reactions": reactions } })
    };
    let counted = reaction(&of(&counts));
    assert_eq!(counted.emojis, ["❤", "custom:5368"]);
    assert_eq!((counted.actor.external_id.as_str(), counted.message_external_id.as_str()), ("-1009", "4"));
    assert!(reaction(&of(&json!([]))).emojis.is_empty(), "all were taken back");
}

#[test]
fn a_connected_business_account_is_news_of_the_channel() {
    let of = |fields: serde_json::Value| {
        let mut connection = json!({ "id": "bc7", "user": { "id": 52, "first_name": "Rasa", "username": "rasa" } });
        connection.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let body = json!({ "update_id": 1, "business_connection": connection }).to_string();
        match parse(body.as_bytes()).remove(0).item {
            Incoming::Account(news) => (news.status, news.facts["businessConnection"].clone()),
            other => panic!("{other:?}"),
        }
    };
    let connected = json!({ "userId": "52", "name": "Rasa", "username": "rasa", "isEnabled": true, "canReply": true });
    assert_eq!(of(json!({ "is_enabled": true, "rights": { "can_reply": true } })), (None, connected.clone()));
    assert_eq!(of(json!({ "is_enabled": true, "can_reply": true })).1, connected, "as older servers say it");
    let gone = of(json!({ "is_enabled": false })).1;
    assert_eq!((&gone["isEnabled"], &gone["canReply"]), (&json!(false), &json!(false)));
}

#[test]
fn deleted_business_messages_are_a_deletion_each_that_can_be_read_again_alone() {
    let parcels = parse(&fixture("business_deleted"));
    let ids: Vec<String> = parcels.iter().map(|parcel| deleted(&parcel.item)).collect();
    assert_eq!(ids, ["51", "52"]);
    let Source::Part(part) = &parcels[1].source else { panic!("not a part") };
    let again = parse(part.as_bytes());
    assert_eq!((again.len(), deleted(&again[0].item)), (1, "52".to_owned()));
}

fn deleted(item: &Incoming) -> String {
    match item {
        Incoming::Deletion(deletion) => {
            assert_eq!(deletion.chat_external_id.as_deref(), Some("5200000001"));
            deletion.message_external_id.clone()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pressed_button_says_its_text_and_keeps_its_data() {
    let (kind, pressed) = message("callback");
    assert_eq!(
        (kind.as_str(), pressed.kind, pressed.content.as_str()),
        ("callback_query", MessageType::Interactive, "Glass")
    );
    assert_eq!((pressed.external_id.as_str(), pressed.reply_to.as_deref()), ("callback:88001", Some("60")));
    let metadata = json!({ "kind": "callback", "id": "pot=2", "callbackQueryId": "88001", "topicId": "5" });
    assert_eq!(serde_json::Value::from(pressed.metadata), metadata);
    assert_eq!((pressed.chat.contact.external_id.as_str(), pressed.provider_at), ("5200000001", None));
}

#[test]
fn a_button_of_a_message_that_is_gone_says_its_data() {
    let (_, pressed) = message("callback_inaccessible");
    assert_eq!((pressed.content.as_str(), pressed.reply_to.as_deref()), ("pot=3", Some("61")));
    assert_eq!(
        (pressed.chat.external_id.as_str(), pressed.sender.unwrap().external_id.as_str()),
        ("-1002200000077", "5200000001")
    );
    let (_, inline) = message("callback_inline");
    assert_eq!(
        (inline.chat.external_id.as_str(), inline.content.as_str(), inline.reply_to),
        ("5200000001", "pot=4", None)
    );
}

#[test]
fn a_customer_who_blocks_the_bot_leaves_a_quiet_note() {
    for (name, kind, id) in [
        ("blocked", "bot_blocked", "member:700040"),
        ("unblocked", "bot_unblocked", "member:700041"),
        ("bot_promoted", "bot_member_changed", "member:700042"),
    ] {
        let (_, note) = message(name);
        assert_eq!((note.kind, note.quiet, note.external_id.as_str()), (MessageType::System, true, id));
        assert_eq!(note.metadata["kind"], kind);
        assert!(note.provider_at.is_some() && !note.content.is_empty());
    }
}

#[test]
fn known_updates_that_no_inbox_keeps_are_ignored_and_unknown_ones_are_not() {
    assert!(matches!(parcel("poll_answer").item, Incoming::Ignored { .. }));
    let unknown = parcel("unknown_kind");
    assert!(matches!(unknown.item, Incoming::Unknown { .. }));
    assert_eq!(unknown.kind, "telepathy");
}

#[test]
fn of_several_kinds_the_first_that_is_known_counts() {
    let body = json!({ "update_id": 1, "telepathy": {}, "message": null, "poll": {}, });
    assert_eq!(parse(body.to_string().as_bytes())[0].kind, "poll");
}

#[test]
fn what_is_no_update_is_unknown() {
    let deep = format!("{{\"update_id\":1,\"message\":{}{}}}", "[".repeat(70), "]".repeat(70));
    for body in [
        "[]",
        "1",
        "{}",
        r#"{"update_id":1}"#,
        r#"{"message":{"message_id":1,"chat":{"id":1},"text":"x"}}"#,
        r#"{"update_id":1,"message":[]}"#,
        r#"{"update_id":1,"message":{"message_id":1,"text":"no chat"}}"#,
        r#"{"update_id":1,"message":{"chat":{"id":1},"text":"no id"}}"#,
        r#"{"update_id":1,"message":{"message_id":1.5,"chat":{"id":1}}}"#,
        r#"{"update_id":1,"callback_query":{"id":"1"}}"#,
        r#"{"update_id":1,"deleted_business_messages":{"chat":{"id":1},"message_ids":[]}}"#,
        &deep,
    ] {
        let parcels = parse(body.as_bytes());
        assert!(
            matches!(parcels.as_slice(), [one] if matches!(one.item, Incoming::Unknown { .. })),
            "{body}: {parcels:?}"
        );
    }
}

#[test]
fn what_is_not_json_is_refused() {
    let network = network("http://127.0.0.1:1");
    for body in [&b""[..], b"update_id=1", b"{\"update_id\":1"] {
        assert_eq!(network.parse(body, now()).unwrap_err(), Rejection::NotJson);
    }
}

#[test]
fn halves_of_emoji_and_nul_become_the_replacement_character() {
    let body =
        br#"{"update_id":1,"message":{"message_id":1,"chat":{"id":1,"type":"private"},"text":"a\u0000b\ud83dc"}}"#;
    let Incoming::Message(message) = parse(body).remove(0).item else { panic!("no message") };
    assert_eq!(message.content, "a\u{FFFD}b\u{FFFD}c");
}
