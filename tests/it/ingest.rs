//! What customers write arrives: each network's own delivery becomes a contact, a chat and a message.

use serde_json::{Value, json};

use crate::support::bodies::{
    self, TelegramChat, bridge_event, bridge_text, unique, waba_message, waba_messages, waba_text,
};
use crate::support::channel::{ApiChannel, Bridge, Telegram, Waba, bot_token};
use crate::support::fake::fakes;
use crate::support::wait::eventually;
use crate::support::{Answer, Operator, check, shared, text};

/// The organization's one chat.
pub async fn only_chat(operator: &Operator) -> Value {
    let mut chats = operator.get("/api/chats").await.items();
    assert_eq!(chats.len(), 1, "one chat, not {chats:#?}");
    chats.remove(0)
}

/// Contents of a chat, oldest first.
pub async fn contents(operator: &Operator, chat_id: &str) -> Vec<String> {
    let messages = operator.messages(chat_id).await;
    messages.iter().rev().map(|message| text(&message["content"])).collect()
}

#[tokio::test]
async fn a_telegram_update_becomes_a_contact_a_chat_and_a_message() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    let update = customer.text("Hello, is the bike still there?");
    telegram.deliver(&update).await;

    let chat = only_chat(&admin).await;
    assert_eq!(chat["organizationId"], admin.organization_id.as_str());
    assert_eq!(chat["channelId"], telegram.id.as_str());
    assert_eq!((&chat["channel"], &chat["provider"]), (&json!("telegram"), &json!("telegram")));
    assert_eq!(chat["externalId"], customer.id.to_string());
    assert_eq!(
        (&chat["isGroup"], &chat["status"], &chat["priority"]),
        (&json!(false), &json!("open"), &json!("normal"))
    );
    assert_eq!((&chat["labels"], &chat["assignedUserId"]), (&json!([]), &Value::Null));
    assert_eq!((&chat["unreadCount"], &chat["myUnreadCount"]), (&json!(1), &json!(1)));
    assert_eq!(chat["contact"]["name"], "Ada Lovelace");
    assert_eq!(chat["contact"]["username"], format!("ada{}", customer.id));
    assert_eq!(chat["windowExpiresAt"], Value::Null, "only WhatsApp has a window");
    assert_eq!(chat["lastMessage"]["preview"], "Hello, is the bike still there?");
    assert_eq!(chat["lastMessage"]["fromMe"], false);

    let messages = admin.messages(&text(&chat["id"])).await;
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(message["id"], chat["lastMessage"]["id"]);
    assert_eq!((&message["type"], &message["content"]), (&json!("text"), &json!("Hello, is the bike still there?")));
    assert_eq!((&message["fromMe"], &message["status"]), (&json!(false), &json!("received")));
    assert_eq!((&message["private"], &message["error"]), (&json!(false), &Value::Null));
    assert_eq!(message["senderName"], "Ada Lovelace");
    let sent_at = update["message"]["date"].as_i64().unwrap();
    let provider_at = chrono::DateTime::parse_from_rfc3339(message["providerAt"].as_str().unwrap()).unwrap();
    assert_eq!(provider_at.timestamp(), sent_at);
    for field in ["createdAt", "providerAt"] {
        let time = text(&message[field]);
        assert!(time.len() == 24 && time.ends_with('Z'), "{field} has milliseconds and Z: {time}");
    }
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn telegram_content_has_the_type_that_a_reader_would_name() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    let file = |id: &str| json!({"file_id": id, "file_unique_id": format!("u{id}"), "file_size": 10});
    let sized = |id: &str| {
        let mut file = file(id);
        file["width"] = json!(90);
        file["height"] = json!(90);
        file["duration"] = json!(1);
        file
    };
    let location = json!({"latitude": 52.5, "longitude": 13.25});
    let cases = [
        ("image", "look", json!({"photo": [sized("p1"), sized("p2")], "caption": "look"})),
        ("video", "", json!({"video": sized("v1")})),
        ("video", "", json!({"animation": sized("a1"), "document": file("a1")})),
        ("voice", "", json!({"voice": sized("o1")})),
        ("document", "the bill", json!({"document": file("d1"), "caption": "the bill"})),
        ("location", "52.5,13.25", json!({"location": location})),
        (
            "location",
            "52.5,13.25",
            json!({"location": location, "venue": {"location": location, "title": "Café", "address": "Main Street 1"}}),
        ),
        (
            "contacts",
            "Charles Babbage",
            json!({"contact": {"phone_number": "+4912345", "first_name": "Charles", "last_name": "Babbage"}}),
        ),
        ("unsupported", "", json!({"dice": {"emoji": "🎲", "value": 3}})),
    ];
    for (_, _, content) in &cases {
        telegram.deliver(&customer.message(content.clone())).await;
    }
    let messages = admin.messages(&text(&only_chat(&admin).await["id"])).await;
    let stored: Vec<_> =
        messages.iter().rev().map(|message| (text(&message["type"]), text(&message["content"]))).collect();
    let expected: Vec<_> = cases.iter().map(|(kind, content, _)| ((*kind).to_owned(), (*content).to_owned())).collect();
    assert_eq!(stored, expected);

    let oldest_first: Vec<&Value> = messages.iter().rev().collect();
    assert_eq!(oldest_first[0]["attachments"][0]["type"], "image");
    assert_ne!(oldest_first[0]["attachments"][0]["status"], "ready", "the network has no such file");
    assert_eq!(oldest_first[5]["metadata"]["lat"], 52.5);
    assert_eq!(oldest_first[5]["metadata"]["lng"], 13.25);
    assert_eq!(oldest_first[6]["metadata"]["address"], "Main Street 1");
    assert_eq!(oldest_first[8]["metadata"]["kind"], "dice");
}

