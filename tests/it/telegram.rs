//! Telegram from end to end: groups and topics, business accounts, buttons, changes of messages, and bots in trouble.

use serde_json::{Value, json};
use stub::{Call, Fault, telegram_api};

use crate::ingest::only_chat;
use crate::media::upload;
use crate::send::{Chat, until};
use crate::support::bodies::{TelegramChat, now, unique};
use crate::support::channel::{Telegram, bot_token};
use crate::support::fake::fakes;
use crate::support::wait::{eventually, soon};
use crate::support::{Operator, files, shared, text};

/// A message in a supergroup, by a member of it.
fn in_group(group: i64, message_id: i64, fields: Value) -> Value {
    let mut message = json!({"message_id": message_id, "date": now(),
        "from": {"id": 4_242, "is_bot": false, "first_name": "Grace"},
        "chat": {"id": group, "type": "supergroup", "title": "Allotments", "is_forum": true}});
    message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"update_id": unique(), "message": message})
}

fn new_group() -> i64 {
    -1_000_000_000_000 - unique()
}

/// Everything of one kind that the bot was asked besides sending, once there is so much.
async fn errands(telegram: &Telegram, method: &str, count: usize) -> Vec<Call> {
    soon(method, fakes().telegram.wait_for_errands(&telegram.token, method, count)).await
}

/// Sends, and gives what the bot was asked for it and the message.
async fn send(admin: &Operator, telegram: &Telegram, body: Value) -> (Call, Value) {
    let before = fakes().telegram.sends(&telegram.token).len();
    let chat_id = text(&body["chatId"]);
    let message = admin.post("/api/messages/send", body).await.created();
    let sent = until(admin, &chat_id, &text(&message["id"]), "sent").await;
    (telegram.sends(before + 1).await.remove(before), sent)
}

#[tokio::test]
async fn an_answer_in_a_forum_goes_to_the_topic_of_the_message_that_it_answers() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let group = new_group();
    let topic = |id: i64, topic: i64| {
        in_group(
            group,
            id,
            json!({"text": format!("in {topic}"), "message_thread_id": topic, "is_topic_message": true}),
        )
    };
    telegram.deliver(&topic(1_001, 5)).await;
    telegram.deliver(&topic(1_002, 9)).await;
    let chat = only_chat(&admin).await;
    let chat_id = text(&chat["id"]);
    assert_eq!((&chat["isGroup"], &chat["title"]), (&json!(true), &json!("Allotments")));
    let (newest, _) = send(&admin, &telegram, json!({"chatId": chat_id, "content": "hello"})).await;
    assert_eq!((&newest.body["chat_id"], &newest.body["message_thread_id"]), (&json!(group), &json!(9)));
    let messages = admin.messages(&chat_id).await;
    let first = messages.iter().find(|message| message["content"] == "in 5").unwrap();
    assert_eq!(first["senderName"], "Grace");
    let (reply, _) =
        send(&admin, &telegram, json!({"chatId": chat_id, "content": "you", "replyToId": first["id"]})).await;
    assert_eq!(
        (&reply.body["message_thread_id"], &reply.body["reply_parameters"]["message_id"]),
        (&json!(5), &json!(1_001))
    );

    let thread = json!({"text": "a reply, in no topic", "message_thread_id": 1_001});
    telegram.deliver(&in_group(group, 1_003, thread)).await;
    let (general, _) = send(&admin, &telegram, json!({"chatId": chat_id, "content": "all"})).await;
    assert_eq!(general.body["message_thread_id"], Value::Null, "a thread of replies is no topic");
}

