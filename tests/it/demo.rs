//! The demo: a newcomer starts one command, signs in with what it printed, and sees customers write and answer.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::dashboard::is_built;
use crate::support::api::Api;
use crate::support::socket::{Client, Connect, Language};
use crate::support::wait::eventually;
use crate::support::{Server, text};

/// A running demo, and who signed in with what it printed.
struct Demo {
    server: Server,
    operator: Api,
}

impl Demo {
    async fn start() -> Self {
        let server = Server::builder().verb("demo").start().await;
        let operator = sign_in(&server).await;
        Self { server, operator }
    }

    async fn chats(&self) -> Vec<Value> {
        self.operator.get("/api/chats?limit=200").await.items()
    }

    async fn messages(&self, chat_id: &Value) -> Vec<Value> {
        self.operator.get(&format!("/api/chats/{}/messages?limit=200", text(chat_id))).await.items()
    }

    /// The chat with a customer of this name.
    async fn chat_with(&self, name: &str) -> Value {
        eventually("the customer is there", || async {
            self.chats().await.into_iter().find(|chat| chat["title"] == name)
        })
        .await
    }
}

/// What the demo printed behind this word.
fn printed(server: &Server, word: &str) -> String {
    let text = server.output_text();
    let mut lines = text.lines().filter_map(|line| line.trim().strip_prefix(word));
    lines.next().unwrap_or_else(|| panic!("no `{word}` in {text}")).trim().to_owned()
}

async fn sign_in(server: &Server) -> Api {
    eventually("the demo prints all of it", || async { server.output_text().contains("Ctrl-C").then_some(()) }).await;
    let body = json!({"email": printed(server, "login"), "password": printed(server, "password")});
    let session = server.anonymous().post("/api/auth/login", body).await.ok();
    Api::new(&server.base, session["accessToken"].as_str())
}

#[tokio::test]
async fn the_printed_login_works_and_customers_of_all_networks_keep_writing() {
    let demo = Demo::start().await;
    assert_eq!(printed(&demo.server, "address"), demo.server.base);
    for provider in ["telegram", "waba", "bridge", "webchat", "api"] {
        assert!(demo.chats().await.iter().any(|chat| chat["provider"] == provider), "nobody on {provider}");
    }
    let cursor = text(&demo.operator.get("/api/events?after=latest").await.ok()["cursor"]);
    let mut seen = 0;
    let mut next = cursor;
    while seen < 3 {
        let news = demo.operator.get(&format!("/api/events?after={next}&wait=30")).await.ok();
        let events = news["events"].as_array().unwrap();
        assert!(!events.is_empty(), "half a minute without a word");
        seen += events.iter().filter(|event| event["event"] == "message:new").count();
        next = text(&news["cursor"]);
    }
}

