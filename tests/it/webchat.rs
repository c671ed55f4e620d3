//! The web chat: visitors come in without an account, find their chat again, and see of the organization what concerns them.

use serde_json::{Value, json};

use crate::dashboard::is_built;
use crate::support::visitor::{Visitor, Webchat};
use crate::support::wait::eventually;
use crate::support::{Server, shared, text};

fn names(answer: &Value) -> Vec<String> {
    answer["events"].as_array().unwrap().iter().map(|event| text(&event["event"])).collect()
}

#[tokio::test]
async fn a_first_visit_makes_a_chat_that_operators_are_told_of() {
    let server = shared().await;
    let admin = server.admin().await;
    let webchat = Webchat::create(&admin, json!({})).await;
    let cursor = text(&admin.get("/api/events?after=latest").await.ok()["cursor"]);
    let visitor = webchat.visit(json!({"name": " Анна ", "email": "anna@example.com"})).await;
    assert_eq!(visitor.session["contact"]["name"], "Анна");
    assert_eq!(visitor.session["contact"]["email"], "anna@example.com");
    let told = admin.get(&format!("/api/events?after={cursor}")).await.ok();
    let new: Vec<&Value> =
        told["events"].as_array().unwrap().iter().filter(|event| event["event"] == "chat:new").collect();
    assert_eq!(new.iter().map(|event| &event["data"]["id"]).collect::<Vec<_>>(), [&visitor.session["chatId"]]);
    let chat = admin.chat(&visitor.chat_id).await;
    assert_eq!(
        (&chat["channel"], &chat["title"], &chat["unreadCount"]),
        (&"webchat".into(), &"Анна".into(), &0.into())
    );
    let secret = text(&visitor.session["visitorToken"]);
    assert_eq!(secret.len(), 43);
    assert!(!chat.to_string().contains(&secret), "what leads back to the chat is the visitor's alone");
}

#[tokio::test]
async fn the_visitor_token_leads_back_to_the_same_chat_and_an_unknown_one_to_a_new_one() {
    let server = shared().await;
    let admin = server.admin().await;
    let webchat = Webchat::create(&admin, json!({})).await;
    let visitor = webchat.visit(json!({})).await;
    visitor.write("hello").await;
    let token = &visitor.session["visitorToken"];
    let again = webchat.anonymous.post(&webchat.sessions(), json!({"visitorToken": token, "name": "Ben"})).await.ok();
    assert_eq!((&again["chatId"], &again["visitorToken"]), (&visitor.session["chatId"], token));
    assert_eq!(again["contact"]["id"], visitor.session["contact"]["id"]);
    assert_eq!(again["contact"]["name"], "Ben", "and may say who it is later");
    assert_eq!(admin.chat(&visitor.chat_id).await["title"], "Ben");
    assert_eq!(Visitor::of(&admin.base, again).history().await.len(), 1);

    let elsewhere = Webchat::create(&admin, json!({})).await;
    for (channel, token) in [(&elsewhere, token.clone()), (&webchat, "made up".into())] {
        let other = channel.visit(json!({"visitorToken": token})).await;
        assert_ne!(other.chat_id, visitor.chat_id);
        assert_ne!(other.session["visitorToken"], token, "nobody chooses a token");
        assert!(other.history().await.is_empty());
    }
    let refused = webchat.anonymous.post(&webchat.sessions(), json!({"email": "nobody"})).await;
    assert_eq!(refused.refused(422, "INVALID_DATA")["errors"][0]["field"], "email");
}

#[tokio::test]
async fn visitor_and_operator_talk_and_the_answer_comes_by_long_polling() {
    let server = shared().await;
    let admin = server.admin().await;
    let visitor = Webchat::create(&admin, json!({})).await.visit(json!({"name": "Ada"})).await;
    let written = visitor.write("Is it open today?").await;
    assert_eq!((&written["fromMe"], &written["status"]), (&false.into(), &"received".into()));
    assert_eq!(
        (&written["senderName"], &admin.chat(&visitor.chat_id).await["unreadCount"]),
        (&"Ada".into(), &1.into())
    );

    let cursor = visitor.now().await;
    let waiting = format!("/api/events?after={cursor}&wait=30");
    let (news, answer) = tokio::join!(visitor.api.get(&waiting), admin.send(&visitor.chat_id, "Until nine"));
    let news = news.ok();
    let new = &news["events"].as_array().unwrap().iter().find(|event| event["event"] == "message:new").unwrap();
    assert_eq!((&new["data"]["id"], &new["data"]["content"]), (&answer["id"], &"Until nine".into()));
    assert_eq!(answer["status"], "sent");
    eventually("the poll has taken the answer", || async {
        (admin.message(&visitor.chat_id, answer["id"].as_str().unwrap()).await["status"] == "delivered").then_some(())
    })
    .await;
    visitor.api.post(&format!("/api/chats/{}/read", visitor.chat_id), json!({})).await.ok();
    let read = admin.message(&visitor.chat_id, answer["id"].as_str().unwrap()).await;
    assert_eq!(read["status"], "read");
    assert!(read["deliveredAt"].is_string() && read["readAt"].is_string());
    let told = visitor.events(&text(&new["cursor"])).await;
    let statuses: Vec<&Value> =
        told["events"].as_array().unwrap().iter().map(|event| &event["data"]["status"]).collect();
    assert!(statuses.ends_with(&[&"delivered".into(), &"read".into()]), "{told}");
}

