//! Every real body at hand, posted to the address that it belongs to. The bodies lie outside the source tree, in the folder
//! that `SWITCHBOARD_CORPORA` names: a `manifest.json` of `{file, kind, cls, odd}` and the files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::bodies::now;
use crate::support::channel::{Bridge, Telegram, Waba};
use crate::support::{Answer, check, shared, text};

const KEY: &str = "a key of that product";

/// Which product's own webhook a bridge body is.
fn flavour(class: &str) -> &'static str {
    match class.split_once(':').map_or(class, |(first, _)| first) {
        first if first.starts_with("evolution") => "evolution",
        first if first.starts_with("waha") => "waha",
        _ => "switchboard",
    }
}

#[tokio::test]
async fn every_real_body_is_taken() {
    let Some(folder) = std::env::var_os("SWITCHBOARD_CORPORA").map(PathBuf::from) else {
        eprintln!("SWITCHBOARD_CORPORA is unset: no real bodies to try");
        return;
    };
    let manifest: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let waba = Waba::create(&admin, &server).await;
    let mut bridges = BTreeMap::new();
    for name in ["switchboard", "evolution", "waha"] {
        bridges.insert(name, Bridge::create_with(&admin, &server, json!({"flavour": name, "key": KEY})).await);
    }

    let mut table: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for entry in &manifest {
        let (file, kind, class) = (text(&entry["file"]), text(&entry["kind"]), text(&entry["cls"]));
        let body = std::fs::read(folder.join(&file)).unwrap();
        let request: RequestBuilder = match kind.as_str() {
            "telegram" => telegram.request().header("x-telegram-bot-api-secret-token", &telegram.secret).body(body),
            "waba" => {
                // the body names a number of its own, which is ours for the time
                waba.raw_delivery(String::from_utf8_lossy(&body).into_owned())
            }
            _ => bridges[flavour(&class)].delivery_as(flavour(&class), now(), KEY, &String::from_utf8_lossy(&body)),
        };
        let answer = Answer::of(request).await;
        let fits = answer.status.is_success() || (entry["odd"] == true && !answer.status.is_server_error());
        if !fits {
            wrong.push(format!("{file}: {} {}", answer.status, answer.text));
        }
        let outcome = answer.status.as_u16().to_string();
        *table.entry(format!("{kind} {class}")).or_default().entry(outcome).or_default() += 1;
    }
    for (kind, outcomes) in &table {
        eprintln!("{kind}: {outcomes:?}");
    }
    assert!(wrong.is_empty(), "{} of {} were not taken:\n{}", wrong.len(), manifest.len(), wrong.join("\n"));
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}
