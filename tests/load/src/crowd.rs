//! Operators' sockets, spoken by hand: what they cost must be little beside what is measured. Each frame is looked at for the
//! number of its event and forgotten.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::Failure;
use crate::http::find;
use crate::subject::Subject;

/// Connections that are opened at a time.
const AT_ONCE: usize = 50;
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Crowd {
    told: Arc<Told>,
    readers: Vec<JoinHandle<()>>,
}

struct Told {
    start: Instant,
    deliveries: AtomicUsize,
    /// Deliveries of what the same operator was told before.
    doubled: AtomicUsize,
    /// How many have each event, and when the last one got it, in nanoseconds since `start`.
    events: Vec<(AtomicUsize, AtomicU64)>,
}

impl Crowd {
    /// Opens connections that are welcomed, for events with the numbers below `events`.
    pub async fn open(subject: &Subject, many: usize, events: usize) -> Result<Self, Failure> {
        Self::across(&[subject], many, events).await
    }

    /// The same, on several nodes by turns.
    pub async fn across(nodes: &[&Subject], many: usize, events: usize) -> Result<Self, Failure> {
        let events = (0..events).map(|_| (AtomicUsize::new(0), AtomicU64::new(0))).collect();
        let (deliveries, doubled) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let told = Arc::new(Told { start: Instant::now(), deliveries, doubled, events });
        let mut readers = Vec::with_capacity(many);
        while readers.len() < many {
            let opening: Vec<_> = (readers.len()..many.min(readers.len() + AT_ONCE))
                .map(|place| nodes[place % nodes.len()])
                .map(|node| tokio::spawn(welcomed(node.address.clone(), node.token.clone())))
                .collect();
            for opened in opening {
                let (stream, rest) = opened.await??;
                let told = Arc::clone(&told);
                readers.push(tokio::spawn(async move { told.read(stream, rest).await }));
            }
        }
        Ok(Self { told, readers })
    }

    /// Waits until everybody has these events; gives when the last delivery was.
    ///
    /// # Errors
    /// Where one is not told to all of them, or told twice.
    pub async fn wait_for(&self, events: Range<usize>) -> Result<Instant, Failure> {
        let (begun, operators) = (Instant::now(), self.readers.len());
        let numbered = self.told.events.get(events.clone()).ok_or("more events than were foreseen")?;
        while !numbered.iter().all(|(count, _)| count.load(Ordering::Acquire) == operators) {
            if begun.elapsed() > PATIENCE {
                let missing = numbered.iter().filter(|(count, _)| count.load(Ordering::Acquire) != operators).count();
                return Err(format!("{missing} events did not reach all {operators} operators").into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        match self.told.doubled.load(Ordering::Acquire) {
            0 => Ok(events.map(|n| self.last_told(n)).max().unwrap_or_else(Instant::now)),
            doubled => Err(format!("{doubled} deliveries were doubled").into()),
        }
    }

    /// Events that were told, each counted once for each operator.
    pub fn deliveries(&self) -> usize {
        self.told.deliveries.load(Ordering::Acquire)
    }

    pub fn last_told(&self, n: usize) -> Instant {
        let at = self.told.events.get(n).map_or(0, |(_, at)| at.load(Ordering::Acquire));
        self.told.start + Duration::from_nanos(at)
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
        let mut seen = vec![0_u64; self.events.len().div_ceil(64)];
        loop {
            let mut at = 0;
            while let Some((payload, end)) = frame(&buffer[at..]) {
                let payload = &buffer[at + payload..at + end];
                if payload == b"2" {
                    if stream.write_all(&masked("3")).await.is_err() {
                        return;
                    }
                } else if let Some(n) = number(payload) {
                    self.note(n, &mut seen);
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

    fn note(&self, n: usize, seen: &mut [u64]) {
        let Some((count, last)) = self.events.get(n) else { return };
        if seen[n / 64] & 1 << (n % 64) != 0 {
            self.doubled.fetch_add(1, Ordering::AcqRel);
            return;
        }
        seen[n / 64] |= 1 << (n % 64);
        last.fetch_max(u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::AcqRel);
        count.fetch_add(1, Ordering::AcqRel);
        self.deliveries.fetch_add(1, Ordering::AcqRel);
    }
}

/// The number of a published event, or of the message of a `message:new`.
fn number(payload: &[u8]) -> Option<usize> {
    const BENCH: &[u8] = b"42[\"bench\",{\"n\":";
    const NEW: &[u8] = b"42[\"message:new\"";
    const CONTENT: &[u8] = b"\"content\":\"n";
    let digits = match payload.strip_prefix(BENCH) {
        Some(digits) => digits,
        None if payload.starts_with(NEW) => &payload[find(payload, CONTENT)? + CONTENT.len()..],
        None => return None,
    };
    let mut number = None;
    for digit in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        number = Some(number.unwrap_or(0) * 10 + usize::from(digit - b'0'));
    }
    number
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_that_comes_twice_is_told_from_two_that_come_once() {
        let events = (0..2).map(|_| (AtomicUsize::new(0), AtomicU64::new(0))).collect();
        let (deliveries, doubled) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let told = Told { start: Instant::now(), deliveries, doubled, events };
        let mut seen = vec![0];
        for n in [0, 1, 1] {
            told.note(n, &mut seen);
        }
        assert_eq!((told.deliveries.into_inner(), told.doubled.into_inner()), (2, 1));
    }

    #[test]
    fn numbers_are_read_from_published_events_and_from_new_messages() {
        assert_eq!(number(br#"42["bench",{"n":17,"text":"x"}]"#), Some(17));
        assert_eq!(number(br#"42["message:new",{"message":{"content":"n305 Good morning"}}]"#), Some(305));
        assert_eq!(number(br#"42["chat:new",{"content":"n305"}]"#), None);
    }

    #[test]
    fn frames_are_cut_where_they_end() {
        assert_eq!(frame(b"\x81\x012"), Some((2, 3)));
        assert_eq!(frame(b"\x81\x032"), None);
        let long = [b"\x81\x7e\x01\x00".as_slice(), &[b'x'; 256]].concat();
        assert_eq!(frame(&long), Some((4, 260)));
    }
}
