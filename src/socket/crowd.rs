//! The connections of one organization on this node, their rooms, and how far its journal was told to them. All of it
//! changes under one lock, so that an event reaches exactly those who are live when its turn comes.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use metrics::gauge;
use parking_lot::Mutex;
use serde_json::value::RawValue;
use tokio::sync::{Notify, OnceCell};
use uuid::Uuid;

use super::client::{Client, Flow, Unsent};
use super::delta;
use super::space::{Space, Whisper};
use crate::event::Journalled;
use crate::id::{ChatId, OrganizationId};
use crate::inbox::feed::{Listener, ListenerId};
use crate::inbox::pairing::Pairing;
use crate::telemetry::names::WEBSOCKET_ROOMS;

/// Chats that one connection may follow.
pub const MOST_SUBSCRIPTIONS: usize = 500;
/// Events that may wait to be told; past it they are forgotten here and read from the journal.
const MOST_WAITING: usize = 8_192;

pub struct Crowd {
    pub organization_id: OrganizationId,
    state: Mutex<State>,
    /// What the feed told, not yet passed on: the feed holds its lock while it tells.
    waiting: Mutex<Waiting>,
    pub news: Notify,
    /// Set once the feed tells this crowd.
    pub listening: OnceCell<ListenerId>,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Arc<Journalled>>,
    /// The newest position that the feed has told.
    newest: i64,
}

#[derive(Default)]
struct State {
    /// The last event that was passed on.
    position: i64,
    abandoned: bool,
    members: HashMap<Uuid, Member>,
    rooms: HashMap<String, HashMap<Uuid, Arc<Client>>>,
}

struct Member {
    client: Arc<Client>,
    rooms: HashSet<String>,
    subscriptions: usize,
}

/// Whether a room was joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    Yes,
    /// It follows as many chats as it may.
    TooMany,
    /// It has ended.
    Gone,
}

/// What became of an event.
#[derive(Default)]
pub struct Told {
    /// Who was told, by the event's name in their namespace.
    pub by_event: Vec<(String, u64)>,
    /// Whose buffer was full.
    pub lagging: Vec<Arc<Client>>,
}

/// From where a connection goes on live.
#[derive(Debug, Clone, Copy)]
pub enum Start {
    /// From now, or from here if that is later.
    Now { at_least: i64 },
    /// It has seen all up to here.
    After(i64),
}

/// Whether a connection went live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    Yes,
    /// More was told meanwhile, up to here: read on.
    Behind(i64),
}

impl Crowd {
    pub fn new(organization_id: OrganizationId) -> Self {
        Self {
            organization_id,
            state: Mutex::default(),
            waiting: Mutex::default(),
            news: Notify::new(),
            listening: OnceCell::new(),
        }
    }

    pub fn enter(&self, client: &Arc<Client>, rooms: &[String]) {
        let mut state = self.state.lock();
        let member = Member { client: Arc::clone(client), rooms: HashSet::new(), subscriptions: 0 };
        state.members.insert(client.id, member);
        for room in rooms {
            state.join(client, room.clone());
        }
    }

    /// `false` where it was not here.
    pub fn leave(&self, client: &Client) -> bool {
        let mut state = self.state.lock();
        let Some(member) = state.members.remove(&client.id) else { return false };
        for room in &member.rooms {
            state.remove_from(room, client.id);
        }
        true
    }

    /// Nobody is left: it takes nobody in any more. Called under the registry's lock, as is [`Crowd::enter`].
    pub fn abandon(&self) -> bool {
        let mut state = self.state.lock();
        state.abandoned = state.members.is_empty();
        state.abandoned
    }

    pub fn is_abandoned(&self) -> bool {
        self.state.lock().abandoned
    }

    pub fn clients(&self) -> Vec<Arc<Client>> {
        self.state.lock().members.values().map(|member| Arc::clone(&member.client)).collect()
    }

