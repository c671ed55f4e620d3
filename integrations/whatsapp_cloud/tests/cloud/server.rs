//! A loopback Meta: answers one request after another from a script and writes down what it was asked.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub enum Answer {
    Say(u16, &'static str, String),
    /// Reads the request and closes.
    HangUp,
}

/// A plain answer.
pub fn say(status: u16, body: impl ToString) -> Answer {
    Answer::Say(status, "", body.to_string())
}

#[derive(Debug, Clone)]
pub struct Asked {
    /// `POST /v26.0/1/messages`.
    pub line: String,
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

pub struct Meta {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Meta {
    pub async fn start(script: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v26.0", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        tokio::spawn(async move {
            for answer in script {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read(&mut stream).await;
                log.lock().unwrap().push(request);
                if let Answer::Say(status, header, body) = answer {
                    let length = body.len();
                    let head =
                        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{header}\r\n");
                    stream.write_all((head + &body).as_bytes()).await.unwrap();
                }
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Asked {
    let mut bytes = Vec::new();
    let split = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "the request ended early");
    };
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let line = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    let mut request = Asked { line, head, body: bytes.split_off(split + 4) };
    let length: usize = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    while request.body.len() < length {
        assert!(stream.read_buf(&mut request.body).await.unwrap() > 0, "the body ended early");
    }
    request
}
