//! What senders must not write, and what comes of it.

use contract::{Incoming, Network, Rejection, Source};
use serde_json::{Value, json};

use crate::support::{FIXTURES, cloud, message, now, one, parse, reason};

fn batch(messages: &[String]) -> String {
    let metadata = r#"{"phone_number_id":"7","display_phone_number":"15550007000"}"#;
    let list = messages.join(",");
    format!(
        r#"{{"entry":[{{"id":"1","changes":[{{"field":"messages","value":{{"metadata":{metadata},"messages":[{list}]}}}}]}}]}}"#
    )
}

fn texts(count: usize) -> Vec<String> {
    let text = |index| {
        format!(r#"{{"from":"1555{index:07}","id":"wamid.{index}","type":"text","text":{{"body":"{index}"}}}}"#)
    };
    (0..count).map(text).collect()
}

#[test]
fn c8_a_broken_item_in_the_middle_of_a_thousand_costs_only_itself() {
    for broken in ["null", "42", "\"x\"", "[]", "{}", r#"{"id":{},"type":"text"}"#, r#"{"id":"wamid.X","type":"text"}"#]
    {
        let mut messages = texts(1000);
        messages[500] = broken.to_owned();
        let parcels = parse(batch(&messages));
        assert_eq!(parcels.len(), 1000);
        for (index, parcel) in parcels.iter().enumerate() {
            if index == 500 {
                assert!(matches!(parcel.item, Incoming::Unknown { .. }), "{broken}");
            } else {
                assert_eq!(message(parcel).content, index.to_string());
            }
            let Source::Part(part) = &parcel.source else { panic!("a batch is cut") };
            assert!(part.len() < 400, "{part}");
        }
        assert_eq!(parcels[500].account.as_deref(), Some("7"));
    }
}

#[test]
fn strange_bodies_are_one_item_that_is_not_understood() {
    for body in [
        "{}",
        "[]",
        "42",
        "null",
        "\"text\"",
        r#"{"entry":[]}"#,
        r#"{"entry":{}}"#,
        r#"{"entry":null}"#,
        r#"{"entry":[{}]}"#,
        r#"{"entry":["x"]}"#,
        r#"{"entry":[{"changes":{}}]}"#,
        r#"{"entry":[{"changes":[]}]}"#,
        r#"{"entry":[{"changes":[7]}]}"#,
        r#"{"entry":[{"changes":[{}]}]}"#,
        r#"{"entry":[{"changes":[{"field":"messages"}]}]}"#,
        r#"{"entry":[{"changes":[{"field":"messages","value":{}}]}]}"#,
        r#"{"entry":[{"changes":[{"field":"messages","value":{"messages":{}}}]}]}"#,
        r#"{"entry":[{"changes":[{"field":"messages","value":{"messages":[]}}]}]}"#,
        r#"{"messages":[]}"#,
    ] {
        let parcels = parse(body);
        assert_eq!(parcels.len(), 1, "{body}");
        assert!(matches!(parcels[0].item, Incoming::Unknown { .. }), "{body}");
        assert!(matches!(parcels[0].source, Source::Body), "{body}");
    }
}

#[test]
fn what_is_not_json_is_refused_and_what_is_too_deep_is_kept() {
    assert_eq!(cloud("").parse(b"hello", now()).unwrap_err(), Rejection::NotJson);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(reason(&parse(deep)[0]), "nested too deep");
}

#[test]
fn f2_five_mebibytes_of_nothing_stay_one_item() {
    for item in ["{}", "[]", "0", r#"{"a":0}"#] {
        let count = 5 * 1024 * 1024 / (item.len() + 1);
        let parcels = parse(batch(&vec![item.to_owned(); count]));
        assert_eq!(parcels.len(), 1);
        assert_eq!(reason(&parcels[0]), "neither a list nor of a size that is read");
    }
    let change = format!(r#"{{"value":{{"statuses":[{}0]}}}}"#, "0,".repeat(5_999));
    let parcels = parse(format!(r#"{{"entry":[{{"changes":[{change},{change}]}}]}}"#));
    assert_eq!(parcels.len(), 1);
    assert_eq!(reason(&parcels[0]), "more items than one delivery may hold");
}

#[test]
fn f2_large_foreign_pieces_are_not_built() {
    let heavy = format!("[{}0]", r#"{"a":0},"#.repeat(20_000));
    let parcel = one(
        &json!({ "type": "text", "text": { "body": "x" }, "referral": serde_json::from_str::<Value>(&heavy).unwrap() }),
    );
    assert_eq!(message(&parcel).content, "x");
    assert!(!message(&parcel).metadata.contains_key("referral"));
}

#[test]
fn f3_repeated_names_and_numbers_as_ids_are_read() {
    let odd = r#"{"from":15550101234,"id":1,"id":"wamid.LAST","type":"text","text":{"body":"a","body":"b"},"timestamp":1e400}"#;
    let parcels = parse(batch(&[odd.to_owned()]));
    let read = message(&parcels[0]);
    assert_eq!((read.external_id.as_str(), read.content.as_str()), ("wamid.LAST", "b"));
    assert_eq!((read.chat.external_id.as_str(), read.provider_at), ("15550101234", None));
}

#[test]
fn f1_nul_and_lone_surrogates_do_not_reach_the_inbox() {
    let odd = r#"{"from":"1555","id":"wamid.1","type":"text","text":{"body":"a\u0000b\ud83dc"}}"#;
    assert_eq!(message(&parse(batch(&[odd.to_owned()]))[0]).content, "a\u{FFFD}b\u{FFFD}c");
}

/// Calls `each` with the body after every node in turn was replaced or dropped.
pub fn mutants(body: &Value, values: &[Value], each: &mut dyn FnMut(&Value)) {
    fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
        found.push(path.to_owned());
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| paths(value, &format!("{path}/{key}"), found)),
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(index, value)| paths(value, &format!("{path}/{index}"), found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    paths(body, "", &mut found);
    for path in found {
        for value in values {
            let mut mutant = body.clone();
            *mutant.pointer_mut(&path).unwrap() = value.clone();
            each(&mutant);
        }
        if let Some((parent, name)) = path.rsplit_once('/') {
            let mut mutant = body.clone();
            match mutant.pointer_mut(parent).unwrap() {
                Value::Object(map) => drop(map.remove(name)),
                Value::Array(list) => drop(list.remove(name.parse::<usize>().unwrap())),
                _ => {}
            }
            each(&mutant);
        }
    }
}

/// Stands for a number that no `Value` can hold.
const HUGE: &str = "@huge@";

pub fn odd_values() -> Vec<Value> {
    vec![Value::Null, json!([]), json!({}), json!(""), json!(0), json!(-1), json!(true), json!(HUGE)]
}

pub fn survives(mutant: &Value) {
    let body = mutant.to_string().replace("\"@huge@\"", "1e400");
    let parcels = cloud_parse(body.as_bytes());
    assert!(!parcels.is_empty(), "{body}");
    for parcel in parcels {
        if let (Incoming::Unknown { .. }, Source::Part(part)) = (&parcel.item, &parcel.source) {
            let again = cloud_parse(part.as_bytes());
            assert_eq!(again.len(), 1, "{part}");
            assert_eq!(again[0].kind, parcel.kind, "{part}");
        }
    }
}

fn cloud_parse(body: &[u8]) -> Vec<contract::Parcel> {
    thread_local! {
        static CLOUD: whatsapp_cloud::WhatsappCloud = cloud("http://127.0.0.1:9");
    }
    CLOUD.with(|cloud| cloud.parse(body, now()).unwrap())
}

#[test]
fn f4_mutants_of_every_fixture_are_answered() {
    let mut count = 0;
    for (_, body) in FIXTURES {
        mutants(&serde_json::from_str(body).unwrap(), &odd_values(), &mut |mutant| {
            survives(mutant);
            count += 1;
        });
    }
    assert!(count > 5_000, "{count}");
}

#[test]
fn f4_a_megabyte_in_any_place_is_answered() {
    let megabyte = [Value::String("x".repeat(1024 * 1024))];
    for name in ["text", "flat", "declined"] {
        let (_, body) = FIXTURES.iter().find(|(known, _)| *known == name).unwrap();
        mutants(&serde_json::from_str(body).unwrap(), &megabyte, &mut |mutant| {
            let size: usize = cloud_parse(mutant.to_string().as_bytes()).iter().map(|parcel| parcel.kind.len()).sum();
            assert!(size < 200);
        });
    }
}
