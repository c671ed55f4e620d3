//! Lines of sessions that began by polling: the session is older than its WebSocket and knows nothing of it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use socketioxide::socket::Sid;

use super::Line;

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