#[tokio::test]
async fn private_notes_are_never_seen_by_the_visitor() {
    let server = shared().await;
    let admin = server.admin().await;
    let visitor = Webchat::create(&admin, json!({})).await.visit(json!({})).await;
    let cursor = visitor.now().await;
    let note = json!({"chatId": visitor.chat_id, "content": "a canary among colleagues", "private": true});
    let note = admin.post("/api/messages/send", note).await.created();
    let answer = admin.send(&visitor.chat_id, "for all to read").await;
    let seen = format!(
        "{}{}{}{}",
        visitor.events(&cursor).await,
        visitor.events("").await,
        visitor.api.get("/api/chats").await.text,
        json!(visitor.history().await),
    );
    assert!(seen.contains("for all to read"));
    assert!(!seen.contains("canary") && !seen.contains(note["id"].as_str().unwrap()), "{seen}");
    let read = format!("/api/chats/{}/read", visitor.chat_id);
    visitor.api.post(&read, json!({"messageId": note["id"]})).await.refused(404, "NOT_FOUND");
    visitor.api.post(&read, json!({"messageId": answer["id"]})).await.ok();
    let own = json!({"chatId": visitor.chat_id, "content": "psst", "private": true});
    visitor.api.post("/api/messages/send", own).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn a_visitor_hears_of_its_own_chat_alone_and_its_cursors_say_nothing() {
    let server = shared().await;
    let admin = server.admin().await;
    let webchat = Webchat::create(&admin, json!({})).await;
    let (one, other) = (webchat.visit(json!({})).await, webchat.visit(json!({})).await);
    let start = one.now().await;
    other.write("a canary of another").await;
    one.write("mine").await;
    admin.post(&format!("/api/chats/{}/read", one.chat_id), json!({})).await.ok();
    let change = json!({"labels": ["a canary label"]});
    admin.patch(&format!("/api/chats/{}", one.chat_id), change).await.ok();
    let news = one.events(&start).await;
    assert_eq!(names(&news), ["message:new", "messages:read"]);
    for event in news["events"].as_array().unwrap() {
        assert_eq!(event["room"], format!("chat_{}", one.chat_id));
        assert_eq!(event["data"]["cursor"], event["cursor"]);
        assert_eq!(event["data"]["eventId"], event["eventId"]);
    }
    assert!(!news.to_string().contains("canary"));
    assert_eq!(one.events(&text(&news["cursor"])).await["events"], json!([]));
    let middle = text(&news["events"][0]["cursor"]);
    assert_eq!(names(&one.events(&middle).await), ["messages:read"]);
    let whole = one.events("").await;
    assert_eq!(names(&whole), ["message:new", "messages:read"]);
    let first = one.api.get("/api/events?limit=1").await.ok();
    assert_eq!((names(&first), &first["more"]), (vec!["message:new".to_owned()], &true.into()));

    assert_ne!(one.now().await, one.now().await, "two cursors of one place cannot be compared");
    let of_admin = text(&admin.get("/api/events?after=latest").await.ok()["cursor"]);
    let of_other = other.now().await;
    for foreign in [of_admin.as_str(), of_other.as_str(), "made-up"] {
        let answer = one.events(foreign).await;
        assert_eq!((&answer["gap"], &answer["events"]), (&true.into(), &json!([])), "{foreign}");
    }
    let answer = admin.get(&format!("/api/events?after={start}")).await.ok();
    assert_eq!(answer["gap"], true);
}

#[tokio::test]
async fn pages_of_other_origins_are_let_in_where_the_channel_names_them() {
    let server = shared().await;
    let admin = server.admin().await;
    let open = Webchat::create(&admin, json!({})).await;
    open.ask_from(Some("https://anyone.example")).await.created();
    let allowed = json!({"allowedOrigins": ["https://shop.example", "http://localhost:8080"]});
    let closed = Webchat::create(&admin, allowed).await;
    for origin in [None, Some("https://shop.example"), Some("http://localhost:8080"), Some(admin.base.as_str())] {
        closed.ask_from(origin).await.created();
    }
    for origin in ["https://anyone.example", "http://shop.example", "https://shop.example:444", "null"] {
        closed.ask_from(Some(origin)).await.refused(403, "FORBIDDEN");
    }
    for (webchat, ancestors) in [(&open, "*"), (&closed, "'self' https://shop.example http://localhost:8080")] {
        if !is_built() {
            continue;
        }
        let page = webchat.anonymous.get(&format!("/webchat/{}", webchat.id)).await.expect(200);
        let policy = page.headers["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
        assert!(policy.ends_with(&format!("frame-ancestors {ancestors}")), "{policy}");
        assert!(!page.text.contains("<style") && !page.text.contains("onclick"), "nothing within the page");
    }
}

#[tokio::test]
async fn only_channels_with_visitors_let_them_in() {
    let server = shared().await;
    let admin = server.admin().await;
    let body = json!({"name": "Program", "provider": "api", "credentials": {}});
    let api = admin.post("/api/channels", body).await.created();
    let unknown = uuid::Uuid::now_v7().to_string();
    for id in [api["id"].as_str().unwrap(), &unknown, "nonsense"] {
        let session = server.anonymous().post(&format!("/api/webchat/{id}/sessions"), json!({})).await;
        session.refused(404, "NOT_FOUND");
        server.anonymous().get(&format!("/webchat/{id}")).await.refused(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn visits_of_one_address_are_limited() {
    let server = Server::builder().env("RATE_LIMIT", "on").start().await;
    let admin = server.admin().await;
    let webchat = Webchat::create(&admin, json!({})).await;
    for _ in 0..1_000 {
        let answer = webchat.ask_from(None).await;
        if answer.status == 429 {
            assert!(answer.headers.contains_key("retry-after"));
            answer.refused(429, "RATE_LIMIT");
            return;
        }
        answer.created();
    }
    panic!("a thousand visits were let in");
}
