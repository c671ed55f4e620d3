//! The page of capabilities is what the server says of its networks: docs/capabilities.md is written by this test, with
//! `WRITE_DOCS=1`, and compared with it otherwise.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::support::{shared, text};

/// Rows in the contract's order.
const KINDS: [&str; 16] = [
    "text",
    "image",
    "video",
    "voice",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "template",
    "interactive",
    "profile_share",
    "post_share",
    "booking_proposal",
    "system",
    "unsupported",
];
const FEATURES: [(&str, &str); 9] = [
    ("reply", "answers that name a message"),
    ("edit", "a changed text"),
    ("delete", "a message taken back"),
    ("reaction", "reactions: set, changed, removed"),
    ("album", "several files in one message, or marked as belonging together"),
    ("forward", "marks of forwarded messages"),
    ("delivered", "`delivered` ticks"),
    ("read", "`read` ticks in; read receipts out"),
    ("typing", "who is typing"),
];

fn has(network: &Value, list: &str, word: &str) -> bool {
    network[list].as_array().unwrap().iter().any(|known| known == word)
}

fn mark(incoming: bool, outgoing: bool) -> &'static str {
    match (incoming, outgoing) {
        (true, true) => "in, out",
        (true, false) => "in",
        (false, true) => "out",
        (false, false) => "–",
    }
}

fn table(page: &mut String, networks: &[Value], rows: impl Iterator<Item = (String, Vec<&'static str>)>) {
    let names: Vec<String> = networks.iter().map(|network| format!("`{}`", text(&network["provider"]))).collect();
    writeln!(page, "| | {} |\n|{}", names.join(" | "), "---|".repeat(names.len() + 1)).unwrap();
    for (name, cells) in rows {
        writeln!(page, "| {name} | {} |", cells.join(" | ")).unwrap();
    }
    page.push('\n');
}

fn page(networks: &[Value]) -> String {
    let mut page = "# What each channel carries\n\nWritten from the capabilities that the networks declare, which the server checks before \
        it sends and serves as\n`GET /api/networks`. *in*: it comes from the customer; *out*: operators can send it.\n\n\
        ## Kinds of message\n\n"
        .to_owned();
    table(
        &mut page,
        networks,
        KINDS.into_iter().map(|kind| {
            let cells =
                networks.iter().map(|network| mark(has(network, "receives", kind), has(network, "sends", kind)));
            (format!("`{kind}`"), cells.collect())
        }),
    );
    page.push_str(
        "`profile_share`, `post_share` and `booking_proposal` go to outside networks as the nearest thing that they show: a \
         text.\n\n## What happens to messages\n\n",
    );
    table(
        &mut page,
        networks,
        FEATURES.into_iter().map(|(feature, words)| {
            let cells =
                networks.iter().map(|network| mark(has(network, "reports", feature), has(network, "does", feature)));
            (words.to_owned(), cells.collect())
        }),
    );
    page.push_str("## Limits\n\n| | text | caption | files in a message | window | operators write first |\n|---|---|---|---|---|---|\n");
    for network in networks {
        let window = network["windowHours"].as_u64().map_or_else(|| "–".to_owned(), |hours| format!("{hours} h"));
        let opens = if network["opensChats"] == true { "yes" } else { "no" };
        let row = ["textLimit", "captionLimit", "album"].map(|field| network[field].to_string()).join(" | ");
        writeln!(page, "| `{}` | {row} | {window} | {opens} |", text(&network["provider"])).unwrap();
    }
    page.push_str("\nTexts and captions are counted in UTF-16 code units, as the networks count them.\n\n## Files that are taken\n\n");
    page.push_str("| | type | formats | at most |\n|---|---|---|---|\n");
    for network in networks {
        for rule in network["files"].as_array().unwrap() {
            let formats: Vec<String> = rule["mimeTypes"].as_array().unwrap().iter().map(text).collect();
            let formats = if formats.is_empty() { "any".to_owned() } else { formats.join(", ") };
            let bytes = rule["maxBytes"].as_u64().unwrap();
            let size = if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{} KiB", bytes >> 10) };
            writeln!(page, "| `{}` | `{}` | {formats} | {size} |", text(&network["provider"]), text(&rule["type"]))
                .unwrap();
        }
    }
    page
}

#[tokio::test]
async fn the_page_of_capabilities_is_what_the_networks_declare() {
    let server = shared().await;
    let networks = server.admin().await.get("/api/networks").await.items();
    assert_eq!(networks.len(), 5);
    let now = page(&networks);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/capabilities.md");
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == now, "docs/capabilities.md is stale: run this test with WRITE_DOCS=1");
}

#[tokio::test]
async fn every_network_sends_and_receives_and_says_how_large_its_files_may_be() {
    let server = shared().await;
    for network in server.admin().await.get("/api/networks").await.items() {
        let name = text(&network["provider"]);
        assert!(has(&network, "sends", "text") && has(&network, "receives", "text"), "{name}");
        for kind in ["image", "video", "voice", "audio", "document", "sticker"] {
            let ruled = network["files"].as_array().unwrap().iter().any(|rule| rule["type"] == kind);
            assert_eq!(has(&network, "sends", kind), ruled, "{name} {kind}");
        }
    }
}