    /// Joins a chat's room, of which a connection may have so many.
    pub fn subscribe(&self, client: &Arc<Client>, room: String) -> Joined {
        let mut state = self.state.lock();
        let Some(member) = state.members.get_mut(&client.id) else { return Joined::Gone };
        if member.rooms.contains(&room) {
            return Joined::Yes;
        }
        if member.subscriptions >= MOST_SUBSCRIPTIONS {
            return Joined::TooMany;
        }
        member.subscriptions += 1;
        state.join(client, room);
        Joined::Yes
    }

    /// `false` where it was not in the room.
    pub fn unsubscribe(&self, client: &Client, room: &str) -> bool {
        self.state.lock().unsubscribe(client.id, room)
    }

    pub fn is_in(&self, client: &Client, room: &str) -> bool {
        self.state.lock().rooms.get(room).is_some_and(|members| members.contains_key(&client.id))
    }

    /// Whether a connection is in one of the rooms.
    pub fn is_in_any(&self, client: &Client, rooms: &[String]) -> bool {
        let state = self.state.lock();
        state.members.get(&client.id).is_some_and(|member| rooms.iter().any(|room| member.rooms.contains(room)))
    }

    pub fn position(&self) -> i64 {
        self.state.lock().position
    }

    /// Begins where the feed began to tell.
    pub fn begin_at(&self, position: i64) {
        let mut state = self.state.lock();
        state.position = state.position.max(position);
    }

    /// The next event to pass on, and the newest position that is known.
    pub fn next(&self) -> (Option<Arc<Journalled>>, i64) {
        let mut waiting = self.waiting.lock();
        (waiting.events.pop_front(), waiting.newest)
    }

    /// Puts a connection into the live flow, unless events were passed on that it has not seen. `last` says what has to
    /// come before live events; where it finds no room nothing changes.
    ///
    /// # Errors
    /// Those of `last`.
    pub fn go_live(
        &self,
        client: &Client,
        start: Start,
        last: impl FnOnce(i64) -> Result<(), Unsent>,
    ) -> Result<Live, Unsent> {
        let state = self.state.lock();
        let after = match start {
            Start::Now { at_least } => state.position.max(at_least),
            Start::After(after) if after < state.position => return Ok(Live::Behind(state.position)),
            Start::After(after) => after,
        };
        last(after)?;
        *client.flow.lock() = Flow::Live { after };
        Ok(Live::Yes)
    }

    /// Says something with the position up to which a connection has seen everything; no event comes in between.
    ///
    /// # Errors
    /// Those of `say`.
    pub fn at_position(&self, client: &Client, say: impl FnOnce(i64) -> Result<(), Unsent>) -> Result<(), Unsent> {
        let state = self.state.lock();
        let seen = match *client.flow.lock() {
            Flow::Live { after } => state.position.max(after),
            Flow::Lagging { after } => after,
            Flow::Apart => 0,
        };
        say(seen)
    }

    /// Takes a connection out of the live flow.
    pub fn go_apart(&self, client: &Client) {
        let _state = self.state.lock();
        *client.flow.lock() = Flow::Apart;
    }

    /// Passes an event of the journal on to everyone live in its rooms.
    pub fn pass_on(&self, event: &Journalled, pairing: &Pairing) -> Told {
        let mut told = Told::default();
        let mut state = self.state.lock();
        if event.position <= state.position {
            return told;
        }
        state.position = event.position;
        for space in Space::ALL {
            let Some(saying) = space.say(event, pairing) else { continue };
            let Ok(data) = serde_json::from_str::<&RawValue>(&saying.data) else {
                tracing::error!(event = %event.name, position = event.position, "an event's payload is no JSON");
                continue;
            };
            let mut count = 0;
            for client in state.in_rooms(&event.rooms).filter(|client| client.space == space) {
                match client.pass_on(event.position, &saying.event, data) {
                    Some(Ok(())) => count += 1,
                    Some(Err(Unsent::Full)) => told.lagging.push(Arc::clone(client)),
                    Some(Err(Unsent::Gone)) | None => {}
                }
            }
            if count > 0 {
                told.by_event.push((saying.event.into_owned(), count));
            }
        }
        if let Some(chat_id) = event.chat_id {
            match &*event.name {
                "message:new" => state.say_delta(chat_id, event),
                "chat:deleted" => state.close_chat(chat_id),
                _ => {}
            }
        }
        told
    }

