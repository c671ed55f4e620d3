//! Whatever a body holds, reading it ends without a panic.

use contract::Network;
use serde_json::Value;

use crate::support::{fixtures, network, now};

/// What each node of a body is replaced by; nothing means that it is dropped.
const REPLACEMENTS: [&str; 10] = ["null", "[]", "{}", "\"\"", "0", "-1", "true", "1e400", "\"\\ud800\\u0000\"", ""];

/// All texts that come of replacing one node of `value`, each as `around(text)`.
fn mutants(value: &Value, around: &dyn Fn(&str) -> String, check: &mut dyn FnMut(&str)) {
    for replacement in REPLACEMENTS.iter().filter(|replacement| !replacement.is_empty()) {
        check(&around(replacement));
    }
    match value {
        Value::Object(fields) => {
            for key in fields.keys() {
                let with = |part: Option<&str>| {
                    let parts = fields.iter().filter_map(|(name, value)| {
                        let text = if name == key { part?.to_owned() } else { value.to_string() };
                        Some(format!("{}:{text}", Value::from(name.as_str())))
                    });
                    around(&format!("{{{}}}", parts.collect::<Vec<_>>().join(",")))
                };
                check(&with(None));
                mutants(&fields[key], &|part| with(Some(part)), check);
            }
        }
        Value::Array(items) => {
            for at in 0..items.len() {
                let with = |part: Option<&str>| {
                    let parts = items.iter().enumerate().filter_map(|(index, value)| {
                        if index == at { part.map(str::to_owned) } else { Some(value.to_string()) }
                    });
                    around(&format!("[{}]", parts.collect::<Vec<_>>().join(",")))
                };
                check(&with(None));
                mutants(&items[at], &|part| with(Some(part)), check);
            }
        }
        _ => {}
    }
}

/// Reads every mutant of a body and returns how many there were.
pub fn read_mutants_of(body: &[u8]) -> usize {
    let network = network("http://127.0.0.1:1");
    let mut count = 0;
    let value: Value = serde_json::from_slice(body).unwrap();
    mutants(&value, &str::to_owned, &mut |text| {
        count += 1;
        let parcels = network.parse(text.as_bytes(), now());
        assert!(parcels.is_ok_and(|parcels| !parcels.is_empty()), "{text}");
    });
    count
}

#[test]
fn mutants_of_the_fixtures_are_all_read() {
    let count: usize = fixtures().iter().map(|(_, body)| read_mutants_of(body)).sum();
    assert!(count > 5_000, "{count}");
}

#[test]
fn truncated_bodies_are_refused_and_nothing_worse() {
    let network = network("http://127.0.0.1:1");
    for (name, body) in fixtures() {
        let body = body.trim_ascii_end();
        for end in 0..body.len() {
            assert!(network.parse(&body[..end], now()).is_err(), "{name} cut at {end}");
        }
    }
}
