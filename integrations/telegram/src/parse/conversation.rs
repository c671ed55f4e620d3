//! Whose chat a message belongs to and who wrote it.
//! (<https://core.telegram.org/bots/api#chat>, <https://core.telegram.org/bots/api#user>)

use contract::{IncomingChat, IncomingContact};
use serde_json::{Map, Value};

use crate::object::Object;

/// The chat of an item, its customer and, in a group, the member who acted.
pub(super) struct Conversation {
    pub chat: IncomingChat,
    pub sender: Option<IncomingContact>,
    /// Written by the business itself, in a chat of a connected business account.
    pub from_me: bool,
}

impl Conversation {
    /// Reads `chat` and the two ways in which Telegram names a writer. `None`: the item names no chat.
    pub(super) fn read(item: &Object<'_>, chat: Option<&Object<'_>>) -> Option<Self> {
        let chat = chat?;
        let id = chat.id("id")?;
        let from = item.object("from").and_then(|user| person(&user));
        if is_group(chat, &id) {
            let contact = person(chat)?;
            // where both are there, `from` is a made-up user for old clients
            let writer = item.object("sender_chat").and_then(|chat| person(&chat)).or(from);
            let sender = writer.filter(|writer| writer.external_id != id);
            let chat = IncomingChat {
                external_id: id,
                is_group: true,
                title: contact.name.clone(),
                contact,
                also_known_as: None,
            };
            return Some(Self { chat, sender, from_me: false });
        }
        let from_me = item.has("business_connection_id")
            && (item.has("sender_business_bot") || from.as_ref().is_some_and(|from| from.external_id != id));
        let contact = from.filter(|_| !from_me).or_else(|| person(chat))?;
        let chat = IncomingChat { external_id: id, is_group: false, title: None, contact, also_known_as: None };
        Some(Self { chat, sender: None, from_me })
    }
}

/// A chat without a type is a group where its id is negative (<https://core.telegram.org/bots/api#chat>).
fn is_group(chat: &Object<'_>, id: &str) -> bool {
    match chat.str("type").as_deref() {
        Some("private") => false,
        Some("group" | "supergroup" | "channel") => true,
        _ => id.starts_with('-'),
    }
}

/// A user or a chat as a contact.
pub(super) fn person(object: &Object<'_>) -> Option<IncomingContact> {
    Some(IncomingContact {
        external_id: object.id("id")?,
        name: name(object),
        username: object.string("username"),
        phone: None,
        email: None,
    })
}

/// A group's title, or a person's first and last name.
pub(super) fn name(object: &Object<'_>) -> Option<String> {
    if let Some(title) = object.string("title") {
        return Some(title);
    }
    let parts = [object.str("first_name"), object.str("last_name")];
    let name = parts.iter().flatten().map(|part| part.trim()).filter(|part| !part.is_empty());
    Some(name.collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty())
}

/// What an answer has to name besides the chat: a topic of a forum, a connected business account. Threads of replies have a
/// number too, but are no topics: a message cannot be sent to one.
pub(super) fn address(message: &Object<'_>, metadata: &mut Map<String, Value>) {
    let topic = message.id("message_thread_id").filter(|_| message.flag("is_topic_message"));
    for (key, id) in [("businessConnectionId", message.id("business_connection_id")), ("topicId", topic)] {
        if let Some(id) = id {
            metadata.insert(key.into(), id.into());
        }
    }
}
