//! What WhatsApp's Cloud API can do, as data.

use std::time::Duration;

use contract::{Capabilities, ChatPace, Feature, FileRule, MessageType, Mode, Pace};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MIB: u64 = 1024 * 1024;

pub static CAPABILITIES: Capabilities = Capabilities {
    family: "whatsapp",
    text_limit: 4096,
    caption_limit: 1024,
    sends: &[
        MessageType::Text,
        MessageType::Image,
        MessageType::Video,
        MessageType::Voice,
        MessageType::Audio,
        MessageType::Document,
        MessageType::Sticker,
        MessageType::Location,
        MessageType::Contacts,
        MessageType::Template,
        MessageType::Interactive,
        MessageType::ProfileShare,
        MessageType::PostShare,
        MessageType::BookingProposal,
    ],
    receives: &[
        MessageType::Text,
        MessageType::Image,
        MessageType::Video,
        MessageType::Voice,
        MessageType::Audio,
        MessageType::Document,
        MessageType::Sticker,
        MessageType::Location,
        MessageType::Contacts,
        MessageType::Template,
        MessageType::Interactive,
        MessageType::System,
        MessageType::Unsupported,
    ],
    // a sent message can be neither edited nor deleted
    does: &[Feature::Reply, Feature::Reaction, Feature::Typing, Feature::Read],
    reports: &[
        Feature::Reply,
        Feature::Edit,
        Feature::Delete,
        Feature::Reaction,
        Feature::Forward,
        Feature::Delivered,
        Feature::Read,
    ],
    // <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media>
    files: &[
        FileRule { kind: MessageType::Image, mime_types: &["image/jpeg", "image/png"], max_bytes: 5 * MIB },
        FileRule { kind: MessageType::Video, mime_types: &["video/mp4", "video/3gpp"], max_bytes: 16 * MIB },
        FileRule { kind: MessageType::Voice, mime_types: AUDIO, max_bytes: 16 * MIB },
        FileRule { kind: MessageType::Audio, mime_types: AUDIO, max_bytes: 16 * MIB },
        // 100 KB where it does not move, which its size does not tell
        FileRule { kind: MessageType::Sticker, mime_types: &["image/webp"], max_bytes: 500 * 1024 },
        FileRule { kind: MessageType::Document, mime_types: &[], max_bytes: 100 * MIB },
    ],
    album: 1,
    templates: true,
    context: false,
    checkup: Some(Duration::from_secs(10 * 60)),
    instant: false,
    repeats_safely: false,
    settles_by_status: true,
    window: Some(DAY),
    opens_chats: true,
    visitors: false,
    modes: &[Mode::Webhook],
    pace: Pace {
        channel_per_second: 80,
        chat: Some(ChatPace { every: Duration::from_secs(6), burst: 45 }),
        group: None,
    },
};

/// Sounds that WhatsApp plays. Ogg has to hold Opus.
pub const AUDIO: &[&str] =
    &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/ogg", "audio/opus"];
