//! API keys go where a token goes.

use serde_json::json;

use crate::support::api::Api;
use crate::support::wait::eventually;
use crate::support::{Server, shared, text};

#[tokio::test]
async fn a14_a_key_is_shown_once_and_stored_as_a_hash() {
    let server = shared().await;
    let admin = server.admin().await;
    let made = admin.post("/api/api-keys", json!({"name": " export ", "role": "user"})).await.created();
    let key = text(&made["key"]);
    assert!(key.starts_with("sk_") && key.len() > 40);
    let listed = admin.get("/api/api-keys").await.items();
    assert_eq!((listed.len(), &listed[0]["name"]), (1, &json!("export")));
    assert!(!serde_json::to_string(&listed).unwrap().contains(&key));
    let pool = server.pool().await;
    let rows: Vec<String> =
        sqlx::query_scalar("select to_jsonb(k)::text from api_keys k").fetch_all(&pool).await.unwrap();
    assert!(rows.iter().all(|row| !row.contains(&key)));
    let caller = Api::new(&server.base, Some(&key));
    caller.get("/api/users").await.items();
    let altered = format!("{}x", &key[..key.len() - 1]);
    Api::new(&server.base, Some(&altered)).get("/api/users").await.refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a14_a_deleted_key_is_dead_on_every_node() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let made = admin.post("/api/api-keys", json!({"name": "k", "role": "admin"})).await.created();
    let (here, there) = (Api::new(&server.base, made["key"].as_str()), Api::new(&twin.base, made["key"].as_str()));
    here.get("/api/users").await.items();
    there.get("/api/users").await.items();
    let path = format!("/api/api-keys/{}", text(&made["id"]));
    admin.delete(&path).await.expect(204);
    here.get("/api/users").await.refused(401, "UNAUTHORIZED");
    eventually("the other node refuses the key", || async {
        (there.get("/api/users").await.status == 401).then_some(())
    })
    .await;
    admin.delete(&path).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_key_has_its_role_and_its_organization_alone() {
    let server = shared().await;
    let (ours, theirs) = (server.admin().await, server.admin().await);
    let (user, admin) = (ours.api_key("user").await, ours.api_key("admin").await);
    user.get("/api/api-keys").await.refused(403, "FORBIDDEN");
    assert_eq!(admin.get("/api/api-keys").await.items().len(), 2);
    user.get("/api/me").await.refused(403, "FORBIDDEN");
    let seen = user.get(&format!("/api/users?ids={},{}", ours.user_id, theirs.user_id)).await.ok();
    assert_eq!(seen["users"].as_array().unwrap().len(), 1);
    let made = theirs.post("/api/api-keys", json!({"name": "k", "role": "user"})).await.created();
    let foreign = format!("/api/api-keys/{}", text(&made["id"]));
    let known = ours.delete(&foreign).await.refused(404, "NOT_FOUND");
    let unknown = ours.delete("/api/api-keys/not-an-id").await.refused(404, "NOT_FOUND");
    assert_eq!(known, unknown);
    for wrong in [json!({"name": "", "role": "user"}), json!({"name": "k"}), json!({"name": "k", "role": "guest"})] {
        ours.post("/api/api-keys", wrong).await.refused(422, "INVALID_DATA");
    }
}

#[tokio::test]
async fn a_token_that_asks_too_often_is_told_to_wait_and_others_are_not() {
    let server = Server::builder().env("RATE_LIMIT", "on").start().await;
    let admin = server.admin().await;
    let other = admin.colleague("user").await;
    let answers = futures::future::join_all((0..600).map(|_| admin.get("/api/me"))).await;
    let limited: Vec<_> = answers.into_iter().filter(|answer| answer.status == 429).collect();
    assert!(!limited.is_empty(), "600 at once passed");
    for answer in limited {
        assert!(answer.headers.contains_key("retry-after"));
        answer.refused(429, "RATE_LIMIT");
    }
    other.get("/api/me").await.ok();
}
