//! The connections of one organization on this node and the chats they follow. All of it changes under one lock, so that a
//! fact reaches exactly those who follow its chat when its turn comes, each of them once.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::connection::Connection;
use super::redis::Hold;
use super::registry::NAMESPACE;
use super::words::{self, Audience, Fact, What};
use crate::event::{Cursors, Journalled};
use crate::id::{ChatId, ContactId, OrganizationId, UserId};
use crate::inbox::live::Typist;
use crate::operator::Who;
use crate::telemetry::figures::Figures;

/// Chats that one connection may follow.
pub const MOST_SUBSCRIPTIONS: usize = 500;

pub struct Crowd {
    pub organization_id: OrganizationId,
    state: Mutex<State>,
    /// Set once the journal is followed.
    pub following: OnceCell<()>,
    /// Everybody has left.
    pub abandoned: CancellationToken,
}

#[derive(Default)]
struct State {
    members: HashMap<Uuid, Member>,
    threads: Groups<ChatId>,
    /// Who has its own channel from the start, by `chat.manager.{userId}` …
    managers: Groups<UserId>,
    /// … or `chat.client.{contactId}`.
    clients: Groups<ContactId>,
}

type Groups<K> = HashMap<K, HashMap<Uuid, Arc<Connection>>>;

struct Member {
    connection: Arc<Connection>,
    follows: HashMap<ChatId, Follow>,
    _own: Option<Hold>,
}

struct Follow {
    /// A `thread_update` was told since `subscribe` was asked.
    answered: bool,
    _hold: Option<Hold>,
}

/// Whether a chat is followed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    Yes,
    TooMany,
    /// The connection has ended.
    Gone,
}

/// Who was told a fact.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    pub connections: u64,
    pub visitors: u64,
}

/// Whom another backend's publication is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipients {
    /// Those who follow the chat.
    Thread,
    Manager(UserId),
    Client(ContactId),
}

impl Crowd {
    #[must_use]
    pub fn new(organization_id: OrganizationId) -> Self {
        Self {
            organization_id,
            state: Mutex::default(),
            following: OnceCell::new(),
            abandoned: CancellationToken::new(),
        }
    }

    /// Takes a connection in, with its own channel.
    pub fn enter(&self, connection: &Arc<Connection>, own: Option<Hold>) {
        let mut state = self.state.lock();
        match connection.caller().who {
            Who::User { id, .. } => state.managers.join(id, connection),
            Who::Guest { contact_id, .. } => state.clients.join(contact_id, connection),
            Who::ApiKey { .. } => {}
        }
        let member = Member { connection: Arc::clone(connection), follows: HashMap::new(), _own: own };
        state.members.insert(connection.id, member);
    }

    /// Lets a connection go, with all that it follows; `true` where it was the last one.
    pub fn leave(&self, connection: &Connection) -> bool {
        let mut state = self.state.lock();
        if let Some(member) = state.members.remove(&connection.id) {
            for chat_id in member.follows.keys() {
                state.threads.part(*chat_id, connection.id);
            }
        }
        match connection.caller().who {
            Who::User { id, .. } => state.managers.part(id, connection.id),
            Who::Guest { contact_id, .. } => state.clients.part(contact_id, connection.id),
            Who::ApiKey { .. } => {}
        }
        state.members.is_empty()
    }

    #[must_use]
    pub fn connections(&self) -> Vec<Arc<Connection>> {
        self.state.lock().members.values().map(|member| Arc::clone(&member.connection)).collect()
    }

    /// Counts connections, each of them a transport's only one, and what they follow.
    pub fn count(&self, figures: &mut Figures) {
        let state = self.state.lock();
        let connections = state.members.len() as u64;
        figures.connected(NAMESPACE, connections);
        figures.clients += connections;
        figures.rooms += (state.threads.len() + state.managers.len() + state.clients.len()) as u64;
    }

    /// Follows a chat, or asks again for the answer.
    pub fn subscribe(&self, connection: &Arc<Connection>, chat_id: ChatId, hold: Option<Hold>) -> Joined {
        let mut state = self.state.lock();
        let Some(member) = state.members.get_mut(&connection.id) else { return Joined::Gone };
        if let Some(follow) = member.follows.get_mut(&chat_id) {
            follow.answered = false;
            return Joined::Yes;
        }
        if member.follows.len() >= MOST_SUBSCRIPTIONS {
            return Joined::TooMany;
        }
        member.follows.insert(chat_id, Follow { answered: false, _hold: hold });
        state.threads.join(chat_id, connection);
        Joined::Yes
    }

    /// Answers `subscribe`, unless something newer has.
    pub fn answer(&self, connection: &Connection, chat_id: ChatId, text: Utf8Bytes) {
        let mut state = self.state.lock();
        let follow = state.members.get_mut(&connection.id).and_then(|member| member.follows.get_mut(&chat_id));
        if let Some(follow) = follow.filter(|follow| !follow.answered) {
            follow.answered = true;
            connection.say(text);
        }
    }

