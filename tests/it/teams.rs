//! Teams: groups of operators that chats are given to, and that leave their chats when they go.

use serde_json::{Value, json};

use crate::ingest::only_chat;
use crate::send::Chat;
use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::socket::Client;
use crate::support::{Operator, check, shared, text};

async fn team(admin: &Operator, name: &str, user_ids: &[&String]) -> Value {
    admin.post("/api/teams", json!({"name": name, "userIds": user_ids})).await.created()
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["id"])).collect()
}

#[tokio::test]
async fn administrators_make_teams_of_members_and_everybody_sees_them() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let (bob, eve) = (admin.colleague("user").await, admin.colleague("moderator").await);
    let sales = team(&admin, " Sales ", &[&eve.user_id, &bob.user_id, &bob.user_id]).await;
    let fields: Vec<&String> = sales.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["createdAt", "id", "name", "userIds"]);
    assert_eq!((&sales["name"], &sales["userIds"]), (&json!("Sales"), &json!([bob.user_id, eve.user_id])));
    let path = format!("/api/teams/{}", text(&sales["id"]));
    let empty = admin.post("/api/teams", json!({"name": "Empty"})).await.created();
    assert_eq!(empty["userIds"], json!([]));
    assert_eq!(ids(&bob.get("/api/teams").await.items()), [text(&sales["id"]), text(&empty["id"])]);
    assert_eq!(bob.get(&path).await.ok(), sales);

    let renamed = admin.patch(&path, json!({"name": "Support"})).await.ok();
    assert_eq!((&renamed["name"], &renamed["userIds"]), (&json!("Support"), &sales["userIds"]));
    let fewer = admin.patch(&path, json!({"userIds": [eve.user_id]})).await.ok();
    assert_eq!((&fewer["name"], &fewer["userIds"]), (&json!("Support"), &json!([eve.user_id])));
    for foreign in [stranger.user_id.as_str(), "nobody"] {
        let body = json!({"name": "Theirs", "userIds": [bob.user_id, foreign]});
        admin.post("/api/teams", body.clone()).await.refused(404, "NOT_FOUND");
        admin.patch(&path, body).await.refused(404, "NOT_FOUND");
    }
    assert_eq!(admin.get(&path).await.ok(), fewer, "nothing was written");
    assert_eq!(admin.get("/api/teams").await.items().len(), 2);
    for wrong in [json!({}), json!({"name": ""}), json!({"name": "x", "userIds": "x"})] {
        admin.post("/api/teams", wrong).await.refused(422, "INVALID_DATA");
    }
    for operator in [&bob, &eve] {
        operator.post("/api/teams", json!({"name": "x"})).await.refused(403, "FORBIDDEN");
        operator.patch(&path, json!({"name": "x"})).await.refused(403, "FORBIDDEN");
        operator.delete(&path).await.refused(403, "FORBIDDEN");
    }
}

#[tokio::test]
async fn who_is_shut_out_leaves_the_team_until_let_in_again() {
    let server = shared().await;
    let admin = server.admin().await;
    let bob = admin.colleague("user").await;
    let path = format!("/api/teams/{}", text(&team(&admin, "Sales", &[&bob.user_id]).await["id"]));
    let user = format!("/api/users/{}", bob.user_id);
    admin.patch(&user, json!({"active": false})).await.ok();
    assert_eq!(admin.get(&path).await.ok()["userIds"], json!([]));
    admin.patch(&path, json!({"userIds": [bob.user_id]})).await.refused(404, "NOT_FOUND");
    admin.patch(&user, json!({"active": true})).await.ok();
    assert_eq!(admin.get(&path).await.ok()["userIds"], json!([bob.user_id]));
}

