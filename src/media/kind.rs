//! What a file is: told by its first bytes, where the sender's word counts only if it fits them. Only types of a list are
//! ever named to a browser.

use contract::MessageType;

/// When nothing better is known.
pub const UNKNOWN: &str = "application/octet-stream";

/// Types that a browser may show by itself: pictures, sounds and films that hold no script.
const SHOWN: [&str; 16] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "audio/mpeg",
    "audio/ogg",
    "audio/mp4",
    "audio/aac",
    "audio/wav",
    "audio/flac",
    "audio/webm",
    "audio/amr",
    "video/mp4",
    "video/webm",
    "video/quicktime",
    "video/3gpp",
];

/// Types that are named, and only ever saved.
const SAVED: [&str; 22] = [
    "application/pdf",
    "application/zip",
    "application/gzip",
    "application/x-7z-compressed",
    "application/vnd.rar",
    "application/x-tar",
    "application/json",
    "application/rtf",
    "application/epub+zip",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/x-tgsticker",
    "text/plain",
    "text/csv",
    "text/vcard",
    "text/calendar",
];

/// Whether a browser may show a file of this type.
#[must_use]
pub fn is_shown(mime_type: &str) -> bool {
    SHOWN.contains(&mime_type)
}

/// The type to keep of a file that begins so, and of which its sender claims this.
#[must_use]
pub fn of(head: &[u8], claim: Option<&str>) -> &'static str {
    let claim = listed(claim.unwrap_or_default());
    let Some(seen) = infer::get(head) else {
        // what shows no sign of its own may still be what text is
        return match claim {
            Some(claim) if is_signless(claim) && is_text(head) => claim,
            _ => UNKNOWN,
        };
    };
    let seen = seen.mime_type();
    let fits = |claim: &&'static str| match seen {
        "video/mp4" | "video/quicktime" | "video/x-m4v" | "audio/m4a" | "video/3gpp" => {
            matches!(*claim, "video/mp4" | "audio/mp4" | "video/quicktime" | "video/3gpp")
        }
        "audio/ogg" | "video/ogg" | "application/ogg" | "audio/opus" => *claim == "audio/ogg",
        "video/webm" | "video/x-matroska" => matches!(*claim, "video/webm" | "audio/webm"),
        "application/zip" => {
            claim.contains("openxmlformats") || claim.contains("opendocument") || *claim == "application/epub+zip"
        }
        "application/x-ole-storage" => claim.starts_with("application/vnd.ms-") || *claim == "application/msword",
        "application/gzip" => *claim == "application/x-tgsticker",
        _ => false,
    };
    claim.filter(fits).or_else(|| listed(seen)).unwrap_or(UNKNOWN)
}

/// A type of the lists by any of its names.
fn listed(mime_type: &str) -> Option<&'static str> {
    let bare = mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let usual = match bare.as_str() {
        "image/jpg" => "image/jpeg",
        "audio/mp3" => "audio/mpeg",
        "audio/m4a" | "audio/x-m4a" => "audio/mp4",
        "audio/opus" | "application/ogg" => "audio/ogg",
        "audio/x-wav" | "audio/wave" => "audio/wav",
        "audio/x-flac" => "audio/flac",
        "video/x-m4v" => "video/mp4",
        "application/x-rar-compressed" => "application/vnd.rar",
        "text/x-vcard" => "text/vcard",
        other => other,
    };
    SHOWN.iter().chain(&SAVED).find(|listed| **listed == usual).copied()
}

fn is_signless(mime_type: &str) -> bool {
    mime_type.starts_with("text/") || mime_type == "application/json"
}

fn is_text(head: &[u8]) -> bool {
    // the head may end within a character
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    whole && !head.contains(&0)
}

/// The message type of an uploaded file.
#[must_use]
pub fn message_type(mime_type: &str, head: &[u8]) -> MessageType {
    let is_opus = head.get(..64).unwrap_or(head).windows(8).any(|part| part == b"OpusHead");
    match mime_type.split('/').next() {
        Some("image") => MessageType::Image,
        Some("video") => MessageType::Video,
        Some("audio") if mime_type == "audio/ogg" && is_opus => MessageType::Voice,
        Some("audio") => MessageType::Audio,
        _ => MessageType::Document,
    }
}

/// Whether a file of this type may go as a message of that one; any file may go as a document.
#[must_use]
pub fn may_be(kind: MessageType, mime_type: &str) -> bool {
    match kind {
        MessageType::Document => true,
        MessageType::Image => mime_type.starts_with("image/"),
        MessageType::Sticker => matches!(mime_type, "image/webp" | "application/x-tgsticker" | "video/webm"),
        MessageType::Video => mime_type.starts_with("video/") || mime_type == "image/gif",
        MessageType::Voice | MessageType::Audio => mime_type.starts_with("audio/"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn e3_the_first_bytes_decide_and_only_listed_types_are_named() {
        for (head, claim, expected) in [
            (PNG, "text/html", "image/png"),
            (PNG, "image/svg+xml", "image/png"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script/>", "image/svg+xml", UNKNOWN),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script/>", "image/png", UNKNOWN),
            (b"<!DOCTYPE html><script>1</script>", "text/html", UNKNOWN),
            (b"<?xml version=\"1.0\"?><a/>", "text/xml", UNKNOWN),
            (b"%PDF-1.7\n", "image/png", "application/pdf"),
            (b"GIF89a/*\x01\0\x01\0", "application/javascript", "image/gif"),
            (b"alert(1)", "application/javascript", UNKNOWN),
            (b"MZ\x90\0", "image/png", UNKNOWN),
            (b"name,phone\nAda,1", "text/csv", "text/csv"),
            (b"name\0", "text/csv", UNKNOWN),
            (b"PK\x03\x04\x14\0\0\0", "application/epub+zip", "application/epub+zip"),
            (b"PK\x03\x04\x14\0\0\0", "image/png", "application/zip"),
            (b"OggS\0\x02\0\0", "audio/ogg; codecs=opus", "audio/ogg"),
            (b"\0\0\0\x20ftypM4A ", "audio/mp4", "audio/mp4"),
            (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41", "video/mp4", "video/mp4"),
            (b"", "image/png", UNKNOWN),
        ] {
            assert_eq!(of(head, Some(claim)), expected, "{claim} over {:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn the_message_type_follows_the_file() {
        for (mime_type, head, kind) in [
            ("image/png", PNG, MessageType::Image),
            ("audio/ogg", b"OggS....................OpusHead", MessageType::Voice),
            ("audio/ogg", b"OggS....................\x01vorbis", MessageType::Audio),
            ("video/mp4", b"", MessageType::Video),
            ("application/pdf", b"", MessageType::Document),
            (UNKNOWN, b"", MessageType::Document),
        ] {
            assert_eq!(message_type(mime_type, head), kind, "{mime_type}");
        }
        assert!(may_be(MessageType::Document, "image/png") && may_be(MessageType::Sticker, "image/webp"));
        assert!(!may_be(MessageType::Image, "application/pdf") && !may_be(MessageType::Voice, "video/mp4"));
    }
}
