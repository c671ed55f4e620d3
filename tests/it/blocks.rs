//! People whom the team does not want to hear, and what it writes down of people: kept by contact, seen by person.

use serde_json::{Value, json};

use crate::contacts::{contact, twice};
use crate::ingest::only_chat;
use crate::send::Chat;
use crate::support::bodies::{TelegramChat, bridge_event, bridge_text, unique, waba_text};
use crate::support::channel::{ApiChannel, Bridge, Telegram, Waba};
use crate::support::socket::Client;
use crate::support::visitor::Webchat;
use crate::support::{check, shared, text};

fn block(contact_id: &str) -> String {
    format!("/api/contacts/{contact_id}/block")
}

#[tokio::test]
async fn a_blocked_person_is_kept_and_not_heard_until_unblocked() {
    let server = shared().await;
    let admin = server.admin().await;
    let (bot, customer) = (Telegram::create(&admin).await, TelegramChat::new());
    bot.deliver(&customer.text("first")).await;
    let chat = only_chat(&admin).await;
    let (id, person) = (text(&chat["id"]), contact(&chat));
    admin.post(&format!("/api/chats/{id}/read"), json!({})).await.ok();
    admin.patch(&format!("/api/chats/{id}"), json!({"status": "resolved"})).await.ok();
    let operator = admin.colleague("user").await;
    let blocked = operator.post(&block(&person), json!({})).await.ok();
    assert!(blocked["blockedAt"].is_string() && blocked["id"] == json!(person));

    let mut client = Client::js(&server, &admin).await;
    let before = admin.chat(&id).await;
    bot.deliver(&customer.text("are you there")).await;
    let told = client.next("message:new").await;
    assert_eq!((&told["content"], &told["chat"]["unreadCount"]), (&json!("are you there"), &json!(0)));
    assert_eq!(told["chat"]["status"], "resolved");
    let after = admin.chat(&id).await;
    for field in ["status", "unreadCount", "myUnreadCount", "lastMessage", "lastMessageAt"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(admin.messages(&id).await.len(), 2, "nothing is lost");
    assert!(admin.get("/api/chats?unread=true").await.items().is_empty());

    let journal = check::journal(&admin).await.len();
    let again = operator.post(&block(&person), json!({})).await.ok();
    assert_eq!(again["blockedAt"], blocked["blockedAt"], "the first time stays");
    assert_eq!(check::journal(&admin).await.len(), journal, "and is told once");
    operator.delete(&block(&person)).await.expect(204);
    operator.delete(&block(&person)).await.expect(204);
    assert_eq!(admin.get(&format!("/api/contacts/{person}")).await.ok()["blockedAt"], Value::Null);
    bot.deliver(&customer.text("and now")).await;
    let heard = admin.chat(&id).await;
    assert_eq!((&heard["status"], &heard["unreadCount"]), (&json!("open"), &json!(1)));
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn nobody_answers_a_blocked_person_but_notes_are_taken() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let person = contact(&admin.chat(&chat.id).await);
    admin.post(&block(&person), json!({})).await.ok();
    let answer = json!({"chatId": chat.id, "content": "hello"});
    let refused = admin.post("/api/messages/send", answer.clone()).await.refused(409, "CONFLICT");
    assert!(text(&refused["detail"]).contains("unblock"), "{refused}");
    let note = json!({"chatId": chat.id, "content": "spam", "private": true});
    admin.post("/api/messages/send", note).await.created();
    assert!(chat.sent_texts().is_empty());
    admin.delete(&block(&person)).await.expect(204);
    admin.post("/api/messages/send", answer).await.created();

    let program = ApiChannel::create(&admin).await;
    program.inbound("customer-9", "m-1", "hi").await.expect(200);
    let chats = admin.get("/api/chats?channel=api").await.items();
    admin.post(&block(&contact(&chats[0])), json!({})).await.ok();
    let opened = json!({"channelId": program.id, "to": "customer-9", "content": "x"});
    admin.post("/api/messages/send", opened).await.refused(409, "CONFLICT");
}

#[tokio::test]
async fn a_blocked_visitor_and_a_blocked_voice_in_a_group_raise_nothing() {
    let server = shared().await;
    let admin = server.admin().await;
    let visitor = Webchat::create(&admin, json!({})).await.visit(json!({"name": "Vera"})).await;
    visitor.write("hello").await;
    admin.send(&visitor.chat_id, "hi").await;
    admin.patch(&format!("/api/chats/{}", visitor.chat_id), json!({"status": "resolved"})).await.ok();
    admin.post(&block(&visitor.contact_id()), json!({})).await.ok();
    visitor.write("buy this").await;
    let chat = admin.chat(&visitor.chat_id).await;
    assert_eq!((&chat["status"], &chat["unreadCount"]), (&json!("resolved"), &json!(0)));
    assert_eq!(visitor.history().await.len(), 3);

    let (bot, group, loud) = (Telegram::create(&admin).await, -unique(), unique());
    let says = |from: i64, words: &str| {
        json!({"update_id": unique(), "message": {"message_id": unique(), "date": 1, "text": words,
            "from": {"id": from, "is_bot": false, "first_name": "Ada"}, "chat": {"id": group, "type": "group", "title": "Club"}}})
    };
    bot.deliver(&says(loud, "hello")).await;
    let mut private = TelegramChat::new();
    private.id = loud;
    bot.deliver(&private.text("hi")).await;
    let chats = admin.get("/api/chats?channel=telegram").await.items();
    let of = |group: bool| chats.iter().find(|chat| chat["isGroup"] == group).unwrap();
    admin.post(&block(&contact(of(false))), json!({})).await.ok();
    bot.deliver(&says(loud, "buy this")).await;
    let club = text(&of(true)["id"]);
    assert_eq!(admin.chat(&club).await["unreadCount"], 1);
    bot.deliver(&says(unique(), "a question")).await;
    assert_eq!(admin.chat(&club).await["unreadCount"], 2, "others are heard");
}

#[tokio::test]
async fn a_person_is_blocked_under_all_its_contacts_and_a_merge_that_is_undone_gives_each_its_own() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let phone = unique().to_string();
    waba.deliver(&waba_text(&waba.number, &phone, &format!("wamid.{}", unique()), "hi")).await;
    let (bot, customer) = (Telegram::create(&admin).await, TelegramChat::new());
    bot.deliver(&customer.text("hi")).await;
    let chats = admin.get("/api/chats").await.items();
    let of = |channel: &str| chats.iter().find(|chat| chat["channel"] == channel).unwrap().clone();
    let (whatsapp, telegram) = (of("whatsapp"), of("telegram"));
    let (grace, ada) = (contact(&whatsapp), contact(&telegram));
    let unread = async |chat: &Value| admin.chat(&text(&chat["id"])).await["unreadCount"].clone();
    let is_blocked = async |id: &str| admin.get(&format!("/api/contacts/{id}")).await.ok()["blockedAt"].is_string();
    let write = async || {
        bot.deliver(&customer.text("again")).await;
        waba.deliver(&waba_text(&waba.number, &phone, &format!("wamid.{}", unique()), "again")).await;
    };
    let merge = format!("/api/contacts/{ada}/merge");

    // one of them was blocked before they became one person
    admin.post(&block(&ada), json!({})).await.ok();
    let person = admin.post(&merge, json!({"intoId": grace})).await.ok();
    assert!(person["blockedAt"].is_string());
    assert_eq!(admin.get("/api/contacts?blocked=true").await.items().len(), 1);
    assert!(admin.get("/api/contacts?blocked=false").await.items().is_empty());
    write().await;
    assert_eq!((unread(&whatsapp).await, unread(&telegram).await), (json!(1), json!(1)));
    admin.delete(&merge).await.expect(204);
    assert_eq!((is_blocked(&grace).await, is_blocked(&ada).await), (false, true));
    write().await;
    assert_eq!((unread(&whatsapp).await, unread(&telegram).await), (json!(2), json!(1)));

    // both are, by either name, and stay so
    admin.delete(&block(&ada)).await.expect(204);
    admin.post(&merge, json!({"intoId": grace})).await.ok();
    assert!(admin.post(&block(&ada), json!({})).await.ok()["blockedAt"].is_string());
    write().await;
    assert_eq!((unread(&whatsapp).await, unread(&telegram).await), (json!(2), json!(1)));
    admin.delete(&merge).await.expect(204);
    assert_eq!((is_blocked(&grace).await, is_blocked(&ada).await), (true, true));
    admin.post(&merge, json!({"intoId": grace})).await.ok();
    admin.delete(&block(&grace)).await.expect(204);
    write().await;
    assert_eq!((unread(&whatsapp).await, unread(&telegram).await), (json!(3), json!(2)));
}