#[tokio::test]
async fn a_business_account_s_customer_is_answered_read_and_corrected_through_its_connection() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    let mut update = customer.message(json!({"text": "is it open today?", "business_connection_id": "bc7"}));
    let message = update["message"].take();
    update = json!({"update_id": update["update_id"], "business_message": message});
    telegram.deliver(&update).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    admin.post(&format!("/api/chats/{chat_id}/read"), json!({})).await.ok();
    let read = errands(&telegram, "readBusinessMessage", 1).await.remove(0).body;
    assert_eq!((&read["business_connection_id"], &read["chat_id"]), (&json!("bc7"), &json!(customer.id)));
    assert_eq!(read["message_id"], update["business_message"]["message_id"]);
    let (sent, message) = send(&admin, &telegram, json!({"chatId": chat_id, "content": "yes"})).await;
    assert_eq!(sent.body["business_connection_id"], "bc7");
    let path = format!("/api/messages/{}", text(&message["id"]));
    admin.patch(&path, json!({"content": "yes, until six"})).await.ok();
    let edit = errands(&telegram, "editMessageText", 1).await.remove(0).body;
    assert_eq!((&edit["business_connection_id"], &edit["text"]), (&json!("bc7"), &json!("yes, until six")));
    admin.delete(&path).await.expect(204);
    let gone = errands(&telegram, "deleteBusinessMessages", 1).await.remove(0).body;
    assert_eq!((&gone["business_connection_id"], gone["message_ids"].as_array().unwrap().len()), (&json!("bc7"), 1));
}

#[tokio::test]
async fn a_pressed_button_comes_in_as_what_it_says_and_is_answered_at_once() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let buttons = json!([{"id": "pot=1", "title": "Clay"}, {"id": "pot=2", "title": "Glass"}]);
    let question =
        json!({"chatId": chat.id, "type": "interactive", "content": "Which pot?", "metadata": {"buttons": buttons}});
    let (asked, question) = send(&admin, &chat.telegram, question).await;
    let keyboard = &asked.body["reply_markup"];
    assert_eq!(keyboard["inline_keyboard"][1], json!([{"text": "Glass", "callback_data": "pot=2"}]));
    let query = unique().to_string();
    let number: i64 = text(&question["externalId"]).parse().unwrap();
    let person = json!({"id": chat.customer.id, "is_bot": false, "first_name": "Ada"});
    let shown = json!({"message_id": number, "date": now(), "text": "Which pot?", "reply_markup": keyboard,
        "chat": {"id": chat.customer.id, "type": "private", "first_name": "Ada"}});
    let press = json!({"update_id": unique(), "callback_query": {"id": query, "from": person, "message": shown,
        "chat_instance": "1", "data": "pot=2"}});
    chat.telegram.deliver(&press).await;
    let answered = errands(&chat.telegram, "answerCallbackQuery", 1).await.remove(0);
    assert_eq!(answered.body["callback_query_id"], query.as_str());
    let pressed = admin.messages(&chat.id).await.remove(0);
    assert_eq!((&pressed["type"], &pressed["content"]), (&json!("interactive"), &json!("Glass")));
    assert_eq!((&pressed["metadata"]["id"], &pressed["replyToId"]), (&json!("pot=2"), &question["id"]));
}

#[tokio::test]
async fn a_sent_message_is_changed_at_telegram_and_here() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let (_, message) = send(&admin, &chat.telegram, json!({"chatId": chat.id, "content": "at 1*2"})).await;
    let path = format!("/api/messages/{}", text(&message["id"]));
    let edited = admin.patch(&path, json!({"content": "at _3_"})).await.ok();
    assert_eq!((&edited["content"], edited["editedAt"].is_string()), (&json!("at _3_"), true));
    let edit = errands(&chat.telegram, "editMessageText", 1).await.remove(0).body;
    assert_eq!((&edit["text"], &edit["parse_mode"]), (&json!("at _3_"), &Value::Null));
    admin.patch(&path, json!({"content": "at _3_"})).await.ok();
    admin.put(&format!("{path}/reaction"), json!({"emoji": "👍"})).await.ok();
    let reaction = errands(&chat.telegram, "setMessageReaction", 1).await.remove(0).body;
    assert_eq!(reaction["reaction"], json!([{"type": "emoji", "emoji": "👍"}]));
    let refused = admin.put(&format!("{path}/reaction"), json!({"emoji": "🦖"})).await.refused(422, "INVALID_DATA");
    assert!(refused.to_string().contains("Telegram"), "{refused}");
    admin.delete(&path).await.expect(204);
    errands(&chat.telegram, "deleteMessage", 1).await;
    assert!(admin.message(&chat.id, &text(&message["id"])).await["deletedAt"].is_string());
}

