//! What is written down agrees with what is there: settings, routes, events.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::house::files;
use crate::support::shared;

fn source(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The settings that Switchboard has, and no others.
const SETTINGS: [&str; 23] = [
    "BIND_ADDR",
    "DATABASE_URL",
    "REDIS_URL",
    "DATA_DIR",
    "JWT_SECRET",
    "SECRETS_KEY",
    "PUBLIC_URL",
    "CORS_ORIGINS",
    "TRUSTED_PROXIES",
    "METRICS_TOKEN",
    "MEDIA_URL",
    "POSTGRES_BIN_DIR",
    "WEBHOOK_ALLOW_PRIVATE",
    "LOG_LEVEL",
    "DB_POOL",
    "TELEGRAM_API_URL",
    "WABA_API_URL",
    "WABA_APP_SECRET",
    "WABA_VERIFY_TOKEN",
    "BRIDGE_URL",
    "BRIDGE_SECRET",
    "RATE_LIMIT",
    "LOG_FORMAT",
];

#[test]
fn the_example_of_settings_lists_each_setting_once_and_no_other() {
    let text = source(".env.example");
    let listed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='))
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        .collect();
    let unique: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(unique, SETTINGS.into_iter().collect());
    assert_eq!(listed.len(), unique.len(), "each once");
}

/// Paths that the router serves and a client calls, as the sources of the door spell them.
fn routes_in_source() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for file in files("src/http") {
        let quoted = file.code.split('"').skip(1).step_by(2);
        routes.extend(quoted.filter(|text| is_route(text)).map(str::to_owned));
    }
    routes
}

fn is_route(text: &str) -> bool {
    let served = ["/api/", "/webhooks/", "/health/", "/metrics"].iter().any(|prefix| text.starts_with(prefix));
    served && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/{}_-.".contains(&byte))
}

#[tokio::test]
async fn every_route_is_in_the_openapi_document() {
    let server = shared().await;
    let document = server.anonymous().get("/api/openapi.json").await.ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let described = shapes(document["paths"].as_object().unwrap().keys());
    let own = ["/api/openapi.json", "/api/asyncapi.json", "/api/docs"];
    let routes: BTreeSet<String> =
        routes_in_source().into_iter().filter(|route| !own.contains(&route.trim_end_matches('/'))).collect();
    let served = shapes(routes.iter().filter(|route| route.matches('/').count() >= 2 || route.as_str() == "/metrics"));
    let missing: Vec<&String> =
        served.difference(&described).filter(|route| *route != "/api" && *route != "/api/").collect();
    assert!(missing.is_empty(), "in the router and not in the document: {missing:#?}");
}

/// Paths with what is between braces left out, since parameters may be named differently.
fn shapes<'a>(paths: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
    paths
        .map(|path| {
            let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
            parts.collect::<Vec<_>>().join("/")
        })
        .collect()
}

#[tokio::test]
async fn every_reference_in_the_documents_leads_somewhere_and_operations_are_told_apart() {
    let server = shared().await;
    for path in ["/api/openapi.json", "/api/asyncapi.json"] {
        let document = server.anonymous().get(path).await.ok();
        let mut references = Vec::new();
        collect_references(&document, &mut references);
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{path} points outside: {reference}"));
            assert!(document.pointer(pointer).is_some(), "{path} points at nothing: {reference}");
        }
    }
    let document = server.anonymous().get("/api/openapi.json").await.ok();
    let mut names = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap().iter().filter(|(name, _)| name.as_str() != "parameters")
        {
            assert!(!operation["responses"].as_object().unwrap().is_empty(), "{method} {path} has answers");
            if let Some(id) = operation["operationId"].as_str() {
                assert!(names.insert(id.to_owned()), "two operations are called {id}");
            }
            for parameter in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                let own = operation["parameters"].as_array().into_iter().flatten();
                let shared = methods["parameters"].as_array().into_iter().flatten();
                assert!(
                    own.chain(shared).any(|known| known["name"] == parameter),
                    "{method} {path} describes {parameter}"
                );
            }
        }
    }
}

fn collect_references(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                references.push(reference.clone());
            }
            fields.values().for_each(|value| collect_references(value, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, references)),
        _ => {}
    }
}

/// Events that the server tells on `/`.
const EVENTS: [&str; 17] = [
    "connected",
    "sync:required",
    "chat:new",
    "message:new",
    "message:updated",
    "message:status",
    "chat:updated",
    "messages:read",
    "chat:deleted",
    "channel:updated",
    "user:notification",
    "ticket:new",
    "ticket:updated",
    "typing:start",
    "typing:stop",
    "app:error",
    "chat:error",
];

#[tokio::test]
async fn every_event_is_in_the_asyncapi_document() {
    let server = shared().await;
    let document = server.anonymous().get("/api/asyncapi.json").await.ok();
    assert!(document["asyncapi"].as_str().unwrap().starts_with("3."));
    let text = document.to_string();
    let missing: Vec<&str> = EVENTS.into_iter().filter(|event| !text.contains(&format!("\"{event}\""))).collect();
    assert!(missing.is_empty(), "not in the document: {missing:?}");
}

#[test]
fn every_test_that_the_design_pages_name_exists() {
    let page = include_str!("../../docs/designs.md");
    let rows = page.lines().filter_map(|line| line.trim_end_matches(" |").rsplit_once(" | "));
    let named: Vec<&str> = rows.flat_map(|(_, tests)| tests.split('`').skip(1).step_by(2)).collect();
    assert!(named.len() > 50, "the tables are read");
    let code: String = crate::house::files("tests/it").into_iter().map(|file| file.code).collect();
    let missing: Vec<&str> = named.into_iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "docs/designs.md names tests that are not there: {missing:?}");
}
