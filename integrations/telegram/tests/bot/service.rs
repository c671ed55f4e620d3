//! Content without a type of its own, and notes that Telegram writes.

use contract::{Incoming, IncomingMessage, IncomingMove, MessageType};
use serde_json::json;

use crate::support::{fixture, message, parse, private};

#[test]
fn what_the_inbox_has_no_type_for_says_what_it_is_and_asks_for_attention() {
    let (kind, poll) = message("poll");
    assert_eq!((kind.as_str(), poll.kind, poll.content.as_str()), ("message:poll", MessageType::Unsupported, ""));
    assert!(!poll.quiet);
    assert_eq!((&poll.metadata["kind"], &poll.metadata["question"]), (&json!("poll"), &json!("Sun or shade?")));
    assert_eq!(poll.metadata["options"], json!(["Sun", "Shade"]));
    let (_, dice) = message("dice");
    assert_eq!((&dice.metadata["emoji"], &dice.metadata["value"]), (&json!("🎯"), &json!(6)));
    let (_, checklist) = message("checklist");
    assert_eq!(
        (&checklist.metadata["title"], &checklist.metadata["tasks"]),
        (&json!("Spring"), &json!(["Soil", "Seeds"]))
    );
    for kind in ["story", "game", "invoice", "giveaway", "giveaway_winners", "paid_media"] {
        let message = private(json!({ (kind): {} }));
        assert_eq!((message.kind, &message.metadata["kind"]), (MessageType::Unsupported, &json!(kind)));
    }
}

#[test]
fn content_of_a_later_version_is_kept_under_its_own_name() {
    let (kind, unknown) = message("unknown_content");
    assert_eq!((kind.as_str(), unknown.kind), ("message:hologram", MessageType::Unsupported));
    assert_eq!((&unknown.metadata["kind"], &unknown.metadata["caption"]), (&json!("hologram"), &json!("look")));
    assert_eq!(private(json!({})).metadata["kind"], "unknown");
    assert_eq!(private(json!({ "Ünknown key": 1 })).metadata["kind"], "unknown");
}

#[test]
fn members_come_and_go_quietly() {
    let (kind, joined) = message("member_joined");
    assert_eq!((kind.as_str(), joined.kind, joined.quiet), ("message:new_chat_members", MessageType::System, true));
    assert_eq!((joined.content.as_str(), &joined.metadata["kind"]), ("Jonas, Rasa K. joined", &json!("member_joined")));
    assert_eq!(joined.metadata["members"][1], json!({ "id": "5200000003", "name": "Rasa K." }));
    let (_, left) = message("member_left");
    assert_eq!((left.content.as_str(), &left.metadata["kind"]), ("Jonas left", &json!("member_left")));
}

/// The note in the chat, and the news that it moved.
fn migrated(chat: &str, key: &str, other: &str) -> (IncomingMessage, Vec<IncomingMove>) {
    let body = format!(
        r#"{{"update_id":1,"message":{{"message_id":2,"chat":{{"id":{chat},"type":"supergroup"}},"{key}":{other}}}}}"#
    );
    let mut parcels = parse(body.as_bytes());
    let Incoming::Message(note) = parcels.remove(0).item else { panic!("the note comes first") };
    let moves = parcels.into_iter().map(|parcel| match parcel.item {
        Incoming::Moved(moved) => moved,
        other => panic!("{other:?}"),
    });
    (*note, moves.collect())
}

#[test]
fn a_group_that_became_a_supergroup_moves_by_the_word_of_either_chat() {
    let expected = vec![IncomingMove { from: "-5".into(), to: "-1007".into(), phone: None, restarts_ids: true }];
    for (chat, key, other) in [("-5", "migrate_to_chat_id", "-1007"), ("-1007", "migrate_from_chat_id", "-5")] {
        let (note, moves) = migrated(chat, key, other);
        assert_eq!((note.kind, &note.metadata["kind"]), (MessageType::System, &json!("chat_migrated")));
        assert_eq!((&note.metadata["fromChatId"], &note.metadata["toChatId"]), (&json!("-5"), &json!("-1007")));
        assert_eq!((moves, note.chat.external_id.as_str()), (expected.clone(), chat));
    }
    let real = parse(&fixture("group_migrated"));
    assert!(matches!(&real[1].item, Incoming::Moved(moved) if moved.to == "-1002200000077"), "{real:?}");
}

#[test]
fn only_groups_move() {
    assert!(migrated("12345", "migrate_to_chat_id", "67890").1.is_empty());
    assert!(migrated("-5", "migrate_to_chat_id", "-5").1.is_empty());
}

#[test]
fn notes_are_one_line_under_their_own_key() {
    let (_, title) = message("title_changed");
    assert_eq!(title.content, "The title was changed to \"Roof garden\"");
    assert_eq!((title.kind, &title.metadata["kind"]), (MessageType::System, &json!("new_chat_title")));
    let (kind, later) = message("later_service");
    assert_eq!((kind.as_str(), later.kind, later.quiet), ("message:greenhouse_door_opened", MessageType::System, true));
    assert_eq!(later.content, "Greenhouse door opened");
    for (key, value) in [
        ("pinned_message", json!({ "message_id": 1 })),
        ("group_chat_created", json!(true)),
        ("delete_chat_photo", json!(true)),
        ("connected_website", json!("example.org")),
        ("video_chat_started", json!({})),
        ("general_forum_topic_unhidden", json!({})),
        ("checklist_tasks_done", json!({})),
        ("successful_payment", json!({ "currency": "EUR" })),
        ("unique_gift", json!({ "gift": {} })),
        ("giveaway_created", json!({})),
        ("web_app_data", json!({ "data": "x" })),
    ] {
        let note = private(json!({ (key): value }));
        assert_eq!((note.kind, &note.metadata["kind"], note.quiet), (MessageType::System, &json!(key), true));
        assert!(!note.content.is_empty() && !note.content.contains('_'), "{key}: {}", note.content);
    }
}
