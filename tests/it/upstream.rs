//! What networks are told beside messages: who types, what was read, that a pressed button was heard.

use serde_json::json;

use crate::send::Chat;
use crate::support::bodies::unique;
use crate::support::fake::fakes;
use crate::support::shared;
use crate::support::socket::Client;
use crate::support::wait::soon;

#[tokio::test]
async fn a_customer_sees_that_an_operator_types() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let mut client = Client::js(&server, &admin).await;
    client.emit("subscribe:chat", json!({"chatId": chat.id})).await;
    // again and again, as clients do: the network is told once in a while
    for _ in 0..5 {
        client.emit("typing:start", json!({"chatId": chat.id})).await;
    }
    let bot = &chat.telegram.token;
    let told = soon("Telegram is told", fakes().telegram.wait_for_errands(bot, "sendChatAction", 1)).await;
    let typing: Vec<_> = told.iter().filter(|call| call.operation == "sendChatAction").collect();
    assert_eq!((typing.len(), &typing[0].body["action"]), (1, &json!("typing")));
    assert_eq!(typing[0].body["chat_id"].to_string(), chat.customer.id.to_string());
}

#[tokio::test]
async fn a_pressed_button_is_answered_once_it_is_stored() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let query = unique().to_string();
    let pressed = json!({"update_id": unique(), "callback_query": {"id": query, "data": "yes",
        "from": {"id": chat.customer.id, "is_bot": false, "first_name": "Ada"},
        "message": {"message_id": 1, "date": 0, "chat": {"id": chat.customer.id, "type": "private"}}}});
    chat.telegram.deliver(&pressed).await;
    chat.telegram.deliver(&pressed).await;
    let bot = &chat.telegram.token;
    let told = soon("Telegram is told", fakes().telegram.wait_for_errands(bot, "answerCallbackQuery", 1)).await;
    let answered: Vec<_> = told.iter().filter(|call| call.operation == "answerCallbackQuery").collect();
    assert_eq!((answered.len(), &answered[0].body["callback_query_id"]), (1, &json!(query)));
    let message = admin.messages(&chat.id).await.remove(0);
    assert_eq!((&message["type"], &message["metadata"]["id"]), (&json!("interactive"), &json!("yes")));
}
