//! People: named by operators, suggested as the same one, merged and told apart again.

use serde_json::{Value, json};

use crate::support::bodies::{TelegramChat, unique, waba_text};
use crate::support::channel::{Telegram, Waba};
use crate::support::socket::Client;
use crate::support::visitor::Webchat;
use crate::support::{Operator, Server, shared, text};

/// One woman, on WhatsApp and in the web chat: a chat of each.
pub async fn twice(server: &Server, admin: &Operator) -> (Value, Value) {
    let waba = Waba::create(admin, server).await;
    let phone = format!("4915{}", unique());
    waba.deliver(&waba_text(&waba.number, &phone, &format!("wamid.{}", unique()), "hi")).await;
    let webchat = Webchat::create(admin, json!({})).await;
    let visitor = webchat.visit(json!({"name": "Vera", "email": "vera@example.org"})).await;
    visitor.write("hello").await;
    let chats = admin.get("/api/chats").await.items();
    let of = |channel: &str| chats.iter().find(|chat| chat["channel"] == channel).unwrap().clone();
    (of("whatsapp"), of("webchat"))
}

pub fn contact(chat: &Value) -> String {
    text(&chat["contact"]["id"])
}

fn ids(people: &[Value]) -> Vec<String> {
    people.iter().map(|person| text(&person["id"])).collect()
}

#[tokio::test]
async fn two_contacts_are_suggested_merged_and_told_apart_again() {
    let server = shared().await;
    let admin = server.admin().await;
    let (whatsapp, web) = twice(&server, &admin).await;
    let (by_phone, by_mail) = (contact(&whatsapp), contact(&web));
    let suggestions = format!("/api/contacts/{by_mail}/suggestions");
    assert!(admin.get(&suggestions).await.items().is_empty());
    // the visitor says her number
    let phone = text(&whatsapp["contact"]["phone"]);
    admin.patch(&format!("/api/contacts/{by_mail}"), json!({"phone": phone})).await.ok();
    let suggested = admin.get(&suggestions).await.items();
    assert_eq!((&suggested[0]["contact"]["id"], &suggested[0]["shares"]), (&json!(by_phone), &json!(["phone"])));

    let mut client = Client::js(&server, &admin).await;
    let merge = format!("/api/contacts/{by_mail}/merge");
    let person = admin.post(&merge, json!({"intoId": by_phone})).await.ok();
    assert_eq!(person["id"], json!(by_phone));
    let identities: Vec<String> =
        person["identities"].as_array().unwrap().iter().map(|one| text(&one["contactId"])).collect();
    assert_eq!(identities, [by_phone.clone(), by_mail.clone()]);
    let told = client.next_where("chat:updated", |chat| chat["id"] == web["id"]).await;
    assert_eq!((contact(&told), &told["contact"]["name"]), (by_phone.clone(), &json!("Grace")));
    assert_eq!(contact(&admin.chat(&text(&web["id"])).await), by_phone, "the chats stay apart, the person is one");
    assert_eq!(admin.get("/api/chats").await.items().len(), 2);
    assert_eq!(ids(&admin.get("/api/contacts").await.items()), [by_phone.as_str()]);
    assert_eq!(ids(&admin.get("/api/contacts?q=vera").await.items()), [by_phone.as_str()], "found by either name");
    admin.post(&merge, json!({"intoId": by_phone})).await.refused(409, "CONFLICT");

    admin.delete(&merge).await.expect(204);
    let told = client.next_where("chat:updated", |chat| chat["id"] == web["id"]).await;
    assert_eq!((contact(&told), &told["contact"]["name"]), (by_mail.clone(), &json!("Vera")));
    assert_eq!(admin.get("/api/contacts").await.items().len(), 2);
    admin.delete(&merge).await.refused(409, "CONFLICT");
}

