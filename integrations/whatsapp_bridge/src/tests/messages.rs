//! What each of the bridge's events means.

use contract::{ChannelStatus, DeliveryStatus, Incoming, MediaSource, MessageType};
use serde_json::json;

use super::{fixture, message_with, parse_message, parse_one};

#[test]
fn a_text_belongs_to_the_customers_chat() {
    let parcel = parse_one(&fixture("text"));
    assert_eq!(parcel.kind, "message:text");
    let message = parse_message(&fixture("text"));
    assert_eq!(message.external_id, "3EB0AA01");
    assert_eq!(message.chat.external_id, "4915550100@s.whatsapp.net");
    assert_eq!(message.chat.contact.external_id, "4915550100@s.whatsapp.net");
    assert_eq!(message.chat.contact.name.as_deref(), Some("Ada"));
    assert_eq!(message.chat.contact.phone.as_deref(), Some("+4915550100"));
    assert!(message.sender.is_none() && !message.chat.is_group && !message.from_me && !message.quiet);
    assert_eq!((message.kind, message.content.as_str()), (MessageType::Text, "Is the shop open on Sunday? ☕"));
    assert_eq!(message.reply_to.as_deref(), Some("3EB0AA00"));
    assert_eq!(message.provider_at.unwrap().timestamp(), 1_789_000_001);
}

#[test]
fn our_own_name_is_not_given_to_the_customer() {
    let message = parse_message(&fixture("text_from_own_phone"));
    assert!(message.from_me);
    assert_eq!(message.chat.contact.name, None);
    assert_eq!(message.chat.contact.phone.as_deref(), Some("+4915550100"));
    assert!(message.client_id.is_some());
}

#[test]
fn a_hidden_id_takes_its_phone_from_the_sender() {
    let message = parse_message(&fixture("text_hidden_id"));
    assert_eq!(message.chat.external_id, "77001122@lid");
    assert_eq!(message.chat.contact.external_id, "77001122@lid");
    assert_eq!(message.chat.contact.phone.as_deref(), Some("+4915550100"));
}

#[test]
fn in_a_group_the_participant_wrote() {
    let message = parse_message(&fixture("image_in_group"));
    assert!(message.chat.is_group);
    assert_eq!(message.chat.title.as_deref(), Some("Neighbours"));
    assert_eq!(message.chat.contact.external_id, "120363000000000001@g.us");
    let sender = message.sender.unwrap();
    assert_eq!(sender.external_id, "4915550101@s.whatsapp.net");
    assert_eq!((sender.name.as_deref(), sender.phone.as_deref()), (Some("Grace"), Some("+4915550101")));
    assert_eq!((message.kind, message.content.as_str()), (MessageType::Image, "Look"));
    let file = &message.attachments[0];
    assert!(matches!(&file.source, MediaSource::Url { url } if url.ends_with("/aa03")));
    assert_eq!((file.size_bytes, file.width, file.height), (Some(20480), Some(640), Some(480)));
    assert_eq!((file.file_name.as_deref(), file.sha256.as_deref()), (Some("a.jpg"), Some("q83v")));
}

#[test]
fn history_is_quiet() {
    let message = parse_message(&fixture("voice_history"));
    assert!(message.quiet);
    assert_eq!(message.kind, MessageType::Voice);
    let file = &message.attachments[0];
    assert_eq!((file.kind, file.duration_secs), (MessageType::Voice, Some(7)));
    assert!(matches!(&file.source, MediaSource::Base64 { data } if data == "T2dnUw=="));
}

#[test]
fn places_and_contacts_have_the_contracts_form() {
    let place = parse_message(&fixture("location"));
    assert_eq!((place.kind, place.content.as_str()), (MessageType::Location, "52.5,13.375"));
    let expected = json!({ "lat": 52.5, "lng": 13.375, "name": "Café", "address": "Main Street 1" });
    assert_eq!(json!(place.metadata), expected);

    let people = parse_message(&fixture("contacts"));
    assert_eq!((people.kind, people.content.as_str()), (MessageType::Contacts, "Bob, Eve"));
    assert_eq!(people.metadata["contacts"][0], json!({ "name": "Bob", "phones": ["+4915550102", "+4915550103"] }));
    assert_eq!(people.metadata["contacts"][1]["phones"], json!(["+4915550104"]));
    assert!(people.metadata["contacts"][1]["vcard"].as_str().unwrap().starts_with("BEGIN:VCARD"));
}

#[test]
fn an_unknown_type_stays_visible() {
    let poll = parse_message(&fixture("poll"));
    assert_eq!((poll.kind, poll.content.as_str()), (MessageType::Unsupported, ""));
    assert_eq!(json!(poll.metadata), json!({ "kind": "poll", "text": "Lunch?" }));
}

