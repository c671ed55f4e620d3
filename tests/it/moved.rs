//! Chats that move to another outside id, and two that turn out to be one.

use serde_json::{Value, json};

use crate::support::bodies::{bridge_event, bridge_text, unique, waba_change, waba_message};
use crate::support::channel::{Bridge, Telegram, Waba};
use crate::support::socket::Client;
use crate::support::wait::eventually;
use crate::support::{Operator, check, shared, text};

fn lid(number: i64) -> String {
    format!("{number}@lid")
}

fn phone(number: i64) -> String {
    format!("{number}@s.whatsapp.net")
}

fn paired(from: &str, to: &str) -> Value {
    bridge_event("chat.moved", json!({"from": from, "to": to}))
}

async fn chats(admin: &Operator) -> Vec<Value> {
    admin.get("/api/chats").await.items()
}

async fn texts(admin: &Operator, chat_id: &str) -> Vec<String> {
    admin.messages(chat_id).await.iter().rev().map(|message| text(&message["content"])).collect()
}

#[tokio::test]
async fn a_hidden_id_and_a_phone_become_one_chat_in_the_order_of_its_messages() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let number = unique();
    let (hidden, open) = (lid(number), phone(number));
    for (chat, id, said) in
        [(&hidden, "A1", "one"), (&open, "B1", "two"), (&hidden, "A2", "three"), (&open, "B2", "four")]
    {
        bridge.deliver(&bridge_text(chat, id, said)).await;
    }
    let two = chats(&admin).await;
    assert_eq!(two.len(), 2);
    let with_hidden = two.iter().find(|chat| chat["externalId"] == json!(hidden)).unwrap();
    admin
        .patch(
            &format!("/api/chats/{}", text(&with_hidden["id"])),
            json!({"assignedUserId": admin.user_id, "labels": ["vip"]}),
        )
        .await
        .ok();

    let mut client = Client::js(&server, &admin).await;
    bridge.deliver(&paired(&hidden, &open)).await;
    let one = chats(&admin).await;
    assert_eq!(one.len(), 1, "{one:#?}");
    let chat = &one[0];
    let gone = client.next("chat:deleted").await;
    assert_ne!(gone["chatId"], chat["id"]);
    for _ in 0..2 {
        assert_eq!(client.next("message:updated").await["chatId"], chat["id"], "a client can put it where it belongs");
    }
    assert_eq!(client.next("chat:updated").await["unreadCount"], 4);
    assert_eq!((text(&chat["externalId"]), &chat["unreadCount"]), (open.clone(), &json!(4)));
    assert_eq!((&chat["assignedUserId"], &chat["labels"]), (&json!(admin.user_id), &json!(["vip"])));
    assert_eq!(chat["lastMessage"]["preview"], "four");
    let id = text(&chat["id"]);
    assert_eq!(texts(&admin, &id).await, ["one", "two", "three", "four"]);
    check::assert_sound(&server.pool().await, &admin.organization_id).await;

    // what still comes under the hidden id, repeated or new, finds the chat
    bridge.deliver(&bridge_text(&hidden, "A2", "three")).await;
    bridge.deliver(&bridge_text(&hidden, "A3", "five")).await;
    bridge.deliver(&paired(&hidden, &open)).await;
    assert_eq!(chats(&admin).await.len(), 1);
    assert_eq!(texts(&admin, &id).await, ["one", "two", "three", "four", "five"]);
    admin.post(&format!("/api/chats/{id}/read"), json!({})).await.ok();
    assert_eq!(chats(&admin).await[0]["unreadCount"], 0);
}

#[tokio::test]
async fn a_pair_that_is_known_first_makes_one_chat_from_the_start() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let number = unique();
    bridge.deliver(&paired(&lid(number), &phone(number))).await;
    bridge.deliver(&bridge_text(&lid(number), "A1", "one")).await;
    bridge.deliver(&bridge_text(&phone(number), "B1", "two")).await;
    let one = chats(&admin).await;
    assert_eq!(one.len(), 1);
    assert_eq!(text(&one[0]["externalId"]), phone(number));
    assert_eq!(texts(&admin, &text(&one[0]["id"])).await, ["one", "two"]);
}

#[tokio::test]
async fn one_message_under_both_ids_is_kept_once() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let number = unique();
    bridge.deliver(&bridge_text(&lid(number), "SAME", "once")).await;
    bridge.deliver(&bridge_text(&phone(number), "SAME", "once")).await;
    bridge.deliver(&paired(&lid(number), &phone(number))).await;
    let one = chats(&admin).await;
    assert_eq!((one.len(), &one[0]["unreadCount"]), (1, &json!(1)));
    assert_eq!(texts(&admin, &text(&one[0]["id"])).await, ["once"]);
}