#[tokio::test]
async fn notes_of_a_person_are_newest_first_and_deleted_by_their_author_or_a_moderator() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let person = contact(&admin.chat(&chat.id).await);
    let notes = format!("/api/contacts/{person}/notes");
    let (bob, eve) = (admin.colleague("user").await, admin.colleague("user").await);
    let moderator = admin.colleague("moderator").await;
    let first = bob.post(&notes, json!({"content": "Prefers mornings"})).await.created();
    let fields: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["contactId", "content", "createdAt", "id", "userId"]);
    assert_eq!((&first["userId"], &first["contactId"]), (&json!(bob.user_id), &json!(person)));
    let second = eve.post(&notes, json!({"content": "й".repeat(4_000)})).await.created();
    let key = admin.api_key("user").await;
    let third = key.post(&notes, json!({"content": "by a program"})).await.created();
    assert_eq!(third["userId"], Value::Null);
    let page = bob.get(&format!("{notes}?limit=2")).await.ok();
    assert_eq!(page["items"], json!([third, second]));
    let cursor = text(&page["nextCursor"]);
    assert_eq!(bob.get(&format!("{notes}?limit=2&cursor={cursor}")).await.ok()["items"], json!([first]));
    for wrong in [json!({}), json!({"content": " "}), json!({"content": "й".repeat(4_001)})] {
        bob.post(&notes, wrong).await.refused(422, "INVALID_DATA");
    }
    let path = |note: &Value| format!("{notes}/{}", text(&note["id"]));
    eve.delete(&path(&first)).await.refused(403, "FORBIDDEN");
    key.delete(&path(&third)).await.refused(403, "FORBIDDEN");
    bob.delete(&path(&first)).await.expect(204);
    bob.delete(&path(&first)).await.refused(404, "NOT_FOUND");
    moderator.delete(&path(&second)).await.expect(204);
    moderator.delete(&path(&third)).await.expect(204);
    moderator.delete(&format!("{notes}/nothing")).await.refused(404, "NOT_FOUND");
    assert!(bob.get(&notes).await.items().is_empty());
}

