//! Who is typing where, at whatever door: told to the others in the chat, and ended by itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::broadcast;
use tokio::time::Instant;
use uuid::Uuid;

use super::live::{Live, Passing, Typist, What};
use crate::id::{ChatId, OrganizationId};

/// Without another `typing:start` it is over.
const LASTS: Duration = Duration::from_secs(10);
/// Changes that may wait for whoever listens to this node's typists.
const WAITING: usize = 1_024;
const SWEEP: Duration = Duration::from_millis(250);

/// Everyone who types on this node, by connection and chat.
pub struct Typists {
    live: Live,
    typing: Mutex<HashMap<(Uuid, ChatId), Entry>>,
    told: broadcast::Sender<Arc<Passing>>,
}

/// Somebody who types.
#[derive(Debug, Clone)]
pub struct Typing {
    pub organization_id: OrganizationId,
    pub chat_id: ChatId,
    pub typist: Typist,
    pub name: String,
}

struct Entry {
    typing: Typing,
    until: Instant,
}

impl Typists {
    #[must_use]
    pub fn new(live: Live) -> Self {
        Self { live, typing: Mutex::default(), told: broadcast::Sender::new(WAITING) }
    }

    /// What this node's typists do from now on: for those who tell others once, whichever node it is.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<Passing>> {
        self.told.subscribe()
    }

    /// Tells the others in the chat; again where it was told before, since some may have come meanwhile.
    pub fn start(&self, connection: Uuid, typing: Typing) {
        self.tell(&typing, true);
        let entry = Entry { typing, until: Instant::now() + LASTS };
        self.typing.lock().insert((connection, entry.typing.chat_id), entry);
    }

    /// Ends it where it has begun.
    pub fn stop(&self, connection: Uuid, chat_id: ChatId) {
        let ended = self.typing.lock().remove(&(connection, chat_id));
        self.end(ended);
    }

    /// Ends all of a connection that has closed.
    pub fn leave(&self, connection: Uuid) {
        self.end_where(|(of, _), _| *of == connection);
    }

    /// Ends what was not renewed. Runs until it is dropped.
    pub async fn sweep(&self) {
        let mut tick = tokio::time::interval(SWEEP);
        loop {
            let now = tick.tick().await;
            self.end_before(now);
        }
    }

    fn end_before(&self, now: Instant) {
        self.end_where(|_, entry| entry.until <= now);
    }

    fn end_where(&self, mut over: impl FnMut(&(Uuid, ChatId), &Entry) -> bool) {
        let ended: Vec<_> = self.typing.lock().extract_if(|key, entry| over(key, entry)).collect();
        self.end(ended.into_iter().map(|(_, entry)| entry));
    }

    fn end(&self, ended: impl IntoIterator<Item = Entry>) {
        for entry in ended {
            self.tell(&entry.typing, false);
        }
    }

    fn tell(&self, typing: &Typing, is_typing: bool) {
        let Typing { organization_id, chat_id, typist, name } = typing.clone();
        let passing = Passing { organization_id, what: What::Typing { chat_id, typist, name, is_typing } };
        let _ = self.told.send(Arc::new(passing.clone()));
        self.live.tell(passing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::UserId;

    #[test]
    fn typing_ends_once_by_itself_by_word_or_with_its_connection() {
        let live = Live::default();
        let mut heard = live.listen();
        let typists = Typists::new(live);
        let (connection, organization_id) = (Uuid::now_v7(), OrganizationId::new());
        let typist = Typist::User(UserId::new());
        let typing = || Typing { organization_id, chat_id: ChatId::new(), typist, name: "Ada".into() };
        let mut told = || -> Vec<bool> {
            let is_typing = |passing: Arc<Passing>| match passing.what {
                What::Typing { is_typing, .. } => Some(is_typing),
                _ => None,
            };
            std::iter::from_fn(|| heard.try_recv().ok()).filter_map(is_typing).collect()
        };
        typists.start(connection, typing());
        typists.end_before(Instant::now() + LASTS / 2);
        assert_eq!(told(), [true]);
        typists.end_before(Instant::now() + LASTS);
        typists.end_before(Instant::now() + LASTS);
        assert_eq!(told(), [false]);

        let again = typing();
        let chat_id = again.chat_id;
        typists.start(connection, again);
        typists.stop(connection, chat_id);
        typists.stop(connection, chat_id);
        typists.start(connection, typing());
        typists.leave(connection);
        typists.leave(connection);
        assert_eq!(told(), [true, false, true, false]);
        assert!(typists.typing.lock().is_empty(), "nothing is kept");
    }
}
