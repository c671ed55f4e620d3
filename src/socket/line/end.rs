//! The library's end of a line: a byte stream whose writes are let through at the ends of our frames.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Entry, Line};
use crate::socket::packet;

pub struct End {
    line: Arc<Line>,
    /// What was read before the line was made.
    ahead: Bytes,
    /// Lets the session's line be found while the stream lives.
    _entry: Option<Entry>,
}

impl End {
    pub const fn new(line: Arc<Line>, ahead: Bytes, entry: Option<Entry>) -> Self {
        Self { line, ahead, _entry: entry }
    }

    /// Writes what waits, as far as it goes; whoever looks in is woken when it goes further.
    fn poll_drain(&self) -> Poll<io::Result<()>> {
        loop {
            let mut out = self.line.out.lock();
            self.line.drain(&mut out)?;
            if out.rest > 0 || out.queue.is_empty() {
                return Poll::Ready(Ok(()));
            }
            drop(out);
            ready!(self.line.poll_writable())?;
        }
    }

    /// Writes one frame of the library, or the rest of one; a mark is taken out.
    fn poll_write_frame(&self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.poll_drain())?;
            let mut out = self.line.out.lock();
            if out.rest == 0 {
                if !out.queue.is_empty() {
                    continue;
                }
                if let Some(length) = out.take_mark(bytes) {
                    return Poll::Ready(Ok(length));
                }
                // the library writes heads whole
                let (_, end) = packet::extent(bytes).ok_or(io::ErrorKind::InvalidData)?;
                out.rest = end;
            }
            let own = out.rest.min(bytes.len());
            match self.line.wire.stream().try_write(&bytes[..own]) {
                Ok(written) => {
                    out.rest -= written;
                    return Poll::Ready(Ok(written));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    drop(out);
                    ready!(self.line.poll_writable())?;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncRead for End {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.line.check(context)?;
        // the library always reads, so this is whose turn it is when the kernel takes more
        if let Poll::Ready(drained) = this.poll_drain() {
            drained?;
        }
        if !this.ahead.is_empty() {
            let many = this.ahead.len().min(buffer.remaining());
            buffer.put_slice(&this.ahead[..many]);
            this.ahead.advance(many);
            return Poll::Ready(Ok(()));
        }
        loop {
            let stream = this.line.wire.stream();
            ready!(stream.poll_read_ready(context))?;
            match stream.try_read_buf(buffer) {
                Ok(_) => return Poll::Ready(Ok(())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.line.check(context)?;
        let mut taken = 0;
        while taken < bytes.len() {
            match this.poll_write_frame(&bytes[taken..]) {
                Poll::Ready(written) => taken += written?,
                Poll::Pending if taken == 0 => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Ok(taken)),
            }
        }
        // what was sent meanwhile
        if let Poll::Ready(drained) = this.poll_drain() {
            drained?;
        }
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.line.check(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.line.check(context)?;
        ready!(this.poll_drain())?;
        let shut = socket2::SockRef::from(this.line.wire.stream()).shutdown(std::net::Shutdown::Write);
        Poll::Ready(shut)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use std::time::Duration;

    use serde_json::value::to_raw_value;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::super::{Lines, MARK, Mark};
    use super::*;
    use crate::socket::packet::Packet;
    use crate::socket::space::Space;
    use crate::wire::Wire;

    /// A line with the library's end, and its peer.
    async fn line() -> (Arc<Line>, End, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let line = Arc::new(Line::new(Wire::new(stream, ())));
        (Arc::clone(&line), End::new(line, Bytes::from_static(b"ahead"), None), peer)
    }

    fn frame(event: &str, length: usize) -> Bytes {
        Packet::new(Space::Operators, event, &to_raw_value(&"x".repeat(length)).unwrap()).frame()
    }

    fn mark_frame(mark: Mark) -> Bytes {
        Packet::new(Space::Conversation, &MARK, &to_raw_value(&mark.0).unwrap()).frame()
    }

    /// Reads whole frames until the peer has heard this one, and gives the first letter of each event's name.
    async fn hear(peer: &mut TcpStream, last: char) -> String {
        let (mut bytes, mut heard) = (Vec::new(), String::new());
        while !heard.ends_with(last) {
            assert!(peer.read_buf(&mut bytes).await.unwrap() > 0, "closed after {heard}");
            while let Some((begin, end)) = packet::extent(&bytes).filter(|(_, end)| bytes.len() >= *end) {
                let text = std::str::from_utf8(&bytes[begin..end]).unwrap();
                let name = text.strip_prefix("42[\"").unwrap();
                assert!(text.ends_with("\"]"), "a frame that is not whole: {text}");
                heard.push(name.chars().next().unwrap());
                bytes.drain(..end);
            }
        }
        heard
    }

    #[tokio::test]
    async fn what_was_read_ahead_comes_first() {
        let (_line, mut end, mut peer) = line().await;
        peer.write_all(b" and more").await.unwrap();
        let mut read = [0; 14];
        end.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"ahead and more");
    }

    #[tokio::test]
    async fn frames_wait_for_their_mark_which_the_peer_does_not_see() {
        let (line, mut end, mut peer) = line().await;
        let (one, other) = (line.mark(), line.mark());
        line.send(one, [frame("b", 10)]);
        line.send(other, [frame("c", 10)]);
        end.write_all(&[frame("a", 3), mark_frame(one), frame("d", 3)].concat()).await.unwrap();
        line.send(one, [frame("e", 3)]);
        assert_eq!(hear(&mut peer, 'e').await, "abde");
        line.unmark(one);
        // a mark is known by its secret name, not by its form
        end.write_all(&[frame("f", 200), mark_frame(other), frame("g", 3)].concat()).await.unwrap();
        assert_eq!(hear(&mut peer, 'g').await, "fcg");
        assert_eq!(line.unsent_bytes(), 0);
    }

    #[tokio::test]
    async fn frames_of_both_writers_stay_whole_when_the_peer_is_slow() {
        let (line, end, mut peer) = line().await;
        socket2::SockRef::from(line.wire.stream()).set_send_buffer_size(4_096).unwrap();
        let mark = line.mark();
        let (mut reader, mut writer) = tokio::io::split(end);
        writer.write_all(&mark_frame(mark)).await.unwrap();
        let reading = tokio::spawn(async move { reader.read_to_end(&mut Vec::new()).await });
        let library = tokio::spawn(async move {
            for _ in 0..200 {
                writer.write_all(&frame("l", 9_000)).await.unwrap();
            }
            writer.write_all(&frame("z", 1)).await.unwrap();
            writer
        });
        let sending = Arc::clone(&line);
        let ours = tokio::spawn(async move {
            for _ in 0..100 {
                sending.send(mark, [frame("a", 50_000), frame("b", 1)]);
                tokio::task::yield_now().await;
            }
            sending.send(mark, [frame("o", 1)]);
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut heard = String::new();
        while !(heard.contains('z') && heard.contains('o')) {
            heard += &hear(&mut peer, if heard.contains('z') { 'o' } else { 'z' }).await;
        }
        ours.await.unwrap();
        let mut writer = library.await.unwrap();
        assert_eq!(heard.replace(['l', 'z'], ""), format!("{}o", "ab".repeat(100)));
        assert_eq!(heard.matches('l').count(), 200);
        writer.shutdown().await.unwrap();
        drop(peer);
        drop(reading.await.unwrap());
    }

    #[tokio::test]
    async fn what_waits_goes_out_by_itself_once_the_peer_reads() {
        let (line, end, mut peer) = line().await;
        let mark = Mark(0);
        let (mut reader, _writer) = tokio::io::split(end);
        let reading = tokio::spawn(async move { reader.read_to_end(&mut Vec::new()).await });
        tokio::time::sleep(Duration::from_millis(20)).await;
        for _ in 0..400 {
            line.send(mark, [frame("a", 20_000)]);
        }
        assert!(line.unsent_bytes() > 0);
        line.send(mark, [frame("z", 1)]);
        assert_eq!(hear(&mut peer, 'z').await.len(), 401);
        assert_eq!(line.unsent_bytes(), 0);
        reading.abort();
    }

    #[tokio::test]
    async fn a_cut_line_frees_a_writer_that_its_peer_blocks() {
        let (line, end, _peer_that_never_reads) = line().await;
        let (mut reader, mut writer) = tokio::io::split(end);
        let large = frame("a", 16 << 20);
        let writing = tokio::spawn(async move { writer.write_all(&large).await });
        let reading = tokio::spawn(async move { reader.read_exact(&mut [0; 6]).await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!writing.is_finished() && !reading.is_finished());
        line.cut();
        assert_eq!(writing.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        assert_eq!(reading.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn a_line_is_found_until_its_stream_is_gone_and_a_newer_one_stays() {
        let (lines, session) = (Lines::default(), socketioxide::socket::Sid::new());
        let ((old, ..), (new, ..)) = (line().await, line().await);
        let first = lines.enter(session, &old);
        let second = lines.enter(session, &new);
        drop(first);
        assert!(Arc::ptr_eq(&lines.of(session).unwrap(), &new));
        drop(second);
        assert!(lines.of(session).is_none());
    }
}
