//! Engine.IO 4 and Socket.IO 5 by hand over one WebSocket: cheap enough for many at a time, and able to send nonsense.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;

use super::super::operator::Operator;
use super::super::server::Server;
use super::super::wait::soon;
use super::inbox::{Event, Events};

type Acks = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

pub struct RawClient {
    events: Events,
    frames: UnboundedSender<Message>,
    acks: Acks,
    next_ack: u64,
}

impl RawClient {
    /// An open WebSocket that has joined no namespace yet.
    pub async fn open(server: &Server) -> Self {
        let url = format!("{}/socket.io/?EIO=4&transport=websocket", server.base.replacen("http", "ws", 1));
        let (socket, _) = tokio_tungstenite::connect_async(url).await.expect("the WebSocket opens");
        let (frames, outgoing) = unbounded_channel();
        let (sender, incoming) = unbounded_channel();
        let acks = Acks::default();
        tokio::spawn(run(socket, outgoing, frames.clone(), sender, Arc::clone(&acks)));
        Self { events: Events::new(incoming), frames, acks, next_ack: 0 }
    }

    /// An operator's connection to `/`, past `connected` and `sync:required`.
    pub async fn operator(server: &Server, operator: &Operator) -> Self {
        let mut client = Self::open(server).await;
        client.send(&format!("40{}", json!({"token": operator.token()})));
        client.next("sync:required").await;
        client
    }

    /// Sends a text frame as it is.
    pub fn send(&self, frame: &str) {
        let _ = self.frames.send(Message::text(frame));
    }

    pub fn send_binary(&self, frame: Vec<u8>) {
        let _ = self.frames.send(Message::binary(frame));
    }

    /// Emits on `/` without asking for an acknowledgement.
    pub fn emit_blindly(&self, event: &str, payload: &Value) {
        self.send(&format!("42{}", json!([event, payload])));
    }

    /// Emits on `/` and waits for the acknowledgement's first argument.
    pub async fn emit(&mut self, event: &str, payload: Value) -> Value {
        let acknowledged = self.emit_later(event, &payload);
        soon(&format!("the acknowledgement of {event}"), acknowledged).await.expect("the connection is open")
    }

    pub fn emit_later(&mut self, event: &str, payload: &Value) -> oneshot::Receiver<Value> {
        self.next_ack += 1;
        let (sender, receiver) = oneshot::channel();
        self.acks.lock().unwrap().insert(self.next_ack, sender);
        self.send(&format!("42{}{}", self.next_ack, json!([event, payload])));
        receiver
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn run(
    socket: Socket,
    mut outgoing: UnboundedReceiver<Message>,
    frames: UnboundedSender<Message>,
    events: UnboundedSender<Event>,
    acks: Acks,
) {
    let (mut sink, mut stream) = socket.split();
    // `frames` answers pings, so the channel stays open: the loop ends with the socket, or when nobody reads the events
    loop {
        tokio::select! {
            frame = outgoing.recv() => match frame {
                Some(frame) => if sink.send(frame).await.is_err() { break },
                None => break,
            },
            frame = stream.next() => match frame {
                Some(Ok(Message::Text(text))) => hear(&text, &frames, &events, &acks),
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
            () = events.closed() => break,
        }
    }
    let _ = events.send(Event { name: "disconnect".into(), payload: Value::Null });
    acks.lock().unwrap().clear();
}

/// Reads one packet; the namespace is not told apart.
fn hear(packet: &str, frames: &UnboundedSender<Message>, events: &UnboundedSender<Event>, acks: &Acks) {
    if packet == "2" {
        let _ = frames.send(Message::text("3"));
        return;
    }
    let Some(kind) = packet.get(..2) else { return };
    let rest = &packet[2..];
    let rest = match rest.strip_prefix('/') {
        Some(named) => named.split_once(',').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let body: Value = serde_json::from_str(&rest[digits..]).unwrap_or(Value::Null);
    let event = match kind {
        "40" => Event { name: "connect".into(), payload: body },
        "41" => Event { name: "disconnect".into(), payload: Value::Null },
        "42" => Event { name: body[0].as_str().unwrap_or_default().to_owned(), payload: body[1].clone() },
        "43" => {
            if let Some(waiting) = rest[..digits].parse().ok().and_then(|id: u64| acks.lock().unwrap().remove(&id)) {
                let _ = waiting.send(body[0].clone());
            }
            return;
        }
        "44" => Event { name: "connect_error".into(), payload: body },
        _ => return,
    };
    let _ = events.send(event);
}

impl Deref for RawClient {
    type Target = Events;

    fn deref(&self) -> &Events {
        &self.events
    }
}

impl DerefMut for RawClient {
    fn deref_mut(&mut self) -> &mut Events {
        &mut self.events
    }
}
