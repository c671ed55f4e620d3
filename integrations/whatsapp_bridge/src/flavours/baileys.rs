//! A message as WhatsApp's web protocol has it, written as JSON (Evolution, and what WAHA hands through), in the bridge's words.

use serde_json::{Map, Value, json};

use super::{number, present, text};

const DEEPEST: usize = 8;
const WRAPPERS: [&str; 10] = [
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "documentWithCaptionMessage",
    "editedMessage",
    "deviceSentMessage",
    "groupMentionedMessage",
    "lottieStickerMessage",
    "associatedChildMessage",
];
/// Come along with a content and are none.
const COMPANIONS: [&str; 5] =
    ["senderKeyDistributionMessage", "messageContextInfo", "base64", "mediaUrl", "contextInfo"];
/// Say something to a phone and nothing to a person.
const SILENT: [&str; 7] = [
    "protocolMessage",
    "albumMessage",
    "pollUpdateMessage",
    "encReactionMessage",
    "keepInChatMessage",
    "pinInChatMessage",
    "stickerSyncRmrMessage",
];

/// The content below its wrappers: its name, it, and what stands beside it.
pub(super) fn unwrap(message: &Value) -> Option<(&str, &Value, &Value)> {
    let mut layer = message;
    for _ in 0..DEEPEST {
        let object = layer.as_object()?;
        let inner =
            WRAPPERS.iter().find_map(|name| object.get(*name)?.get("message").filter(|inner| inner.is_object()));
        let Some(inner) = inner else {
            let found = object.iter().find(|(name, node)| !node.is_null() && !COMPANIONS.contains(&name.as_str()));
            return found.map(|(name, node)| (name.as_str(), node, layer));
        };
        layer = inner;
    }
    None
}

/// What the bridge's `data` says of a content; `None` for what is no message.
pub(super) fn content(message: &Value) -> Option<Map<String, Value>> {
    let (name, node, beside) = unwrap(message)?;
    if SILENT.contains(&name) {
        return None;
    }
    let mut data = read(name, node, message);
    let info = present(node, "contextInfo").or_else(|| present(beside, "contextInfo")).unwrap_or(&Value::Null);
    if let Some(quoted) = text(info, "stanzaId") {
        data.insert("quotedId".into(), quoted.into());
    }
    if info["isForwarded"] == true {
        data.insert("forwarded".into(), true.into());
    }
    if number(info.get("forwardingScore")).is_some_and(|score| score >= 5.0) {
        data.insert("forwardedOften".into(), true.into());
    }
    let album = beside.pointer("/messageContextInfo/messageAssociation/parentMessageKey/id");
    if let Some(album) = album.and_then(Value::as_str) {
        data.insert("albumId".into(), album.into());
    }
    Some(data)
}

fn read(name: &str, node: &Value, message: &Value) -> Map<String, Value> {
    let said = |kind: &str, words: Option<&str>| {
        let mut data = Map::new();
        data.insert("type".into(), kind.into());
        if let Some(words) = words {
            data.insert("text".into(), words.into());
        }
        data
    };
    let media = |kind: &str| {
        let mut data = said(kind, text(node, "caption"));
        data.insert("media".into(), described(node, message));
        data
    };
    let interactive = |words: Option<&str>, kind: &str| {
        let mut data = said("interactive", words);
        data.insert("kind".into(), kind.into());
        data
    };
    match name {
        "conversation" => said("text", node.as_str()),
        "extendedTextMessage" => said("text", text(node, "text")),
        "imageMessage" => media("image"),
        "videoMessage" => media(if node["gifPlayback"] == true { "animation" } else { "video" }),
        "ptvMessage" => media("video_note"),
        "audioMessage" => media(if node["ptt"] == true { "voice" } else { "audio" }),
        "documentMessage" => media("document"),
        "stickerMessage" => media("sticker"),
        "locationMessage" | "liveLocationMessage" => {
            let mut data = said("location", text(node, "caption"));
            let mut place = json!({ "lat": node["degreesLatitude"], "lng": node["degreesLongitude"],
                "name": node["name"], "address": node["address"] });
            if name.starts_with("live") {
                place["live"] = true.into();
            }
            data.insert("location".into(), place);
            data
        }
        "contactMessage" => {
            let mut data = said("contacts", None);
            data.insert("contacts".into(), json!([card(node)]));
            data
        }
        "contactsArrayMessage" => {
            let mut data = said("contacts", None);
            let cards = node["contacts"].as_array().map(|cards| cards.iter().take(100).map(card).collect::<Vec<_>>());
            data.insert("contacts".into(), cards.unwrap_or_default().into());
            data
        }
        "buttonsResponseMessage" | "templateButtonReplyMessage" => {
            interactive(text(node, "selectedDisplayText"), "button_reply")
        }
        "listResponseMessage" => interactive(text(node, "title").or_else(|| text(node, "description")), "list_reply"),
        "interactiveResponseMessage" => interactive(text(&node["body"], "text"), "form"),
        "buttonsMessage" => interactive(text(node, "contentText").or_else(|| text(node, "text")), "buttons"),
        "listMessage" => interactive(text(node, "description").or_else(|| text(node, "title")), "list"),
        "interactiveMessage" => interactive(text(&node["body"], "text"), "interactive"),
        _ => said(&word(name), ["name", "text", "title", "caption"].iter().find_map(|key| text(node, key))),
    }
}

/// `pollCreationMessageV3` → `poll`: shown as unsupported, by its name.
fn word(name: &str) -> String {
    let bare = name.split("Message").next().unwrap_or_default();
    if bare.starts_with("pollCreation") {
        return "poll".into();
    }
    let mut word = String::new();
    for letter in bare.chars().take(60) {
        if letter.is_ascii_uppercase() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    // a name that is one of our types would be taken for it
    if word.is_empty() || word.parse::<contract::MessageType>().is_ok() { format!("unknown_{word}") } else { word }
}

fn described(node: &Value, message: &Value) -> Value {
    let mut media = json!({
        "mimeType": node["mimetype"], "fileName": text(node, "fileName").or_else(|| text(node, "title")),
        "size": number(node.get("fileLength")), "width": node["width"], "height": node["height"],
        "duration": number(node.get("seconds")),
    });
    if let Some(base64) = text(message, "base64").or_else(|| text(node, "base64")) {
        media["base64"] = base64.into();
    } else if let Some(url) = text(message, "mediaUrl").or_else(|| text(node, "mediaUrl")) {
        media["url"] = url.into();
    }
    media
}

fn card(node: &Value) -> Value {
    let vcard = text(node, "vcard");
    let phones: Vec<&str> = vcard
        .unwrap_or_default()
        .lines()
        .filter(|line| line.trim_start_matches(|c: char| c != 'T').starts_with("TEL"))
        .filter_map(|line| Some(line.rsplit_once(':')?.1.trim()))
        .collect();
    json!({ "name": node["displayName"], "phones": phones, "vcard": vcard })
}
