//! What customers write.

use contract::{Incoming, IncomingContact, MediaSource, MessageType, Parcel, Source};
use serde_json::json;

use crate::support::{CUSTOMER, PHONE_NUMBER_ID, at, fixture, message, one, reason};

#[test]
fn a_text_is_taken_over_with_its_chat_its_answer_and_its_time() {
    let parcels = fixture("text");
    let [parcel] = parcels.as_slice() else { panic!("{parcels:?}") };
    assert_eq!(parcel.account.as_deref(), Some(PHONE_NUMBER_ID));
    assert_eq!(parcel.kind, "message.text");
    assert!(matches!(parcel.source, Source::Body));
    let text = message(parcel);
    assert_eq!((text.kind, text.content.as_str()), (MessageType::Text, "Is the red bicycle still for sale?"));
    assert_eq!((text.external_id.as_str(), text.reply_to.as_deref()), ("wamid.T1", Some("wamid.OUR1")));
    assert_eq!((text.from_me, text.quiet, text.chat.is_group), (false, false, false));
    assert_eq!(text.provider_at, at(1_782_900_000));
    assert_eq!(text.chat.external_id, CUSTOMER);
    let anna = IncomingContact {
        external_id: CUSTOMER.into(),
        name: Some("Anna Lind".into()),
        phone: Some("+15550101234".into()),
        ..IncomingContact::default()
    };
    assert_eq!(text.chat.contact, anna);
    assert_eq!(text.sender, None);
    assert!(text.metadata.is_empty());
}

#[test]
fn files_are_named_by_metas_id_with_the_senders_claims() {
    let parcels = fixture("media");
    let kinds: Vec<_> = parcels.iter().map(|parcel| message(parcel).kind.as_str()).collect();
    assert_eq!(kinds, ["image", "video", "voice", "audio", "voice", "document", "sticker", "image"]);
    for (parcel, id) in parcels.iter().zip(4001..4008) {
        let file = &message(parcel).attachments[0];
        assert_eq!(file.kind, message(parcel).kind);
        assert!(matches!(&file.source, MediaSource::Id { id: known } if *known == id.to_string()), "{file:?}");
    }
    let image = message(&parcels[0]);
    assert_eq!(image.content, "The scratch on the frame");
    assert_eq!(image.attachments[0].mime_type.as_deref(), Some("image/jpeg"));
    assert_eq!(image.attachments[0].sha256.as_deref(), Some("aGFzaA=="));
    assert_eq!(message(&parcels[5]).attachments[0].file_name.as_deref(), Some("receipt.pdf"));
    assert_eq!(message(&parcels[6]).metadata["kind"], "animated");
}

#[test]
fn a_file_that_meta_could_not_fetch_is_missing_for_its_reason() {
    let parcels = fixture("media");
    let lost = message(&parcels[7]);
    let MediaSource::Missing { reason } = &lost.attachments[0].source else { panic!("{lost:?}") };
    assert_eq!(reason, "The file could not be fetched");
    assert_eq!(lost.metadata["errors"][0]["code"], 131_052);
    let with_id =
        one(&json!({ "type": "image", "image": { "id": "1" }, "errors": [{ "code": 400, "details": "throttled" }] }));
    let source = &message(&with_id).attachments[0].source;
    assert!(matches!(source, MediaSource::Missing { reason } if reason == "throttled"));
}

#[test]
fn places_are_shown_as_coordinates_also_where_they_came_as_text() {
    let parcels = fixture("places");
    let square = message(&parcels[0]);
    assert_eq!((square.kind, square.content.as_str()), (MessageType::Location, "59.3293,18.0686"));
    let known = json!({ "lat": 59.3293, "lng": 18.0686, "name": "Old town", "address": "Main square 1" });
    assert_eq!(json!(square.metadata), known);
    let south = message(&parcels[1]);
    assert_eq!((south.content.as_str(), &south.metadata["lat"]), ("-33.5,151.25", &json!(-33.5)));
}

