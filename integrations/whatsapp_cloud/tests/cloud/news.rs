//! What Meta tells besides messages: templates, accounts, calls, groups, people with new ids.

use contract::{AccountNews, ChannelStatus, Incoming, IncomingMove, MediaSource, MessageType, Parcel, TemplateNews};
use serde_json::{Value, json};

use crate::support::{CUSTOMER, PHONE_NUMBER_ID, at, fixture, message, one, parse, reason};

const WABA: &str = "900800700600500";

fn of(field: &str) -> Vec<Parcel> {
    let kind = format!("field.{field}");
    fixture("news").into_iter().filter(|parcel| parcel.kind == kind).collect()
}

fn account(parcel: &Parcel) -> &AccountNews {
    match &parcel.item {
        Incoming::Account(news) => news,
        other => panic!("{other:?}"),
    }
}

fn lines(prefix: &str) -> Vec<Parcel> {
    fixture("news").into_iter().filter(|parcel| parcel.kind.starts_with(prefix)).collect()
}

#[test]
fn a_template_s_status_quality_and_category_come_for_the_whole_business() {
    let news = |field: &str| {
        let parcel = of(field).remove(0);
        assert_eq!((parcel.account, parcel.business.as_deref()), (None, Some(WABA)));
        match parcel.item {
            Incoming::Template(news) => news,
            other => panic!("{other:?}"),
        }
    };
    let known = || TemplateNews { name: "order_ready".into(), language: "sv".into(), ..TemplateNews::default() };
    let rejected = TemplateNews { status: Some("REJECTED".into()), reason: Some("INVALID_FORMAT".into()), ..known() };
    assert_eq!(news("message_template_status_update"), rejected);
    let yellow = TemplateNews { quality: Some("YELLOW".into()), ..known() };
    assert_eq!(news("message_template_quality_update"), yellow);
    let category = news("template_category_update");
    assert_eq!(category.category.as_deref(), Some("UTILITY"));
    assert!(category.reason.unwrap().contains("MARKETING"));
    assert_eq!(news("message_template_components_update"), known());
}

#[test]
fn news_of_a_template_without_its_name_is_kept_for_later() {
    let body = json!({ "entry": [{ "id": WABA, "changes": [
        { "field": "message_template_status_update", "value": { "event": "APPROVED" } }
    ] }] });
    assert_eq!(reason(&parse(body.to_string())[0]), "news of a template that is not named");
}

#[test]
fn an_account_that_meta_stops_is_an_error_in_words_until_it_is_reinstated() {
    let updates = of("account_update");
    let [disabled, reinstated, restricted, removed] = updates.as_slice() else { panic!("{updates:?}") };
    assert_eq!(disabled.business.as_deref(), Some(WABA));
    assert_eq!(account(disabled).status, Some(ChannelStatus::Error));
    assert!(account(disabled).error.as_deref().unwrap().contains("disabled"));
    assert_eq!(account(reinstated).status, Some(ChannelStatus::Connected));
    let restricted = account(restricted);
    assert_eq!((restricted.status, restricted.phone.as_deref()), (Some(ChannelStatus::Error), Some("15550007000")));
    assert_eq!(restricted.facts["restrictions"][0]["expiration"], 1_782_990_000);
    assert_eq!(removed.business.as_deref(), Some("42"), "the account that the partner lost, not the partner's");
    let review = of("account_review_update");
    assert_eq!(account(&review[0]).status, Some(ChannelStatus::Error));
}

#[test]
fn facts_of_a_number_go_to_that_number() {
    let fact = |field: &str, name: &str| account(&of(field)[0]).facts[name].clone();
    let phone = |field: &str| account(&of(field)[0]).phone.clone();
    assert_eq!(fact("phone_number_quality_update", "quality"), "RED");
    assert_eq!(fact("phone_number_quality_update", "messagingLimit"), "TIER_10K");
    assert_eq!(phone("phone_number_quality_update").as_deref(), Some("15550007000"));
    assert_eq!(fact("phone_number_name_update", "name"), "Blue Bikes");
    assert_eq!(fact("phone_number_name_update", "nameStatus"), "APPROVED");
    assert_eq!(fact("phone_number_name_update", "nameReason"), Value::Null);
    assert_eq!(fact("business_capability_update", "messagingLimit"), "TIER_2K");
    assert_eq!(fact("account_alerts", "notice"), "Not notable enough");
    assert_eq!(fact("account_settings_update", "calling"), "ENABLED");
    for field in ["account_alerts", "account_settings_update"] {
        let parcel = of(field).remove(0);
        assert_eq!((parcel.account.as_deref(), parcel.business), (Some(PHONE_NUMBER_ID), None), "{field}");
    }
}

