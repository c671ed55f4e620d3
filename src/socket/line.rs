//! The byte stream under a WebSocket: counts what the peer has taken, and can be cut.
//!
//! A peer that stops reading blocks the writer for good, and the library cannot close such a connection: cutting the
//! line makes its reader and its writer fail, so that everything of the connection is let go.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;
use socketioxide::socket::Sid;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Both halves of a stream, and the library's own proxies for each.
const MOST_WAKERS: usize = 4;

/// What is known of a line, and the knife.
#[derive(Debug, Default)]
pub struct Line {
    cut: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
    said_bytes: AtomicU64,
    taken_bytes: AtomicU64,
}

impl Line {
    /// Ends the connection now, whatever its peer does.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        for waker in std::mem::take(&mut *self.waiting.lock()) {
            waker.wake();
        }
    }

    /// Counts bytes that were queued for the peer.
    pub fn said(&self, bytes: u64) {
        self.said_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that were queued and that the kernel has not taken yet.
    #[must_use]
    pub fn unsent_bytes(&self) -> u64 {
        self.said_bytes.load(Ordering::Relaxed).saturating_sub(self.taken_bytes.load(Ordering::Relaxed))
    }

    /// Fails once the line is cut; until then remembers whom to wake when it is.
    fn check(&self, context: &Context<'_>) -> io::Result<()> {
        if !self.cut.load(Ordering::Acquire) {
            let mut waiting = self.waiting.lock();
            if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                if waiting.len() == MOST_WAKERS {
                    waiting.remove(0);
                }
                waiting.push(context.waker().clone());
            }
            drop(waiting);
            // cut between the first look and the note
            if !self.cut.load(Ordering::Acquire) {
                return Ok(());
            }
        }
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}

/// A stream that can be cut.
pub struct Cuttable<S> {
    stream: S,
    line: Arc<Line>,
    /// Lets the session's line be found while the stream lives.
    _entry: Option<Entry>,
}

impl<S> Cuttable<S> {
    pub fn new(stream: S, line: Arc<Line>, entry: Option<Entry>) -> Self {
        Self { stream, line, _entry: entry }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Cuttable<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.line.check(context)?;
        Pin::new(&mut this.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Cuttable<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.line.check(context)?;
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(written)) = &written {
            this.line.taken_bytes.fetch_add(u64::try_from(*written).unwrap_or(0), Ordering::Relaxed);
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.line.check(context)?;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.line.check(context)?;
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}

/// Lines of sessions that began by polling: the session is older than its WebSocket and knows nothing of it.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<HashMap<Sid, Arc<Line>>>>);

impl Lines {
    /// The line of an upgraded session.
    #[must_use]
    pub fn of(&self, session: Sid) -> Option<Arc<Line>> {
        self.0.lock().get(&session).cloned()
    }

    /// Notes a line until the entry is dropped.
    pub fn enter(&self, session: Sid, line: &Arc<Line>) -> Entry {
        self.0.lock().insert(session, Arc::clone(line));
        Entry { lines: self.clone(), session, line: Arc::clone(line) }
    }
}

pub struct Entry {
    lines: Lines,
    session: Sid,
    line: Arc<Line>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut lines = self.lines.0.lock();
        // a second upgrade of the same session may have taken the place
        if lines.get(&self.session).is_some_and(|line| Arc::ptr_eq(line, &self.line)) {
            lines.remove(&self.session);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_cut_line_frees_a_writer_that_its_peer_blocks() {
        let (ours, _peer_that_never_reads) = tokio::io::duplex(16);
        let line = Arc::new(Line::default());
        let (mut reader, mut writer) = tokio::io::split(Cuttable::new(ours, Arc::clone(&line), None));
        let writing = tokio::spawn(async move { writer.write_all(&[0; 1_000]).await });
        let reading = tokio::spawn(async move { reader.read_u8().await });
        line.said(1_000);
        while line.unsent_bytes() == 1_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(line.unsent_bytes(), 984);
        line.cut();
        assert_eq!(writing.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        assert_eq!(reading.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }

    #[test]
    fn a_line_is_found_until_its_stream_is_gone_and_a_newer_one_stays() {
        let (lines, session) = (Lines::default(), Sid::new());
        let (old, new) = (Arc::new(Line::default()), Arc::new(Line::default()));
        let first = lines.enter(session, &old);
        let second = lines.enter(session, &new);
        drop(first);
        assert!(Arc::ptr_eq(&lines.of(session).unwrap(), &new));
        drop(second);
        assert!(lines.of(session).is_none());
    }
}