#[test]
fn address_cards_are_names_and_numbers() {
    let parcels = fixture("places");
    let cards = message(&parcels[2]);
    assert_eq!((cards.kind, cards.content.as_str()), (MessageType::Contacts, "Bo Berg, Cia Dahl"));
    let known = json!([
        { "name": "Bo Berg", "phones": ["+46 70 000 00 00", "46700000001"], "emails": ["bo@example.org"], "org": "Berg Bikes" },
        { "name": "Cia Dahl", "phones": [] },
    ]);
    assert_eq!(cards.metadata["contacts"], known);
}

#[test]
fn choices_are_the_words_chosen_with_their_ids() {
    let parcels = fixture("interactive");
    let read: Vec<_> = parcels
        .iter()
        .map(|parcel| {
            let chosen = message(parcel);
            assert_eq!(chosen.kind, MessageType::Interactive);
            let text = |name: &str| chosen.metadata.get(name).and_then(|value| value.as_str()).unwrap_or_default();
            (chosen.content.as_str(), text("kind"), text("id"))
        })
        .collect();
    let known = [
        ("Yes, please", "button_reply", "yes"),
        ("Tuesday", "list_reply", "slot-2"),
        ("Sent", "nfm_reply", "flow"),
        ("Sent", "nfm_reply", "flow"),
        ("accept", "call_permission_reply", ""),
        ("Confirm", "button", "CONFIRM"),
    ];
    assert_eq!(read, known);
    assert_eq!(message(&parcels[1]).metadata["description"], "10:00 to 12:00");
    assert_eq!(message(&parcels[2]).metadata["form"], json!({ "size": "M" }));
    assert_eq!(message(&parcels[3]).metadata["form"], "not json");
    assert_eq!(message(&parcels[4]).metadata["responseSource"], "user_action");
}

#[test]
fn a_form_cannot_smuggle_in_what_a_body_may_not_hold() {
    let form = |json: &str| {
        let reply = json!({ "type": "nfm_reply", "nfm_reply": { "response_json": json } });
        message(&one(&json!({ "type": "interactive", "interactive": reply }))).metadata["form"].clone()
    };
    assert_eq!(form("{\"a\":\"x\\u0000y\"}"), json!({ "a": "x\u{FFFD}y" }));
    let deep = "[".repeat(100) + &"]".repeat(100);
    assert_eq!(form(&deep), json!(deep));
    assert_eq!(form("[1]"), json!([1]));
}

/// Its messages, without the move that one of them tells of.
fn of_system() -> Vec<Parcel> {
    let moved = |parcel: &Parcel| matches!(parcel.item, Incoming::Moved(_));
    fixture("system").into_iter().filter(|parcel| !moved(parcel)).collect()
}

#[test]
fn service_notes_are_quiet() {
    let parcels = of_system();
    let moved = message(&parcels[0]);
    assert_eq!((moved.kind, moved.quiet), (MessageType::System, true));
    assert_eq!(moved.content, "Anna changed from 15550101234 to 15550109999");
    assert_eq!(json!(moved.metadata), json!({ "kind": "number_changed", "newWaId": "15550109999" }));
    let identity = message(&parcels[1]);
    assert_eq!((identity.metadata["kind"].as_str(), identity.quiet), (Some("customer_identity_changed"), true));
    let welcome = message(&parcels[2]);
    assert_eq!((welcome.kind, welcome.quiet), (MessageType::System, true));
    assert_eq!(welcome.metadata["kind"], "request_welcome");
}

#[test]
fn what_an_inbox_cannot_show_is_seen_as_unsupported_with_what_could_be_read() {
    let parcels = of_system();
    for (index, kind) in [(3, "poll"), (4, "ephemeral"), (5, "hologram"), (6, "order")] {
        let odd = message(&parcels[index]);
        assert_eq!((odd.kind, odd.content.as_str(), odd.quiet), (MessageType::Unsupported, "", false));
        assert_eq!(odd.metadata["kind"], kind);
    }
    assert_eq!(message(&parcels[3]).metadata["errors"][0]["code"], 131_051);
    assert_eq!(message(&parcels[5]).metadata["data"], json!({ "depth": 3 }));
    assert_eq!(message(&parcels[6]).metadata["order"]["product_items"][0]["quantity"], 2);
    assert_eq!(parcels[5].kind, "message.hologram");
}

