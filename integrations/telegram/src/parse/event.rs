//! Updates that are about a message or a chat: deletions, reactions, pressed buttons, the bot being blocked.

use chrono::{DateTime, Utc};
use contract::{
    AccountNews, Incoming, IncomingContact, IncomingDeletion, IncomingMessage, IncomingReaction, MessageType, Parcel,
    Source,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::conversation::{Conversation, address, person};
use super::{parcel, unknown};
use crate::object::{Object, id};

/// Most messages that one update may delete; Telegram names at most 100.
const MOST_DELETIONS: usize = 1000;

/// One parcel per deleted message (<https://core.telegram.org/bots/api#businessmessagesdeleted>). The update gives no time.
pub(super) fn deletions(update_id: &str, item: &Object<'_>) -> Vec<Parcel> {
    const KIND: &str = "deleted_business_messages";
    let Some(chat) = item.object("chat").and_then(|chat| chat.id("id")) else {
        return vec![unknown(KIND, "the deletion names no chat")];
    };
    let ids = item.list("message_ids").filter(|ids| (1..=MOST_DELETIONS).contains(&ids.len()));
    let Some(ids) = ids else {
        return vec![unknown(KIND, "the deletion names no messages")];
    };
    let single = ids.len() == 1;
    let (update_id, chat_id) = (Value::from(update_id), Value::from(chat.as_str()));
    let part = |raw: &RawValue| {
        format!(r#"{{"update_id":{update_id},"{KIND}":{{"chat":{{"id":{chat_id}}},"message_ids":[{raw}]}}}}"#)
    };
    let deletion = |raw: &RawValue| {
        let item = match id(raw) {
            Some(message_external_id) => Incoming::Deletion(IncomingDeletion {
                chat_external_id: Some(chat.clone()),
                message_external_id,
                at: None,
            }),
            None => Incoming::Unknown { reason: "the deletion names no message".into() },
        };
        let source = if single { Source::Body } else { Source::Part(part(raw).into()) };
        Parcel { source, ..parcel(KIND, item) }
    };
    ids.into_iter().map(deletion).collect()
}

/// What an actor has on a message now (<https://core.telegram.org/bots/api#messagereactionupdated>). Without an actor it is
/// the chat itself: an anonymous administrator, or the only person of a private chat.
pub(super) fn reaction(item: &Object<'_>, now: DateTime<Utc>) -> Incoming {
    let actor = ["user", "actor_chat"].iter().find_map(|key| person(&item.object(key)?));
    reacted(item, actor, item.objects("new_reaction").iter().filter_map(emoji).collect(), now)
}

/// What a message has of reactions whose actors are hidden, as in channels: they count as the chat's own, each once.
/// (<https://core.telegram.org/bots/api#messagereactioncountupdated>)
pub(super) fn reaction_count(item: &Object<'_>, now: DateTime<Utc>) -> Incoming {
    let counts = item.objects("reactions").into_iter().filter(|count| count.i64("total_count") != Some(0));
    reacted(item, None, counts.filter_map(|count| emoji(&count.object("type")?)).collect(), now)
}

fn reacted(item: &Object<'_>, actor: Option<IncomingContact>, emojis: Vec<String>, now: DateTime<Utc>) -> Incoming {
    let chat = item.object("chat").and_then(|chat| person(&chat));
    let (Some(chat), Some(message_external_id)) = (chat, item.id("message_id")) else {
        return Incoming::Unknown { reason: "the reaction names no chat or no message".into() };
    };
    Incoming::Reaction(IncomingReaction {
        chat_external_id: Some(chat.external_id.clone()),
        message_external_id,
        actor: actor.unwrap_or(chat),
        from_me: false,
        emojis,
        at: item.time("date", now),
    })
}

fn emoji(reaction: &Object<'_>) -> Option<String> {
    match reaction.str("type").as_deref() {
        Some("emoji") => reaction.string("emoji"),
        Some("custom_emoji") => Some(format!("custom:{}", reaction.id("custom_emoji_id")?)),
        Some("paid") => Some("⭐".to_owned()),
        _ => None,
    }
}

/// Somebody connected the bot to the own account, changed its rights or took it away: the last such news is kept.
/// (<https://core.telegram.org/bots/api#businessconnection>)
pub(super) fn business(item: &Object<'_>) -> Incoming {
    let Some(owner) = item.object("user").and_then(|user| person(&user)) else {
        return Incoming::Unknown { reason: "the business connection names no user".into() };
    };
    let can_reply = item.flag("can_reply") || item.object("rights").is_some_and(|rights| rights.flag("can_reply"));
    let connection = json!({
        "userId": owner.external_id,
        "name": owner.name,
        "username": owner.username,
        "isEnabled": item.flag("is_enabled"),
        "canReply": can_reply,
    });
    let mut facts = Map::new();
    facts.insert("businessConnection".into(), connection);
    Incoming::Account(AccountNews { facts, ..AccountNews::default() })
}

/// A pressed button (<https://core.telegram.org/bots/api#callbackquery>). Its message may be missing: then it is said in
/// the private chat of who pressed it. The time of the message is not that of the press.
pub(super) fn callback(item: &Object<'_>) -> Incoming {
    let message = item.object("message");
    let chat = message.as_ref().and_then(|message| message.object("chat")).or_else(|| item.object("from"));
    let (Some(query_id), Some(conversation)) = (item.id("id"), Conversation::read(item, chat.as_ref())) else {
        return Incoming::Unknown { reason: "the pressed button names no chat or no id".into() };
    };
    let data = item.string("data").or_else(|| item.string("game_short_name")).unwrap_or_default();
    let shown = message.as_ref().and_then(|message| button(message, &data));
    let mut metadata = Map::new();
    if let Some(message) = &message {
        address(message, &mut metadata);
    }
    metadata.insert("kind".into(), "callback".into());
    metadata.insert("id".into(), data.clone().into());
    metadata.insert("callbackQueryId".into(), query_id.clone().into());
    Incoming::Message(Box::new(IncomingMessage {
        acknowledge: Some(query_id.clone()),
        external_id: format!("callback:{query_id}"),
        kind: MessageType::Interactive,
        content: shown.unwrap_or(data),
        metadata,
        reply_to: message.and_then(|message| message.id("message_id")),
        ..note(conversation, None)
    }))
}

/// The text of the button that sends `data`.
fn button(message: &Object<'_>, data: &str) -> Option<String> {
    let rows = message.object("reply_markup")?.list("inline_keyboard")?;
    let buttons = rows.into_iter().filter_map(|row| serde_json::from_str::<Vec<Object<'_>>>(row.get()).ok()).flatten();
    let mut pressed = buttons.filter(|button| button.str("callback_data").as_deref() == Some(data));
    pressed.find_map(|button| button.string("text"))
}

/// The bot was blocked, unblocked, added or removed (<https://core.telegram.org/bots/api#chatmemberupdated>).
pub(super) fn membership(item: &Object<'_>, update_id: &str, now: DateTime<Utc>) -> Incoming {
    let Some(conversation) = Conversation::read(item, item.object("chat").as_ref()) else {
        return Incoming::Unknown { reason: "the membership names no chat".into() };
    };
    let status = |key| item.object(key).and_then(|member: Object<'_>| member.string("status"));
    let (old, new) = (status("old_chat_member"), status("new_chat_member"));
    let (kind, line) = match new.as_deref() {
        Some("kicked") if !conversation.chat.is_group => ("bot_blocked", "The customer blocked the bot".to_owned()),
        Some("member") if !conversation.chat.is_group && old.as_deref() != new.as_deref() => {
            ("bot_unblocked", "The customer unblocked the bot".to_owned())
        }
        Some(new) => ("bot_member_changed", format!("The bot is now {new} here")),
        None => ("bot_member_changed", "The bot's membership changed".to_owned()),
    };
    let mut metadata = Map::new();
    metadata.insert("kind".into(), kind.into());
    for (key, status) in [("oldStatus", old), ("newStatus", new)] {
        if let Some(status) = status {
            metadata.insert(key.into(), Value::from(status));
        }
    }
    Incoming::Message(Box::new(IncomingMessage {
        external_id: format!("member:{update_id}"),
        quiet: true,
        content: line,
        metadata,
        ..note(conversation, item.time("date", now))
    }))
}

/// A message without content of its own.
fn note(conversation: Conversation, provider_at: Option<DateTime<Utc>>) -> IncomingMessage {
    let Conversation { chat, sender, from_me } = conversation;
    IncomingMessage {
        chat,
        sender,
        external_id: String::new(),
        from_me,
        client_id: None,
        quiet: false,
        kind: MessageType::System,
        content: String::new(),
        metadata: Map::new(),
        attachments: Vec::new(),
        reply_to: None,
        provider_at,
        acknowledge: None,
    }
}