fn group_message(chat: i64, kind: &str, message_id: i64, content: Value) -> Value {
    let mut message = json!({"message_id": message_id, "date": chrono::Utc::now().timestamp(),
        "from": {"id": 77, "is_bot": false, "first_name": "Ada"},
        "chat": {"id": chat, "type": kind, "title": "Club"}});
    message.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
    json!({"update_id": unique(), "message": message})
}

#[tokio::test]
async fn a_group_that_becomes_a_supergroup_keeps_its_chat_and_its_numbers_start_over() {
    let server = shared().await;
    let admin = server.admin().await;
    let bot = Telegram::create(&admin).await;
    let (group, supergroup) = (-unique(), -1_000_000_000_000 - unique());
    bot.deliver(&group_message(group, "group", 1, json!({"text": "old 1"}))).await;
    bot.deliver(&group_message(group, "group", 2, json!({"text": "old 2"}))).await;
    let id = text(&chats(&admin).await[0]["id"]);
    // both sides say it, in any order, and more than once
    bot.deliver(&group_message(supergroup, "supergroup", 1, json!({"migrate_from_chat_id": group}))).await;
    bot.deliver(&group_message(group, "group", 3, json!({"migrate_to_chat_id": supergroup}))).await;
    bot.deliver(&group_message(supergroup, "supergroup", 2, json!({"text": "new 2"}))).await;
    // a late redelivery of the old group
    bot.deliver(&group_message(group, "group", 2, json!({"text": "old 2"}))).await;

    let one = chats(&admin).await;
    assert_eq!(one.len(), 1, "{one:#?}");
    assert_eq!((text(&one[0]["externalId"]), text(&one[0]["id"])), (supergroup.to_string(), id.clone()));
    let said: Vec<String> = texts(&admin, &id)
        .await
        .into_iter()
        .filter(|said| said.starts_with("old") || said.starts_with("new"))
        .collect();
    assert_eq!(said, ["old 1", "old 2", "new 2"]);
    admin.send(&id, "to all of you").await;
    assert_eq!(bot.sends(1).await[0].chat, supergroup.to_string());
}

#[tokio::test]
async fn an_answer_to_a_group_that_moved_goes_where_it_lives_now() {
    let server = shared().await;
    let admin = server.admin().await;
    let bot = Telegram::create(&admin).await;
    let (group, supergroup) = (-unique(), -1_000_000_000_000 - unique());
    bot.deliver(&group_message(group, "group", 1, json!({"text": "hi"}))).await;
    bot.deliver(&group_message(supergroup, "supergroup", 1_001, json!({"text": "we are here now"}))).await;
    let old = chats(&admin).await.into_iter().find(|chat| text(&chat["externalId"]) == group.to_string()).unwrap();
    let moved = json!({"ok": false, "error_code": 400, "description": "Bad Request: group chat was upgraded",
        "parameters": {"migrate_to_chat_id": supergroup}});
    crate::support::fake::fakes().telegram.fail(&group.to_string(), [stub::Fault::Answer { status: 400, body: moved }]);
    let sent = admin.send(&text(&old["id"]), "where are you").await;
    eventually("the answer is sent where the group lives", || async {
        let one = chats(&admin).await;
        let message = admin.get(&format!("/api/chats/{}/messages", text(&one[0]["id"]))).await.items();
        let ours = message.into_iter().find(|message| message["id"] == sent["id"])?;
        (one.len() == 1 && ours["status"] == "sent").then_some(())
    })
    .await;
    let calls = bot.sends(2).await;
    assert_eq!(calls[1].chat, supergroup.to_string());
}

#[tokio::test]
async fn a_customer_who_hides_the_number_later_stays_in_the_same_chat() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let (phone, user_id) = (format!("4915{}", unique()), format!("DE.{}", unique()));
    let open = |id: &str| {
        let mut message = waba_message(&phone, id, "with my number");
        message["from_user_id"] = json!(user_id);
        let contact = json!({"profile": {"name": "Grace"}, "wa_id": phone, "user_id": user_id});
        waba_change(&waba.number, json!({"contacts": [contact], "messages": [message]}))
    };
    let mut hidden = waba_message(&phone, "wamid.H2", "without it");
    hidden.as_object_mut().unwrap().remove("from");
    hidden["from_user_id"] = json!(user_id);
    let contact = json!({"profile": {"name": "Grace", "username": "grace"}, "user_id": user_id});
    waba.deliver(&open("wamid.H1")).await;
    waba.deliver(&waba_change(&waba.number, json!({"contacts": [contact], "messages": [hidden]}))).await;
    waba.deliver(&open("wamid.H3")).await;
    let one = chats(&admin).await;
    assert_eq!((one.len(), text(&one[0]["externalId"])), (1, phone.clone()), "{one:#?}");
    let said = texts(&admin, &text(&one[0]["id"])).await;
    assert_eq!(said, ["with my number", "without it", "with my number"]);
}
