//! Who is in which room, and what becomes of an event there. Rooms are kept for each audience, since each is told in words of
//! its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use socketioxide::socket::Sid;
use uuid::Uuid;

use super::{Joined, MOST_SUBSCRIPTIONS};
use crate::event::Journalled;
use crate::id::{ChatId, UserId};
use crate::socket::client::Client;
use crate::socket::packet::Packet;
use crate::socket::space::{Audience, Space};
use crate::socket::{conversation, delta};
use crate::telemetry::figures::Figures;

#[derive(Default)]
pub struct State {
    /// The last event that was passed on.
    pub position: i64,
    pub abandoned: bool,
    members: HashMap<Uuid, Member>,
    halls: [Hall; Audience::ALL.len()],
}

/// The rooms of an audience.
#[derive(Default)]
struct Hall {
    members: usize,
    rooms: HashMap<String, HashMap<Uuid, Arc<Client>>>,
}

struct Member {
    client: Arc<Client>,
    audience: Audience,
    rooms: HashSet<String>,
    subscriptions: usize,
    /// The room of the visitors of its chat's assignee.
    assignee_room: Option<String>,
}

impl State {
    fn hall(&self, audience: Audience) -> &Hall {
        &self.halls[audience as usize]
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub fn clients(&self) -> Vec<Arc<Client>> {
        self.members.values().map(|member| Arc::clone(&member.client)).collect()
    }

    pub fn count(&self, figures: &mut Figures, sessions: &mut HashSet<Sid>) {
        for member in self.members.values() {
            figures.connected(member.client.space.path(), 1);
            sessions.insert(member.client.session);
        }
        figures.rooms += self.halls.iter().map(|hall| hall.rooms.len() as u64).sum::<u64>();
    }

    pub fn enter(&mut self, client: &Arc<Client>, rooms: &[String]) {
        let (client, audience) = (Arc::clone(client), client.audience());
        let id = client.id;
        let member = Member { client, audience, rooms: HashSet::new(), subscriptions: 0, assignee_room: None };
        self.members.insert(id, member);
        self.halls[audience as usize].members += 1;
        for room in rooms {
            self.join(id, room.clone());
        }
    }

    /// `false` where it was not here.
    pub fn leave(&mut self, client: &Client) -> bool {
        let Some(member) = self.members.get(&client.id) else { return false };
        let (audience, rooms) = (member.audience, member.rooms.iter().cloned().collect::<Vec<_>>());
        for room in rooms {
            self.leave_room(client.id, &room);
        }
        self.members.remove(&client.id);
        self.halls[audience as usize].members -= 1;
        true
    }

    pub fn subscribe(&mut self, client: &Client, room: String) -> Joined {
        let Some(member) = self.members.get_mut(&client.id) else { return Joined::Gone };
        if member.rooms.contains(&room) {
            return Joined::Yes;
        }
        if member.subscriptions >= MOST_SUBSCRIPTIONS {
            return Joined::TooMany;
        }
        member.subscriptions += 1;
        self.join(client.id, room);
        Joined::Yes
    }

    /// `false` where it was not in the room.
    pub fn unsubscribe(&mut self, id: Uuid, room: &str) -> bool {
        if !self.leave_room(id, room) {
            return false;
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.subscriptions = member.subscriptions.saturating_sub(1);
        }
        true
    }

    pub fn is_in(&self, id: Uuid, room: &str) -> bool {
        self.members.get(&id).is_some_and(|member| member.rooms.contains(room))
    }

    fn join(&mut self, id: Uuid, room: String) {
        let Some(member) = self.members.get_mut(&id) else { return };
        member.rooms.insert(room.clone());
        let members = self.halls[member.audience as usize].rooms.entry(room).or_default();
        members.insert(id, Arc::clone(&member.client));
    }

    fn leave_room(&mut self, id: Uuid, room: &str) -> bool {
        let Some(member) = self.members.get_mut(&id) else { return false };
        if !member.rooms.remove(room) {
            return false;
        }
        let rooms = &mut self.halls[member.audience as usize].rooms;
        if let Some(members) = rooms.get_mut(room) {
            members.remove(&id);
            if members.is_empty() {
                rooms.remove(room);
            }
        }
        true
    }

    pub fn has(&self, audience: Audience) -> bool {
        self.hall(audience).members > 0
    }

    /// Everyone of an audience who hears any of some events, by their rooms, and which: a bit for each.
    pub fn hearers<'a>(
        &self,
        rooms_of_events: impl Iterator<Item = &'a [String]>,
        audience: Audience,
    ) -> impl Iterator<Item = (u64, &Arc<Client>)> {
        let mut heard_in: HashMap<&String, u64> = HashMap::new();
        for (index, rooms) in rooms_of_events.enumerate() {
            rooms.iter().for_each(|room| *heard_in.entry(room).or_default() |= 1 << index);
        }
        let mut hearers: HashMap<Uuid, (u64, &Arc<Client>)> = HashMap::new();
        for (room, heard) in heard_in {
            for (id, client) in self.hall(audience).rooms.get(room).into_iter().flatten() {
                hearers.entry(*id).or_insert((0, client)).0 |= heard;
            }
        }
        hearers.into_values()
    }