#[test]
fn a_wish_for_no_marketing_is_a_quiet_line_in_the_customer_s_chat() {
    let parcels = lines("preference.");
    let line = message(&parcels[0]);
    assert_eq!((line.kind, line.quiet, line.chat.external_id.as_str()), (MessageType::System, true, CUSTOMER));
    assert_eq!(line.metadata["kind"], "marketing_stopped");
    assert_eq!(line.chat.contact.name.as_deref(), Some("Anna Lind"));
}

#[test]
fn a_new_id_is_seen_in_the_chat_and_moves_it() {
    let parcels = lines("user_id.");
    assert_eq!(message(&parcels[0]).chat.external_id, "US.OLD1");
    let known = IncomingMove { from: "US.OLD1".into(), to: "US.NEW1".into(), phone: None, restarts_ids: false };
    assert!(matches!(&parcels[1].item, Incoming::Moved(moved) if *moved == known), "{:?}", parcels[1]);
    // told by a message whose body alone names the earlier id
    let parcels: Vec<Parcel> = lines("message.");
    assert_eq!(message(&parcels[0]).chat.external_id, "US.NEW1");
    let known = IncomingMove { from: "US.NEW1".into(), to: "US.NEW2".into(), phone: None, restarts_ids: false };
    assert!(matches!(&parcels[1].item, Incoming::Moved(moved) if *moved == known), "{:?}", parcels[1]);
}

#[test]
fn a_new_number_is_seen_in_the_chat_and_moves_it() {
    let parcels = fixture("system");
    assert_eq!(message(&parcels[0]).metadata["kind"], "number_changed");
    assert_eq!(message(&parcels[0]).chat.external_id, CUSTOMER);
    let known = IncomingMove {
        from: CUSTOMER.into(),
        to: "15550109999".into(),
        phone: Some("+15550109999".into()),
        restarts_ids: false,
    };
    assert!(matches!(&parcels[1].item, Incoming::Moved(moved) if *moved == known), "{:?}", parcels[1]);
    assert!(!matches!(parcels[3].item, Incoming::Moved(_)), "a new security code moves nobody");
}

#[test]
fn calls_are_lines_of_which_a_customer_s_call_is_not_quiet() {
    let parcels = lines("call.");
    let shown: Vec<_> = parcels.iter().map(message).map(|line| (line.content.as_str(), line.quiet)).collect();
    let known = [
        ("The customer is calling", false),
        ("The call ended after 2:05", true),
        ("Missed call", true),
        ("Recording of the call", true),
    ];
    assert_eq!(shown, known);
    assert!(parcels.iter().all(|parcel| message(parcel).chat.external_id == CUSTOMER));
    let recording = message(&parcels[3]);
    assert!(matches!(&recording.attachments[0].source, MediaSource::Id { id } if id == "9009"));
    let again = lines("call.");
    assert_eq!(message(&again[1]).external_id, message(&parcels[1]).external_id, "a repeat is the same line");
    assert_ne!(message(&parcels[0]).external_id, message(&parcels[1]).external_id);
}

#[test]
fn what_happens_to_a_group_is_a_line_in_it() {
    let parcels = lines("group.");
    let joined = message(&parcels[0]);
    assert_eq!((joined.content.as_str(), joined.chat.is_group), ("2 people joined the group", true));
    assert_eq!((joined.chat.external_id.as_str(), &joined.metadata["kind"]), ("R1", &json!("member_joined")));
    let renamed = message(&parcels[1]);
    assert_eq!(renamed.chat.title.as_deref(), Some("Blue riders"));
    assert_eq!(renamed.provider_at, at(1_782_900_000));
    assert_eq!(reason(&parcels[2]), "error 131020: Too many groups");
}

#[test]
fn what_an_inbox_has_no_use_for_is_ignored_with_its_reason() {
    for parcel in lines("state.").iter().chain(&of("flows")) {
        assert!(matches!(&parcel.item, Incoming::Ignored { reason } if !reason.is_empty()), "{parcel:?}");
    }
}

#[test]
fn an_unsupported_message_says_why() {
    let parcel = one(&json!({ "type": "unsupported",
        "errors": [{ "code": 131_051, "title": "Unsupported", "error_data": { "details": "Polls are not supported" } }] }));
    assert_eq!(message(&parcel).metadata["reason"], "Polls are not supported");
}
