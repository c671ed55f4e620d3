//! The connections of one organization on this node, their rooms, and how far its journal was told to them. All of it
//! changes under one lock, so that an event reaches exactly those who are live when its turn comes.

mod state;

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::value::RawValue;
use socketioxide::socket::Sid;
use tokio::sync::{Notify, OnceCell};

use super::client::{Client, Flow, Unsent};
use super::packet::Packet;
use super::pump::BURST;
use super::space::{Audience, Saying, Telling, Whisper};
use crate::event::Journalled;
use crate::id::{ChatId, MessageId, OrganizationId, UserId};
use crate::inbox::feed::{Listener, ListenerId};
use crate::telemetry::figures::Figures;
use state::State;

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
    /// The operators' messages that visitors' pages have got by this.
    pub delivered: Vec<(ChatId, MessageId)>,
    /// Whose buffer was full.
    pub lagging: Vec<Arc<Client>>,
}

/// An event in an audience's words, with where it is heard.
struct Spoken<'a> {
    position: i64,
    chat_id: Option<ChatId>,
    rooms: Cow<'a, [String]>,
    saying: Saying<'a>,
}

impl<'a> Spoken<'a> {
    fn of(telling: &Telling<'a>, audience: Audience) -> Option<Self> {
        let event = telling.event;
        let saying = audience.say(telling)?;
        Some(Self { position: event.position, chat_id: event.chat_id, rooms: audience.rooms(event), saying })
    }

