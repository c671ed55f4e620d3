//! The WhatsApp bridge as it is shipped, as a process of its own between the server and a fake of WhatsApp's servers that
//! speaks the real protocol (`integrations/whatsapp_bridge/sidecar`, built by `scripts/test`).

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::ingest::only_chat;
use crate::send::until;
use crate::support::server::free_port;
use crate::support::wait::eventually;
use crate::support::{Server, check, text};

const SIDECAR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/integrations/whatsapp_bridge/sidecar/dist");
const CUSTOMER: &str = "4915550100";

fn node(program: &str) -> Command {
    let path = format!("{SIDECAR}/{program}");
    assert!(std::path::Path::new(&path).exists(), "the sidecar is not built: run scripts/test");
    let mut command = Command::new("node");
    command.arg(path);
    command
}

/// A process that is killed when it is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// WhatsApp's servers, and the phones of customers.
struct WhatsApp {
    url: String,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _process: Killed,
}

impl WhatsApp {
    /// With a phone whose session is paired in `folder`.
    fn start(folder: &str) -> Self {
        let mut child =
            node("test/servers.js").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut fake = Self { url: String::new(), input, output, _process: Killed(child) };
        fake.url = text(&fake.line()["url"]);
        fake
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// The messages that were sent so far.
    fn ask(&mut self, command: &Value) -> Vec<Value> {
        writeln!(self.input, "{command}").unwrap();
        self.line()["sent"].as_array().unwrap().clone()
    }

    fn receive(&mut self, words: &str) {
        self.ask(&json!({"receive": words, "from": CUSTOMER}));
    }

    fn texts(&mut self) -> Vec<String> {
        self.ask(&json!({})).iter().map(|sent| text(&sent["text"])).collect()
    }
}

fn sidecar(server: &Server, port: u16, whatsapp: &str) -> Killed {
    let mut command = node("src/main.js");
    command
        .env("BIND_ADDR", format!("127.0.0.1:{port}"))
        .env("BRIDGE_SECRET", server.env("BRIDGE_SECRET"))
        .env("SWITCHBOARD_URL", &server.base)
        .env("DATA_DIR", server.env("DATA_DIR"))
        .env("WHATSAPP_URL", whatsapp);
    Killed(command.stderr(Stdio::null()).spawn().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_comes_in_and_answers_go_out_once_over_a_killed_bridge() {
    let port = free_port();
    let server = Server::builder().env("BRIDGE_URL", &format!("http://127.0.0.1:{port}")).start().await;
    let admin = server.admin().await;
    let channel = json!({"name": "Phone", "provider": "bridge", "credentials": {}});
    let channel = text(&admin.post("/api/channels", channel).await.created()["id"]);
    let mut whatsapp = WhatsApp::start(&format!("{}/bridge/{channel}", server.env("DATA_DIR")));
    let running = sidecar(&server, port, &whatsapp.url);
    let connected = async || {
        eventually("the phone is connected", || async {
            let path = format!("/api/channels/{channel}");
            (admin.get(&path).await.ok()["status"] == "connected").then_some(())
        })
        .await;
    };
    connected().await;

    whatsapp.receive("is anybody there?");
    let chat = eventually("the text has come", || async { admin.get("/api/chats").await.items().pop() }).await;
    assert_eq!(chat["externalId"], format!("{CUSTOMER}@s.whatsapp.net"));
    assert_eq!(chat["contact"]["phone"], format!("+{CUSTOMER}"));
    let chat = text(&only_chat(&admin).await["id"]);
    let journal = check::journal(&admin).await;
    assert!(journal.iter().any(|event| event.to_string().contains("is anybody there?")), "{journal:?}");

    let answer = |words: &str| json!({"chatId": chat, "content": words});
    let first = admin.post("/api/messages/send", answer("yes")).await.created();
    until(&admin, &chat, &text(&first["id"]), "sent").await;
    assert_eq!(whatsapp.texts(), ["yes"]);

    // `kill -9`; what is written meanwhile waits
    drop(running);
    let second = admin.post("/api/messages/send", answer("what is it?")).await.created();
    let _running = sidecar(&server, port, &whatsapp.url);
    let second = until(&admin, &chat, &text(&second["id"]), "sent").await;
    assert_eq!(whatsapp.texts(), ["yes", "what is it?"], "each once");

    // a repeat of the server's own request is the same message
    let body = json!({"to": format!("{CUSTOMER}@s.whatsapp.net"), "type": "text", "text": "what is it?",
        "clientId": second["id"]});
    let repeated = reqwest::Client::new()
        .post(format!("http://127.0.0.1:{port}/sessions/{channel}/messages"))
        .bearer_auth(server.env("BRIDGE_SECRET"))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(repeated.status(), 200);
    assert_eq!(repeated.json::<Value>().await.unwrap()["id"], second["externalId"]);
    assert_eq!(whatsapp.texts(), ["yes", "what is it?"]);
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}
