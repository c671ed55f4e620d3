//! Many operators' sockets, spoken by hand: what they cost must be little beside what is measured. Each frame is looked at for
//! the number of its event and forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::Failure;
use crate::http::find;

/// Connections that are opened at a time.
const AT_ONCE: usize = 50;
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Crowd {
    told: Arc<Told>,
    readers: Vec<JoinHandle<()>>,
}

struct Told {
    start: Instant,
    frames: AtomicUsize,
    /// Who has each event, and when the last one got it, in nanoseconds since `start`.
    events: Vec<(AtomicUsize, AtomicU64)>,
}

impl Crowd {
    /// Opens connections that are welcomed, for events with the numbers below `events`.
    pub async fn open(address: &str, token: &str, many: usize, events: usize) -> Result<Self, Failure> {
        let events = (0..events).map(|_| (AtomicUsize::new(0), AtomicU64::new(0))).collect();
        let told = Arc::new(Told { start: Instant::now(), frames: AtomicUsize::new(0), events });
        let mut readers = Vec::with_capacity(many);
        while readers.len() < many {
            let opening: Vec<_> = (readers.len()..many.min(readers.len() + AT_ONCE))
                .map(|_| tokio::spawn(welcomed(address.to_owned(), token.to_owned())))
                .collect();
            for opened in opening {
                let (stream, rest) = opened.await??;
                let told = Arc::clone(&told);
                readers.push(tokio::spawn(async move { told.read(stream, rest).await }));
            }
        }
        Ok(Self { told, readers })
    }

    /// Waits until everybody has this many events; gives when the last delivery was.
    pub async fn wait_for(&self, events: usize, operators: usize) -> Result<Instant, Failure> {
        let begun = Instant::now();
        loop {
            let whole = self.told.events[..events].iter().all(|(count, _)| count.load(Ordering::Acquire) == operators);
            if whole {
                return Ok((0..events).map(|n| self.last_told(n)).max().unwrap_or_else(Instant::now));
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("{} deliveries came", self.told.frames.load(Ordering::Relaxed)).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn last_told(&self, n: usize) -> Instant {
        self.told.start + Duration::from_nanos(self.told.events[n].1.load(Ordering::Acquire))
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.readers.iter().for_each(JoinHandle::abort);
    }
}

/// A connection to `/` past `sync:required`, and what was read beyond it.
async fn welcomed(address: String, token: String) -> Result<(TcpStream, Vec<u8>), Failure> {
    let mut stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let upgrade = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: {address}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(upgrade.as_bytes()).await?;
    let mut buffer = Vec::with_capacity(2_048);
    until(&mut stream, &mut buffer, b"pingTimeout").await?;
    stream.write_all(&masked(&format!("40{}", json!({"token": token})))).await?;
    until(&mut stream, &mut buffer, b"sync:required").await?;
    // to the end of that frame
    let body = find(&buffer, b"\r\n\r\n").ok_or("no answer")? + 4;
    buffer.drain(..body);
    Ok((stream, buffer))
}

async fn until(stream: &mut TcpStream, buffer: &mut Vec<u8>, text: &[u8]) -> Result<(), Failure> {
    while find(buffer, text).is_none() {
        if stream.read_buf(buffer).await? == 0 {
            return Err(format!("turned away: {}", String::from_utf8_lossy(buffer)).into());
        }
    }
    Ok(())
}

impl Told {
    async fn read(&self, mut stream: TcpStream, rest: Vec<u8>) {
        let mut buffer = rest;
        loop {
            let mut at = 0;
            while let Some((payload, end)) = frame(&buffer[at..]) {
                if buffer[at + payload..at + end] == *b"2" {
                    if stream.write_all(&masked("3")).await.is_err() {
                        return;
                    }
                } else {
                    self.note(&buffer[at + payload..at + end]);
                }
                at += end;
            }
            buffer.drain(..at);
            match stream.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    fn note(&self, payload: &[u8]) {
        const BENCH: &[u8] = b"42[\"bench\",{\"n\":";
        let Some(digits) = payload.strip_prefix(BENCH) else { return };
        let number = digits.iter().take_while(|byte| byte.is_ascii_digit());
        let n = number.fold(0, |n, digit| n * 10 + usize::from(digit - b'0'));
        let Some((count, last)) = self.events.get(n) else { return };
        last.fetch_max(u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::AcqRel);
        count.fetch_add(1, Ordering::AcqRel);
        self.frames.fetch_add(1, Ordering::Relaxed);
    }
}

/// Where a whole frame's payload begins and ends.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let short = usize::from(*bytes.get(1)? & 0x7f);
    let (begin, length) = match short {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        length => (2, length),
    };
    (bytes.len() >= begin + length).then_some((begin, begin + length))
}

/// A text frame of a client, with a mask of zeros.
fn masked(text: &str) -> Vec<u8> {
    let length = text.len();
    let mut frame = vec![0x81];
    match u8::try_from(length) {
        Ok(length) if length < 126 => frame.push(0x80 | length),
        _ => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}