#[tokio::test]
async fn customers_answer_and_networks_that_know_it_tell_that_it_was_read() {
    let demo = Demo::start().await;
    for (name, answer, far) in [
        ("Emma Wilson", "Great, please hold one for me.", "read"),
        ("Нина Павловна", "Спасибо, сейчас посмотрю.", "read"),
        ("Isabella Garcia", "Perfect, thank you!", "read"),
        ("James Carter", "Thanks, I will forward it.", "sent"),
        ("Priya Nair", "I have just updated, let me see.", "sent"),
    ] {
        let chat = demo.chat_with(name).await;
        let body = json!({"chatId": chat["id"], "content": "We are on it"});
        let sent = demo.operator.post("/api/messages/send", body).await.created();
        eventually("the message went out, and was answered", || async {
            let messages = demo.messages(&chat["id"]).await;
            let own = messages.iter().position(|message| message["id"] == sent["id"])?;
            let answered = messages[..own].iter().any(|message| message["content"] == answer);
            (answered && messages[own]["status"] == far).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_visitor_is_seen_to_type_before_the_answer_comes() {
    let demo = Demo::start().await;
    let chat = demo.chat_with("Isabella Garcia").await;
    let token = demo.operator.token.clone();
    let mut client =
        Client::synced(Language::JavaScript, &Connect::to(&demo.server.base, json!({"token": token}))).await;
    client.emit("subscribe:chat", json!({"chatId": chat["id"]})).await;
    let body = json!({"chatId": chat["id"], "content": "On the right"});
    demo.operator.post("/api/messages/send", body).await.created();
    let typing = client.next("typing:start").await;
    assert_eq!((&typing["contactId"], &typing["name"]), (&chat["contact"]["id"], &"Isabella Garcia".into()));
    client.next_where("message:new", |message| message["content"] == "Perfect, thank you!").await;
}

#[tokio::test]
async fn the_first_picture_has_days_behind_it_and_something_of_everything() {
    let demo = Demo::start().await;
    let chats = demo.chats().await;
    assert!(chats.len() >= 25, "{} chats", chats.len());
    let some = |what: &str, holds: &dyn Fn(&Value) -> bool| {
        let count = chats.iter().filter(|chat| holds(chat)).count();
        assert!(count > 0 && count < chats.len(), "{count} of {} chats are {what}", chats.len());
    };
    for status in ["open", "pending", "snoozed", "resolved"] {
        some(status, &|chat| chat["status"] == status);
    }
    for priority in ["high", "urgent"] {
        some(priority, &|chat| chat["priority"] == priority);
    }
    some("a group", &|chat| chat["isGroup"] == true);
    some("unread", &|chat| chat["unreadCount"].as_u64() > Some(0));
    some("unread by this operator", &|chat| chat["myUnreadCount"].as_u64() > Some(0));
    some("labelled", &|chat| !chat["labels"].as_array().unwrap().is_empty());
    let now = chrono::Utc::now();
    let age = |chat: &Value| now - text(&chat["lastMessageAt"]).parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    some("days old", &|chat| age(chat).num_days() >= 5);
    some("minutes old", &|chat| age(chat).num_minutes() < 20);
    some("closed to all but templates", &|chat| {
        chat["windowExpiresAt"].as_str().is_some_and(|end| end.parse::<chrono::DateTime<chrono::Utc>>().unwrap() < now)
    });
    let holders: BTreeSet<&str> = chats.iter().filter_map(|chat| chat["assignedUserId"].as_str()).collect();
    assert_eq!(holders.len(), 3, "the operator and both colleagues have chats");

    let mut all = Vec::new();
    for chat in &chats {
        all.extend(demo.messages(&chat["id"]).await);
    }
    for kind in ["text", "image", "voice", "document", "sticker", "location", "contacts", "template"] {
        assert!(all.iter().any(|message| message["type"] == kind), "no {kind}");
    }
    for status in ["received", "sent", "delivered", "read", "failed"] {
        assert!(all.iter().any(|message| message["status"] == status), "none is {status}");
    }
    let has = |what: &str, holds: &dyn Fn(&Value) -> bool| assert!(all.iter().any(holds), "none {what}");
    has("failed for a reason", &|message| message["error"]["message"].is_string());
    has("answers another", &|message| message["replyToId"].is_string());
    has("has a reaction", &|message| !message["reactions"].as_array().unwrap().is_empty());
    has("was edited", &|message| message["editedAt"].is_string());
    has("was deleted", &|message| message["deletedAt"].is_string());
    has("is a note", &|message| message["private"] == true);
    has("is the colleague's", &|message| message["senderName"] == "Anna Petrova");
    some("given to a team", &|chat| chat["teamId"].is_string());
    for (list, least) in [("labels", 10), ("quick-replies", 6), ("teams", 2), ("tickets", 4)] {
        assert!(demo.operator.get(&format!("/api/{list}")).await.items().len() >= least, "{list}");
    }
    let whatsapp = demo.operator.get("/api/channels").await.items().into_iter().find(|one| one["provider"] == "waba");
    let templates = format!("/api/channels/{}/templates", text(&whatsapp.unwrap()["id"]));
    assert!(demo.operator.get(&templates).await.items().iter().any(|template| template["status"] == "APPROVED"));
    let users = demo.operator.get("/api/users").await.items();
    assert_eq!(users.iter().filter(|user| user["online"] == true).count(), 2, "the colleagues are at work");
    assert!(demo.operator.get("/api/notifications").await.items().iter().any(|one| one["type"] == "chat_mentioned"));
}

#[tokio::test]
async fn the_files_of_the_past_are_there_in_their_forms() {
    let demo = Demo::start().await;
    for (name, kind, mime_type) in [
        ("Emma Wilson", "image", "image/png"),
        ("Екатерина Лебедева", "voice", "audio/wav"),
        ("Екатерина Лебедева", "sticker", "image/webp"),
        ("James Carter", "document", "application/pdf"),
    ] {
        let chat = demo.chat_with(name).await;
        let file = eventually("the file is ready", || async {
            let messages = demo.messages(&chat["id"]).await;
            let message = messages.into_iter().find(|message| message["type"] == kind)?;
            Some(message["attachments"][0].clone()).filter(|file| file["status"] == "ready")
        })
        .await;
        assert_eq!(file["mimeType"], mime_type, "{name}'s {kind}");
        demo.operator
            .request(reqwest::Method::GET, file["url"].as_str().unwrap())
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }
}

#[tokio::test]
async fn a_visitor_of_the_printed_page_reaches_the_operator() {
    let demo = Demo::start().await;
    let page = printed(&demo.server, "web chat");
    let path = page.strip_prefix(&demo.server.base).unwrap();
    demo.server.anonymous().get(path).await.expect(if is_built() { 200 } else { 503 });
    let sessions = format!("/api{path}/sessions");
    let session = demo.server.anonymous().post(&sessions, json!({"name": "Me"})).await.created();
    let visitor = Api::new(&demo.server.base, session["token"].as_str());
    visitor.post("/api/messages/send", json!({"chatId": session["chatId"], "content": "hello"})).await.created();
    let chat = demo.chat_with("Me").await;
    assert_eq!((&chat["channel"], &chat["lastMessage"]["preview"]), (&"webchat".into(), &"hello".into()));
}

#[tokio::test]
async fn the_next_run_prints_the_same_and_makes_nothing_twice() {
    let demo = Demo::start().await;
    let all = async |operator: &Api| {
        let mut ids = Vec::new();
        for list in ["channels", "chats", "users", "labels", "quick-replies", "teams", "tickets"] {
            let items = operator.get(&format!("/api/{list}?limit=200")).await.items();
            ids.extend(items.iter().map(|item| text(&item["id"])));
        }
        ids.sort_unstable();
        ids
    };
    let (password, page) = (printed(&demo.server, "password"), printed(&demo.server, "web chat"));
    let made = all(&demo.operator).await;
    assert!(demo.server.terminate().await.success());
    demo.server.launch().await;
    let operator = sign_in(&demo.server).await;
    assert_eq!((printed(&demo.server, "password"), printed(&demo.server, "web chat")), (password, page));
    assert_eq!(all(&operator).await, made);
}

#[tokio::test]
async fn the_demo_opens_to_this_machine_alone_and_touches_no_real_channels() {
    let server = Server::start().await;
    let refused = async |address: &str| {
        let output = server.run_with(&["demo"], &[("BIND_ADDR", address)]).await;
        assert!(!output.status.success() && output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused("0.0.0.0:0").await.contains("BIND_ADDR"));
    let admin = server.admin().await;
    let body = json!({"name": "Real", "provider": "api", "credentials": {}});
    admin.post("/api/channels", body).await.created();
    assert!(refused("127.0.0.1:0").await.contains("DATABASE_URL"));
}
