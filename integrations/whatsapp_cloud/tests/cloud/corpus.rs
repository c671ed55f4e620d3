//! Real bodies, where a collection of them is at hand (`SWITCHBOARD_CORPORA`): each is answered, and what it says is read
//! as it stands in the body.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use contract::{Incoming, IncomingMessage, MediaSource, Parcel};
use serde_json::Value;

use crate::hostile::{mutants, odd_values, survives};
use crate::support::{now, parse};

fn corpus() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a setting of this test alone")]
    let found = std::env::var_os("SWITCHBOARD_CORPORA").map(PathBuf::from);
    if found.is_none() {
        eprintln!("skipped: SWITCHBOARD_CORPORA names no collection of bodies");
    }
    found
}

/// Name, body and whether it is marked odd.
fn bodies(corpus: &Path) -> Vec<(String, String, bool)> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(corpus.join("manifest.json")).unwrap()).unwrap();
    let ours = manifest.as_array().unwrap().iter().filter(|entry| entry["kind"] == "waba");
    let read = |entry: &Value| {
        let name = entry["file"].as_str().unwrap().to_owned();
        let body = std::fs::read_to_string(corpus.join(&name)).unwrap();
        (name, body, entry["odd"] == true)
    };
    ours.map(read).collect()
}

fn outcome(parcel: &Parcel) -> String {
    match &parcel.item {
        Incoming::Message(message) => format!("message {} {:?}", message.kind, message.content),
        Incoming::Edit { message, .. } => format!("edit {} {:?}", message.kind, message.content),
        Incoming::Deletion(deletion) => format!("deletion of {}", deletion.message_external_id),
        Incoming::Reaction(reaction) => format!("reaction {:?}", reaction.emojis),
        Incoming::Status(status) => format!("status {}", status.status.as_str()),
        Incoming::Connection(_) => "connection".into(),
        Incoming::Moved(moved) => format!("moved {} to {}", moved.from, moved.to),
        Incoming::Template(news) => format!("template {} {:?}", news.name, news.status),
        Incoming::Account(news) => format!("account {:?}", news.facts),
        Incoming::Ignored { reason } => format!("ignored: {reason}"),
        Incoming::Unknown { reason } => format!("unknown: {reason}"),
    }
}

#[test]
fn every_body_of_the_corpus_is_understood() {
    let Some(corpus) = corpus() else { return };
    let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut checked = 0;
    for (name, body, odd) in bodies(&corpus) {
        let parcels = parse(&body);
        assert!(!parcels.is_empty(), "{name}");
        for parcel in &parcels {
            table.entry(parcel.kind.clone()).or_default().push(format!("{name}: {}", outcome(parcel)));
            let understood = !matches!(parcel.item, Incoming::Unknown { .. });
            assert!(odd || understood, "{name}: {} is {}", parcel.kind, outcome(parcel));
        }
        if !odd {
            checked += check(&name, &serde_json::from_str(&body).unwrap(), &parcels);
        }
    }
    for (kind, outcomes) in &table {
        eprintln!("{kind}");
        outcomes.iter().for_each(|outcome| eprintln!("    {outcome}"));
    }
    assert!(checked > 60, "{checked} items checked");
}

/// Compares each message and status of a body with its parcel; how many there were.
fn check(name: &str, body: &Value, parcels: &[Parcel]) -> usize {
    let list = |value: &Value, field: &str| value[field].as_array().cloned().unwrap_or_default();
    let listed = |parcel: &&Parcel| parcel.kind.starts_with("message.") || parcel.kind.starts_with("status.");
    let moved = |parcel: &&Parcel| matches!(parcel.item, Incoming::Moved(_));
    let mut parcels = parcels.iter().filter(listed).filter(|parcel| !moved(parcel));
    let mut checked = 0;
    for change in list(body, "entry").iter().flat_map(|entry| list(entry, "changes")) {
        let value = &change["value"];
        let (messages, statuses) = (list(value, "messages"), list(value, "statuses"));
        if change.get("field").is_some_and(|field| field != "messages") {
            parcels.by_ref().take(messages.len() + statuses.len()).for_each(drop);
            continue;
        }
        for item in messages {
            let parcel = parcels.next().unwrap();
            assert_eq!(parcel.account.as_deref(), value["metadata"]["phone_number_id"].as_str(), "{name}");
            check_message(name, &item, &parcel.item);
            checked += 1;
        }
        for item in statuses {
            check_status(name, &item, &parcels.next().unwrap().item);
            checked += 1;
        }
    }
    checked
}