#[test]
fn adverts_products_and_forwards_are_noted() {
    let parcels = of_system();
    assert_eq!(message(&parcels[7]).metadata["product"]["product_retailer_id"], "sku-1");
    assert_eq!(message(&parcels[7]).reply_to.as_deref(), Some("wamid.OUR2"));
    assert_eq!(message(&parcels[8]).metadata["referral"]["ctwa_clid"], "click-1");
    let forwarded = json!({ "forwarded": true, "frequentlyForwarded": true });
    assert_eq!(json!(message(&parcels[9]).metadata), forwarded);
}

#[test]
fn a_customer_without_a_number_is_called_by_the_user_id() {
    let parcels = fixture("people");
    let eva = message(&parcels[0]);
    assert_eq!(eva.chat.external_id, "SE.1349120");
    assert_eq!(eva.chat.contact.name.as_deref(), Some("Eva Ek"));
    assert_eq!(eva.chat.contact.username.as_deref(), Some("eva.ek"));
    assert_eq!(eva.chat.contact.phone, None);
    assert_eq!(eva.metadata["userId"], "SE.1349120");
}

#[test]
fn a_group_is_the_chat_and_the_writer_its_sender() {
    let parcels = fixture("people");
    let group = message(&parcels[1]);
    assert_eq!((group.chat.external_id.as_str(), group.chat.is_group), ("Z3JvdXA", true));
    assert_eq!(group.chat.contact.external_id, "Z3JvdXA");
    assert_eq!(group.sender.as_ref().unwrap().name.as_deref(), Some("Anna Lind"));
}

#[test]
fn a_name_is_not_given_to_somebody_else() {
    let parcels = fixture("people");
    let stranger = message(&parcels[2]);
    assert_eq!(stranger.chat.contact.external_id, "15550105555");
    assert_eq!(stranger.chat.contact.name, None);
    assert_eq!(stranger.chat.contact.phone.as_deref(), Some("+15550105555"));
}

#[test]
fn a_lost_type_is_found_by_what_the_message_holds() {
    let place = one(&json!({ "location": { "latitude": 1.5, "longitude": 2 } }));
    assert_eq!((message(&place).kind, message(&place).content.as_str()), (MessageType::Location, "1.5,2"));
    assert_eq!(reason(&one(&json!({ "surprise": 1 }))), "message has no type");
}

#[test]
fn unreadable_content_stays_visible_under_its_own_id() {
    for fields in [json!({ "type": "text" }), json!({ "type": "text", "text": [1] }), json!({ "type": "interactive" })]
    {
        let parcel = one(&fields);
        let odd = message(&parcel);
        assert_eq!((odd.kind, odd.external_id.as_str()), (MessageType::Unsupported, "wamid.ONE"));
        assert_eq!(odd.metadata["kind"], fields["type"]);
    }
}

#[test]
fn a_message_without_an_id_is_the_same_message_each_time_it_comes() {
    let body = r#"{"messages":[{"from":"15550101234","type":"text","text":{"body":"hello"}}]}"#;
    let (first, again) = (crate::support::parse(body), crate::support::parse(body));
    assert!(message(&first[0]).external_id.starts_with("sha256:"));
    assert_eq!(message(&first[0]).external_id, message(&again[0]).external_id);
    let other = crate::support::parse(body.replace("hello", "hullo"));
    assert_ne!(message(&first[0]).external_id, message(&other[0]).external_id);
    assert_eq!(reason(&one(&json!({ "type": "text", "text": { "body": "x" }, "id": {} }))), "message has no id");
}
