//! What a visitor may see of itself once operators have said who it is: its own contact, and nothing of the other one.

use serde_json::{Value, json};

use crate::contacts::contact;
use crate::conversation;
use crate::support::bodies::{unique, waba_text};
use crate::support::channel::Waba;
use crate::support::gateway::Plain;
use crate::support::visitor::{Visitor, Webchat};
use crate::support::{Operator, Server, shared, text};

/// What is known of the person from elsewhere.
const SECRETS: [&str; 5] = ["Grace", "+4915550100", "grace@hopper.example", "admiral", "pictures.example"];

struct Merged {
    admin: Operator,
    webchat: Webchat,
    visitor: Visitor,
    /// The contact that stands for the visitor's.
    other: String,
}

/// A visitor whose contact was merged into that of somebody who writes on WhatsApp.
async fn merged(server: &Server) -> Merged {
    let admin = server.admin().await;
    let waba = Waba::create(&admin, server).await;
    waba.deliver(&waba_text(&waba.number, &unique().to_string(), &format!("wamid.{}", unique()), "hi")).await;
    let other = contact(&admin.get("/api/chats").await.items()[0]);
    let known =
        json!({"name": "Grace", "phone": "+4915550100", "email": "grace@hopper.example", "username": "admiral"});
    admin.patch(&format!("/api/contacts/{other}"), known).await.ok();
    sqlx::query("update contacts set avatar_url = 'https://pictures.example/g.png' where id = $1::uuid")
        .bind(&other)
        .execute(&server.pool().await)
        .await
        .unwrap();
    let webchat = Webchat::create(&admin, json!({})).await;
    let visitor = webchat.visit(json!({"name": "Vera", "email": "vera@example.org"})).await;
    let merge = format!("/api/contacts/{}/merge", visitor.contact_id());
    admin.post(&merge, json!({"intoId": other})).await.ok();
    Merged { admin, webchat, visitor, other }
}

impl Merged {
    #[track_caller]
    fn tells_nothing(&self, what: &str, said: &str) {
        for secret in SECRETS.into_iter().chain([self.other.as_str()]) {
            assert!(!said.contains(secret), "{what} tells {secret}: {said}");
        }
    }

    #[track_caller]
    fn is_own(&self, what: &str, contact: &Value) {
        assert_eq!(contact["id"], json!(self.visitor.contact_id()), "{what}");
        assert_eq!((&contact["name"], &contact["email"]), (&json!("Vera"), &json!("vera@example.org")), "{what}");
    }
}

#[tokio::test]
async fn a_merged_visitor_is_told_of_its_own_contact_alone_by_every_answer() {
    let server = shared().await;
    let merged = merged(&server).await;
    let (visitor, admin) = (&merged.visitor, &merged.admin);
    assert_eq!(admin.chat(&visitor.chat_id).await["contact"]["name"], "Grace", "operators see the person");
    let own = format!("/api/chats/{}", visitor.chat_id);
    for path in ["/api/chats", "/api/v2/chats", &own] {
        let answer = visitor.api.get(path).await;
        merged.tells_nothing(path, &answer.text);
        let body = answer.ok();
        let chat = body["items"].get(0).unwrap_or(&body);
        merged.is_own(path, &chat["contact"]);
        assert_eq!(chat["title"], "Vera", "{path}");
    }
    let read = visitor.api.post(&format!("{own}/read"), json!({})).await;
    merged.tells_nothing("read", &read.text);
    merged.is_own("read", &read.ok()["contact"]);

    let cursor = text(&admin.get("/api/events?after=latest").await.ok()["cursor"]);
    let token = visitor.session["visitorToken"].clone();
    let known = json!({"visitorToken": token, "name": "Vera", "email": "vera@example.org"});
    let session = merged.webchat.anonymous.post(&merged.webchat.sessions(), known).await;
    merged.tells_nothing("sessions", &session.text);
    merged.is_own("sessions", &session.ok()["contact"]);
    let told = admin.get(&format!("/api/events?after={cursor}")).await.ok();
    assert_eq!(told["events"], json!([]), "what it said before is no news");

    let written = visitor.write("hello").await;
    assert_eq!(written["senderName"], "Vera");
    admin.send(&visitor.chat_id, "Good morning").await;
    admin.patch(&own, json!({"status": "pending"})).await.ok();
    for path in [format!("{own}/messages"), "/api/events".to_owned()] {
        let answer = visitor.api.get(&path).await;
        assert!(answer.text.contains("hello"), "{path}");
        merged.tells_nothing(&path, &answer.text);
    }
}

#[tokio::test]
async fn a_merged_visitor_is_told_of_its_own_contact_alone_on_every_socket() {
    let server = shared().await;
    let merged = merged(&server).await;
    let (visitor, admin) = (&merged.visitor, &merged.admin);
    let mut chat = conversation::visitor(&server, visitor).await;
    let mut tab = conversation::visitor(&server, visitor).await;
    let mut plain = Plain::connect(&server, visitor.token()).await;
    plain.subscribe(&visitor.chat_id).await;
    let mut colleague = conversation::operator(&server, admin).await;
    colleague.emit("chat:join", json!({"chat_id": visitor.chat_id})).await;

    tab.emit("chat:typing", json!({"chat_id": visitor.chat_id, "is_typing": true})).await;
    assert_eq!(colleague.next("chat:typing").await["user_name"], "Vera");
    plain.say("typing", &visitor.chat_id, json!({"isTyping": true}));
    visitor.write("hello").await;
    let heard = chat.next_where("chat:message:new", |message| message["content"] == "hello").await;
    assert_eq!((&heard["sender_name"], &heard["sender_id"]), (&json!("Vera"), &json!(visitor.contact_id())));
    assert_eq!(heard["sender_avatar"], Value::Null);
    admin.send(&visitor.chat_id, "Good morning").await;
    admin.patch(&format!("/api/chats/{}", visitor.chat_id), json!({"status": "pending"})).await.ok();
    admin.send(&visitor.chat_id, "That is all").await;
    chat.next_where("chat:message:new", |message| message["content"] == "That is all").await;
    tab.next_where("chat:message:new", |message| message["content"] == "That is all").await;
    plain.message("That is all").await;
    for (what, events) in
        [("/chat", chat.all().to_vec()), ("another tab", tab.all().to_vec()), ("/ws", plain.all().to_vec())]
    {
        let told: Vec<String> = events.iter().map(|event| format!("{} {}", event.name, event.payload)).collect();
        merged.tells_nothing(what, &told.join("\n"));
    }
}
