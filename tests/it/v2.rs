//! `/api/v2`: the lists that clients of the namespaces `/chat` and `/notifications` read, in their words; how long they last.

use serde_json::{Value, json};

use crate::notifications::{assign, booking, list, visitor};
use crate::send::Chat;
use crate::support::wait::eventually;
use crate::support::{Server, shared, text};

/// The same value with keys as `/api/v2` writes them, `data` aside.
fn snake(value: &Value) -> Value {
    let turned = |key: &str| {
        key.chars()
            .map(|c| if c.is_ascii_uppercase() { format!("_{}", c.to_ascii_lowercase()) } else { c.into() })
            .collect()
    };
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, own)| {
                let key: String = turned(key);
                (key.clone(), if key == "data" { own.clone() } else { snake(own) })
            });
            fields.collect()
        }
        Value::Array(items) => items.iter().map(snake).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn v2_lists_are_those_of_v1_in_snake_case() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    Chat::open_on(&admin, chat.telegram.clone()).await;
    assign(&admin, &chat.id, admin.user_id.as_str()).await;
    for (first, second) in [
        ("/api/chats", "/api/v2/chats"),
        ("/api/chats?assignedTo=me", "/api/v2/chats?assigned_to=me"),
        ("/api/chats?assignedTo=none&limit=1", "/api/v2/chats?assigned_to=none&limit=1"),
        (
            &format!("/api/chats?channelId={}&sort=oldest", chat.telegram.id),
            &format!("/api/v2/chats?channel_id={}&sort=oldest", chat.telegram.id),
        ),
    ] {
        let (camel, twin) = (admin.get(first).await.ok(), admin.get(second).await.ok());
        assert!(!camel["items"].as_array().unwrap().is_empty());
        assert_eq!(twin, snake(&camel), "{second}");
    }
    let page = admin.get("/api/v2/chats?limit=1").await.ok();
    assert!(
        page["items"][0]["last_message"]["from_me"].is_boolean() && page["items"][0]["contact"]["avatar_url"].is_null()
    );
    let next = admin.get(&format!("/api/v2/chats?limit=1&cursor={}", text(&page["next_cursor"]))).await.ok();
    assert_ne!(next["items"][0]["id"], page["items"][0]["id"]);
    admin.get("/api/v2/chats?status=wrong").await.refused(422, "INVALID_DATA");

    for _ in 0..2 {
        admin.post("/api/notifications", booking(&admin.user_id)).await.created();
    }
    let id = text(&list(&admin).await[0]["id"]);
    admin.post(&format!("/api/notifications/{id}/read"), json!({})).await.ok();
    for is_read in ["true", "false"] {
        let camel = admin.get(&format!("/api/notifications?isRead={is_read}")).await.ok();
        let twin = admin.get(&format!("/api/v2/notifications?is_read={is_read}")).await.ok();
        assert_eq!(twin, snake(&camel));
        assert_eq!(twin["items"][0]["data"], booking("")["data"]);
        assert_eq!(twin["items"].as_array().unwrap().len(), 1);
    }
    let (guest, own) = visitor(&admin).await;
    let chats = guest.get("/api/v2/chats").await.items();
    assert_eq!((chats.len(), &chats[0]["id"]), (1, &json!(own)));
    let document = server.anonymous().get("/api/openapi.json").await.ok();
    let fields = &document["components"]["schemas"]["ChatV2"]["properties"];
    for field in page["items"][0].as_object().unwrap().keys() {
        assert!(fields.get(field).is_some(), "{field} is not in the document");
    }
}

#[tokio::test]
async fn old_notifications_go_the_read_ones_first() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(text(&admin.post("/api/notifications", booking(&admin.user_id)).await.created()["id"]));
    }
    let pool = server.pool().await;
    for (id, days, read) in [(&ids[0], 91, true), (&ids[1], 366, false), (&ids[2], 91, false), (&ids[3], 89, true)] {
        let at = chrono::Utc::now() - chrono::TimeDelta::days(days);
        let id: uuid::Uuid = id.parse().unwrap();
        let sql = "update notifications set created_at = $2, read_at = case when $3 then $2 end where id = $1";
        sqlx::query(sql).bind(id).bind(at).bind(read).execute(&pool).await.unwrap();
    }
    // the house is cleaned when a node starts, and every ten minutes
    server.restart().await;
    let left = eventually("old ones are gone", || async {
        let left = list(&admin).await;
        (left.len() == 3).then_some(left)
    })
    .await;
    assert_eq!(left.iter().map(|one| text(&one["id"])).collect::<Vec<_>>(), [&*ids[4], &ids[3], &ids[2]]);
}