fn check_message(name: &str, item: &Value, read: &Incoming) {
    let id = item["id"].as_str();
    let kind = item["type"].as_str().unwrap_or("location");
    match (kind, read) {
        ("reaction", Incoming::Reaction(reaction)) => {
            assert_eq!(Some(reaction.message_external_id.as_str()), item["reaction"]["message_id"].as_str(), "{name}");
            let emoji = item["reaction"]["emoji"].as_str().filter(|emoji| !emoji.is_empty());
            assert_eq!(reaction.emojis.first().map(String::as_str), emoji, "{name}");
            assert_eq!(reaction.actor.external_id, item["from"], "{name}");
        }
        ("edit", Incoming::Edit { message, .. }) => {
            assert_eq!(message.external_id, item["edit"]["original_message_id"], "{name}");
            let inner = &item["edit"]["message"];
            let text = inner["text"]["body"].as_str().or_else(|| inner["image"]["caption"].as_str());
            assert_eq!(Some(message.content.as_str()), text, "{name}");
        }
        ("revoke", Incoming::Deletion(deletion)) => {
            assert_eq!(deletion.message_external_id, item["revoke"]["original_message_id"], "{name}");
        }
        (_, Incoming::Message(message)) => {
            assert!(id.is_none_or(|id| message.external_id == id), "{name}");
            assert_eq!(message.chat.external_id, item["from"], "{name}");
            assert_eq!(message.reply_to.as_deref(), item["context"]["id"].as_str(), "{name}");
            let time = &item["timestamp"];
            let secs = time.as_i64().or_else(|| time.as_str()?.parse().ok());
            let believed = secs.filter(|secs| (946_684_800..=now().timestamp()).contains(secs));
            assert_eq!(message.provider_at.map(|at| at.timestamp()), believed, "{name}");
            check_content(name, kind, item, message);
        }
        (kind, other) => panic!("{name}: {kind} became {other:?}"),
    }
}

fn check_content(name: &str, kind: &str, item: &Value, message: &IncomingMessage) {
    let object = &item[kind];
    let read = (message.kind.as_str(), message.content.as_str());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match kind {
        "text" => assert_eq!(read, ("text", text(&object["body"]).as_str()), "{name}"),
        "image" | "video" | "audio" | "document" | "sticker" => {
            let voice = object["voice"] == true;
            assert_eq!(read, (if voice { "voice" } else { kind }, text(&object["caption"]).as_str()), "{name}");
            let file = &message.attachments[0];
            match &file.source {
                MediaSource::Id { id } => assert_eq!(*id, object["id"], "{name}"),
                other => assert!(item["errors"].is_array(), "{name}: {other:?}"),
            }
            assert_eq!(file.mime_type.as_deref(), object["mime_type"].as_str(), "{name}");
            assert_eq!(file.file_name.as_deref(), object["filename"].as_str(), "{name}");
        }
        "location" => {
            let lat = object["latitude"].as_f64().or_else(|| object["latitude"].as_str()?.parse().ok());
            assert_eq!((message.kind.as_str(), message.metadata["lat"].as_f64()), ("location", lat), "{name}");
            assert_eq!(message.content.split(',').count(), 2, "{name}");
        }
        "contacts" => {
            let names = object.as_array().unwrap().iter().map(|card| text(&card["name"]["formatted_name"]));
            assert_eq!(read, ("contacts", names.collect::<Vec<_>>().join(", ").as_str()), "{name}");
        }
        "button" => assert_eq!(read, ("interactive", text(&object["text"]).as_str()), "{name}"),
        "interactive" if object.is_object() => {
            let reply = &object[object["type"].as_str().unwrap()];
            let chosen = ["title", "body", "response"].into_iter().find_map(|field| reply[field].as_str());
            assert_eq!(read, ("interactive", chosen.unwrap()), "{name}");
        }
        "system" => assert_eq!(read, ("system", text(&object["body"]).as_str()), "{name}"),
        _ => assert_eq!(read, ("unsupported", ""), "{name}"),
    }
}

fn check_status(name: &str, item: &Value, read: &Incoming) {
    let Incoming::Status(status) = read else { panic!("{name}: {read:?}") };
    assert_eq!(status.message_external_id, item["id"], "{name}");
    let known = item["status"].as_str().map(|value| if value == "played" { "read" } else { value });
    assert_eq!(Some(status.status.as_str()), known, "{name}");
    let code = item["errors"][0]["code"].as_i64().map(|code| code.to_string());
    assert_eq!(status.error.as_ref().map(|error| error.code.clone()), code, "{name}");
}

#[test]
fn f4_mutants_of_the_corpus_are_answered() {
    let Some(corpus) = corpus() else { return };
    for (_, body, _) in bodies(&corpus) {
        mutants(&serde_json::from_str(&body).unwrap(), &odd_values(), &mut |mutant| survives(mutant));
    }
}
