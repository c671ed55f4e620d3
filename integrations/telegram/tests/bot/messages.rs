//! Messages: who, where, what and when.

use contract::{Incoming, MediaSource, MessageType};
use serde_json::json;

use crate::support::{message, parcel, private};

fn file(source: &MediaSource) -> &str {
    match source {
        MediaSource::Id { id } => id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_names_its_chat_customer_and_time() {
    let (kind, text) = message("text");
    assert_eq!(kind, "message:text");
    assert_eq!((text.kind, text.content.as_str()), (MessageType::Text, "🌿 see /price"));
    assert_eq!((text.external_id.as_str(), text.chat.external_id.as_str()), ("11", "5200000001"));
    assert!(!text.chat.is_group && text.chat.title.is_none() && text.sender.is_none() && !text.from_me && !text.quiet);
    let contact = text.chat.contact;
    assert_eq!(contact.external_id, "5200000001");
    assert_eq!((contact.name.as_deref(), contact.username.as_deref()), (Some("Anna Orlova"), Some("anna_o")));
    assert_eq!(text.provider_at.unwrap().timestamp(), 1_790_000_000);
    assert_eq!(text.metadata["entities"], json!([{ "offset": 7, "length": 6, "type": "bot_command" }]));
}

#[test]
fn an_answer_names_what_it_answers() {
    assert_eq!(message("reply").1.reply_to.as_deref(), Some("7"));
}

#[test]
fn an_answer_to_another_chat_is_a_quote() {
    let (_, quoted) = message("quote");
    assert_eq!(quoted.reply_to, None);
    let quote = json!({ "text": "basil again", "from": "Seeds weekly", "chatId": "-1003300000011", "messageId": "90" });
    assert_eq!(quoted.metadata["quote"], quote);
}

#[test]
fn of_a_photo_the_size_with_most_pixels_is_taken() {
    let (kind, photo) = message("photo");
    assert_eq!((kind.as_str(), photo.kind, photo.content.as_str()), ("message:photo", MessageType::Image, "this leaf"));
    assert_eq!(photo.metadata["entities"][0]["type"], "bold");
    let [file_of_it] = photo.attachments.as_slice() else { panic!("one file") };
    assert_eq!(file(&file_of_it.source), "large");
    assert_eq!((file_of_it.width, file_of_it.height, file_of_it.size_bytes), (Some(1200), Some(800), Some(70000)));
    assert_eq!(file_of_it.mime_type.as_deref(), Some("image/jpeg"));
}

#[test]
fn a_video_of_an_album_carries_the_albums_id() {
    let (_, video) = message("album_video");
    assert_eq!((video.kind, video.content.as_str()), (MessageType::Video, ""));
    assert_eq!(video.metadata["albumId"], "139001");
    let file = &video.attachments[0];
    assert_eq!((file.file_name.as_deref(), file.duration_secs), (Some("rain.mp4"), Some(8)));
}

#[test]
fn an_animation_is_no_document() {
    let (kind, animation) = message("animation");
    assert_eq!((kind.as_str(), animation.kind), ("message:animation", MessageType::Video));
    assert_eq!(animation.metadata["kind"], "animation");
}

#[test]
fn a_round_video_is_as_wide_as_it_is_high() {
    let (_, note) = message("video_note");
    assert_eq!((note.kind, &note.metadata["kind"]), (MessageType::Video, &json!("video_note")));
    assert_eq!((note.attachments[0].width, note.attachments[0].height), (Some(384), Some(384)));
}

#[test]
fn sound_comes_as_voice_or_as_audio() {
    let (_, voice) = message("voice");
    assert_eq!((voice.kind, voice.attachments[0].duration_secs), (MessageType::Voice, Some(4)));
    let (_, audio) = message("audio");
    assert_eq!(audio.kind, MessageType::Audio);
    assert_eq!((&audio.metadata["title"], &audio.metadata["performer"]), (&json!("Rain"), &json!("Field recorder")));
}

#[test]
fn a_document_keeps_its_name_and_caption() {
    let (_, document) = message("document");
    assert_eq!((document.kind, document.content.as_str()), (MessageType::Document, "the plan"));
    assert_eq!(document.attachments[0].file_name.as_deref(), Some("plan.pdf"));
    assert_eq!(document.attachments[0].mime_type.as_deref(), Some("application/pdf"));
}

#[test]
fn a_sticker_says_its_emoji_and_form() {
    let (_, sticker) = message("sticker");
    assert_eq!((sticker.kind, sticker.content.as_str()), (MessageType::Sticker, ""));
    assert_eq!((&sticker.metadata["emoji"], &sticker.metadata["kind"]), (&json!("🪴"), &json!("animated")));
    let form = |fields| private(json!({ "sticker": fields })).metadata["kind"].clone();
    assert_eq!(form(json!({ "file_id": "a", "is_video": true })), "video");
    assert_eq!(form(json!({ "file_id": "a", "is_animated": 1 })), "animated");
    assert_eq!(form(json!({ "file_id": "a" })), "static");
}

#[test]
fn a_file_without_an_id_stays_visible_as_missing() {
    let voice = private(json!({ "voice": { "duration": -4, "file_size": "big" } }));
    assert_eq!(voice.kind, MessageType::Voice);
    assert!(matches!(voice.attachments[0].source, MediaSource::Missing { .. }));
    assert_eq!((voice.attachments[0].duration_secs, voice.attachments[0].size_bytes), (None, None));
}

#[test]
fn a_place_is_latitude_and_longitude() {
    let (kind, place) = message("location");
    assert_eq!(
        (kind.as_str(), place.kind, place.content.as_str()),
        ("message:location", MessageType::Location, "54.6872,25.2797")
    );
    assert_eq!((&place.metadata["lat"], &place.metadata["live"]), (&json!(54.6872), &json!(true)));
    let (kind, venue) = message("venue");
    assert_eq!(
        (kind.as_str(), venue.kind, venue.content.as_str()),
        ("message:venue", MessageType::Location, "54.68,25.28")
    );
    assert_eq!((&venue.metadata["name"], &venue.metadata["address"]), (&json!("Glasshouse"), &json!("River street 4")));
    let outer = private(json!({ "venue": { "title": "Shed" }, "location": { "latitude": 1.5, "longitude": -2 } }));
    assert_eq!((outer.content.as_str(), &outer.metadata["name"]), ("1.5,-2", &json!("Shed")));
}

#[test]
fn a_shared_contact_is_a_name_with_numbers_and_the_own_one_is_the_customers_phone() {
    let (_, card) = message("contact");
    assert_eq!((card.kind, card.content.as_str()), (MessageType::Contacts, "Anna Orlova"));
    let expected = json!([{ "name": "Anna Orlova", "phones": ["37060000001"], "vcard": "BEGIN:VCARD\nEND:VCARD" }]);
    assert_eq!(card.metadata["contacts"], expected);
    assert_eq!(card.chat.contact.phone.as_deref(), Some("+37060000001"));
    let foreign =
        private(json!({ "from": { "id": 3 }, "contact": { "phone_number": "+1 555 0100 00", "user_id": 9 } }));
    assert_eq!((foreign.content.as_str(), foreign.chat.contact.phone), ("+1 555 0100 00", None));
}

#[test]
fn forwarded_messages_name_their_origin() {
    let forwarded = |name| message(name).1.metadata["forwarded"].clone();
    assert_eq!(forwarded("forwarded"), json!({ "from": "Old neighbour", "at": "2026-05-28T20:26:40.000Z" }));
    assert_eq!(forwarded("forwarded_before_2024"), json!({ "from": "Tomas", "at": "2023-11-14T22:13:20.000Z" }));
}

#[test]
fn a_group_is_the_contact_and_its_member_the_sender() {
    let (_, text) = message("topic");
    assert!(text.chat.is_group);
    assert_eq!(text.chat.title.as_deref(), Some("Balcony garden"));
    assert_eq!(text.chat.contact.external_id, "-1002200000077");
    assert_eq!(text.sender.unwrap().name.as_deref(), Some("Anna Orlova"));
    assert_eq!(text.metadata["topicId"], "5");
}

#[test]
fn a_thread_of_replies_is_no_topic() {
    let reply = private(json!({ "text": "me too", "message_thread_id": 5 }));
    assert!(!reply.metadata.contains_key("topicId"), "Telegram refuses messages to it");
}

#[test]
fn who_writes_as_a_chat_is_shown_as_that_chat() {
    assert_eq!(message("group_anonymous").1.sender.unwrap().name.as_deref(), Some("Seeds weekly"));
    let (kind, post) = message("channel_post");
    assert_eq!((kind.as_str(), post.chat.is_group), ("channel_post:text", true));
    assert_eq!(post.sender, None, "a channel is not its own member");
}

#[test]
fn a_chat_without_a_type_is_a_group_if_its_id_is_negative() {
    let group = |id: i64| private(json!({ "chat": { "id": id }, "text": "hi" })).chat.is_group;
    assert!(group(-123) && !group(123));
}

#[test]
fn a_business_account_writes_from_me_and_its_customer_does_not() {
    let (kind, ours) = message("business_from_us");
    assert_eq!(kind, "business_message:text");
    assert!(ours.from_me);
    assert_eq!(ours.chat.contact.name.as_deref(), Some("Anna Orlova"));
    assert_eq!(ours.metadata["businessConnectionId"], "bc7");
    let (_, theirs) = message("business_from_customer");
    assert!(!theirs.from_me);
    assert_eq!(theirs.chat.contact.external_id, "5200000001");
}

#[test]
fn without_a_business_account_nothing_is_from_me() {
    let text = private(json!({ "from": { "id": 9, "first_name": "Rasa" }, "text": "hi" }));
    assert_eq!(
        (text.from_me, text.chat.external_id.as_str(), text.chat.contact.external_id.as_str()),
        (false, "3", "9")
    );
}

#[test]
fn an_edit_is_the_newest_text_with_its_own_time() {
    let parcel = parcel("edited");
    let Incoming::Edit { message, edited_at } = parcel.item else { panic!("{parcel:?}") };
    assert_eq!((parcel.kind.as_str(), message.external_id.as_str()), ("edited_message:text", "11"));
    assert_eq!(message.content, "see /prices");
    assert_eq!(edited_at.unwrap().timestamp(), 1_790_000_300);
}

#[test]
fn a_rich_message_is_read_as_text_line_by_line() {
    let (kind, rich) = message("rich");
    assert_eq!((kind.as_str(), rich.kind), ("message:rich_message", MessageType::Text));
    assert_eq!(rich.content, "Order\ntwo pots\n1. clay");
}

#[test]
fn empty_fields_count_as_absent() {
    let (kind, document) = message("nulls");
    assert_eq!((kind.as_str(), document.kind), ("message:document", MessageType::Document));
    for absent in ["forwarded", "entities", "quote"] {
        assert!(!document.metadata.contains_key(absent), "{absent}");
    }
    let empty = private(json!({ "text": "", "photo": [], "delete_chat_photo": false, "migrate_to_chat_id": 0 }));
    assert_eq!((empty.kind, &empty.metadata["kind"]), (MessageType::Unsupported, &json!("unknown")));
}

#[test]
fn strange_fields_do_not_lose_the_message() {
    let (_, text) = message("strange_fields");
    assert_eq!((text.kind, text.content.as_str()), (MessageType::Text, "still here"));
    assert_eq!((text.chat.contact.name, text.reply_to), (None, None));
    assert!(!text.metadata.contains_key("entities") && !text.metadata.contains_key("albumId"));
}

#[test]
fn long_ids_and_ids_as_text_are_kept_whole() {
    let text = private(
        json!({ "message_id": "9007199254740993", "chat": { "id": 4503599627370495_i64, "type": "private" }, "text": "x" }),
    );
    assert_eq!((text.external_id.as_str(), text.chat.external_id.as_str()), ("9007199254740993", "4503599627370495"));
}

#[test]
fn a_time_that_makes_no_sense_is_not_believed() {
    for date in [json!(0), json!(-5), json!("soon"), json!(1_790_000_000_000_i64), json!({})] {
        assert_eq!(private(json!({ "date": date, "text": "x" })).provider_at, None, "{date}");
    }
}
