//! A Socket.IO client that reads only when it is told to.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::super::server::Server;
use super::super::wait::soon;

/// What the peer's kernel may hold for a reader that does not read.
const RECEIVE_BYTES: u32 = 64 * 1024;

pub struct Reader(WebSocketStream<TcpStream>);

impl Reader {
    /// Connects to `/` with this `auth`.
    pub async fn connect(server: &Server, auth: Value) -> Self {
        let address = server.base.trim_start_matches("http://");
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(RECEIVE_BYTES).unwrap();
        let stream = socket.connect(address.parse().unwrap()).await.unwrap();
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.expect("the WebSocket opens");
        let mut reader = Self(socket);
        reader.0.send(Message::text(format!("40{}", json!(auth)))).await.unwrap();
        reader
    }

    /// The next event and its payload; `None` once the connection has ended.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            let text = match soon("an event or the end", self.0.next()).await? {
                Ok(Message::Text(text)) => text,
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => continue,
            };
            match text.split_at_checked(2) {
                Some(("42", body)) => {
                    let mut body: Value = serde_json::from_str(body).unwrap();
                    return Some((body[0].as_str().unwrap().to_owned(), body[1].take()));
                }
                None if &*text == "2" => self.0.send(Message::text("3")).await.unwrap(),
                _ => {}
            }
        }
    }

    /// Reads until an event of this name; returns its payload.
    pub async fn until(&mut self, name: &str) -> Value {
        loop {
            let (event, payload) = self.next().await.unwrap_or_else(|| panic!("the connection ended before {name}"));
            if event == name {
                return payload;
            }
        }
    }
}
