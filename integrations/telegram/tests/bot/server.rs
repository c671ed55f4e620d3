//! A Bot API that answers as it is told and remembers what it was asked.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What happens to a request.
#[derive(Clone)]
pub enum Answer {
    Json(u16, String),
    /// Bytes of an HTTP answer, after which the connection is closed.
    Raw(&'static [u8]),
    /// The connection is reset once the request is read.
    Reset,
    /// No answer ever comes.
    Silence,
}

#[derive(Debug, Clone)]
pub struct Request {
    /// `/bot77:…/sendMessage`
    pub path: String,
    pub body: Vec<u8>,
}

impl Request {
    pub fn method(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    arrived: Arc<Notify>,
}

impl Server {
    /// Answers the first request with the first answer, and so on; the last answer is repeated.
    pub async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let arrived = Arc::new(Notify::new());
        let (log, bell) = (requests.clone(), arrived.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answers.clone(), log.clone(), bell.clone()));
            }
        });
        Self { url, requests, arrived }
    }

    pub async fn ok(result: Value) -> Self {
        Self::start(vec![ok(result)]).await
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub fn last(&self) -> Request {
        self.requests().pop().unwrap()
    }

    /// Waits until a request has been read.
    pub async fn asked(&self) {
        self.arrived.notified().await;
    }
}

pub fn ok(result: Value) -> Answer {
    Answer::Json(200, serde_json::json!({ "ok": true, "result": result }).to_string())
}

pub fn refusal(code: u16, description: &str, parameters: Value) -> Answer {
    let body =
        serde_json::json!({ "ok": false, "error_code": code, "description": description, "parameters": parameters });
    Answer::Json(code, body.to_string())
}

/// An address at which nobody listens.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

async fn serve(mut stream: TcpStream, answers: Vec<Answer>, log: Arc<Mutex<Vec<Request>>>, bell: Arc<Notify>) {
    while let Some(request) = read(&mut stream).await {
        let answer = {
            let mut log = log.lock().unwrap();
            log.push(request);
            answers[(log.len() - 1).min(answers.len() - 1)].clone()
        };
        bell.notify_one();
        match answer {
            Answer::Json(status, body) => {
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all((head + &body).as_bytes()).await.unwrap();
            }
            Answer::Raw(bytes) => {
                stream.write_all(bytes).await.unwrap();
                return;
            }
            Answer::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Answer::Silence => std::future::pending().await,
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let length: usize = length.unwrap();
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let path = head.split(' ').nth(1).unwrap().to_owned();
    Some(Request { path, body: bytes[head_end..head_end + length].to_vec() })
}
