//! Words that a team shares: labels with their colors, and replies kept at hand.

use serde_json::{Value, json};

use crate::send::Chat;
use crate::support::{Operator, shared, text};

fn texts(items: &[Value], field: &str) -> Vec<String> {
    items.iter().map(|item| text(&item[field])).collect()
}

async fn label(admin: &Operator, name: &str) -> Value {
    admin.post("/api/labels", json!({"name": name})).await.created()
}

#[tokio::test]
async fn a_label_has_a_color_keeps_its_name_and_leaves_its_word_with_the_chats() {
    let server = shared().await;
    let admin = server.admin().await;
    let vip = admin.post("/api/labels", json!({"name": " VIP ", "color": "#FF00aa"})).await.created();
    assert_eq!((&vip["name"], &vip["color"]), (&json!("VIP"), &json!("#ff00aa")));
    let fields: Vec<&String> = vip.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["color", "createdAt", "id", "name"]);
    assert_eq!(label(&admin, "billing").await["color"], "#64748b", "one is given where none is named");

    let path = format!("/api/labels/{}", text(&vip["id"]));
    assert_eq!(admin.patch(&path, json!({"color": "#000000"})).await.ok()["color"], "#000000");
    let renamed = admin.patch(&path, json!({"name": "gold", "color": "#111111"})).await.refused(422, "INVALID_DATA");
    assert_eq!(renamed["errors"][0]["field"], "name");
    let kept = admin.patch(&path, json!({"name": "VIP"})).await.ok();
    assert_eq!((&kept["name"], &kept["color"]), (&json!("VIP"), &json!("#000000")));

    let chat = Chat::open(&admin).await;
    admin.patch(&format!("/api/chats/{}", chat.id), json!({"labels": ["VIP"]})).await.ok();
    admin.delete(&path).await.expect(204);
    admin.delete(&path).await.refused(404, "NOT_FOUND");
    assert_eq!(texts(&admin.get("/api/labels").await.items(), "name"), ["billing"]);
    assert_eq!(admin.chat(&chat.id).await["labels"], json!(["VIP"]));
}

#[tokio::test]
async fn a_label_is_there_once_in_whatever_case_and_language() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    for name in ["Срочно", "Übermut", "b", "A"] {
        label(&admin, name).await;
    }
    for name in ["срочно", "СРОЧНО", "ÜBERMUT", " a "] {
        admin.post("/api/labels", json!({"name": name})).await.refused(409, "CONFLICT");
    }
    label(&stranger, "срочно").await;
    let (first, second) = tokio::join!(
        admin.post("/api/labels", json!({"name": "twice"})),
        admin.post("/api/labels", json!({"name": "Twice"}))
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    for wrong in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "  "}),
        json!({"name": "a\nb"}),
        json!({"name": "й".repeat(51)}),
        json!({"name": "c", "color": "red"}),
        json!({"name": "c", "color": "#12345"}),
        json!({"name": "c", "color": "#12345g"}),
    ] {
        admin.post("/api/labels", wrong).await.refused(422, "INVALID_DATA");
    }
    label(&admin, &"й".repeat(50)).await;
}

#[tokio::test]
async fn labels_are_listed_by_name_read_by_all_and_written_by_moderators() {
    let server = shared().await;
    let admin = server.admin().await;
    for name in ["delta", "Alpha", "charlie", "Bravo", "_", "echo"] {
        label(&admin, name).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/api/labels?limit=4&cursor={cursor}")).await.ok();
        seen.extend(texts(page["items"].as_array().unwrap(), "name"));
        let Some(next) = page["nextCursor"].as_str() else { break };
        next.clone_into(&mut cursor);
    }
    assert_eq!(seen, ["_", "Alpha", "Bravo", "charlie", "delta", "echo"]);
    admin.get("/api/labels?cursor=_w").await.refused(422, "INVALID_DATA");

    let (operator, moderator) = (admin.colleague("user").await, admin.colleague("moderator").await);
    assert_eq!(operator.get("/api/labels").await.items().len(), 6);
    let path = format!("/api/labels/{}", text(&label(&moderator, "theirs").await["id"]));
    operator.post("/api/labels", json!({"name": "x"})).await.refused(403, "FORBIDDEN");
    operator.patch(&path, json!({"color": "#000000"})).await.refused(403, "FORBIDDEN");
    operator.delete(&path).await.refused(403, "FORBIDDEN");
    moderator.delete(&path).await.expect(204);
}

async fn reply(operator: &Operator, shortcut: &str, content: &str) -> Value {
    operator.post("/api/quick-replies", json!({"shortcut": shortcut, "content": content})).await.created()
}

#[tokio::test]
async fn quick_replies_are_kept_by_every_operator_for_all() {
    let server = shared().await;
    let admin = server.admin().await;
    let operator = admin.colleague("user").await;
    let hello = reply(&operator, "hello", "Hello!\nHow can we help?").await;
    assert_eq!((&hello["createdBy"], &hello["shortcut"]), (&json!(operator.user_id), &json!("hello")));
    let fields: Vec<&String> = hello.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["content", "createdAt", "createdBy", "id", "shortcut", "updatedAt"]);
    reply(&admin, "Спасибо", "Thank you, 100%").await;
    reply(&admin, "bye", "Goodbye").await;
    let key = admin.api_key("user").await;
    let made = key.post("/api/quick-replies", json!({"shortcut": "key", "content": "x"})).await.created();
    assert_eq!(made["createdBy"], Value::Null);

    let listed =
        async |query: &str| texts(&operator.get(&format!("/api/quick-replies{query}")).await.items(), "shortcut");
    assert_eq!(listed("").await, ["bye", "hello", "key", "Спасибо"]);
    assert_eq!(listed("?q=HOW").await, ["hello"], "a part of the text");
    assert_eq!(listed("?q=ye").await, ["bye"]);
    assert_eq!(listed("?q=0%25").await, ["Спасибо"], "wildcards are taken literally");
    assert_eq!(listed("?q=_").await, Vec::<String>::new());

    let path = format!("/api/quick-replies/{}", text(&hello["id"]));
    let changed = admin.patch(&path, json!({"content": "Hi"})).await.ok();
    assert_eq!((&changed["shortcut"], &changed["content"]), (&json!("hello"), &json!("Hi")));
    assert_eq!(changed["createdBy"], json!(operator.user_id));
    assert!(text(&changed["updatedAt"]) >= text(&hello["updatedAt"]));
    assert_eq!(
        admin.patch(&path, json!({"shortcut": "HELLO"})).await.ok()["shortcut"],
        "HELLO",
        "its own is not taken"
    );
    admin.patch(&path, json!({"shortcut": "СПАСИБО"})).await.refused(409, "CONFLICT");
    admin.post("/api/quick-replies", json!({"shortcut": "ByE", "content": "x"})).await.refused(409, "CONFLICT");
    assert_eq!(admin.patch(&path, json!({})).await.ok()["content"], "Hi");
    for wrong in [
        json!({"shortcut": "two words", "content": "x"}),
        json!({"shortcut": "", "content": "x"}),
        json!({"shortcut": "a".repeat(33), "content": "x"}),
        json!({"shortcut": "x", "content": " "}),
        json!({"shortcut": "x", "content": "й".repeat(4_097)}),
        json!({"shortcut": "x"}),
    ] {
        admin.post("/api/quick-replies", wrong).await.refused(422, "INVALID_DATA");
    }
    reply(&admin, "long", &"й".repeat(4_096)).await;
    operator.delete(&path).await.expect(204);
    operator.delete(&path).await.refused(404, "NOT_FOUND");
}
