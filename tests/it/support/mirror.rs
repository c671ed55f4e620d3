//! What a client knows from events alone: chats, their messages, what is unread. It never asks the server.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

/// The state that a client builds up. Two mirrors of the same organization are equal once both have seen the same events.
#[derive(Debug, Default)]
pub struct Mirror {
    seen: HashSet<String>,
    pub chats: BTreeMap<String, Chat>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Chat {
    pub status: String,
    pub priority: String,
    pub labels: Value,
    pub assigned_user_id: Value,
    pub unread: usize,
    /// Content, status and side of each message, in order.
    pub messages: Vec<(String, String, bool)>,
    order: HashMap<String, usize>,
    read_up_to: usize,
}

impl Mirror {
    /// Takes an event; one that came before changes nothing.
    pub fn take(&mut self, name: &str, data: &Value) {
        let Some(event_id) = data["eventId"].as_str() else { return };
        if !self.seen.insert(event_id.to_owned()) {
            return;
        }
        match name {
            "chat:new" | "chat:updated" => {
                let chat = self.chats.entry(text(&data["id"])).or_default();
                (chat.status, chat.priority) = (text(&data["status"]), text(&data["priority"]));
                (chat.labels, chat.assigned_user_id) = (data["labels"].clone(), data["assignedUserId"].clone());
            }
            "message:new" => {
                let chat = self.chats.entry(text(&data["chatId"])).or_default();
                chat.status = text(&data["chat"]["status"]);
                chat.order.insert(text(&data["id"]), chat.messages.len());
                chat.messages.push((text(&data["content"]), text(&data["status"]), data["fromMe"] == true));
                chat.count();
            }
            "message:status" => {
                let chat = self.chats.entry(text(&data["chatId"])).or_default();
                let at = chat.order[data["messageId"].as_str().unwrap()];
                chat.messages[at].1 = text(&data["status"]);
            }
            "messages:read" => {
                let chat = self.chats.entry(text(&data["chatId"])).or_default();
                let up_to = data["lastReadMessageId"].as_str().map_or(0, |id| chat.order[id] + 1);
                chat.read_up_to = chat.read_up_to.max(up_to);
                chat.count();
            }
            "chat:deleted" => {
                self.chats.remove(data["chatId"].as_str().unwrap());
            }
            _ => {}
        }
    }

    /// How many events it knows.
    pub fn events(&self) -> usize {
        self.seen.len()
    }
}

impl Chat {
    /// As an operator gets it by REST, its history newest first.
    pub fn stored(chat: &Value, messages: &[Value]) -> Self {
        let message =
            |message: &Value| (text(&message["content"]), text(&message["status"]), message["fromMe"] == true);
        Self {
            status: text(&chat["status"]),
            priority: text(&chat["priority"]),
            labels: chat["labels"].clone(),
            assigned_user_id: chat["assignedUserId"].clone(),
            unread: usize::try_from(chat["unreadCount"].as_u64().unwrap()).unwrap(),
            messages: messages.iter().rev().map(message).collect(),
            ..Self::default()
        }
    }

    /// Without what only a mirror keeps.
    pub fn shown(&self) -> Self {
        Self { order: HashMap::new(), read_up_to: 0, ..self.clone() }
    }

    fn count(&mut self) {
        self.unread = self.messages[self.read_up_to..].iter().filter(|(_, _, from_me)| !from_me).count();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