#[tokio::test]
async fn an_edited_telegram_message_changes_in_place() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    telegram.deliver(&customer.text("Helo")).await;
    telegram.deliver(&customer.edit(bodies::FIRST_MESSAGE, "Hello")).await;
    let chat = only_chat(&admin).await;
    assert_eq!(chat["unreadCount"], 1, "an edit is no second message");
    let messages = admin.messages(&text(&chat["id"])).await;
    assert_eq!((messages.len(), &messages[0]["content"]), (1, &json!("Hello")));
    assert!(messages[0]["editedAt"].is_string());
}

#[tokio::test]
async fn polled_updates_are_stored_in_order_and_then_confirmed() {
    let server = shared().await;
    let admin = server.admin().await;
    let token = bot_token();
    let customer = TelegramChat::new();
    let words: Vec<String> = (0..250).map(|n| format!("word {n}")).collect();
    for word in &words {
        fakes().telegram.push_update(&token, customer.text(word));
    }
    let body = json!({"name": "Bot", "provider": "telegram", "credentials": {"token": token}});
    let channel = admin.post("/api/channels", body).await.created();
    assert_eq!(channel["mode"], "polling", "the default");

    eventually("Telegram has nothing left to deliver", || async {
        (fakes().telegram.unconfirmed(&token) == 0).then_some(())
    })
    .await;
    let chat = only_chat(&admin).await;
    assert_eq!(chat["unreadCount"], 250);
    let mut stored = Vec::new();
    let mut path = format!("/api/chats/{}/messages?limit=200", text(&chat["id"]));
    loop {
        let page = admin.get(&path).await.ok();
        stored.extend(page["items"].as_array().unwrap().iter().map(|message| text(&message["content"])));
        let Some(next) = page["nextCursor"].as_str() else { break };
        path = format!("/api/chats/{}/messages?limit=200&before={next}", text(&chat["id"]));
    }
    stored.reverse();
    assert_eq!(stored, words);
    eventually("the channel is connected", || async {
        let channel = admin.get(&format!("/api/channels/{}", text(&channel["id"]))).await.ok();
        (channel["status"] == "connected").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_whatsapp_number_receives_on_its_own_address_and_on_the_application_s() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let customer = unique().to_string();
    waba.deliver(&waba_text(&waba.number, &customer, "wamid.A1", "on its own address")).await;
    waba.deliver_to_app(&waba_text(&waba.number, &customer, "wamid.A2", "on the application's")).await;
    let chat = only_chat(&admin).await;
    assert_eq!((&chat["channel"], &chat["provider"]), (&json!("whatsapp"), &json!("waba")));
    assert_eq!(chat["contact"]["name"], "Grace");
    assert_eq!(contents(&admin, &text(&chat["id"])).await, ["on its own address", "on the application's"]);
    let opens = chrono::DateTime::parse_from_rfc3339(chat["windowExpiresAt"].as_str().unwrap()).unwrap();
    let newest = admin.messages(&text(&chat["id"])).await.remove(0);
    let written = chrono::DateTime::parse_from_rfc3339(newest["providerAt"].as_str().unwrap()).unwrap();
    assert_eq!((opens - written).num_hours(), 24);
}

#[tokio::test]
async fn a_batch_is_stored_whole_and_in_order() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let customers = [unique().to_string(), unique().to_string(), unique().to_string()];
    let mut changes = Vec::new();
    for n in 0..60 {
        let from = &customers[n % 3];
        let body = waba_messages(&waba.number, from, vec![waba_message(from, &format!("wamid.B{n}"), &format!("{n}"))]);
        changes.push(body["entry"][0]["changes"][0].clone());
    }
    // half of them in a second entry
    let mut body = bodies::waba_body(changes.split_off(30));
    let first = bodies::waba_body(changes);
    body["entry"].as_array_mut().unwrap().insert(0, first["entry"][0].clone());
    waba.deliver(&body).await;

    let chats = admin.get("/api/chats").await.items();
    assert_eq!(chats.len(), 3);
    for chat in chats {
        let position = customers.iter().position(|id| *id == text(&chat["externalId"])).unwrap();
        let expected: Vec<String> = (0..20).map(|n| (n * 3 + position).to_string()).collect();
        assert_eq!(contents(&admin, &text(&chat["id"])).await, expected);
        assert_eq!(chat["unreadCount"], 20);
    }
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn what_the_bridge_reports_is_shown() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let customer = format!("{}@s.whatsapp.net", unique());
    bridge.deliver(&bridge_text(&customer, "M1", "first")).await;
    let old = bridge_event(
        "message",
        json!({"id": "M0", "chatId": customer, "from": customer, "fromMe": false, "isGroup": false, "type": "text",
            "text": "from last week", "history": true, "timestamp": bodies::now() - 600_000}),
    );
    bridge.deliver(&old).await;
    let own = bridge_event(
        "message",
        json!({"id": "M2", "chatId": customer, "from": customer, "fromMe": true, "isGroup": false, "type": "text",
            "text": "typed on the phone", "timestamp": bodies::now()}),
    );
    bridge.deliver(&own).await;
    let edit = json!({"id": "M1", "chatId": customer, "from": customer, "type": "text", "text": "first, mended",
        "timestamp": bodies::now()});
    bridge.deliver(&bridge_event("message.edit", edit)).await;

    let chat = only_chat(&admin).await;
    let messages = admin.messages(&text(&chat["id"])).await;
    let by_id = |id: &str| messages.iter().find(|message| message["externalId"] == id).unwrap();
    assert_eq!(by_id("M1")["content"], "first, mended");
    assert_eq!(by_id("M2")["fromMe"], true);
    assert_eq!(messages.len(), 3);
    assert_eq!(chat["channel"], "whatsapp");
    let gone = json!({"id": "M1", "chatId": customer, "timestamp": bodies::now()});
    bridge.deliver(&bridge_event("message.delete", gone)).await;
    let messages = admin.messages(&text(&chat["id"])).await;
    assert!(messages.iter().any(|message| message["externalId"] == "M1" && message["deletedAt"].is_string()));
}

#[tokio::test]
async fn history_from_the_bridge_raises_no_unread_and_reopens_nothing() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let customer = format!("{}@s.whatsapp.net", unique());
    bridge.deliver(&bridge_text(&customer, "M1", "live")).await;
    let id = text(&only_chat(&admin).await["id"]);
    admin.patch(&format!("/api/chats/{id}"), json!({"status": "resolved"})).await.ok();
    let mut old = bridge_text(&customer, "M0", "old");
    old["data"]["history"] = json!(true);
    bridge.deliver(&old).await;
    let chat = admin.chat(&id).await;
    assert_eq!((&chat["status"], &chat["unreadCount"]), (&json!("resolved"), &json!(1)));
    bridge.deliver(&bridge_text(&customer, "M2", "live again")).await;
    let chat = admin.chat(&id).await;
    assert_eq!((&chat["status"], &chat["unreadCount"]), (&json!("open"), &json!(2)), "a live message reopens");
}

