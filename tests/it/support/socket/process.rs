//! The socket libraries that users have, each in a process of its own, spoken to by JSON lines (`tests/clients`).

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::super::operator::Operator;
use super::super::server::Server;
use super::super::wait::soon;
use super::inbox::{Event, Events};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    JavaScript,
    Python,
}

impl Language {
    fn command(self) -> Command {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let clients = root.join("tests/clients");
        let (program, script, needs): (PathBuf, _, PathBuf) = match self {
            Self::JavaScript => ("node".into(), "client.mjs", clients.join("node_modules/socket.io-client")),
            Self::Python => (root.join("target/python/bin/python"), "client.py", root.join("target/python/bin/python")),
        };
        assert!(needs.exists(), "{} is missing: `scripts/test` installs it", needs.display());
        let mut command = Command::new(program);
        command.arg(clients.join(script));
        command
    }
}

/// How to connect.
#[derive(Clone)]
pub struct Connect(Value);

impl Connect {
    /// With this handshake `auth`, over WebSocket, to `/`.
    pub fn with(server: &Server, auth: Value) -> Self {
        Self::to(&server.base, auth)
    }

    /// To this address, whoever answers there.
    pub fn to(base: &str, auth: Value) -> Self {
        Self(json!({"url": base, "namespace": "/", "auth": auth, "transports": ["websocket"]}))
    }

    pub fn operator(server: &Server, operator: &Operator) -> Self {
        Self::with(server, json!({"token": operator.token()}))
    }

    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0[name] = value.into();
        self
    }

    pub fn cursor(mut self, cursor: &str) -> Self {
        self.0["auth"]["cursor"] = cursor.into();
        self
    }

    pub fn polling(self) -> Self {
        self.set("transports", json!(["polling"]))
    }
}

type Acks = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// A running client. Its [`Events`] are at hand: `client.next("message:new").await`.
pub struct Client {
    events: Events,
    stdin: ChildStdin,
    acks: Acks,
    next_ack: u64,
    /// Killed when dropped.
    _process: Child,
}

impl Client {
    pub fn spawn(language: Language, connect: &Connect) -> Self {
        let mut process = language
            .command()
            .arg(connect.0.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the client starts");
        let stdout = process.stdout.take().unwrap();
        let (sender, incoming) = unbounded_channel();
        let acks = Acks::default();
        tokio::spawn({
            let acks = Arc::clone(&acks);
            async move {
                let mut lines = BufReader::new(stdout).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    note(&line, &sender, &acks);
                }
            }
        });
        let stdin = process.stdin.take().unwrap();
        Self { events: Events::new(incoming), stdin, acks, next_ack: 0, _process: process }
    }

    /// An operator's connection, past `connected` and `sync:required`.
    pub async fn operator(language: Language, server: &Server, operator: &Operator) -> Self {
        Self::synced(language, &Connect::operator(server, operator)).await
    }

    pub async fn js(server: &Server, operator: &Operator) -> Self {
        Self::operator(Language::JavaScript, server, operator).await
    }

    pub async fn synced(language: Language, connect: &Connect) -> Self {
        let mut client = Self::spawn(language, connect);
        client.next("sync:required").await;
        client
    }

    async fn tell(&mut self, command: Value) {
        self.stdin.write_all(format!("{command}\n").as_bytes()).await.expect("the client is alive");
    }

    /// Emits and waits for the acknowledgement's first argument.
    pub async fn emit(&mut self, event: &str, payload: Value) -> Value {
        let acknowledged = self.emit_later(event, json!([payload])).await;
        soon(&format!("the acknowledgement of {event}"), acknowledged).await.expect("the client is alive")
    }

    /// Emits these arguments; the acknowledgement comes when it comes.
    pub async fn emit_later(&mut self, event: &str, args: Value) -> oneshot::Receiver<Value> {
        self.next_ack += 1;
        let (sender, receiver) = oneshot::channel();
        self.acks.lock().unwrap().insert(self.next_ack, sender);
        self.tell(json!({"do": "emit", "id": self.next_ack, "event": event, "args": args})).await;
        receiver
    }

    pub async fn disconnect(&mut self) {
        self.tell(json!({"do": "disconnect"})).await;
        self.next("disconnect").await;
    }

    /// Breaks the connection without a goodbye.
    pub async fn drop_connection(&mut self) {
        self.tell(json!({"do": "drop"})).await;
        self.next("disconnect").await;
    }

    pub async fn connect_again(&mut self, auth: Value) {
        self.tell(json!({"do": "connect", "auth": auth})).await;
    }
}

fn note(line: &str, events: &UnboundedSender<Event>, acks: &Acks) {
    let mut line: Value = serde_json::from_str(line).expect("clients speak JSON lines");
    let kind = line["kind"].as_str().unwrap_or_default().to_owned();
    if kind == "ack" {
        let waiting = acks.lock().unwrap().remove(&line["id"].as_u64().unwrap_or(0));
        if let Some(waiting) = waiting {
            let _ = waiting.send(line["args"][0].take());
        }
        return;
    }
    let event = match kind.as_str() {
        "event" => {
            Event { name: line["name"].as_str().unwrap_or_default().to_owned(), payload: line["args"][0].take() }
        }
        _ => Event { name: kind, payload: line },
    };
    let _ = events.send(event);
}

impl Deref for Client {
    type Target = Events;

    fn deref(&self) -> &Events {
        &self.events
    }
}

impl DerefMut for Client {
    fn deref_mut(&mut self) -> &mut Events {
        &mut self.events
    }
}
