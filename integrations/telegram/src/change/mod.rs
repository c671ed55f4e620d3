//! Changes to messages that Telegram has: edits, deletions, reactions. Repeating one does no harm, so what is done already
//! counts as done.

mod reaction;

use std::time::Duration;

use contract::{Account, Change, MessageType, OutgoingChange, SendError};
use serde_json::{Map, Value, json};

use crate::address;
use crate::api::{Api, Call, Failure, Refusal};
use crate::send::{classify, keyboard, refused};

const TIMEOUT: Duration = Duration::from_secs(15);

pub(crate) async fn change(api: &Api, account: &Account, asked: &OutgoingChange) -> Result<(), SendError> {
    let token = address::token(account)?;
    let call = compose(asked)?;
    match api.call(token, call, TIMEOUT).await {
        Err(Failure::Refused(refusal)) if is_done(&asked.change, &refusal) => Ok(()),
        Err(Failure::Refused(refusal)) if refusal.description.contains("REACTION_INVALID") => Err(reaction::invalid()),
        Err(failure) => Err(classify(failure, asked.is_group)),
        Ok(_) => Ok(()),
    }
}

fn compose(asked: &OutgoingChange) -> Result<Call, SendError> {
    let message = address::message(&asked.message_external_id).ok_or_else(|| {
        refused("NOT_A_MESSAGE", "Telegram has no such message: it is a note, or of a group that moved since")
    })?;
    let mut params = Map::new();
    params.insert("chat_id".into(), address::chat(&asked.chat_external_id));
    params.insert("message_id".into(), message.into());
    let connection = address::business(&asked.context).or_else(|| address::business(&asked.answered));
    match &asked.change {
        Change::Edit { content } => {
            if let Some(connection) = connection {
                params.insert("business_connection_id".into(), connection.into());
            }
            edit(asked, content, params)
        }
        Change::Delete => {
            // of an album all files go
            let parts = asked.context.get("partIds").and_then(Value::as_array).into_iter().flatten();
            let parts = parts.filter_map(|id| address::message(id.as_str()?));
            let ids: Vec<i64> = std::iter::once(message).chain(parts).collect();
            let (method, params) = match connection {
                Some(connection) => {
                    ("deleteBusinessMessages", json!({ "business_connection_id": connection, "message_ids": ids }))
                }
                None if ids.len() > 1 => {
                    ("deleteMessages", json!({ "chat_id": params["chat_id"], "message_ids": ids }))
                }
                None => ("deleteMessage", params.into()),
            };
            Ok(Call::new(method, params.as_object().cloned().unwrap_or_default()))
        }
        Change::React { .. } if connection.is_some() => Err(refused(
            "UNSUPPORTED",
            "Telegram lets bots react in their own chats only, not in those of a business account",
        )),
        Change::React { emoji } => {
            let reaction = emoji.as_deref().map(reaction::read).transpose()?;
            params.insert("reaction".into(), reaction.into_iter().collect::<Vec<Value>>().into());
            Ok(Call::new("setMessageReaction", params))
        }
    }
}

/// A text goes without `parse_mode`, and its buttons with it: what is left out of an edit is taken away.
fn edit(asked: &OutgoingChange, content: &str, mut params: Map<String, Value>) -> Result<Call, SendError> {
    let (method, text) = match (asked.kind, asked.context.get("kind").and_then(Value::as_str)) {
        (MessageType::Sticker | MessageType::Location | MessageType::Contacts, _)
        | (MessageType::Video, Some("video_note")) => {
            let why = format!("Telegram has no text to change in a message of type {}", asked.kind);
            return Err(refused("UNSUPPORTED", &why));
        }
        (kind, _) if kind.is_media() => ("editMessageCaption", "caption"),
        _ => ("editMessageText", "text"),
    };
    params.insert(text.into(), keyboard::legend(content, &asked.context).into());
    if let Some(keyboard) = keyboard::read(&asked.context)? {
        params.insert("reply_markup".into(), keyboard);
    }
    Ok(Call::new(method, params))
}

/// The texts are those of Telegram's own server; older ones say the same in capitals.
fn is_done(change: &Change, refusal: &Refusal) -> bool {
    let says = |text: &str| refusal.code == 400 && refusal.description.to_ascii_lowercase().contains(text);
    match change {
        Change::Edit { .. } => says("message is not modified") || says("message_not_modified"),
        Change::Delete => says("message to delete not found"),
        Change::React { emoji } => {
            says("message_not_modified") || (emoji.is_none() && says("message to react not found"))
        }
    }
}
