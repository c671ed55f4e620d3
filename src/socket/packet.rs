//! What a connection is told, written once for all who are told the same: as text for the library, as a WebSocket frame
//! for lines.

use std::cell::OnceCell;

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::Value;
use serde_json::value::RawValue;

use super::space::Space;

/// A whole text frame of a server (RFC 6455, section 5.2).
const TEXT: u8 = 0x81;

/// An event in a namespace.
pub struct Packet<'a> {
    space: Space,
    pub event: &'a str,
    pub data: &'a RawValue,
    frame: OnceCell<Bytes>,
}

impl<'a> Packet<'a> {
    #[must_use]
    pub const fn new(space: Space, event: &'a str, data: &'a RawValue) -> Self {
        Self { space, event, data, frame: OnceCell::new() }
    }

    /// `42/space,["event",data]`, encoded when it is first asked for; clones share its bytes.
    pub fn frame(&self) -> Bytes {
        let encode = || {
            let event = Value::from(self.event).to_string();
            text(&["42", prefix(self.space), "[", &event, ",", self.data.get(), "]"])
        };
        self.frame.get_or_init(encode).clone()
    }
}

/// `43/space,id[ack]`.
#[must_use]
pub fn acknowledgement(space: Space, id: i64, ack: &RawValue) -> Bytes {
    text(&["43", prefix(space), &id.to_string(), "[", ack.get(), "]"])
}

/// How a namespace is named in a packet.
const fn prefix(space: Space) -> &'static str {
    match space {
        Space::Operators => "",
        Space::Conversation => "/chat,",
        Space::Notifications => "/notifications,",
    }
}

fn text(parts: &[&str]) -> Bytes {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut frame = BytesMut::with_capacity(length + 10);
    frame.put_u8(TEXT);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=125), _) => frame.put_u8(short),
        (_, Ok(medium)) => {
            frame.put_u8(126);
            frame.put_u16(medium);
        }
        _ => {
            frame.put_u8(127);
            frame.put_u64(u64::try_from(length).unwrap_or(u64::MAX));
        }
    }
    for part in parts {
        frame.put_slice(part.as_bytes());
    }
    frame.freeze()
}

/// Where the first frame's payload begins and ends, as its head says; `None` where the head is not whole. A server's frames
/// have no mask.
#[must_use]
pub fn extent(bytes: &[u8]) -> Option<(usize, usize)> {
    let (begin, length) = match bytes.get(1)? & 0x7f {
        126 => (4, u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
        short => (2, u64::from(short)),
    };
    Some((begin, begin.checked_add(usize::try_from(length).ok()?)?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_say_how_long_they_are() {
        for length in [0, 1, 90, 125, 126, 127, 65_535, 65_536, 200_000] {
            let data = serde_json::value::to_raw_value(&"x".repeat(length)).unwrap();
            let frame = Packet::new(Space::Conversation, "a \"b\"", &data).frame();
            let (begin, end) = extent(&frame).unwrap();
            assert_eq!(end, frame.len());
            assert_eq!(&frame[begin..], format!(r#"42/chat,["a \"b\"",{data}]"#).as_bytes());
            assert_eq!(extent(&frame[..1]), None);
        }
    }

    #[test]
    fn an_acknowledgement_names_what_it_answers() {
        let ack = serde_json::value::to_raw_value(&true).unwrap();
        assert_eq!(&acknowledgement(Space::Operators, 7, &ack)[2..], b"437[true]");
        assert_eq!(&acknowledgement(Space::Notifications, 12, &ack)[2..], b"43/notifications,12[true]");
    }
}
