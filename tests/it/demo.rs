//! The demo: a newcomer starts one command, signs in with what it printed, and sees customers write and answer.

use serde_json::{Value, json};

use crate::support::api::Api;
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

    async fn chat_on(&self, channel: &str) -> Value {
        eventually("a customer writes there", || async {
            self.chats().await.into_iter().find(|chat| chat["channel"] == channel)
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
    for channel in ["telegram", "whatsapp", "api"] {
        demo.chat_on(channel).await;
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

/// What each customer says first to an operator, and never of their own accord.
const ANSWERS: [&str; 6] = [
    "Отлично, тогда жду после шести.",
    "Great, please hold one for me.",
    "Thanks, I will forward it.",
    "Сейчас попробую.",
    "I have just updated, let me see.",
    "Подходит, запишите меня.",
];

#[tokio::test]
async fn customers_answer_and_whatsapp_tells_that_it_was_read() {
    let demo = Demo::start().await;
    for (channel, far) in [("whatsapp", "read"), ("telegram", "sent"), ("api", "sent")] {
        let chat = demo.chat_on(channel).await;
        let body = json!({"chatId": chat["id"], "content": "We are on it"});
        let sent = demo.operator.post("/api/messages/send", body).await.created();
        eventually("the message went out, and was answered", || async {
            let messages = demo.messages(&chat["id"]).await;
            let own = messages.iter().position(|message| message["id"] == sent["id"])?;
            let answered = messages[..own].iter().any(|message| ANSWERS.iter().any(|text| message["content"] == *text));
            (answered && messages[own]["status"] == far).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_visitor_of_the_printed_page_reaches_the_operator() {
    let demo = Demo::start().await;
    let page = printed(&demo.server, "web chat");
    let path = page.strip_prefix(&demo.server.base).unwrap();
    demo.server.anonymous().get(path).await.expect(200);
    let sessions = format!("/api{path}/sessions");
    let session = demo.server.anonymous().post(&sessions, json!({"name": "Me"})).await.created();
    let visitor = Api::new(&demo.server.base, session["token"].as_str());
    visitor.post("/api/messages/send", json!({"chatId": session["chatId"], "content": "hello"})).await.created();
    let chat = demo.chat_on("webchat").await;
    assert_eq!((&chat["title"], &chat["lastMessage"]["preview"]), (&"Me".into(), &"hello".into()));
}

#[tokio::test]
async fn the_next_run_prints_the_same_and_makes_nothing_twice() {
    let demo = Demo::start().await;
    let all = async |operator: &Api| {
        let channels = operator.get("/api/channels").await.items();
        channels.iter().map(|channel| text(&channel["id"])).collect::<Vec<_>>()
    };
    let (password, page) = (printed(&demo.server, "password"), printed(&demo.server, "web chat"));
    let channels = all(&demo.operator).await;
    assert!(demo.server.terminate().await.success());
    demo.server.launch().await;
    let operator = sign_in(&demo.server).await;
    assert_eq!((printed(&demo.server, "password"), printed(&demo.server, "web chat")), (password, page));
    assert_eq!(all(&operator).await, channels);
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
