//! The operator's socket: notes when each message was told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;

use crate::Failure;
use crate::http::find;

pub struct Watch {
    told: Arc<Mutex<HashMap<usize, Instant>>>,
    count: watch::Receiver<usize>,
}

impl Watch {
    /// Connects to `/` and waits for the welcome.
    pub async fn open(address: &str, token: &str) -> Result<Self, Failure> {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await?;
        socket.send(Message::text(format!("40{}", json!({"token": token})))).await?;
        while let Some(frame) = socket.next().await {
            if frame?.to_text()?.contains("sync:required") {
                break;
            }
        }
        let told = Arc::new(Mutex::new(HashMap::new()));
        let (sender, count) = watch::channel(0);
        tokio::spawn({
            let told = Arc::clone(&told);
            async move {
                while let Some(Ok(frame)) = socket.next().await {
                    let Message::Text(text) = frame else { continue };
                    if text.as_str() == "2" && socket.send(Message::text("3")).await.is_err() {
                        break;
                    }
                    if let Some(n) = number(text.as_bytes()) {
                        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                        told.entry(n).or_insert_with(Instant::now);
                        let _ = sender.send(told.len());
                    }
                }
            }
        });
        Ok(Self { told, count })
    }

    /// Messages told so far, each counted once.
    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    pub async fn wait_for(&self, count: usize) -> Result<(), Failure> {
        let mut counted = self.count.clone();
        let waiting = counted.wait_for(|told| *told >= count);
        match tokio::time::timeout(Duration::from_secs(30), waiting).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(format!("{} of {count} messages were told", self.count()).into()),
        }
    }

    pub fn told_at(&self, n: usize) -> Option<Instant> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).get(&n).copied()
    }
}

/// The number in the text of a `message:new`.
fn number(frame: &[u8]) -> Option<usize> {
    if !frame.starts_with(b"42[\"message:new\"") {
        return None;
    }
    const CONTENT: &[u8] = b"\"content\":\"n";
    let digits = &frame[find(frame, CONTENT)? + CONTENT.len()..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}