#[test]
fn a_type_may_be_spoken_otherwise_or_left_out() {
    for (changes, expected) in [
        (json!({ "type": "photo", "media": { "url": "http://x/1" } }), MessageType::Image),
        (json!({ "type": "contact", "contacts": [{ "name": "Bob" }] }), MessageType::Contacts),
        (json!({ "type": null }), MessageType::Text),
        (json!({ "type": null, "text": null, "media": { "mimeType": "image/png" } }), MessageType::Image),
        (json!({ "type": null, "text": null, "media": { "mimeType": "video/mp4" } }), MessageType::Video),
        (json!({ "type": null, "text": null, "media": { "mimeType": "audio/mpeg" } }), MessageType::Audio),
        (json!({ "type": "text", "media": { "mimeType": "application/pdf" } }), MessageType::Document),
        (json!({ "type": null, "text": null, "media": {} }), MessageType::Document),
        (json!({ "type": null, "text": null, "location": { "lat": "1", "lng": 2 } }), MessageType::Location),
        (json!({ "type": null, "text": null, "contacts": [{ "phone": 49155 }] }), MessageType::Contacts),
        (json!({ "type": null, "text": null }), MessageType::Unsupported),
        (json!({ "type": 7 }), MessageType::Text),
    ] {
        assert_eq!(parse_message(&message_with(changes.clone())).kind, expected, "{changes}");
    }
}

#[test]
fn what_is_malformed_degrades_and_the_message_stays() {
    for (changes, expected) in [
        (json!({ "type": "location", "location": { "lat": 91, "lng": 1 } }), MessageType::Unsupported),
        (json!({ "type": "location" }), MessageType::Unsupported),
        (json!({ "type": "contacts", "contacts": [{}, 1, null] }), MessageType::Unsupported),
        (json!({ "type": "image" }), MessageType::Image),
        (json!({ "pushName": 1, "quotedId": {}, "timestamp": [], "from": {}, "media": "x" }), MessageType::Text),
    ] {
        assert_eq!(parse_message(&message_with(changes.clone())).kind, expected, "{changes}");
    }
    let image = parse_message(&message_with(json!({ "type": "image" })));
    assert!(matches!(image.attachments[0].source, MediaSource::Missing { .. }));
    let odd_time = parse_message(&message_with(json!({ "timestamp": "soon" })));
    assert_eq!(odd_time.provider_at.unwrap().timestamp(), 1_789_000_010, "the time at which the bridge sent it");
    let old = parse_message(&message_with(json!({ "timestamp": null, "history": true })));
    assert_eq!(old.provider_at, None, "history is not as young as its delivery");
}

#[test]
fn a_reaction_is_given_and_taken_back() {
    let Incoming::Reaction(given) = parse_one(&fixture("reaction")).item else { panic!("no reaction") };
    assert_eq!(given.message_external_id, "3EB0AA02");
    assert_eq!(given.emojis, ["👍"]);
    assert_eq!(given.actor.external_id, "4915550100@s.whatsapp.net");
    let Incoming::Reaction(removed) = parse_one(&fixture("reaction_removed")).item else { panic!("no reaction") };
    assert_eq!((removed.message_external_id.as_str(), removed.emojis.len()), ("3EB0AA02", 0));
    let plain = message_with(json!({ "reaction": { "messageId": "3EB0AA02" } }));
    assert!(matches!(parse_one(&plain).item, Incoming::Reaction(reaction) if reaction.emojis.is_empty()));
    assert_eq!(parse_message(&message_with(json!({ "reaction": {}, "quotedId": null }))).kind, MessageType::Text);
}

#[test]
fn statuses_name_their_message() {
    let Incoming::Status(read) = parse_one(&fixture("status_read")).item else { panic!("no status") };
    assert_eq!((read.status, read.message_external_id.as_str()), (DeliveryStatus::Read, "3EB0AA02"));
    assert_eq!(read.chat_external_id.as_deref(), Some("4915550100@s.whatsapp.net"));
    let Incoming::Status(failed) = parse_one(&fixture("status_failed")).item else { panic!("no status") };
    assert_eq!(failed.status, DeliveryStatus::Failed);
    assert_eq!(failed.error.unwrap().code, "463");
    assert!(failed.client_id.is_some());
}

#[test]
fn edits_and_deletions_name_their_message() {
    let Incoming::Edit { message, edited_at } = parse_one(&fixture("edit")).item else { panic!("no edit") };
    assert_eq!((message.external_id.as_str(), message.content.as_str()), ("3EB0AA01", "Is the shop open on Saturday?"));
    assert_eq!(edited_at.unwrap().timestamp(), 1_789_000_009);
    let Incoming::Deletion(deletion) = parse_one(&fixture("delete")).item else { panic!("no deletion") };
    assert_eq!(deletion.message_external_id, "3EB0AA01");
    assert_eq!(deletion.chat_external_id.as_deref(), Some("4915550100@s.whatsapp.net"));
}

#[test]
fn the_connection_is_told() {
    let Incoming::Connection(qr) = parse_one(&fixture("connection_qr")).item else { panic!("no connection") };
    assert_eq!((qr.status, qr.qr.as_deref()), (ChannelStatus::Qr, Some("2@abcdef")));
    let Incoming::Connection(open) = parse_one(&fixture("connection_open")).item else { panic!("no connection") };
    assert_eq!((open.status, open.phone.as_deref()), (ChannelStatus::Connected, Some("+4915550999")));
}

#[test]
fn stories_and_channels_are_ignored() {
    assert!(matches!(parse_one(&fixture("story")).item, Incoming::Ignored { .. }));
    let post = message_with(json!({ "chatId": "120363000000000009@newsletter" }));
    assert!(matches!(parse_one(&post).item, Incoming::Ignored { .. }));
}
