//! A plain WebSocket client of `/ws`, and Redis as another backend uses it.

use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, Stdio};

use futures::{SinkExt, StreamExt};
use redis::AsyncCommands;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::server::{Server, free_port};
use super::socket::{Event, Events};
use super::wait::{eventually, soon};

/// The Redis that tests share; channels of theirs are named by ids.
pub const SHARED_REDIS: &str = "redis://127.0.0.1:6379";

/// A connection. What it is told are events named by their type, with the whole envelope; its end is `close`, with `code`
/// and `reason`.
pub struct Plain {
    events: Events,
    frames: UnboundedSender<Message>,
}

/// The request that opens `/ws` with this query.
pub fn request(server: &Server, query: &str) -> Request<()> {
    let url = format!("{}/ws{query}", server.base.replacen("http", "ws", 1));
    url.into_client_request().unwrap()
}

impl Plain {
    pub async fn connect(server: &Server, token: &str) -> Self {
        Self::open(request(server, &format!("?token={token}"))).await.expect("the WebSocket opens")
    }

    pub async fn open(request: Request<()>) -> Result<Self, Error> {
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        let (frames, outgoing) = unbounded_channel();
        let (sender, incoming) = unbounded_channel();
        tokio::spawn(run(socket, outgoing, sender));
        Ok(Self { events: Events::new(incoming), frames })
    }

    /// Sends a text as it is.
    pub fn send(&self, text: &str) {
        let _ = self.frames.send(Message::text(text));
    }

    pub fn send_binary(&self, bytes: Vec<u8>) {
        let _ = self.frames.send(Message::binary(bytes));
    }

    pub fn say(&self, kind: &str, thread_id: &str, payload: Value) {
        self.send(&json!({"type": kind, "threadId": thread_id, "payload": payload}).to_string());
    }

    /// Subscribes and waits for the answer.
    pub async fn subscribe(&mut self, thread_id: &str) -> Value {
        self.send(&json!({"type": "subscribe", "threadId": thread_id}).to_string());
        self.next_where("thread_update", |update| update["threadId"] == thread_id).await["payload"].take()
    }

    /// The payload of the next `message` with this text.
    pub async fn message(&mut self, text: &str) -> Value {
        self.next_where("message", |message| message["payload"]["text"] == text).await["payload"].take()
    }

    /// The code of the next `error`.
    pub async fn refusal(&mut self) -> String {
        super::text(&self.next("error").await["payload"]["code"])
    }

    /// Texts of all messages so far.
    pub fn texts(&mut self) -> Vec<String> {
        self.of("message").iter().map(|message| super::text(&message["payload"]["text"])).collect()
    }
}

async fn run(
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    mut outgoing: UnboundedReceiver<Message>,
    events: UnboundedSender<Event>,
) {
    let (mut sink, mut stream) = socket.split();
    let mut end = json!({"code": 1006, "reason": ""});
    loop {
        tokio::select! {
            frame = outgoing.recv() => match frame {
                Some(frame) => if sink.send(frame).await.is_err() { break },
                None => break,
            },
            frame = stream.next() => match frame {
                Some(Ok(Message::Text(text))) => {
                    let envelope: Value = serde_json::from_str(&text).expect("an envelope");
                    let name = envelope["type"].as_str().expect("a type").to_owned();
                    let _ = events.send(Event { name, payload: envelope });
                }
                Some(Ok(Message::Close(frame))) => {
                    let frame = frame.expect("a close frame has a code");
                    end = json!({"code": u16::from(frame.code), "reason": frame.reason.as_str()});
                    let _ = sink.flush().await;
                    break;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
            () = events.closed() => break,
        }
    }
    let _ = events.send(Event { name: "close".into(), payload: end });
}

impl Deref for Plain {
    type Target = Events;

    fn deref(&self) -> &Events {
        &self.events
    }
}

impl DerefMut for Plain {
    fn deref_mut(&mut self) -> &mut Events {
        &mut self.events
    }
}

/// Another backend at a Redis.
pub struct Backend {
    connection: redis::aio::MultiplexedConnection,
    events: Events,
    url: String,
}

impl Backend {
    /// Publishes, and hears these channels: events named by their channel.
    pub async fn at(url: &str, channels: &[String]) -> Self {
        let client = redis::Client::open(url).unwrap();
        let connection = connect(&client).await;
        let (mut sink, mut stream) = client.get_async_pubsub().await.unwrap().split();
        for channel in channels {
            sink.subscribe(channel).await.unwrap();
        }
        let (sender, incoming) = unbounded_channel();
        tokio::spawn(async move {
            loop {
                let message = tokio::select! {
                    message = stream.next() => message,
                    () = sender.closed() => break,
                };
                let Some(message) = message else { break };
                let payload = serde_json::from_slice(message.get_payload_bytes()).unwrap_or(Value::Null);
                let _ = sender.send(Event { name: message.get_channel_name().to_owned(), payload });
            }
        });
        Self { connection, events: Events::new(incoming), url: url.to_owned() }
    }

    pub async fn publish(&mut self, channel: &str, body: impl AsRef<[u8]>) {
        let _: u64 = self.connection.publish(channel, body.as_ref()).await.expect("Redis takes it");
    }

    pub async fn tell(&mut self, channel: &str, body: Value) {
        self.publish(channel, body.to_string()).await;
    }

    /// Waits until so many listen to a channel.
    pub async fn listeners(&self, channel: &str, many: u64) {
        eventually(&format!("{many} listen to {channel}"), || async {
            let mut connection = self.connection.clone();
            let command = redis::cmd("PUBSUB").arg("NUMSUB").arg(channel).to_owned();
            let (_, count): (String, u64) = command.query_async(&mut connection).await.ok()?;
            (count == many).then_some(())
        })
        .await;
    }

    /// The same with a new connection, after Redis was away.
    pub async fn again(&mut self) {
        let client = redis::Client::open(self.url.as_str()).unwrap();
        self.connection = connect(&client).await;
    }
}

/// A large body takes its time.
async fn connect(client: &redis::Client) -> redis::aio::MultiplexedConnection {
    let patient = redis::AsyncConnectionConfig::new().set_response_timeout(None);
    soon("Redis answers", client.get_multiplexed_async_connection_with_config(&patient)).await.unwrap()
}

impl Deref for Backend {
    type Target = Events;

    fn deref(&self) -> &Events {
        &self.events
    }
}

impl DerefMut for Backend {
    fn deref_mut(&mut self) -> &mut Events {
        &mut self.events
    }
}

/// A Redis of a test's own, which it may stop.
pub struct Redis {
    pub url: String,
    port: u16,
    process: Option<Child>,
    folder: tempfile::TempDir,
}

impl Redis {
    pub async fn start() -> Self {
        let port = free_port();
        let url = format!("redis://127.0.0.1:{port}");
        let mut redis = Self { url, port, process: None, folder: tempfile::tempdir().unwrap() };
        redis.launch().await;
        redis
    }

    pub async fn launch(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Some(command.spawn().expect("redis-server starts"));
        eventually("Redis answers", || async { std::net::TcpStream::connect(("127.0.0.1", self.port)).ok() }).await;
    }

    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