#[tokio::test]
async fn a_program_hands_messages_in_by_api_key() {
    let server = shared().await;
    let admin = server.admin().await;
    let program = ApiChannel::create(&admin).await;
    let answer = program.inbound("customer-7", "m-1", "from a form").await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let repeated = program.inbound("customer-7", "m-1", "from a form").await;
    assert!(repeated.status.is_success(), "{}", repeated.text);
    let chat = only_chat(&admin).await;
    assert_eq!((&chat["channel"], &chat["unreadCount"]), (&json!("api"), &json!(1)));
    assert_eq!(chat["contact"]["name"], "Program user");
    assert_eq!(contents(&admin, &text(&chat["id"])).await, ["from a form"]);
    let bad = json!({"from": {}, "message": {"type": "text"}});
    program.caller.post(&format!("/api/channels/{}/inbound", program.id), bad).await.refused(422, "INVALID_DATA");
}

#[tokio::test]
async fn a_dead_letter_is_read_again_once_its_number_is_connected() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let number = unique().to_string();
    waba.deliver(&waba_text(&number, "15550001", "wamid.D1", "to a number that nobody connected")).await;
    let letters = admin.get("/api/dead-letters").await.items();
    assert_eq!(letters.len(), 1, "{letters:#?}");
    assert!(letters[0]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));

    let body = json!({"name": "Second", "provider": "waba", "credentials": {"phoneNumberId": number, "accessToken": "EAAtest"}});
    admin.post("/api/channels", body).await.created();
    admin.post(&format!("/api/dead-letters/{}/replay", text(&letters[0]["id"])), json!({})).await.ok();
    let chat = only_chat(&admin).await;
    assert_eq!(contents(&admin, &text(&chat["id"])).await, ["to a number that nobody connected"]);
    admin.post(&format!("/api/dead-letters/{}/replay", text(&letters[0]["id"])), json!({})).await;
    assert_eq!(contents(&admin, &text(&chat["id"])).await.len(), 1, "replaying twice stores once");
}