#[tokio::test]
async fn a_chat_is_given_to_a_team_found_by_it_and_told() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let chat = Chat::open(&admin).await;
    let other = Chat::open_on(&admin, chat.telegram.clone()).await;
    let sales = text(&team(&admin, "Sales", &[]).await["id"]);
    let foreign = text(&team(&stranger, "Theirs", &[]).await["id"]);
    let mut client = Client::js(&server, &admin).await;
    let path = format!("/api/chats/{}", chat.id);
    assert_eq!(admin.patch(&path, json!({"teamId": sales})).await.ok()["teamId"], json!(sales));
    let told = client.next_where("chat:updated", |told| told["id"] == chat.id.as_str()).await;
    assert_eq!(told["teamId"], json!(sales));
    let listed = async |team: &str| ids(&admin.get(&format!("/api/chats?teamId={team}")).await.items());
    assert_eq!(listed(&sales).await, std::slice::from_ref(&chat.id));
    assert_eq!(listed(&format!("{sales}&sort=oldest")).await, std::slice::from_ref(&chat.id));
    assert_eq!(admin.get(&format!("/api/v2/chats?team_id={sales}")).await.items().len(), 1);
    assert!(listed(&foreign).await.is_empty() && listed("none").await.is_empty());

    let before = check::journal(&admin).await.len();
    for wrong in [foreign.as_str(), "nothing", &chat.id] {
        let change = json!({"teamId": wrong, "priority": "urgent"});
        admin.patch(&path, change).await.refused(404, "NOT_FOUND");
    }
    admin.patch(&path, json!({"teamId": sales})).await.ok();
    assert_eq!(check::journal(&admin).await.len(), before, "nothing was written, and no change is not told");
    let kept = admin.patch(&path, json!({"labels": ["vip"]})).await.ok();
    assert_eq!((&kept["teamId"], &kept["priority"]), (&json!(sales), &json!("normal")));
    assert_eq!(admin.patch(&path, json!({"teamId": null})).await.ok()["teamId"], Value::Null);
    assert_eq!(admin.chat(&other.id).await["teamId"], Value::Null);
}

#[tokio::test]
async fn a_message_leaves_the_team_of_its_chat_as_it_is() {
    let server = shared().await;
    let admin = server.admin().await;
    let (bot, customer) = (Telegram::create(&admin).await, TelegramChat::new());
    bot.deliver(&customer.text("hi")).await;
    let id = text(&only_chat(&admin).await["id"]);
    let sales = text(&team(&admin, "Sales", &[]).await["id"]);
    admin.patch(&format!("/api/chats/{id}"), json!({"teamId": sales, "status": "resolved"})).await.ok();
    bot.deliver(&customer.text("again")).await;
    let chat = admin.chat(&id).await;
    assert_eq!((&chat["status"], &chat["teamId"]), (&json!("open"), &json!(sales)));
}

#[tokio::test]
async fn a_deleted_team_leaves_its_chats_each_of_which_is_told_once() {
    let server = shared().await;
    let admin = server.admin().await;
    let bot = Telegram::create(&admin).await;
    // more than one transaction takes
    for _ in 0..103 {
        bot.deliver(&TelegramChat::new().text("hi")).await;
    }
    let sales = text(&team(&admin, "Sales", &[]).await["id"]);
    let pool = server.pool().await;
    sqlx::query("update chats set team_id = $1::uuid where organization_id = $2::uuid")
        .bind(&sales)
        .bind(&admin.organization_id)
        .execute(&pool)
        .await
        .unwrap();
    let cursor = text(&admin.get("/api/events?after=latest").await.ok()["cursor"]);
    admin.delete(&format!("/api/teams/{sales}")).await.expect(204);
    admin.delete(&format!("/api/teams/{sales}")).await.refused(404, "NOT_FOUND");
    let told = check::journal_after(&admin, &cursor).await;
    assert_eq!(told.len(), 103);
    assert!(told.iter().all(|event| event["event"] == "chat:updated" && event["data"]["teamId"] == Value::Null));
    assert!(admin.get(&format!("/api/chats?teamId={sales}")).await.items().is_empty());
    assert!(admin.get("/api/teams").await.items().is_empty());
    let chat = text(&admin.get("/api/chats?limit=1").await.items()[0]["id"]);
    admin.patch(&format!("/api/chats/{chat}"), json!({"teamId": sales})).await.refused(404, "NOT_FOUND");
    let rows = "select count(*) from teams where organization_id = $1::uuid";
    assert_eq!(check::count(&pool, rows, &admin.organization_id).await, 0);
}

#[tokio::test]
async fn a_team_is_deleted_while_chats_are_given_to_it_and_none_keeps_it() {
    let server = shared().await;
    let admin = server.admin().await;
    let bot = Telegram::create(&admin).await;
    for _ in 0..8 {
        bot.deliver(&TelegramChat::new().text("hi")).await;
    }
    let chats = ids(&admin.get("/api/chats").await.items());
    let sales = text(&team(&admin, "Sales", &[]).await["id"]);
    let given = chats.iter().map(async |id| {
        let answer = admin.patch(&format!("/api/chats/{id}"), json!({"teamId": sales})).await;
        assert!([200, 404].contains(&answer.status.as_u16()), "{}", answer.text);
    });
    let deleted = async { admin.delete(&format!("/api/teams/{sales}")).await.expect(204) };
    tokio::join!(futures::future::join_all(given), deleted);
    let left = admin.get("/api/chats").await.items();
    assert!(left.iter().all(|chat| chat["teamId"] == Value::Null), "{left:?}");
}