    /// Passes on what is no fact; whoever is not live, or has no room, does without. Returns how many were told.
    pub fn pass(&self, space: Space, whisper: &Whisper) -> u64 {
        let state = self.state.lock();
        let mut count = 0;
        for client in state.in_rooms(&whisper.rooms).filter(|client| client.space == space) {
            let causes = whisper.except.is_some_and(|typist| client.is(typist));
            if !causes && client.is_live() && client.say(whisper.event, &whisper.data).is_ok() {
                count += 1;
            }
        }
        count
    }
}

impl Listener for Crowd {
    fn tell(&self, event: &Arc<Journalled>) {
        let mut waiting = self.waiting.lock();
        waiting.newest = event.position;
        if waiting.events.len() < MOST_WAITING {
            waiting.events.push_back(Arc::clone(event));
        }
        drop(waiting);
        self.news.notify_one();
    }
}

impl State {
    fn join(&mut self, client: &Arc<Client>, room: String) {
        if let Some(member) = self.members.get_mut(&client.id) {
            member.rooms.insert(room.clone());
        }
        let members = self.rooms.entry(room).or_default();
        if members.is_empty() {
            gauge!(WEBSOCKET_ROOMS).increment(1);
        }
        members.insert(client.id, Arc::clone(client));
    }

    fn remove_from(&mut self, room: &str, id: Uuid) {
        if let Some(members) = self.rooms.get_mut(room)
            && members.remove(&id).is_some()
            && members.is_empty()
        {
            self.rooms.remove(room);
            gauge!(WEBSOCKET_ROOMS).decrement(1);
        }
    }

    fn unsubscribe(&mut self, id: Uuid, room: &str) -> bool {
        let Some(member) = self.members.get_mut(&id) else { return false };
        if !member.rooms.remove(room) {
            return false;
        }
        member.subscriptions = member.subscriptions.saturating_sub(1);
        self.remove_from(room, id);
        true
    }

    /// Everyone in any of the rooms, once.
    fn in_rooms<'a>(&'a self, rooms: &'a [String]) -> impl Iterator<Item = &'a Arc<Client>> {
        let found: Vec<_> = rooms.iter().filter_map(|room| self.rooms.get(room)).collect();
        (0..found.len()).flat_map(move |index| {
            let before: Vec<_> = found[..index].to_vec();
            let fresh = move |(id, _): &(&Uuid, &Arc<Client>)| !before.iter().any(|room| room.contains_key(*id));
            found[index].iter().filter(fresh).map(|(_, client)| client)
        })
    }

    fn say_delta(&self, chat_id: ChatId, event: &Journalled) {
        let Some(watchers) = self.rooms.get(&delta::room(chat_id)) else { return };
        let Some(data) = delta::of(event) else { return };
        for client in watchers.values().filter(|client| client.is_live()) {
            // derived from a message that is journalled: whoever has no room sees that one
            let _ = client.say(delta::EVENT, &data);
        }
    }

    /// Nobody follows a chat that is gone.
    fn close_chat(&mut self, chat_id: ChatId) {
        for room in [crate::event::room::chat(chat_id), delta::room(chat_id)] {
            let ids: Vec<Uuid> = self.rooms.get(&room).into_iter().flat_map(HashMap::keys).copied().collect();
            for id in ids {
                self.unsubscribe(id, &room);
            }
        }
    }
}
