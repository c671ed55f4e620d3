//! What waits to be told to the other nodes: gathered into letters, bounded, wake-ups merged to the newest position.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Notify;
use uuid::Uuid;

use super::Packet;
use crate::id::OrganizationId;

/// What may wait; more is dropped, since it may be lost.
const MOST_BYTES: usize = 4 * 1024 * 1024;
const MOST_ORGANIZATIONS: usize = 100_000;

/// Packets that cross together.
#[derive(Deserialize)]
pub struct Letter {
    pub from: Uuid,
    /// Each by itself, so that one that is not understood does not take the others along.
    pub packets: Vec<Box<RawValue>>,
}

#[derive(Default)]
pub struct Outbox {
    waiting: Mutex<Waiting>,
    news: Notify,
}

#[derive(Default)]
struct Waiting {
    packets: VecDeque<String>,
    bytes: usize,
    positions: HashMap<OrganizationId, i64>,
}

impl Outbox {
    pub fn put(&self, packet: Packet) {
        let mut waiting = self.waiting.lock();
        if let Packet::Journal(organization_id, position) = packet {
            if waiting.positions.len() < MOST_ORGANIZATIONS || waiting.positions.contains_key(&organization_id) {
                let newest = waiting.positions.entry(organization_id).or_insert(position);
                *newest = position.max(*newest);
            }
        } else if let Ok(text) = serde_json::to_string(&packet)
            && waiting.bytes + text.len() <= MOST_BYTES
        {
            waiting.bytes += text.len();
            waiting.packets.push_back(text);
        }
        drop(waiting);
        self.news.notify_one();
    }

    /// Waits for something to tell, and takes as much of it as fits into a letter of so many bytes.
    pub async fn next(&self, from: Uuid, most_bytes: usize) -> String {
        loop {
            if let Some(letter) = self.take(from, most_bytes) {
                return letter;
            }
            self.news.notified().await;
        }
    }

    /// Forgets what waits.
    pub fn clear(&self) {
        *self.waiting.lock() = Waiting::default();
    }

    fn take(&self, from: Uuid, most_bytes: usize) -> Option<String> {
        let mut waiting = self.waiting.lock();
        let mut letter = format!(r#"{{"from":"{from}","packets":["#);
        let empty = letter.len();
        let fits = |letter: &str, text: &str| letter.len() + text.len() + ",]}".len() <= most_bytes;
        let add = |letter: &mut String, text: &str| {
            if letter.len() > empty {
                letter.push(',');
            }
            letter.push_str(text);
        };
        let mut told = Vec::new();
        for (organization_id, position) in &waiting.positions {
            let text = format!(r#"{{"journal":["{organization_id}",{position}]}}"#);
            if !fits(&letter, &text) {
                break;
            }
            add(&mut letter, &text);
            told.push(*organization_id);
        }
        for organization_id in told {
            waiting.positions.remove(&organization_id);
        }
        while let Some(text) = waiting.packets.pop_front() {
            if !fits(&letter, &text) {
                if letter.len() > empty {
                    waiting.packets.push_front(text);
                    break;
                }
                tracing::warn!(bytes = text.len(), "a packet is too large for the bus and was dropped");
            } else {
                add(&mut letter, &text);
            }
            waiting.bytes -= text.len();
        }
        if letter.len() == empty {
            return None;
        }
        letter.push_str("]}");
        Some(letter)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;
    use crate::id::ChannelId;

    fn read(letter: &str) -> Vec<Packet> {
        let letter: Letter = serde_json::from_str(letter).unwrap();
        letter.packets.iter().map(|packet| serde_json::from_str(packet.get()).unwrap()).collect()
    }

    fn code(text: &str) -> Packet {
        Packet::Pairing(ChannelId(Uuid::nil()), Some(text.into()))
    }

    #[test]
    fn wake_ups_of_an_organization_are_one_and_the_newest() {
        let outbox = Outbox::default();
        let id = OrganizationId::new();
        for position in [3, 9, 4] {
            outbox.put(Packet::Journal(id, position));
        }
        let letter = outbox.take(Uuid::nil(), 1_000).unwrap();
        assert!(matches!(read(&letter)[..], [Packet::Journal(of, 9)] if of == id), "{letter}");
        assert!(outbox.take(Uuid::nil(), 1_000).is_none());
    }

    #[test]
    fn letters_keep_to_their_size_and_order_and_drop_only_what_fits_nowhere() {
        let outbox = Outbox::default();
        for text in ["a".repeat(150), "b".repeat(1_000), "c".repeat(150), "d".repeat(150)] {
            outbox.put(code(&text));
        }
        let mut seen = Vec::new();
        while let Some(letter) = outbox.take(Uuid::nil(), 500) {
            assert!(letter.len() <= 500, "{}", letter.len());
            for packet in read(&letter) {
                let Packet::Pairing(_, Some(code)) = packet else { panic!("{packet:?}") };
                seen.push(code.chars().next().unwrap());
            }
        }
        assert_eq!(seen, ['a', 'c', 'd']);
        assert_eq!(outbox.waiting.lock().bytes, 0);
    }

    #[test]
    fn what_waits_is_bounded() {
        let outbox = Outbox::default();
        for _ in 0..100 {
            outbox.put(code(&"x".repeat(100_000)));
        }
        assert!(outbox.waiting.lock().bytes <= MOST_BYTES);
    }
}
