//! Bodies that are not the bridge's, or not whole: each comes out as one parcel.

use contract::{Incoming, Rejection};
use serde_json::{Value, json};

use super::{fixture, message_with, now, parse_one};

fn reason(body: &str) -> String {
    match parse_one(body).item {
        Incoming::Unknown { reason } => reason,
        other => panic!("understood as {other:?}"),
    }
}

#[test]
fn a_foreign_event_is_unknown_and_named() {
    for event in ["messages.upsert", "MESSAGES_UPSERT", "session.status", "Message", "connection.update"] {
        assert!(reason(&json!({ "event": event, "data": {} }).to_string()).contains(event));
    }
    let waha = json!({ "event": "message", "payload": { "id": "1", "from": "1@c.us", "body": "hi" } });
    assert!(reason(&waha.to_string()).contains("\"message\""));
}

#[test]
fn an_incomplete_event_is_unknown() {
    for body in [
        "[]",
        "1",
        "\"message\"",
        "{}",
        r#"{"event":""}"#,
        r#"{"event":1}"#,
        r#"{"event":"message"}"#,
        r#"{"event":"message","data":[]}"#,
        r#"{"event":"connection","data":{"status":"dancing"}}"#,
        r#"{"event":"message.status","data":{"id":"1","status":"pending"}}"#,
        &message_with(json!({ "id": null })),
        &message_with(json!({ "chatId": null })),
        &message_with(json!({ "chatId": "someone" })),
        &message_with(json!({ "type": "reaction", "quotedId": null })),
        &format!(r#"{{"event":"message","data":{}1{}}}"#, "[".repeat(70), "]".repeat(70)),
    ] {
        assert!(!reason(body).is_empty(), "{body}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for body in ["", "{", "hello", "{\"event\":}"] {
        assert_eq!(crate::parse::parse(body.as_bytes(), now()).unwrap_err(), Rejection::NotJson);
    }
}

/// Paths to all nodes below `value`, as JSON pointers.
fn nodes(value: &Value, path: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, child)| (key.clone(), child)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        let path = format!("{path}/{key}");
        nodes(child, &path, found);
        found.push(path);
    }
}

#[test]
fn mutants_are_read_and_lose_no_message() {
    let long = format!("\"{}\"", "x".repeat(100_000));
    let strange = ["null", "[]", "{}", "\"\"", "0", "-1", "true", "1e400", "9007199254740993", "[[1]]", &long];
    let marker = "\"the node that changes\"";
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let body: Value = serde_json::from_str(&text).unwrap();
        let was_message = matches!(parse_one(&text).item, Incoming::Message(_));
        let mut paths = Vec::new();
        nodes(&body, "", &mut paths);
        for path in paths {
            let mut changed = body.clone();
            *changed.pointer_mut(&path).unwrap() = serde_json::from_str(marker).unwrap();
            let changed = changed.to_string();
            for value in strange {
                let item = parse_one(&changed.replace(marker, value)).item;
                let required = ["/event", "/data", "/data/id", "/data/chatId"].contains(&path.as_str());
                if was_message && !required {
                    assert!(matches!(item, Incoming::Message(_)), "{path} = {value:.20}: {item:?}");
                }
            }
        }
    }
}

/// Prints what each body is taken for. Bodies of libraries alone (`baileys`, `wuzapi`) are no product's that is supported here.
#[test]
#[expect(clippy::disallowed_methods, reason = "the folder of collected bodies is no setting of the product")]
fn collected_bodies_of_products_are_understood() {
    let Ok(corpora) = std::env::var("SWITCHBOARD_CORPORA") else {
        eprintln!("skipped: SWITCHBOARD_CORPORA names no folder of collected bodies");
        return;
    };
    let (mut understood, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(format!("{corpora}/bridge")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let ours = name.contains("-evolution-") || name.contains("-waha-");
        for parcel in crate::parse::parse(&std::fs::read(&path).unwrap(), now()).unwrap() {
            let outcome = match &parcel.item {
                Incoming::Unknown { reason } => format!("unknown: {reason}"),
                Incoming::Ignored { reason } => format!("ignored: {reason}"),
                item => format!("{item:?}").split(['(', ' ']).next().unwrap_or_default().to_owned(),
            };
            eprintln!("{:<70.70} {:<28} {outcome}", name, parcel.kind);
            understood += usize::from(ours);
            if ours == matches!(parcel.item, Incoming::Unknown { .. }) {
                wrong.push(name.clone());
            }
        }
    }
    assert!(understood > 0, "no bodies in {corpora}/bridge");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_lone_surrogate_and_a_nul_are_mended() {
    let body = fixture("text").replace("Is the shop", r"\u0000\ud83d the shop");
    assert!(super::parse_message(&body).content.starts_with("\u{FFFD}\u{FFFD} the shop"));
}