    fn json(&self) -> Option<&RawValue> {
        serde_json::from_str(&self.saying.data).ok()
    }
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
        self.state.lock().enter(client, rooms);
    }

    /// `false` where it was not here.
    pub fn leave(&self, client: &Client) -> bool {
        self.state.lock().leave(client)
    }

    /// Nobody is left: it takes nobody in any more. Called under the registry's lock, as is [`Crowd::enter`].
    pub fn abandon(&self) -> bool {
        let mut state = self.state.lock();
        state.abandoned = state.is_empty();
        state.abandoned
    }

    pub fn is_abandoned(&self) -> bool {
        self.state.lock().abandoned
    }

    pub fn clients(&self) -> Vec<Arc<Client>> {
        self.state.lock().clients()
    }

    /// Counts connections and rooms; transport connections are gathered, since one may be in several namespaces.
    pub fn count(&self, figures: &mut Figures, sessions: &mut HashSet<Sid>) {
        self.state.lock().count(figures, sessions);
    }

    /// Joins a chat's room, of which a connection may have so many.
    pub fn subscribe(&self, client: &Arc<Client>, room: String) -> Joined {
        self.state.lock().subscribe(client, room)
    }

    /// `false` where it was not in the room.
    pub fn unsubscribe(&self, client: &Client, room: &str) -> bool {
        self.state.lock().unsubscribe(client.id, room)
    }

    /// Tells a visitor from now on whether this user, whom its chat is assigned to, is online.
    pub fn assign_visitor(&self, client: &Arc<Client>, user_id: Option<UserId>) {
        self.state.lock().assign_visitor(client, user_id);
    }

    pub fn is_in(&self, client: &Client, room: &str) -> bool {
        self.state.lock().is_in(client.id, room)
    }

    /// Whether a connection is in one of the rooms.
    pub fn is_in_any(&self, client: &Client, rooms: &[String]) -> bool {
        self.state.lock().is_in_any(client.id, rooms)
    }

    /// Chats that somebody on `/` follows.
    pub fn followed_chats(&self) -> Vec<ChatId> {
        self.state.lock().followed_chats()
    }

    pub fn position(&self) -> i64 {
        self.state.lock().position
    }

    /// Begins where the feed began to tell.
    pub fn begin_at(&self, position: i64) {
        let mut state = self.state.lock();
        state.position = state.position.max(position);
    }

    /// The next events to pass on, without a hole between them, and the newest position that is known.
    pub fn next(&self, at_most: usize) -> (Vec<Arc<Journalled>>, i64) {
        let mut waiting = self.waiting.lock();
        let mut next: Vec<Arc<Journalled>> = Vec::new();
        while next.len() < at_most
            && waiting
                .events
                .front()
                .is_some_and(|event| next.last().is_none_or(|last| event.position == last.position + 1))
        {
            next.extend(waiting.events.pop_front());
        }
        (next, waiting.newest)
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

    /// Whether somebody here is told who the people are.
    pub fn sees_faces(&self) -> bool {
        let state = self.state.lock();
        Audience::ALL.into_iter().any(|audience| audience.sees_faces() && state.has(audience))
    }

    /// Passes events of the journal on, in order, to everyone live in their rooms. Each connection gets its part of them at
    /// once, so that a busy organization costs it one write and not one for each event. At most [`BURST`] of them.
    pub fn pass_on(&self, tellings: &[Telling<'_>]) -> Told {
        let mut told = Told::default();
        let mut state = self.state.lock();
        let fresh = tellings.iter().filter(|telling| telling.event.position > state.position);
        let fresh: Vec<&Telling<'_>> = fresh.collect();
        let Some(last) = fresh.last() else { return told };
        state.position = last.event.position;
        debug_assert!(fresh.len() <= BURST, "each has its bit");
        for audience in Audience::ALL.into_iter().filter(|audience| state.has(*audience)) {
            let sayings: Vec<Spoken<'_>> = fresh.iter().filter_map(|telling| Spoken::of(telling, audience)).collect();
            let data: Vec<&RawValue> = sayings.iter().filter_map(Spoken::json).collect();
            if data.len() != sayings.len() {
                tracing::error!(?audience, "an event's payload is no JSON");
                continue;
            }
            let space = audience.space();
            let spoken = sayings.iter().zip(data);
            let packets: Vec<(i64, Packet<'_>)> = spoken
                .map(|(spoken, data)| (spoken.position, Packet::new(space, &spoken.saying.event, data)))
                .collect();
            let mut counts = vec![0_u64; sayings.len()];
            let (mut own, mut theirs) = (Vec::with_capacity(sayings.len()), Vec::with_capacity(sayings.len()));
            for (hears, client) in state.hearers(sayings.iter().map(|spoken| &*spoken.rooms), audience) {
                own.clear();
                own.extend((0..sayings.len()).filter(|index| hears & (1 << index) != 0));
                theirs.clear();
                theirs.extend(own.iter().map(|index| (packets[*index].0, &packets[*index].1)));
                let passed = client.pass_on(&theirs);
                own[passed.first..passed.end].iter().for_each(|index: &usize| counts[*index] += 1);
                if passed.unsent == Some(Unsent::Full) {
                    told.lagging.push(Arc::clone(client));
                }
            }
            drop(packets);
            for (spoken, count) in sayings.into_iter().zip(counts).filter(|(_, count)| *count > 0) {
                if let (Audience::Visitors, Some(chat_id), Some(id)) =
                    (audience, spoken.chat_id, spoken.saying.delivers)
                {
                    told.delivered.push((chat_id, id));
                }
                told.by_event.push((spoken.saying.event.into_owned(), count));
            }
        }
        for event in fresh.iter().map(|telling| telling.event) {
            match (&*event.name, event.chat_id) {
                ("message:new", Some(chat_id)) => state.say_delta(chat_id, event),
                ("chat:updated", Some(chat_id)) => state.reassign_visitors(chat_id, event),
                ("chat:deleted", Some(chat_id)) => state.close_chat(chat_id),
                _ => {}
            }
        }
        told
    }

    /// Passes on what is no fact; whoever is not live, or has no room, does without. Returns how many were told.
    pub fn pass(&self, audience: Audience, whisper: &Whisper) -> u64 {
        let state = self.state.lock();
        let mut count = 0;
        let packet = Packet::new(audience.space(), whisper.event, &whisper.data);
        for (_, client) in state.hearers(std::iter::once(&*whisper.rooms), audience) {
            let causes = whisper.except.is_some_and(|typist| client.is(typist));
            let (version, change) = (whisper.change, || whisper.as_change());
            let admitted = version.is_none_or(|(chat_id, version)| client.looks.admits(chat_id, change, version));
            if !causes && admitted && client.is_live() && client.send(&packet).is_ok() {
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