#[tokio::test]
async fn a_number_of_the_same_organization_may_come_on_another_s_address() {
    let server = shared().await;
    let admin = server.admin().await;
    let (first, second) = (Waba::create(&admin, &server).await, Waba::create(&admin, &server).await);
    first.deliver(&waba_text(&second.number, "15550002", "wamid.E1", "hello second")).await;
    assert_eq!(only_chat(&admin).await["channelId"], second.id.as_str());
}

#[tokio::test]
async fn the_webhook_secret_that_telegram_was_given_is_the_one_that_is_checked() {
    let server = shared().await;
    let admin = server.admin().await;
    let token = bot_token();
    let body = json!({"name": "Bot", "provider": "telegram", "mode": "webhook", "credentials": {"token": token}});
    let channel = admin.post("/api/channels", body).await.created();
    let asked = eventually("setWebhook was called", || async {
        Some(fakes().telegram.webhook(&token)).filter(|asked| !asked.is_null())
    })
    .await;
    assert_eq!(asked["url"], channel["webhookUrl"]);
    let allowed: Vec<String> = asked["allowed_updates"].as_array().unwrap().iter().map(text).collect();
    assert!(allowed.contains(&"message_reaction".to_owned()), "off unless asked for: {allowed:?}");
    let mut telegram = Telegram::create(&admin).await;
    telegram.id = text(&channel["id"]);
    telegram.secret = text(&asked["secret_token"]);
    telegram.deliver(&TelegramChat::new().text("with the generated secret")).await;
    assert_eq!(only_chat(&admin).await["unreadCount"], 1);
    assert_eq!(Answer::of(telegram.request().body("{}")).await.status, 401);
}