#[tokio::test]
async fn an_album_that_is_deleted_goes_with_all_its_files() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let mut files = Vec::new();
    for name in ["a.png", "b.png", "c.png"] {
        files.push(upload(&admin, name, "image/png", files::png()).await.created()["id"].clone());
    }
    let album = json!({"chatId": chat.id, "content": "three", "attachmentIds": files, "metadata": {"partIds": ["9"]}});
    let (asked, message) = send(&admin, &chat.telegram, album).await;
    assert_eq!(asked.operation, "sendMediaGroup");
    let first: i64 = text(&message["externalId"]).parse().unwrap();
    admin.delete(&format!("/api/messages/{}", text(&message["id"]))).await.expect(204);
    let gone = errands(&chat.telegram, "deleteMessages", 1).await.remove(0).body;
    assert_eq!(gone["message_ids"], json!([first, first + 1, first + 2]));
}

#[tokio::test]
async fn whoever_blocks_the_bot_is_marked_by_a_quiet_line() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    admin.post(&format!("/api/chats/{}/read", chat.id), json!({})).await.ok();
    let person = json!({"id": chat.customer.id, "is_bot": false, "first_name": "Ada"});
    let member = |status: &str| json!({"user": {"id": 1, "is_bot": true, "first_name": "Bot"}, "status": status});
    let blocked = json!({"update_id": unique(), "my_chat_member": {"date": now(), "from": person,
        "chat": {"id": chat.customer.id, "type": "private", "first_name": "Ada"},
        "old_chat_member": member("member"), "new_chat_member": member("kicked")}});
    chat.telegram.deliver(&blocked).await;
    let line = admin.messages(&chat.id).await.remove(0);
    assert_eq!((&line["type"], &line["metadata"]["kind"]), (&json!("system"), &json!("bot_blocked")));
    assert_eq!(admin.chat(&chat.id).await["unreadCount"], 0);
}

#[tokio::test]
async fn a_group_that_becomes_a_supergroup_stays_one_chat() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let (old, new) = (-unique(), new_group());
    let hello =
        in_group(old, 1_001, json!({"text": "hello", "chat": {"id": old, "type": "group", "title": "Allotments"}}));
    telegram.deliver(&hello).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let body = json!({"ok": false, "error_code": 400, "parameters": {"migrate_to_chat_id": new},
        "description": "Bad Request: group chat was upgraded to a supergroup chat"});
    fakes().telegram.fail(&old.to_string(), [Fault::Answer { status: 400, body }]);
    let message = admin.send(&chat_id, "welcome").await;
    until(&admin, &chat_id, &text(&message["id"]), "sent").await;
    let chats: Vec<String> = telegram.sends(2).await.into_iter().map(|call| call.chat).collect();
    assert_eq!(chats, [old.to_string(), new.to_string()], "sent again, once, where the group is now");
    for (group, key, other) in [(old, "migrate_to_chat_id", new), (new, "migrate_from_chat_id", old)] {
        let note =
            in_group(group, 1_002, json!({key: other, "chat": {"id": group, "type": "group", "title": "Allotments"}}));
        telegram.deliver(&note).await;
    }
    telegram.deliver(&in_group(new, 1_001, json!({"text": "a new number one thousand and one"}))).await;
    let chat = only_chat(&admin).await;
    assert_eq!(chat["externalId"], new.to_string().as_str());
    let messages = admin.messages(&text(&chat["id"])).await;
    let contents: Vec<&str> = messages.iter().filter_map(|message| message["content"].as_str()).collect();
    assert!(contents.contains(&"hello") && contents.contains(&"a new number one thousand and one"), "{contents:?}");
}

