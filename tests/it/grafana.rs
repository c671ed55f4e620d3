//! The dashboard that is shipped for Grafana: it can be imported, and shows each figure of the server and no other.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::Server;

/// Words of PromQL that stand where a figure could.
const WORDS: [&str; 7] = ["sum", "rate", "histogram_quantile", "max", "topk", "or", "vector"];

fn dashboard() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/grafana/switchboard.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn panels(dashboard: &Value) -> &Vec<Value> {
    dashboard["panels"].as_array().unwrap()
}

/// Figures that an expression names: what is left of it without groupings, selectors, ranges, numbers and words.
fn named(expression: &str) -> BTreeSet<String> {
    let mut rest = expression.to_owned();
    for (open, close) in [("by (", ")"), ("{", "}"), ("[", "]")] {
        while let Some((before, after)) = rest.split_once(open) {
            rest = format!("{before} {}", after.split_once(close).unwrap().1);
        }
    }
    let tokens = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let figures = tokens.filter(|token| token.starts_with(|c: char| c.is_ascii_lowercase()) && !WORDS.contains(token));
    figures.map(str::to_owned).collect()
}

fn without_part(sample: &str) -> &str {
    ["_bucket", "_sum", "_count"].iter().find_map(|part| sample.strip_suffix(part)).unwrap_or(sample)
}

#[test]
fn expressions_are_read() {
    let read = |text: &str| named(text).into_iter().collect::<Vec<_>>();
    assert_eq!(
        read("histogram_quantile(0.5, sum by (le) (rate(a_seconds_bucket{x=~\"$y\"}[$__rate_interval])))"),
        ["a_seconds_bucket"]
    );
    assert_eq!(read("sum(max by (provider, b) (depth{c=\"d\"})) or vector(0)"), ["depth"]);
    assert_eq!(read("rate(a[5m]) / rate(b[5m])"), ["a", "b"]);
}

#[test]
fn the_dashboard_can_be_imported() {
    let dashboard = dashboard();
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39);
    assert!(dashboard["title"].is_string() && dashboard["uid"].is_string() && dashboard["id"].is_null());
    let variables: Vec<&str> =
        dashboard["templating"]["list"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(variables, ["datasource", "instance"]);
    let mut ids = BTreeSet::new();
    for panel in panels(&dashboard) {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "a panel's id is its own");
        let place = &panel["gridPos"];
        assert!(place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap() <= 24, "{} is too wide", panel["title"]);
        if panel["type"] != "row" {
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{}", panel["title"]);
            assert!(!panel["targets"].as_array().unwrap().is_empty(), "{}", panel["title"]);
        }
    }
}

#[tokio::test]
async fn the_dashboard_shows_each_figure_and_no_other() {
    let server = Server::start().await;
    let text = server.anonymous().get("/metrics").await.expect(200).text;
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let types: Vec<(&str, &str)> = types.collect();
    let exported: BTreeSet<String> = types.iter().map(|(name, _)| (*name).to_owned()).collect();
    let dashboard = dashboard();
    let targets = panels(&dashboard).iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries =
        dashboard["templating"]["list"].as_array().unwrap().iter().filter_map(|one| one["definition"].as_str());
    let samples: BTreeSet<String> = targets.map(|target| target["expr"].as_str().unwrap()).flat_map(named).collect();
    for sample in samples.iter().map(String::as_str).filter(|sample| !exported.contains(*sample)) {
        let histogram = types.iter().any(|(name, kind)| *name == without_part(sample) && *kind == "histogram");
        assert!(histogram, "the dashboard asks for {sample}, which the server does not export");
    }
    let shown: BTreeSet<String> = samples
        .iter()
        .map(|sample| if exported.contains(sample) { sample } else { without_part(sample) }.to_owned())
        .collect();
    let hidden: Vec<_> = exported.difference(&shown).collect();
    assert!(hidden.is_empty(), "no panel shows {hidden:?}");
    for query in queries {
        assert!(
            query.starts_with("label_values(") && exported.iter().any(|name| query.contains(&format!("({name},"))),
            "{query}"
        );
    }
}
