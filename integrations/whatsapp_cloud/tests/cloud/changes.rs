//! What happens to messages, and what the business does elsewhere.

use contract::{DeliveryStatus, Incoming, IncomingReaction, IncomingStatus, MessageType, Parcel, Source};

use crate::support::{CUSTOMER, at, fixture, message, parse, reason};

fn reaction(parcel: &Parcel) -> &IncomingReaction {
    match &parcel.item {
        Incoming::Reaction(reaction) => reaction,
        other => panic!("{other:?}"),
    }
}

fn status(parcel: &Parcel) -> &IncomingStatus {
    match &parcel.item {
        Incoming::Status(status) => status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reaction_without_an_emoji_was_taken_back() {
    let parcels = fixture("changes");
    let emojis: Vec<_> = parcels[..3].iter().map(|parcel| reaction(parcel).emojis.clone()).collect();
    assert_eq!(emojis, [vec!["🚲".to_owned()], vec![], vec![]]);
    let first = reaction(&parcels[0]);
    assert_eq!((first.message_external_id.as_str(), first.from_me), ("wamid.OUR1", false));
    assert_eq!(first.chat_external_id.as_deref(), Some(CUSTOMER));
    assert_eq!(first.actor.external_id, CUSTOMER);
}

#[test]
fn an_edit_is_the_newest_text_of_the_original() {
    let parcels = fixture("changes");
    let Incoming::Edit { message, edited_at } = &parcels[3].item else { panic!("{parcels:?}") };
    assert_eq!((message.external_id.as_str(), message.kind), ("wamid.T1", MessageType::Text));
    assert_eq!(message.content, "Is the blue bicycle still for sale?");
    assert_eq!(message.reply_to.as_deref(), Some("wamid.OUR1"));
    assert_eq!(message.chat.external_id, CUSTOMER);
    assert_eq!(*edited_at, at(1_782_900_000));
}

#[test]
fn a_revoked_message_is_deleted() {
    let parcels = fixture("changes");
    let Incoming::Deletion(deletion) = &parcels[4].item else { panic!("{parcels:?}") };
    assert_eq!(deletion.message_external_id, "wamid.T1");
    assert_eq!(deletion.chat_external_id.as_deref(), Some(CUSTOMER));
}

#[test]
fn what_the_business_writes_on_its_phone_is_from_us_in_the_customers_chat() {
    let parcels = fixture("echo");
    let echo = message(&parcels[0]);
    assert_eq!((echo.from_me, echo.chat.external_id.as_str()), (true, CUSTOMER));
    assert_eq!(echo.chat.contact.name.as_deref(), Some("Anna Lind"));
    assert_eq!(echo.content, "Answered from the shop's phone");
    let Incoming::Edit { message: edit, .. } = &parcels[1].item else { panic!("{parcels:?}") };
    assert_eq!((edit.from_me, edit.external_id.as_str()), (true, "wamid.M1"));
    let Incoming::Deletion(deletion) = &parcels[2].item else { panic!("{parcels:?}") };
    assert_eq!(deletion.chat_external_id.as_deref(), Some(CUSTOMER));
    let thumb = reaction(&parcels[3]);
    assert_eq!((thumb.from_me, thumb.actor.external_id.as_str()), (true, "15550007000"));
    assert_eq!(thumb.chat_external_id.as_deref(), Some(CUSTOMER));
}

#[test]
fn an_echo_that_names_the_business_as_receiver_is_about_its_writer() {
    let revoke =
        r#"{"from":"15550101234","to":"+1 555 000 7000","type":"revoke","revoke":{"original_message_id":"wamid.M1"}}"#;
    let metadata = r#"{"display_phone_number":"15550007000"}"#;
    let parcels = parse(format!(r#"{{"metadata":{metadata},"message_echoes":[{revoke}]}}"#));
    let Incoming::Deletion(deletion) = &parcels[0].item else { panic!("{parcels:?}") };
    assert_eq!(deletion.chat_external_id.as_deref(), Some(CUSTOMER));
}

#[test]
fn old_history_is_quiet_and_knows_who_wrote() {
    let parcels = fixture("history");
    let (question, answer) = (message(&parcels[0]), message(&parcels[1]));
    assert_eq!((question.from_me, question.quiet, question.content.as_str()), (false, true, "Old question"));
    assert_eq!((answer.from_me, answer.quiet, answer.content.as_str()), (true, true, "Old answer"));
    assert_eq!((question.chat.external_id.as_str(), answer.chat.external_id.as_str()), (CUSTOMER, CUSTOMER));
    assert!(matches!(parcels[2].item, Incoming::Ignored { .. }));
    for (parcel, from_me) in parcels[3..5].iter().zip([false, true]) {
        let file = message(parcel);
        assert_eq!((file.from_me, file.quiet, file.chat.external_id.as_str()), (from_me, true, CUSTOMER));
    }
    let eva = message(&parcels[5]);
    assert_eq!((eva.from_me, eva.chat.external_id.as_str()), (true, "SE.1349120"));
    assert_eq!(eva.chat.contact.username.as_deref(), Some("eva.ek"));
    let declined = fixture("declined");
    assert_eq!(reason(&declined[0]), "error 2593109: History sharing was turned off");
}

#[test]
fn statuses_tell_how_far_a_message_came() {
    let parcels = fixture("statuses");
    let read: Vec<_> = parcels[..5].iter().map(|parcel| status(parcel).status).collect();
    use DeliveryStatus::{Delivered, Failed, Read, Sent};
    assert_eq!(read, [Sent, Delivered, Read, Read, Failed]);
    let sent = status(&parcels[0]);
    assert_eq!(sent.client_id.unwrap().to_string(), "0198b0a4-7c3e-7d3f-8a51-6d1f0c2b3a49");
    assert_eq!((sent.message_external_id.as_str(), sent.at), ("wamid.OUR1", at(1_782_900_010)));
    assert_eq!((sent.chat_external_id.as_deref(), sent.error.as_ref()), (None, None));
    assert_eq!(status(&parcels[1]).client_id, None, "callback data that is not ours");
    let error = status(&parcels[4]).error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.message.as_str()), ("131047", "More than 24 hours have passed"));
    assert!(matches!(parcels[5].item, Incoming::Ignored { .. }));
    assert_eq!(parcels[5].kind, "status.warning");
}

#[test]
fn fields_that_nobody_knows_are_kept_for_later() {
    let parcels = fixture("fields");
    assert_eq!(reason(&parcels[2]), "unknown field brand_new_field");
    assert_eq!(parcels[1].account.as_deref(), Some(crate::support::PHONE_NUMBER_ID));
    assert_eq!(parcels[0].kind, "field.account_update");
    let Incoming::Account(news) = &parcels[3].item else { panic!("{parcels:?}") };
    assert_eq!(news.facts["notice"], "error 131000: Something went wrong");
}

#[test]
fn errors_beside_messages_explain_the_lone_unreadable_one_and_stand_alone_otherwise() {
    let read = |kind: &str| {
        let errors = r#"[{"code":131000,"title":"Something went wrong"}]"#;
        let message = format!(r#"{{"from":"1555","id":"wamid.1","type":"{kind}","text":{{"body":"x"}}}}"#);
        parse(format!(r#"{{"messages":[{message}],"errors":{errors}}}"#))
    };
    let unreadable = read("interactive");
    assert_eq!(unreadable.len(), 1);
    assert_eq!(message(&unreadable[0]).metadata["errors"][0]["code"], 131_000);
    let readable = read("text");
    assert!(message(&readable[0]).metadata.is_empty());
    assert!(
        matches!(&readable[1].item, Incoming::Account(news) if news.facts["notice"] == "error 131000: Something went wrong")
    );
}

#[test]
fn a_bare_value_is_read_without_a_number() {
    let parcels = fixture("flat");
    assert_eq!(message(&parcels[0]).content, "From a reseller");
    assert_eq!(message(&parcels[0]).chat.contact.name.as_deref(), Some("Anna Lind"));
    assert_eq!(status(&parcels[1]).message_external_id, "wamid.OUR9");
    assert!(parcels.iter().all(|parcel| parcel.account.is_none()));
}

#[test]
fn every_part_of_every_fixture_reads_as_the_same_item_again() {
    for (name, _) in crate::support::FIXTURES {
        for parcel in fixture(name) {
            let Source::Part(part) = &parcel.source else { continue };
            let again = parse(part.as_bytes());
            // a move comes together with the line that tells of it
            let same = |again: &&Parcel| again.kind == parcel.kind;
            let again = again.iter().find(same).unwrap_or_else(|| panic!("{part}"));
            assert_eq!((&again.account, &again.business), (&parcel.account, &parcel.business));
            assert_eq!(format!("{:?}", again.item), format!("{:?}", parcel.item), "{part}");
        }
    }
}