#[tokio::test]
async fn a_revoked_token_marks_the_channel_and_tells_the_administrator_while_the_queue_waits() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    fakes().telegram.revoke(&chat.telegram.token);
    let message = admin.send(&chat.id, "to whom it may concern").await;
    let channel = eventually("the channel shows the error", || async {
        let channel = admin.get(&format!("/api/channels/{}", chat.telegram.id)).await.ok();
        (channel["status"] == "error").then_some(channel)
    })
    .await;
    assert!(channel["lastError"].as_str().unwrap().contains("Unauthorized"), "{channel}");
    assert!(!channel.to_string().contains(&chat.telegram.token));
    let told = eventually("the administrator is told", || async {
        let notifications = admin.get("/api/notifications").await.items();
        notifications.into_iter().find(|told| told["type"] == "channel_disconnected")
    })
    .await;
    assert!(!told.to_string().contains(&chat.telegram.token));
    assert_eq!(admin.message(&chat.id, &text(&message["id"])).await["status"], "queued");
}

#[tokio::test]
async fn a_polled_bot_with_a_revoked_token_is_in_error_too() {
    let server = shared().await;
    let admin = server.admin().await;
    let token = bot_token();
    fakes().telegram.revoke(&token);
    let body = json!({"name": "Bot", "provider": "telegram", "credentials": {"token": token}});
    let id = text(&admin.post("/api/channels", body).await.created()["id"]);
    eventually("the channel shows the error", || async {
        (admin.get(&format!("/api/channels/{id}")).await.ok()["status"] == "error").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_channel_shows_the_bot_and_how_its_deliveries_go() {
    let server = shared().await;
    let admin = server.admin().await;
    let token = bot_token();
    fakes().telegram.set_health(
        &token,
        json!({"pending_update_count": 4, "last_error_date": 1_790_000_000,
        "last_error_message": "Wrong response from the webhook: 502 Bad Gateway"}),
    );
    let body = json!({"name": "Bot", "provider": "telegram", "mode": "webhook", "credentials": {"token": token}});
    let id = text(&admin.post("/api/channels", body).await.created()["id"]);
    let channel = eventually("the bot is known", || async {
        let channel = admin.get(&format!("/api/channels/{id}")).await.ok();
        (channel["status"] == "connected").then_some(channel)
    })
    .await;
    let account = &channel["account"];
    assert!(account["username"].as_str().unwrap().ends_with("_bot"), "{channel}");
    assert_eq!(
        (&account["pendingUpdates"], &account["lastDeliveryErrorAt"]),
        (&json!(4), &json!("2026-09-21T14:13:20.000Z"))
    );
    assert!(account["lastDeliveryError"].as_str().unwrap().contains("502"));
    assert!(channel["lastError"].as_str().unwrap().contains("https"), "PUBLIC_URL is http here: {channel}");
}

#[tokio::test]
async fn a_group_s_rate_limit_does_not_hold_up_a_customer() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let group = new_group();
    telegram.deliver(&in_group(group, 1_001, json!({"text": "hello"}))).await;
    let group_chat = text(&only_chat(&admin).await["id"]);
    let private = Chat::open_on(&admin, telegram).await;
    fakes().telegram.fail(&group.to_string(), [telegram_api::too_many_requests(600)]);
    let held = admin.send(&group_chat, "slow down").await;
    private.telegram.sends(1).await;
    let (quick, _) = send(&admin, &private.telegram, json!({"chatId": private.id, "content": "at once"})).await;
    assert_eq!(quick.body["text"], "at once");
    assert_eq!(admin.message(&group_chat, &text(&held["id"])).await["status"], "queued");
}
