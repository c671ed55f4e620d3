//! What this node knows of its own connections, and the changes that wait to be written, under one lock: what is held here
//! is the truth of this node, and the shelf is brought in line with it, change by change or, after a failure, as a whole.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;

use super::{Connection, Snapshot};
use crate::error::{Error, Result};
use crate::id::{ChatId, OrganizationId, UserId};

/// Changes that may wait; past it they are forgotten and the shelf is compared as a whole.
const MOST_WAITING: usize = 20_000;
/// How long somebody waits for a change to be written.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Enter,
    Join,
    Leave,
    Part,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Part => "part",
        }
    }
}

/// A change that is to be written.
#[derive(Debug)]
pub struct Op {
    pub kind: Kind,
    pub connection: Connection,
    /// Of `Join` and `Leave`.
    pub chat_id: Option<ChatId>,
    /// Of `Join`: JSON text of the user's profile.
    pub profile: Option<Arc<str>>,
    done: Option<oneshot::Sender<()>>,
}

impl Op {
    pub const fn new(kind: Kind, connection: Connection, chat_id: Option<ChatId>, profile: Option<Arc<str>>) -> Self {
        Self { kind, connection, chat_id, profile, done: None }
    }

    /// Tells whoever waits that it is written.
    pub fn finish(self) {
        if let Some(done) = self.done {
            let _ = done.send(());
        }
    }
}

/// A connection and the chats it looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub connection: Connection,
    pub chats: BTreeSet<ChatId>,
}

/// The end of a change.
pub struct Done(Option<oneshot::Receiver<()>>);

impl Done {
    /// # Errors
    /// [`Error::Unavailable`] where it is written later.
    pub async fn wait(self) -> Result<()> {
        let Some(done) = self.0 else { return Ok(()) };
        match tokio::time::timeout(PATIENCE, done).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Error::Unavailable("presence cannot be written now".into())),
        }
    }
}

#[derive(Default)]
pub struct Desk {
    state: Mutex<State>,
    pub news: Notify,
}

#[derive(Default)]
struct State {
    held: HashMap<Uuid, Held>,
    waiting: VecDeque<Op>,
    /// The shelf may differ from what is held here.
    amiss: bool,
    /// The shelf was away when it was last asked: nobody waits for it.
    away: bool,
    closed: bool,
}

impl Desk {
    /// Takes a change: it is known here at once, and is written as soon as its turn comes.
    pub fn put(&self, kind: Kind, connection: &Connection, chat_id: Option<ChatId>, profile: Option<Arc<str>>) -> Done {
        let mut state = self.state.lock();
        if !state.note(kind, connection, chat_id) {
            return Done(None);
        }
        let (sender, receiver) = oneshot::channel();
        let done = (!state.away).then_some(sender);
        state.wait(Op { kind, connection: *connection, chat_id, profile, done });
        drop(state);
        self.news.notify_one();
        Done(Some(receiver))
    }

    /// Everyone leaves a chat.
    pub fn close(&self, chat_id: ChatId) {
        let mut state = self.state.lock();
        let here: Vec<Connection> =
            state.held.values().filter(|held| held.chats.contains(&chat_id)).map(|held| held.connection).collect();
        for connection in here {
            state.note(Kind::Leave, &connection, Some(chat_id));
            state.wait(Op::new(Kind::Leave, connection, Some(chat_id), None));
        }
        drop(state);
        self.news.notify_one();
    }

    /// Up to so many changes, in their order.
    pub fn take(&self, most: usize) -> Vec<Op> {
        let mut state = self.state.lock();
        let most = state.waiting.len().min(most);
        state.waiting.drain(..most).collect()
    }

    /// Says that the shelf failed: nobody waits for it until it was compared.
    pub fn fail(&self) {
        let mut state = self.state.lock();
        state.amiss = true;
        state.away = true;
        // what is held already tells all of it, and who waits is answered by the end of the channel
        state.waiting.clear();
    }

    /// Says that the shelf may have lost something.
    pub fn doubt(&self) {
        self.state.lock().amiss = true;
        self.news.notify_one();
    }

    pub fn is_amiss(&self) -> bool {
        self.state.lock().amiss
    }

    /// Whether the shelf was away when it was last asked.
    pub fn is_away(&self) -> bool {
        self.state.lock().away
    }

    /// Begins to compare: all that is held. Changes that come from now on wait until the comparison is through.
    pub fn begin_comparison(&self) -> HashMap<Uuid, Held> {
        let mut state = self.state.lock();
        state.amiss = false;
        if state.waiting.iter().any(|op| op.done.is_some()) {
            // somebody waits: it is written again, which changes nothing
            return state.held.clone();
        }
        state.waiting.clear();
        state.held.clone()
    }

    /// The shelf was compared, and answers.
    pub fn end_comparison(&self) {
        self.state.lock().away = false;
    }

    /// Takes nobody in any more.
    pub fn shut(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.held.clear();
        state.waiting.clear();
    }

    /// Who of this node is in a chat.
    pub fn snapshot(&self, organization_id: OrganizationId, chat_id: ChatId) -> Snapshot {
        let state = self.state.lock();
        let here = state.held.values().filter(|held| held.connection.organization_id == organization_id);
        let ids: BTreeSet<UserId> =
            here.filter(|held| held.chats.contains(&chat_id)).map(|held| held.connection.user_id).collect();
        Snapshot { count: ids.len() as u64, member_ids: ids.into_iter().collect(), version: 0 }
    }

    /// Users of the organization with a connection to this node.
    pub fn online(&self, organization_id: OrganizationId) -> HashSet<UserId> {
        let state = self.state.lock();
        let here = state.held.values().map(|held| held.connection);
        here.filter(|connection| connection.organization_id == organization_id).map(|held| held.user_id).collect()
    }
}

impl State {
    /// `false` where there is nothing to write.
    fn note(&mut self, kind: Kind, connection: &Connection, chat_id: Option<ChatId>) -> bool {
        if self.closed {
            return false;
        }
        match (kind, chat_id) {
            (Kind::Enter, _) => {
                let held = || Held { connection: *connection, chats: BTreeSet::new() };
                self.held.entry(connection.id).or_insert_with(held);
                true
            }
            (Kind::Join, Some(chat_id)) => match self.held.get_mut(&connection.id) {
                Some(held) => {
                    held.chats.insert(chat_id);
                    true
                }
                None => false,
            },
            (Kind::Leave, Some(chat_id)) => {
                self.held.get_mut(&connection.id).is_some_and(|held| held.chats.remove(&chat_id))
            }
            (Kind::Part, _) => self.held.remove(&connection.id).is_some(),
            (Kind::Join | Kind::Leave, None) => false,
        }
    }

    fn wait(&mut self, op: Op) {
        if self.waiting.len() >= MOST_WAITING {
            self.amiss = true;
            self.waiting.clear();
        }
        self.waiting.push_back(op);
    }
}