#[tokio::test]
async fn a_person_takes_notes_and_block_along_to_another_id() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    // one known under the new id too, and longer under either; one that is not
    for (hidden_first, known) in [(true, true), (false, true), (true, false)] {
        let number = unique();
        let (hidden, open) = (format!("{number}@lid"), format!("{number}@s.whatsapp.net"));
        let mut writers = vec![&hidden];
        if known {
            writers.extend([&open, if hidden_first { &hidden } else { &open }]);
        }
        for (n, writer) in writers.into_iter().enumerate() {
            bridge.deliver(&bridge_text(writer, &format!("M{n}{number}"), "hi")).await;
        }
        let of = async |id: &str| {
            let chats = admin.get("/api/chats").await.items();
            contact(chats.iter().find(|chat| chat["externalId"] == json!(id)).unwrap())
        };
        let before = of(&hidden).await;
        admin.post(&format!("/api/contacts/{before}/notes"), json!({"content": "careful"})).await.created();
        admin.post(&block(&before), json!({})).await.ok();
        bridge.deliver(&bridge_event("chat.moved", json!({"from": hidden, "to": open}))).await;
        let after = of(&open).await;
        let notes = admin.get(&format!("/api/contacts/{after}/notes")).await.items();
        assert_eq!((notes.len(), &notes[0]["content"]), (1, &json!("careful")), "{hidden_first} {known}");
        let person = admin.get(&format!("/api/contacts/{after}")).await.ok();
        assert!(person["blockedAt"].is_string(), "{hidden_first} {known}");
    }
}

