//! Who is typing where: told to the others in the chat, and ended by itself.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

use super::payload::Typing;
use crate::event::room;
use crate::id::{ChatId, OrganizationId};
use crate::inbox::live::{Live, LiveEvent};

/// Without another `typing:start` it is over.
const LASTS: Duration = Duration::from_secs(10);
const SWEEP: Duration = Duration::from_millis(250);

/// Everyone who types on this node, by connection and chat.
pub struct Typists {
    live: Live,
    typing: Mutex<HashMap<(Uuid, ChatId), Entry>>,
}

struct Entry {
    organization_id: OrganizationId,
    typing: Typing,
    until: Instant,
}

impl Typists {
    pub fn new(live: Live) -> Self {
        Self { live, typing: Mutex::default() }
    }

    /// Tells the others in the chat; again where it was told before, since some may have come meanwhile.
    pub fn start(&self, connection: Uuid, organization_id: OrganizationId, typing: Typing) {
        let entry = Entry { organization_id, typing, until: Instant::now() + LASTS };
        self.tell("typing:start", connection, &entry);
        self.typing.lock().insert((connection, entry.typing.chat_id), entry);
    }

    /// Ends it where it has begun.
    pub fn stop(&self, connection: Uuid, chat_id: ChatId) {
        let ended = self.typing.lock().remove(&(connection, chat_id));
        self.end(connection, ended);
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
        for ((connection, _), entry) in ended {
            self.end(connection, Some(entry));
        }
    }

    fn end(&self, connection: Uuid, entry: Option<Entry>) {
        if let Some(entry) = entry {
            self.tell("typing:stop", connection, &entry);
        }
    }

    fn tell(&self, name: &'static str, connection: Uuid, entry: &Entry) {
        match serde_json::to_string(&entry.typing) {
            Ok(data) => self.live.tell(LiveEvent {
                organization_id: entry.organization_id,
                name,
                rooms: vec![room::chat(entry.typing.chat_id)],
                data: data.into(),
                except: Some(connection),
            }),
            Err(error) => tracing::error!(%error, "typing cannot be told"),
        }
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
        let typing = || Typing { chat_id: ChatId::new(), user_id: UserId::new(), name: "Ada".into() };
        let mut told = || -> Vec<&str> {
            std::iter::from_fn(|| heard.try_recv().ok())
                .inspect(|event| assert_eq!(event.except, Some(connection), "never back to the typist"))
                .map(|event| event.name)
                .collect()
        };
        typists.start(connection, organization_id, typing());
        typists.end_before(Instant::now() + LASTS / 2);
        assert_eq!(told(), ["typing:start"]);
        typists.end_before(Instant::now() + LASTS);
        typists.end_before(Instant::now() + LASTS);
        assert_eq!(told(), ["typing:stop"]);

        let again = typing();
        let chat_id = again.chat_id;
        typists.start(connection, organization_id, again);
        typists.stop(connection, chat_id);
        typists.stop(connection, chat_id);
        typists.start(connection, organization_id, typing());
        typists.leave(connection);
        typists.leave(connection);
        assert_eq!(told(), ["typing:start", "typing:stop", "typing:start", "typing:stop"]);
        assert!(typists.typing.lock().is_empty(), "nothing is kept");
    }
}
