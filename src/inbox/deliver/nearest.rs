//! What a network cannot carry, as the nearest thing that it can show: a text that says it.

use contract::{Capabilities, FileRule, MessageType, OutgoingAttachment};
use serde_json::{Map, Value};

use crate::message::Row;

/// Whether a message of this type can be told as a text.
#[must_use]
pub const fn can_be_told(kind: MessageType) -> bool {
    matches!(kind, MessageType::ProfileShare | MessageType::PostShare | MessageType::BookingProposal)
}

/// A file of a message on its way out.
pub struct OutgoingFile {
    /// Anybody can load it here.
    pub address: String,
    pub size_bytes: u64,
    /// None where the file is kept elsewhere.
    pub attachment: Option<OutgoingAttachment>,
}

/// What a network is given.
pub struct Nearest {
    pub kind: MessageType,
    pub content: String,
    pub attachments: Vec<OutgoingAttachment>,
}

/// The message itself where the network carries it. Files that it does not carry, or that are kept elsewhere, are told by
/// their addresses.
#[must_use]
pub fn nearest(
    row: &Row,
    metadata: &Map<String, Value>,
    files: Vec<OutgoingFile>,
    capabilities: &Capabilities,
) -> Nearest {
    let kind = row.kind.parse().unwrap_or(MessageType::Text);
    if !files.is_empty() {
        return with_files(kind, &row.content, files, capabilities);
    }
    let (kind, content) = told(kind, &row.content, metadata, capabilities);
    Nearest { kind, content, attachments: Vec::new() }
}

fn with_files(kind: MessageType, content: &str, files: Vec<OutgoingFile>, capabilities: &Capabilities) -> Nearest {
    let carried = |file: &OutgoingFile| {
        file.attachment
            .as_ref()
            .is_some_and(|attachment| takes(capabilities, attachment.kind, &attachment.mime_type, file.size_bytes))
    };
    if files.iter().all(carried) {
        let attachments = files.into_iter().filter_map(|file| file.attachment).collect();
        return Nearest { kind, content: content.to_owned(), attachments };
    }
    let parts: Vec<Option<&str>> =
        std::iter::once(content).chain(files.iter().map(|file| file.address.as_str())).map(Some).collect();
    Nearest { kind: MessageType::Text, content: lines(&parts), attachments: Vec::new() }
}

/// Whether a network carries such a file as a message of this type. One that names no files carries any.
#[must_use]
pub fn takes(capabilities: &Capabilities, kind: MessageType, mime_type: &str, size_bytes: u64) -> bool {
    let fits = |rule: &FileRule| rule.kind == kind && rule.takes(mime_type) && size_bytes <= rule.max_bytes;
    capabilities.sends.contains(&kind) && (capabilities.files.is_empty() || capabilities.files.iter().any(fits))
}

fn told(
    kind: MessageType,
    content: &str,
    metadata: &Map<String, Value>,
    capabilities: &Capabilities,
) -> (MessageType, String) {
    if !can_be_told(kind) || capabilities.sends.contains(&kind) {
        return (kind, content.to_owned());
    }
    let text = |field: &str| metadata.get(field).and_then(Value::as_str);
    let told = match kind {
        MessageType::ProfileShare => lines(&[text("name").or(Some(content)), text("avatar")]),
        MessageType::PostShare => lines(&[text("author_name").or(Some(content)), text("media_url")]),
        _ => {
            let amount = |field: &str| metadata.get(field).and_then(Value::as_f64).unwrap_or_default();
            let price = format!("{}, {} min", amount("price"), amount("duration"));
            lines(&[Some(content), text("service_name"), Some(&price)])
        }
    };
    (MessageType::Text, told)
}

fn lines(parts: &[Option<&str>]) -> String {
    parts.iter().flatten().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use contract::File;
    use serde_json::json;

    use super::*;

    static PICTURES: [FileRule; 1] = [FileRule { kind: MessageType::Image, mime_types: &["image/*"], max_bytes: 10 }];

    fn capabilities() -> Capabilities {
        let sends = &[MessageType::Text, MessageType::Location, MessageType::Image, MessageType::Video];
        Capabilities { sends, files: &PICTURES, ..Capabilities::PLAIN }
    }

    fn words(kind: MessageType, content: &str, metadata: &Value) -> (MessageType, String) {
        told(kind, content, metadata.as_object().unwrap_or(&Map::new()), &capabilities())
    }

    fn sent(kind: MessageType, size_bytes: u64, here: bool) -> Nearest {
        let attachment = OutgoingAttachment {
            kind,
            mime_type: format!("{}/x", kind.as_str()),
            file_name: None,
            file: File::of_bytes(Vec::new().into()),
            url: None,
        };
        let address = "https://cdn.example.com/1".to_owned();
        let file = OutgoingFile { address, size_bytes, attachment: here.then_some(attachment) };
        with_files(kind, "look", vec![file], &capabilities())
    }

    #[test]
    fn what_is_carried_stays_and_the_rest_is_told() {
        assert_eq!(words(MessageType::Text, "hi", &json!({})), (MessageType::Text, "hi".into()));
        assert_eq!(words(MessageType::Location, "1,2", &json!({})), (MessageType::Location, "1,2".into()));
        let booking = json!({"service_name": "Manicure", "price": 2000, "duration": 60});
        let booking = words(MessageType::BookingProposal, "Shall I book you?", &booking);
        assert_eq!(booking, (MessageType::Text, "Shall I book you?\nManicure\n2000, 60 min".into()));
        let profile = words(MessageType::ProfileShare, "id", &json!({"name": "Anna", "avatar": "https://a.example/1"}));
        assert_eq!(profile.1, "Anna\nhttps://a.example/1");
    }

    #[test]
    fn a_file_goes_as_itself_where_the_network_takes_it_and_as_its_address_elsewhere() {
        let carried = sent(MessageType::Image, 10, true);
        assert_eq!(
            (carried.kind, carried.content.as_str(), carried.attachments.len()),
            (MessageType::Image, "look", 1)
        );
        for told in [
            sent(MessageType::Image, 11, true),
            sent(MessageType::Image, 1, false),
            sent(MessageType::Video, 1, true),
            sent(MessageType::Document, 1, true),
        ] {
            assert_eq!((told.kind, told.attachments.len()), (MessageType::Text, 0));
            assert_eq!(told.content, "look\nhttps://cdn.example.com/1");
        }
    }
}