#[tokio::test]
async fn merges_of_merges_are_undone_one_by_one() {
    let server = shared().await;
    let admin = server.admin().await;
    let bot = Telegram::create(&admin).await;
    for _ in 0..3 {
        bot.deliver(&TelegramChat::new().text("hi")).await;
    }
    let people = ids(&admin.get("/api/contacts").await.items());
    let [a, b, c] = [&people[0], &people[1], &people[2]];
    let merge = |id: &String| format!("/api/contacts/{id}/merge");
    admin.post(&merge(a), json!({"intoId": b})).await.ok();
    // who stands for the named one stands for both
    let all = admin.post(&merge(b), json!({"intoId": c})).await.ok();
    assert_eq!(all["identities"].as_array().unwrap().len(), 3);
    let identities = |person: &Value| person["identities"].as_array().unwrap().len();
    admin.delete(&merge(b)).await.expect(204);
    assert_eq!(identities(&admin.get(&format!("/api/contacts/{b}")).await.ok()), 2, "it takes back whom it had");
    assert_eq!(identities(&admin.get(&format!("/api/contacts/{c}")).await.ok()), 1);
    assert_eq!(admin.get(&format!("/api/contacts/{a}")).await.ok()["mergedIntoId"], json!(b));
    admin.post(&merge(c), json!({"intoId": a})).await.ok();
    assert_eq!(identities(&admin.get(&format!("/api/contacts/{b}")).await.ok()), 3);
}

#[tokio::test]
async fn what_operators_write_of_a_person_stays() {
    let server = shared().await;
    let admin = server.admin().await;
    let bot = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    bot.deliver(&customer.text("hi")).await;
    let chat = admin.get("/api/chats").await.items().remove(0);
    let path = format!("/api/contacts/{}", contact(&chat));
    let named = json!({"name": "Countess", "phone": "+49 (155) 501-0012", "email": "ada@example.org"});
    let changed = admin.patch(&path, named).await.ok();
    assert_eq!((&changed["name"], &changed["phone"]), (&json!("Countess"), &json!("+491555010012")));
    bot.deliver(&customer.text("still me")).await;
    assert_eq!(admin.chat(&text(&chat["id"])).await["contact"]["name"], "Countess");
    let mut renamed = customer.text("with another username");
    renamed["message"]["from"]["username"] = json!("countess");
    bot.deliver(&renamed).await;
    let shown = admin.chat(&text(&chat["id"])).await["contact"].clone();
    assert_eq!((&shown["name"], &shown["username"]), (&json!("Countess"), &json!("countess")));
    admin.patch(&path, json!({"name": null})).await.ok();
    bot.deliver(&customer.text("and now")).await;
    assert_eq!(admin.chat(&text(&chat["id"])).await["contact"]["name"], "Ada Lovelace", "the network's again");
    for wrong in [json!({"phone": "12"}), json!({"email": "ada"}), json!({"name": "a\u{1}b"})] {
        admin.patch(&path, wrong).await.refused(422, "INVALID_DATA");
    }
}

#[tokio::test]
async fn people_are_merged_by_moderators_of_their_organization_and_groups_by_nobody() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let (whatsapp, web) = twice(&server, &admin).await;
    let (foreign, _) = twice(&server, &stranger).await;
    let merge = format!("/api/contacts/{}/merge", contact(&web));
    let operator = admin.colleague("user").await;
    operator.post(&merge, json!({"intoId": contact(&whatsapp)})).await.refused(403, "FORBIDDEN");
    operator.delete(&merge).await.refused(403, "FORBIDDEN");
    admin.post(&merge, json!({"intoId": contact(&foreign)})).await.refused(404, "NOT_FOUND");
    stranger.post(&merge, json!({"intoId": contact(&foreign)})).await.refused(404, "NOT_FOUND");
    stranger.get(&format!("/api/contacts/{}", contact(&web))).await.refused(404, "NOT_FOUND");
    stranger.get(&format!("/api/contacts/{}/suggestions", contact(&web))).await.refused(404, "NOT_FOUND");
    stranger.patch(&format!("/api/contacts/{}", contact(&web)), json!({"name": "x"})).await.refused(404, "NOT_FOUND");
    admin.post(&merge, json!({"intoId": contact(&web)})).await.refused(422, "INVALID_DATA");

    let bot = Telegram::create(&admin).await;
    let group = json!({"update_id": unique(), "message": {"message_id": 1, "date": 1, "text": "hi",
        "from": {"id": 7, "is_bot": false, "first_name": "Ada"}, "chat": {"id": -unique(), "type": "group", "title": "Club"}}});
    bot.deliver(&group).await;
    let chats = admin.get("/api/chats").await.items();
    let club = chats.iter().find(|chat| chat["isGroup"] == true).unwrap();
    admin.post(&merge, json!({"intoId": contact(club)})).await.refused(422, "INVALID_DATA");
    assert!(!ids(&admin.get("/api/contacts").await.items()).contains(&contact(club)));
}
