//! The documents as files, from which clients are made: docs/openapi.json and docs/asyncapi.json are written by these tests,
//! with `WRITE_DOCS=1` (`make documents`), and compared with what a server says otherwise.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::send::Chat;
use crate::support::channel::Bridge;
use crate::support::visitor::Webchat;
use crate::support::{Operator, shared, text};

async fn is_written(name: &str) {
    let server = shared().await;
    let document = server.anonymous().get(&format!("/api/{name}")).await.ok();
    // keys are sorted
    let now = serde_json::to_string_pretty(&document).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == now, "docs/{name} is stale: run `make documents`");
}

#[tokio::test]
async fn the_file_of_the_openapi_document_is_what_a_server_serves() {
    is_written("openapi.json").await;
}

#[tokio::test]
async fn the_file_of_the_asyncapi_document_is_what_a_server_serves() {
    is_written("asyncapi.json").await;
}

/// What a schema says that a value must hold, and may hold.
fn fields(schemas: &Value, schema: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return fields(schemas, &schemas[reference.rsplit('/').next().unwrap()]);
    }
    let mut all: (BTreeSet<String>, BTreeSet<String>) = Default::default();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (required, known) = fields(schemas, part);
        all.0.extend(required);
        all.1.extend(known);
    }
    all.0.extend(schema["required"].as_array().into_iter().flatten().map(text));
    all.1.extend(schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys().cloned()));
    all
}

#[tokio::test]
async fn answers_hold_every_field_that_the_document_requires_and_no_other_than_it_knows() {
    let server = shared().await;
    let admin = server.admin().await;
    let document = server.anonymous().get("/api/openapi.json").await.ok();
    let schemas = &document["components"]["schemas"];
    let chat = Chat::open(&admin).await;
    admin.send(&chat.id, "hello").await;
    let body = json!({"userId": admin.user_id, "type": "mention", "title": "x"});
    let notification = admin.post("/api/notifications", body).await.created();
    let ticket = admin.post("/api/tickets", json!({"title": "x"})).await.created();
    let presence = admin.get(&format!("/api/chats/{}/presence", chat.id)).await.ok();
    let refused = admin.get("/api/chats?limit=x").await.expect(422).json();
    let overview = admin.get("/api/reports/overview").await.ok();
    let first = async |path: &str| admin.get(path).await.items().remove(0);
    for (name, value) in [
        ("Chat", admin.chat(&chat.id).await),
        ("Chat", first("/api/chats").await),
        ("Message", admin.messages(&chat.id).await.remove(0)),
        ("Contact", admin.chat(&chat.id).await["contact"].clone()),
        ("LastMessage", admin.chat(&chat.id).await["lastMessage"].clone()),
        ("Channel", admin.get(&format!("/api/channels/{}", chat.telegram.id)).await.ok()),
        ("Person", first("/api/contacts").await),
        ("User", admin.get("/api/me").await.ok()),
        ("Network", first("/api/networks").await),
        ("Notification", notification),
        ("Ticket", ticket),
        ("ChatPresence", presence),
        ("Problem", refused),
        ("Spread", overview["firstResponse"].clone()),
        ("Overview", overview),
        ("Page_Chat", admin.get("/api/chats").await.ok()),
    ] {
        let (required, known) = fields(schemas, &schemas[name]);
        let held: BTreeSet<String> = value.as_object().unwrap().keys().cloned().collect();
        let (missing, unknown) =
            (required.difference(&held).collect::<Vec<_>>(), held.difference(&known).collect::<Vec<_>>());
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "{name}: {missing:?} is missing, {unknown:?} is unknown: {value}"
        );
    }
}

/// The words of an enum, wherever the property leads.
fn words(schemas: &Value, name: &str, property: &str) -> BTreeSet<String> {
    let mut schema = &schemas[name]["properties"][property];
    if let Some(reference) = schema["$ref"].as_str() {
        schema = &schemas[reference.rsplit('/').next().unwrap()];
    }
    let words = schema["enum"].as_array().unwrap_or_else(|| panic!("{property} of {name} is no enum: {schema}"));
    words.iter().map(text).collect()
}

async fn networks(admin: &Operator, field: &str) -> BTreeSet<String> {
    admin.get("/api/networks").await.items().iter().map(|network| text(&network[field])).collect()
}

#[tokio::test]
async fn lists_of_words_are_enums_and_ask_for_no_more_than_is_needed() {
    let server = shared().await;
    let admin = server.admin().await;
    let document = server.anonymous().get("/api/openapi.json").await.ok();
    let schemas = &document["components"]["schemas"];
    for (name, property, some) in [
        ("Chat", "status", "snoozed"),
        ("Chat", "priority", "urgent"),
        ("Message", "type", "booking_proposal"),
        ("LastMessage", "type", "text"),
        ("Message", "status", "delivered"),
        ("Attachment", "type", "sticker"),
        ("Attachment", "status", "pending"),
        ("Channel", "status", "qr"),
        ("Ticket", "status", "in_progress"),
        ("User", "role", "moderator"),
    ] {
        assert!(words(schemas, name, property).contains(some), "{property} of {name}");
    }
    for name in ["Chat", "Message", "Channel"] {
        assert_eq!(words(schemas, name, "provider"), networks(&admin, "provider").await, "{name}");
        assert_eq!(words(schemas, name, "channel"), networks(&admin, "channel").await, "{name}");
    }
    for (name, required) in
        [("NewTicket", json!(["title"])), ("ChatChange", Value::Null), ("TicketChange", Value::Null)]
    {
        assert_eq!(schemas[name]["required"], required, "{name}");
    }
    assert_eq!(schemas["Page_Ticket"]["properties"]["items"]["items"]["$ref"], "#/components/schemas/Ticket");
}

#[tokio::test]
async fn what_is_told_holds_every_field_that_the_document_requires() {
    let server = shared().await;
    let admin = server.admin().await;
    let document = server.anonymous().get("/api/asyncapi.json").await.ok();
    let schemas = &document["components"]["schemas"];
    let bridge = Bridge::create(&admin, &server).await;
    let visitor = Webchat::create(&admin, json!({})).await.visit(json!({})).await;
    admin.post("/api/tickets", json!({"title": "x", "chatId": visitor.chat_id})).await.created();
    admin.patch(&format!("/api/channels/{}", bridge.id), json!({"name": "renamed"})).await.ok();
    admin.patch(&format!("/api/chats/{}", visitor.chat_id), json!({"status": "pending"})).await.ok();
    let events = crate::support::check::journal(&admin).await;
    for (event, name) in
        [("chat:new", "Chat"), ("chat:updated", "Chat"), ("ticket:new", "Ticket"), ("channel:updated", "Channel")]
    {
        let told = events.iter().find(|told| told["event"] == event).unwrap_or_else(|| panic!("{event} was told"));
        let (required, _) = fields(schemas, &schemas[name]);
        let missing: Vec<&String> =
            required.iter().filter(|field| told["data"].get(field.as_str()).is_none()).collect();
        assert!(missing.is_empty(), "{event} is without {missing:?}");
        assert!(required.contains("id") && required.len() > 8, "{required:?}");
    }
}