    pub fn unsubscribe(&self, connection: &Connection, chat_id: ChatId) {
        let mut state = self.state.lock();
        let member = state.members.get_mut(&connection.id);
        if member.is_some_and(|member| member.follows.remove(&chat_id).is_some()) {
            state.threads.part(chat_id, connection.id);
        }
    }

    /// Whether anybody here may be told of it.
    #[must_use]
    pub fn wants(&self, event: &Journalled) -> bool {
        let state = self.state.lock();
        event.chat_id.is_some_and(|id| state.threads.contains_key(&id))
            || words::managers(event).any(|id| state.managers.contains_key(&id))
    }

    /// Tells a fact to those who follow its chat, and new messages and what became of the chat to its manager.
    pub fn pass(&self, fact: &Fact<'_>, contact_id: Option<ContactId>, cursors: &Cursors) -> Told {
        let mut told = Told::default();
        let (event, chat_id) = (fact.event, fact.chat_id);
        let (for_operators, for_visitors) = (OnceLock::new(), OnceLock::new());
        let mut state = self.state.lock();
        let state = &mut *state;
        let mut seen = HashSet::new();
        let followers = state.threads.get(&chat_id).into_iter().flat_map(HashMap::values);
        let own = matches!(fact.what, What::Message { updated: false, .. } | What::Thread(_));
        let own =
            words::managers(event).filter(|_| own).filter_map(|id| state.managers.get(&id)).flat_map(HashMap::values);
        for connection in followers.chain(own) {
            let visitor = connection.own_chat().is_some();
            if (visitor && fact.audience == Audience::Operators) || !seen.insert(connection.id) {
                continue;
            }
            let text = if visitor {
                for_visitors.get_or_init(|| fact.text(contact_id, &cursors.seal(chat_id, event.position)))
            } else {
                for_operators
                    .get_or_init(|| fact.text(contact_id, &cursors.write(event.organization_id, event.position)))
            };
            if connection.say(Utf8Bytes::clone(text)) {
                told.connections += 1;
                told.visitors += u64::from(visitor);
            }
            if matches!(fact.what, What::Thread(_)) {
                let follow = state.members.get_mut(&connection.id).and_then(|member| member.follows.get_mut(&chat_id));
                follow.into_iter().for_each(|follow| follow.answered = true);
            }
        }
        if matches!(fact.what, What::Gone) {
            for id in state.threads.remove(&chat_id).into_iter().flatten().map(|(id, _)| id) {
                state.members.get_mut(&id).and_then(|member| member.follows.remove(&chat_id));
            }
        }
        told
    }

    /// The chats of connected visitors.
    #[must_use]
    pub fn chats_of(&self, visitors: ContactId) -> HashSet<ChatId> {
        let state = self.state.lock();
        let connections = state.clients.get(&visitors).into_iter().flat_map(HashMap::values);
        connections.filter_map(|connection| connection.own_chat()).collect()
    }

    /// Tells what is no fact to those who follow a chat, save its cause. Returns how many were told.
    pub fn whisper(&self, chat_id: ChatId, except: Typist, text: &Utf8Bytes) -> u64 {
        self.relay(Recipients::Thread, chat_id, Audience::Everyone, text, |connection| {
            connection.typist() == Some(except)
        })
    }

    /// Tells something of a chat to its recipients. Visitors are told of their own chat alone.
    pub fn relay(
        &self,
        recipients: Recipients,
        chat_id: ChatId,
        audience: Audience,
        text: &Utf8Bytes,
        except: impl Fn(&Connection) -> bool,
    ) -> u64 {
        let state = self.state.lock();
        let group = match recipients {
            Recipients::Thread => state.threads.get(&chat_id),
            Recipients::Manager(id) => state.managers.get(&id),
            Recipients::Client(id) => state.clients.get(&id),
        };
        let may = |connection: &Arc<Connection>| match connection.own_chat() {
            Some(own) => own == chat_id && audience == Audience::Everyone,
            None => true,
        };
        let told = group
            .into_iter()
            .flat_map(HashMap::values)
            .filter(|connection| may(connection) && !except(connection) && connection.say(text.clone()));
        u64::try_from(told.count()).unwrap_or(u64::MAX)
    }
}

trait Membership<K> {
    fn join(&mut self, group: K, connection: &Arc<Connection>);
    fn part(&mut self, group: K, id: Uuid);
}

impl<K: Eq + std::hash::Hash> Membership<K> for Groups<K> {
    fn join(&mut self, group: K, connection: &Arc<Connection>) {
        self.entry(group).or_default().insert(connection.id, Arc::clone(connection));
    }

    fn part(&mut self, group: K, id: Uuid) {
        if let Some(members) = self.get_mut(&group)
            && members.remove(&id).is_some()
            && members.is_empty()
        {
            self.remove(&group);
        }
    }
}
