//! `/notifications`, and the same on `/chat`: a user's own, told at once and read once.

use serde_json::{Value, json};

use crate::conversation::{operator, to_chat, web_chat};
use crate::support::socket::{Client, Connect, Language};
use crate::support::{Operator, Server, shared, text};

fn to_notifications(server: &Server, token: &str) -> Connect {
    Connect::with(server, json!({"token": token})).set("namespace", "/notifications")
}

async fn listen(server: &Server, operator: &Operator) -> Client {
    Client::synced(Language::JavaScript, &to_notifications(server, operator.token())).await
}

async fn notify(admin: &Operator, user_id: &str, kind: &str) -> Value {
    let body = json!({"userId": user_id, "type": kind, "title": "Запись подтверждена", "body": "10 января в 14:00",
        "data": {"booking_id": "b1"}});
    admin.post("/api/notifications", body).await.created()
}

#[tokio::test]
async fn a_notification_is_told_to_its_user_on_both_namespaces_and_to_nobody_else() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let mut own = [
        Client::synced(Language::Python, &to_notifications(&server, colleague.token())).await,
        listen(&server, &colleague).await,
        operator(&server, &colleague).await,
    ];
    let mut others = [listen(&server, &admin).await, operator(&server, &admin).await];
    for kind in [
        "booking_request",
        "booking_confirmed",
        "booking_cancelled",
        "friend_request",
        "friend_accepted",
        "post_liked",
        "post_commented",
        "post_reposted",
        "mention",
        "review_received",
        "auto_booking_proposal",
    ] {
        let made = notify(&admin, &colleague.user_id, kind).await;
        for client in &mut own {
            let told = client.next("notification:new").await;
            assert_eq!((&told["id"], &told["type"]), (&made["id"], &json!(kind)));
            assert_eq!((&told["title"], &told["body"]), (&json!("Запись подтверждена"), &json!("10 января в 14:00")));
            assert_eq!((&told["data"], &told["is_read"]), (&json!({"booking_id": "b1"}), &json!(false)));
            assert!(told["created_at"].is_string() && told["event_id"].is_string() && told["cursor"].is_string());
        }
    }
    for client in &mut others {
        notify(&admin, &admin.user_id, "mention").await;
        assert_eq!(client.next("notification:new").await["type"], "mention");
        assert!(client.of("notification:new").iter().all(|told| told["type"] == "mention"));
    }
}

#[tokio::test]
async fn reading_is_acknowledged_with_its_time_and_only_the_own_can_be_read() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let made = notify(&admin, &colleague.user_id, "mention").await;
    for client in [&mut listen(&server, &admin).await, &mut operator(&server, &admin).await] {
        let ack = client.emit("notification:read", json!({"notification_id": made["id"]})).await;
        assert_eq!(ack["error"]["code"], "INVALID_DATA", "{ack}");
        assert_eq!(client.next("error").await["code"], "INVALID_DATA");
    }
    let mut client = listen(&server, &colleague).await;
    let ack = client.emit("notification:read", json!({"notification_id": made["id"]})).await;
    assert_eq!((&ack["notification_id"], &ack["is_read"]), (&made["id"], &json!(true)));
    let read_at = text(&ack["read_at"]);
    let mut chat = operator(&server, &colleague).await;
    let again = chat.emit("notification:read", json!({"notification_id": made["id"]})).await;
    assert_eq!(again["read_at"], read_at.as_str(), "it was read once");
    assert!(colleague.get("/api/notifications?isRead=false").await.items().is_empty());
}

#[tokio::test]
async fn what_was_missed_is_replayed_by_cursor_here_too() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let mut client = listen(&server, &colleague).await;
    notify(&admin, &colleague.user_id, "mention").await;
    let cursor = text(&client.next("notification:new").await["cursor"]);
    client.disconnect().await;
    client.clear();
    notify(&admin, &admin.user_id, "post_liked").await;
    notify(&admin, &colleague.user_id, "post_commented").await;
    client.connect_again(json!({"token": colleague.token(), "cursor": cursor})).await;
    let sync = client.next("sync:required").await;
    assert_eq!((&sync["reason"], &sync["replayed"]), (&json!("reconnection"), &json!(1)));
    let told: Vec<Value> = client.of("notification:new").iter().map(|told| told["type"].clone()).collect();
    assert_eq!(told, ["post_commented"]);
}

#[tokio::test]
async fn a_visitor_may_listen_and_hears_nothing() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let mut visitor = Client::synced(Language::JavaScript, &to_notifications(&server, guest.token())).await;
    assert_eq!(visitor.of("connected")[0]["user_id"], guest.contact_id().as_str());
    notify(&admin, &admin.user_id, "mention").await;
    admin.send(&guest.chat_id, "hello").await;
    let mut other = Client::synced(Language::JavaScript, &to_chat(&server, json!({"token": guest.token()}))).await;
    admin.send(&guest.chat_id, "again").await;
    other.next("chat:message:new").await;
    assert_eq!(visitor.names(), ["connect", "connected", "sync:required"]);
}