    pub fn is_in_any(&self, id: Uuid, rooms: &[String]) -> bool {
        self.members.get(&id).is_some_and(|member| rooms.iter().any(|room| member.rooms.contains(room)))
    }

    /// A visitor hears whether the operator of its chat is there.
    pub fn reassign_visitors(&mut self, chat_id: ChatId, event: &Journalled) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Assigned {
            assigned_user_id: Option<UserId>,
        }
        let chat = crate::event::room::chat(chat_id);
        let visitors: Vec<_> =
            self.hall(Audience::Visitors).rooms.get(&chat).into_iter().flat_map(HashMap::values).cloned().collect();
        if visitors.is_empty() {
            return;
        }
        let assigned = serde_json::from_str::<Assigned>(&event.data).ok().and_then(|chat| chat.assigned_user_id);
        for client in visitors {
            self.assign_visitor(&client, assigned);
        }
    }

    pub fn assign_visitor(&mut self, client: &Arc<Client>, user_id: Option<UserId>) {
        let room = user_id.map(conversation::visitors_of);
        let Some(member) = self.members.get_mut(&client.id) else { return };
        let before = std::mem::replace(&mut member.assignee_room, room.clone());
        if before == room {
            return;
        }
        if let Some(before) = before {
            self.leave_room(client.id, &before);
        }
        if let Some(room) = room {
            self.join(client.id, room);
        }
    }

    pub fn followed_chats(&self) -> Vec<ChatId> {
        let rooms = self.hall(Audience::Operators).rooms.keys();
        let ids = rooms.filter_map(|room| room.strip_prefix("chat_delta_").or_else(|| room.strip_prefix("chat_")));
        let ids: HashSet<ChatId> = ids.filter_map(|id| id.parse().ok()).collect();
        ids.into_iter().collect()
    }

    pub fn say_delta(&self, chat_id: ChatId, event: &Journalled) {
        let Some(watchers) = self.hall(Audience::Operators).rooms.get(&delta::room(chat_id)) else { return };
        let Some(data) = delta::of(event) else { return };
        let packet = Packet::new(Space::Operators, delta::EVENT, &data);
        for client in watchers.values().filter(|client| client.is_live()) {
            // derived from a message that is journalled: whoever has no room sees that one
            let _ = client.send(&packet);
        }
    }

    /// Nobody follows a chat that is gone.
    pub fn close_chat(&mut self, chat_id: ChatId) {
        for room in [crate::event::room::chat(chat_id), delta::room(chat_id)] {
            let everybody = self.halls.iter().filter_map(|hall| hall.rooms.get(&room)).flat_map(HashMap::keys);
            for id in everybody.copied().collect::<Vec<_>>() {
                self.unsubscribe(id, &room);
            }
        }
    }
}
