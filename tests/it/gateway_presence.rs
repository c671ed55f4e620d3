//! Who is connected to `/ws` is here: online with a connection, present in the chats it follows.

use serde_json::json;

use crate::gateway::{Customer, visitor};
use crate::support::gateway::Plain;
use crate::support::socket::Client;
use crate::support::wait::eventually;
use crate::support::{Operator, Server};

async fn total(admin: &Operator, expected: u64) {
    eventually(&format!("{expected} are online"), || async {
        (admin.get("/api/presence/summary").await.ok()["total"] == expected).then_some(())
    })
    .await;
}

async fn members(admin: &Operator, chat_id: &str, expected: &[&str]) {
    eventually(&format!("{expected:?} are present"), || async {
        let present = admin.get(&format!("/api/chats/{chat_id}/presence")).await.ok();
        (present["memberIds"] == json!(expected)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_online_and_a_subscription_present_until_either_ends() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let customer = Customer::of(&admin).await;
    let chat_id = &customer.chat_id;
    let mut watcher = Client::js(&server, &admin).await;
    watcher.emit("subscribe:chat:delta", json!({"chatId": chat_id})).await;
    total(&admin, 1).await;
    let mut one = Plain::connect(&server, colleague.token()).await;
    let mut two = Plain::connect(&server, colleague.token()).await;
    total(&admin, 2).await;
    one.subscribe(chat_id).await;
    let joined = watcher.next("chat:member:joined").await;
    assert_eq!(joined["userId"], colleague.user_id.as_str());
    two.subscribe(chat_id).await;
    members(&admin, chat_id, &[&colleague.user_id]).await;
    one.say("unsubscribe", chat_id, json!({}));
    members(&admin, chat_id, &[&colleague.user_id]).await;
    drop(two);
    watcher.next("chat:member:left").await;
    members(&admin, chat_id, &[]).await;
    total(&admin, 2).await;
    drop(one);
    total(&admin, 1).await;
}

#[tokio::test]
async fn visitors_and_api_keys_enter_no_list() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let guest = visitor(&admin).await;
    let key = admin.api_key("user").await;
    let mut page = Plain::connect(&server, guest.token()).await;
    let mut program = Plain::connect(&server, key.token.as_deref().unwrap()).await;
    let mut operator = Plain::connect(&server, admin.token()).await;
    for client in [&mut page, &mut program, &mut operator] {
        client.subscribe(&guest.chat_id).await;
    }
    members(&admin, &guest.chat_id, &[&admin.user_id]).await;
    total(&admin, 1).await;
}
