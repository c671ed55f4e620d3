//! Notes that Telegram itself writes into a chat: somebody joined, the title changed. Each becomes one line of English.
//! (<https://core.telegram.org/bots/api#message>)

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::conversation::{name, person};
use crate::object::Object;

/// Service keys, with what the note says where the key alone would not. Empty: the key itself, spelled out.
const NOTES: [(&str, &str); 17] = [
    ("new_chat_photo", "The chat photo was changed"),
    ("delete_chat_photo", "The chat photo was removed"),
    ("group_chat_created", "The group was created"),
    ("supergroup_chat_created", "The group was created"),
    ("channel_chat_created", "The channel was created"),
    ("message_auto_delete_timer_changed", "The auto-delete timer was changed"),
    ("pinned_message", "A message was pinned"),
    ("successful_payment", "A payment was made"),
    ("refunded_payment", "A payment was refunded"),
    ("connected_website", "The customer logged in on a website"),
    ("write_access_allowed", "The customer allowed the bot to write"),
    ("passport_data", "Telegram Passport data was shared"),
    ("web_app_data", "Data was sent from a web app"),
    ("gift", "A gift was sent"),
    ("unique_gift", "A unique gift was sent"),
    ("users_shared", "Contacts were shared with the bot"),
    ("chat_shared", "A chat was shared with the bot"),
];

/// Last words of service keys that are no regular participle (`…ed`).
const PARTICIPLES: [&str; 7] = ["left", "set", "sent", "paid", "done", "hidden", "unhidden"];

/// Keys of a message that are neither content nor a note.
const ENVELOPE: [&str; 46] = [
    "author_signature",
    "business_connection_id",
    "caption",
    "caption_entities",
    "chat",
    "date",
    "direct_messages_topic",
    "edit_date",
    "effect_id",
    "entities",
    "external_reply",
    "forward_date",
    "forward_from",
    "forward_from_chat",
    "forward_from_message_id",
    "forward_origin",
    "forward_sender_name",
    "forward_signature",
    "from",
    "guest_bot_caller_chat",
    "guest_bot_caller_user",
    "guest_query_id",
    "has_media_spoiler",
    "has_protected_content",
    "is_automatic_forward",
    "is_from_offline",
    "is_paid_post",
    "is_topic_message",
    "link_preview_options",
    "media_group_id",
    "message_id",
    "message_thread_id",
    "paid_star_count",
    "quote",
    "reply_markup",
    "reply_to_checklist_task_id",
    "reply_to_message",
    "reply_to_poll_option_id",
    "reply_to_story",
    "sender_boost_count",
    "sender_business_bot",
    "sender_chat",
    "sender_tag",
    "show_caption_above_media",
    "suggested_post_info",
    "via_bot",
];

/// The note's name and its line. `metadata.kind` and what goes with it are filled in.
pub(super) fn read<'m>(message: &'m Object<'_>, metadata: &mut Map<String, Value>) -> Option<(&'m str, String)> {
    let (key, _) = message.fields().find(|(key, raw)| is_note(key, raw.get()) && message.has(key))?;
    // old clients get some notes under a second name too
    let name = match key {
        "new_chat_member" | "new_chat_participant" => "new_chat_members",
        "left_chat_participant" => "left_chat_member",
        other => other,
    };
    let (kind, line) = match key {
        "new_chat_members" | "new_chat_member" | "new_chat_participant" => {
            let mut members = message.objects("new_chat_members");
            if members.is_empty() {
                members.extend(message.object(key));
            }
            ("member_joined", format!("{} joined", introduce(&members, metadata)))
        }
        "left_chat_member" | "left_chat_participant" => {
            let members: Vec<_> = message.object(key).into_iter().collect();
            ("member_left", format!("{} left", introduce(&members, metadata)))
        }
        "migrate_to_chat_id" | "migrate_from_chat_id" => {
            let (here, there) = (message.object("chat")?.id("id")?, message.id(key)?);
            let (from, to) = if key == "migrate_to_chat_id" { (here, there) } else { (there, here) };
            metadata.insert("fromChatId".into(), from.into());
            metadata.insert("toChatId".into(), to.into());
            ("chat_migrated", "The group became a supergroup".to_owned())
        }
        "new_chat_title" => (key, format!("The title was changed to \"{}\"", message.str(key).unwrap_or_default())),
        _ => {
            let note = NOTES.iter().find(|(known, _)| *known == key).map(|(_, line)| Cow::Borrowed(*line));
            (key, note.unwrap_or_else(|| spell_out(key).into()).into_owned())
        }
    };
    metadata.insert("kind".into(), kind.into());
    Some((name, line))
}

/// Telegram names its notes by what happened, in the past participle, so notes of later versions are known as such too.
fn is_note(key: &str, json: &str) -> bool {
    let happened = || {
        let last = key.rsplit('_').next().unwrap_or(key);
        key.contains('_') && (last.ends_with("ed") || PARTICIPLES.contains(&last))
    };
    NOTES.iter().any(|(note, _)| *note == key)
        || matches!(key, "new_chat_members" | "new_chat_member" | "new_chat_participant" | "new_chat_title")
        || matches!(key, "left_chat_member" | "left_chat_participant" | "migrate_to_chat_id" | "migrate_from_chat_id")
        || (json.starts_with('{') && !ENVELOPE.contains(&key) && happened())
}

/// Writes the members down and returns their names.
fn introduce(members: &[Object<'_>], metadata: &mut Map<String, Value>) -> String {
    let people = members.iter().filter_map(person);
    let people: Vec<Value> = people.map(|person| json!({ "id": person.external_id, "name": person.name })).collect();
    metadata.insert("members".into(), people.into());
    let names: Vec<String> = members.iter().filter_map(name).collect();
    if names.is_empty() { "Somebody".to_owned() } else { names.join(", ") }
}

/// `video_chat_started` as `Video chat started`.
fn spell_out(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// The key of content that is not known: the first that is no part of the envelope, objects before flags.
pub(super) fn strange_key<'m>(message: &'m Object<'_>) -> Option<&'m str> {
    let strange = || message.fields().filter(|(key, _)| !ENVELOPE.contains(key) && message.has(key));
    let whole = strange().find(|(_, raw)| raw.get().starts_with(['{', '[']));
    whole.or_else(|| strange().next()).map(|(key, _)| key)
}
