//! What a client saw, in order, whatever it is written in.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

/// One line of a client's story. `connect`, `disconnect` and `connect_error` are told as events of those names.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub name: String,
    pub payload: Value,
}

/// The event that a mark is told by.
pub const MARK: &str = "user:profile:updated";

/// Everything that a client saw so far, and the channel on which more comes.
pub struct Events {
    incoming: UnboundedReceiver<Event>,
    seen: Vec<Event>,
    /// How many of `seen` [`Events::next`] has passed.
    passed: usize,
}

impl Events {
    pub fn new(incoming: UnboundedReceiver<Event>) -> Self {
        Self { incoming, seen: Vec::new(), passed: 0 }
    }

    /// The next event of this name after the last one asked for; those between are passed over.
    pub async fn next(&mut self, name: &str) -> Value {
        self.next_where(name, |_| true).await
    }

    pub async fn next_where(&mut self, name: &str, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            while let Some(event) = self.seen.get(self.passed) {
                self.passed += 1;
                if event.name == name && fits(&event.payload) {
                    return event.payload.clone();
                }
            }
            let more = tokio::time::timeout(Duration::from_secs(30), self.incoming.recv()).await;
            match more {
                Ok(Some(event)) => self.seen.push(event),
                Ok(None) => panic!("the client ended before {name:?}; it saw {}", self.names().join(" ")),
                Err(_) => panic!("{name:?} did not come; the client saw {}", self.names().join(" ")),
            }
        }
    }

    /// Waits until this mark of [`super::super::Operator::mark`] is told.
    pub async fn up_to(&mut self, mark: &str) {
        self.next_where(MARK, |event| event["profile"]["username"] == mark).await;
    }

    /// All that was seen so far, whether asked for or not.
    pub fn all(&mut self) -> &[Event] {
        while let Ok(event) = self.incoming.try_recv() {
            self.seen.push(event);
        }
        &self.seen
    }

    /// What was seen so far, but for how many are online: that changes whenever anybody comes or goes.
    pub fn names(&mut self) -> Vec<String> {
        let told = self.all().iter().filter(|event| event.name != "online:total:updated");
        told.map(|event| event.name.clone()).collect()
    }

    /// Payloads of all events of this name so far.
    pub fn of(&mut self, name: &str) -> Vec<Value> {
        self.all().iter().filter(|event| event.name == name).map(|event| event.payload.clone()).collect()
    }

    /// Forgets what was seen.
    pub fn clear(&mut self) {
        self.all();
        self.seen.clear();
        self.passed = 0;
    }
}
