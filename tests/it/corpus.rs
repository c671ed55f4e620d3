//! Every real body at hand, posted to the address that it belongs to. The bodies lie outside the source tree, in the folder
//! that `SWITCHBOARD_CORPORA` names: a `manifest.json` of `{file, kind, cls, odd}` and the files.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::bodies::now;
use crate::support::channel::{Bridge, Telegram, Waba};
use crate::support::{Answer, check, shared, text};

/// Puts the test's own number where a body names one, so that it is routed and stored.
fn renumber(body: &mut Value, number: &str) {
    match body {
        Value::Object(fields) => {
            for (key, value) in fields {
                if key == "phone_number_id" {
                    *value = json!(number);
                } else {
                    renumber(value, number);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| renumber(item, number)),
        _ => {}
    }
}

#[tokio::test]
async fn every_real_body_is_taken() {
    // past the test runner's capture, since the table is the point
    let mut terminal = std::io::stderr();
    let Some(folder) = std::env::var_os("SWITCHBOARD_CORPORA").map(PathBuf::from) else {
        writeln!(terminal, "SWITCHBOARD_CORPORA is unset: no real bodies to try").unwrap();
        return;
    };
    let manifest: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let bridge = Bridge::create(&admin, &server).await;
    let pool = server.pool().await;
    let counts = async || {
        let letters = "select count(*) from dead_letters where organization_id = $1";
        let letters = check::count(&pool, letters, &admin.organization_id).await;
        (check::messages_of(&pool, &admin.organization_id).await, letters)
    };

    let mut table: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut before = counts().await;
    for entry in &manifest {
        let (file, kind) = (text(&entry["file"]), text(&entry["kind"]));
        let body = std::fs::read(folder.join(&file)).unwrap();
        let request = match kind.as_str() {
            // a bot of its own: bodies of different origins have the same chat and message ids
            "telegram" => {
                let telegram = Telegram::create(&admin).await;
                telegram.request().header("x-telegram-bot-api-secret-token", &telegram.secret).body(body)
            }
            "waba" => match serde_json::from_slice(&body) {
                Ok(mut body) => {
                    renumber(&mut body, &waba.number);
                    waba.delivery(&body)
                }
                Err(_) => waba.raw_delivery(body),
            },
            _ => bridge.signed_as(now(), &bridge.id, &String::from_utf8_lossy(&body)),
        };
        let answer = Answer::of(request).await;
        let fits = answer.status.is_success() || (entry["odd"] == true && !answer.status.is_server_error());
        if !fits {
            wrong.push(format!("{file}: {} {}", answer.status, answer.text));
        }
        let after = counts().await;
        let outcome = match (after.0 - before.0, after.1 - before.1) {
            (0, 0) => format!("{}", answer.status.as_u16()),
            (0, _) => format!("{}, dead letter", answer.status.as_u16()),
            (stored, 0) => format!("{}, {stored} stored", answer.status.as_u16()),
            (stored, letters) => format!("{}, {stored} stored, {letters} dead letters", answer.status.as_u16()),
        };
        before = after;
        *table.entry(format!("{kind} {}", text(&entry["cls"]))).or_default().entry(outcome).or_default() += 1;
    }
    for (class, outcomes) in &table {
        let outcomes: Vec<String> = outcomes.iter().map(|(outcome, times)| format!("{times}x {outcome}")).collect();
        writeln!(terminal, "{class:<60} {}", outcomes.join("; ")).unwrap();
    }
    assert!(wrong.is_empty(), "{} of {} were not taken:\n{}", wrong.len(), manifest.len(), wrong.join("\n"));
    check::assert_sound(&pool, &admin.organization_id).await;
}