#[tokio::test]
async fn who_stood_for_a_person_goes_with_its_channel_and_the_person_stays() {
    let server = shared().await;
    let admin = server.admin().await;
    let (whatsapp, web) = twice(&server, &admin).await;
    let (grace, vera) = (contact(&whatsapp), contact(&web));
    admin.post(&format!("/api/contacts/{grace}/notes"), json!({"content": "careful"})).await.created();
    admin.post(&format!("/api/contacts/{vera}/merge"), json!({"intoId": grace})).await.ok();
    let cursor = text(&admin.get("/api/events?after=latest").await.ok()["cursor"]);
    admin.delete(&format!("/api/channels/{}", text(&whatsapp["channelId"]))).await.expect(204);
    let told = check::journal_after(&admin, &cursor).await;
    let shown = told.iter().find(|event| event["event"] == "chat:updated").unwrap();
    assert_eq!((&shown["data"]["id"], &shown["data"]["contact"]["id"]), (&web["id"], &json!(vera)));
    let people = admin.get("/api/contacts").await.items();
    assert_eq!((people.len(), &people[0]["id"], &people[0]["mergedIntoId"]), (1, &json!(vera), &Value::Null));
    assert_eq!(contact(&admin.chat(&text(&web["id"])).await), vera);
    let notes = admin.get(&format!("/api/contacts/{vera}/notes")).await.items();
    assert_eq!((notes.len(), &notes[0]["content"]), (1, &json!("careful")));
    admin.delete(&format!("/api/contacts/{vera}/merge")).await.refused(409, "CONFLICT");
}

#[tokio::test]
async fn merged_people_share_notes_and_chats_and_take_their_own_back() {
    let server = shared().await;
    let admin = server.admin().await;
    let (whatsapp, web) = twice(&server, &admin).await;
    let (grace, vera) = (contact(&whatsapp), contact(&web));
    let notes = |id: &str| format!("/api/contacts/{id}/notes");
    admin.post(&notes(&grace), json!({"content": "of grace"})).await.created();
    let hers = admin.post(&notes(&vera), json!({"content": "of vera"})).await.created();
    let chats_of = async |id: &str| {
        let mut ids: Vec<String> =
            admin.get(&format!("/api/chats?contactId={id}")).await.items().iter().map(|c| text(&c["id"])).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(chats_of(&grace).await, [text(&whatsapp["id"])]);
    admin.delete(&format!("{}/{}", notes(&grace), text(&hers["id"]))).await.refused(404, "NOT_FOUND");
    admin.post(&format!("/api/contacts/{vera}/merge"), json!({"intoId": grace})).await.ok();
    let both =
        async |id: &str| admin.get(&notes(id)).await.items().iter().map(|n| text(&n["content"])).collect::<Vec<_>>();
    assert_eq!(both(&grace).await, ["of vera", "of grace"]);
    assert_eq!(both(&vera).await, ["of vera", "of grace"]);
    let mut all = [text(&whatsapp["id"]), text(&web["id"])];
    all.sort_unstable();
    assert_eq!(chats_of(&grace).await, all);
    assert_eq!(chats_of(&vera).await, [text(&web["id"])]);
    assert!(chats_of("nobody").await.is_empty());
    admin.delete(&format!("/api/contacts/{vera}/merge")).await.expect(204);
    assert_eq!(both(&grace).await, ["of grace"]);
    assert_eq!(both(&vera).await, ["of vera"]);
    admin.delete(&format!("{}/{}", notes(&vera), text(&hers["id"]))).await.expect(204);
}
