//! Real bodies, where a folder of them is at hand: `SWITCHBOARD_CORPORA` names it, `manifest.json` in it describes them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use contract::{Incoming, Network};
use serde_json::Value;

use crate::bodies::read_mutants_of;
use crate::support::{network, now};

struct Document {
    file: String,
    class: String,
    odd: bool,
    body: Vec<u8>,
}

fn documents() -> Vec<Document> {
    #[expect(clippy::disallowed_methods, reason = "a setting of this test alone")]
    let folder = std::env::var_os("SWITCHBOARD_CORPORA").map(PathBuf::from);
    let Some(folder) = folder else {
        eprintln!("SWITCHBOARD_CORPORA is not set: real bodies are not read");
        return Vec::new();
    };
    let manifest: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let entries = manifest.iter().filter(|entry| entry["kind"] == "telegram");
    let document = |entry: &Value| {
        let file = entry["file"].as_str().unwrap().to_owned();
        let body = std::fs::read(folder.join(&file)).unwrap();
        Document { file, class: entry["cls"].as_str().unwrap().to_owned(), odd: entry["odd"] == true, body }
    };
    entries.map(document).collect()
}

fn outcome(item: &Incoming) -> String {
    match item {
        Incoming::Message(message) => format!("message {}{}", message.kind, if message.quiet { " quiet" } else { "" }),
        Incoming::Edit { message, .. } => format!("edit {}", message.kind),
        Incoming::Deletion(_) => "deletion".into(),
        Incoming::Reaction(_) => "reaction".into(),
        Incoming::Status(_) => "status".into(),
        Incoming::Connection(_) => "connection".into(),
        Incoming::Moved(moved) => format!("moved {} to {}", moved.from, moved.to),
        Incoming::Template(news) => format!("template {} {:?}", news.name, news.status),
        Incoming::Account(news) => format!("account {:?}", news.facts),
        Incoming::Ignored { .. } => "ignored".into(),
        Incoming::Unknown { reason } => format!("unknown: {reason}"),
    }
}

#[test]
fn real_bodies_are_understood() {
    let network = network("http://127.0.0.1:1");
    let mut table: BTreeMap<(String, String), usize> = BTreeMap::new();
    for document in documents() {
        let parcels = network.parse(&document.body, now());
        if document.odd {
            continue;
        }
        let parcels = parcels.unwrap_or_else(|error| panic!("{}: {error}", document.file));
        for parcel in &parcels {
            let outcome = outcome(&parcel.item);
            let understood = !matches!(parcel.item, Incoming::Unknown { .. });
            assert!(understood, "{}, a {}: {outcome}", document.file, document.class);
            *table.entry((parcel.kind.clone(), outcome)).or_default() += 1;
        }
    }
    for ((kind, outcome), count) in table {
        eprintln!("{count:4}  {kind:50} {outcome}");
    }
}

#[test]
fn mutants_of_real_bodies_are_all_read() {
    let count: usize = documents().iter().map(|document| read_mutants_of(&document.body)).sum();
    eprintln!("{count} mutants of real bodies");
}
