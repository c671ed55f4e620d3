//! The connection under a WebSocket. Events go onto it as whole frames, made once for all who are told and written by
//! whoever tells; what the library writes (the handshake, pings, goodbyes) goes in between, at the ends of frames.
//!
//! A line can be cut: a peer that stops reading blocks the library's writer for good, and the library cannot close such a
//! connection. Cutting makes its reader and its writer fail, so that everything of the connection is let go.

mod end;
mod lines;

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Weak};
use std::task::{Context, Poll, Wake, Waker};

use bytes::{Buf, Bytes};
use parking_lot::Mutex;
use uuid::Uuid;

use super::packet;
use crate::wire::Wire;

pub use end::End;
pub use lines::{Entry, Lines};

/// Both halves of a stream, and the library's own proxies for each.
const MOST_WAKERS: usize = 4;
/// Frames that one system call takes.
const AT_ONCE: usize = 64;
/// A mark is short; longer frames are not looked into.
const LONGEST_MARK: usize = 125;

/// The event of a mark. Nobody can know it, so nobody can have an event taken for one.
pub static MARK: LazyLock<String> = LazyLock::new(|| Uuid::new_v4().to_string());

/// The place in what the library writes from which the frames of one connection to a namespace may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(pub u64);

pub struct Line {
    wire: Wire,
    cut: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
    marks: AtomicU64,
    out: Mutex<Out>,
}

/// What is to be written.
#[derive(Default)]
struct Out {
    /// Whole frames, but for what was written of the first.
    queue: VecDeque<Bytes>,
    /// Frames whose mark the library has not written yet.
    held: Vec<(Mark, Vec<Bytes>)>,
    /// Bytes in `queue` and in `held`.
    unsent: usize,
    /// Bytes of the library's own frame that are still to come.
    rest: usize,
}

impl Line {
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        Self {
            wire,
            cut: AtomicBool::new(false),
            waiting: Mutex::default(),
            marks: AtomicU64::new(0),
            out: Mutex::default(),
        }
    }

    /// Ends the connection now, whatever its peer does.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        self.wake();
    }

    /// Bytes that the kernel has not taken yet.
    #[must_use]
    pub fn unsent_bytes(&self) -> usize {
        self.out.lock().unsent
    }

    /// A mark for the library to write; until then frames under it are held.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let mark = Mark(self.marks.fetch_add(1, Ordering::Relaxed));
        self.out.lock().held.push((mark, Vec::new()));
        mark
    }

    /// Forgets a mark that the library does not write.
    pub fn unmark(&self, mark: Mark) {
        self.out.lock().held.retain(|(held, _)| *held != mark);
    }

    /// Writes whole frames, after all that was sent under this mark; what the kernel does not take now waits.
    pub fn send(&self, mark: Mark, frames: impl IntoIterator<Item = Bytes>) {
        let mut out = self.out.lock();
        let Out { queue, held, unsent, .. } = &mut *out;
        let frames = frames.into_iter().inspect(|frame| *unsent += frame.len());
        if let Some((_, held)) = held.iter_mut().find(|(held, _)| *held == mark) {
            held.extend(frames);
            return;
        }
        queue.extend(frames);
        // the library's reader goes on, or is told the same error
        if self.drain(&mut out).is_err() || (out.rest == 0 && !out.queue.is_empty()) {
            drop(out);
            self.wake();
        }
    }

    /// Writes what waits, as far as the kernel takes it and the library is not within a frame.
    fn drain(&self, out: &mut Out) -> io::Result<()> {
        while out.rest == 0 && !out.queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); AT_ONCE];
            let many = out.queue.len().min(AT_ONCE);
            slices.iter_mut().zip(&out.queue).for_each(|(slice, frame)| *slice = IoSlice::new(frame));
            match self.wire.stream().try_write_vectored(&slices[..many]) {
                Ok(written) => out.written(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Wakes the library once the kernel takes more; ready where it does already.
    fn poll_writable(self: &Arc<Self>) -> Poll<io::Result<()>> {
        let waker = Waker::from(Arc::new(Nudge(Arc::downgrade(self))));
        self.wire.stream().poll_write_ready(&mut Context::from_waker(&waker))
    }

    fn wake(&self) {
        let waiting = std::mem::take(&mut *self.waiting.lock());
        waiting.into_iter().for_each(Waker::wake);
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

impl Out {
    fn written(&mut self, mut bytes: usize) {
        self.unsent -= bytes;
        while bytes > 0
            && let Some(first) = self.queue.front_mut()
        {
            if first.len() > bytes {
                first.advance(bytes);
                return;
            }
            bytes -= first.len();
            self.queue.pop_front();
        }
        if self.queue.is_empty() {
            // ten thousand idle connections keep nothing
            self.queue = VecDeque::new();
        }
    }

    /// Lets go what was held where the frame at the start of `bytes` is a mark: its length.
    fn take_mark(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.held.is_empty() {
            return None;
        }
        let (begin, end) = packet::extent(bytes)?;
        let payload = std::str::from_utf8(bytes.get(begin..end.min(begin + LONGEST_MARK + 1))?).ok()?;
        let id = payload.strip_suffix(']')?.split_once(MARK.as_str())?.1.strip_prefix("\",")?;
        let mark = Mark(id.parse().ok()?);
        let at = self.held.iter().position(|(held, _)| *held == mark)?;
        self.queue.extend(self.held.swap_remove(at).1);
        if self.held.is_empty() {
            self.held = Vec::new();
        }
        Some(end)
    }
}

/// Wakes whoever waits at a line. Weak, since the line's own stream keeps it.
struct Nudge(Weak<Line>);

impl Wake for Nudge {
    fn wake(self: Arc<Self>) {
        if let Some(line) = self.0.upgrade() {
            line.wake();
        }
    }
}
