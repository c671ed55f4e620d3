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

    /// Packets come before wake-ups, since what an event shows may stand in a packet; where wake-ups wait, half of the letter
    /// is theirs.
    fn take(&self, from: Uuid, most_bytes: usize) -> Option<String> {
        let mut waiting = self.waiting.lock();
        let mut letter = Draft::new(from);
        let share = if waiting.positions.is_empty() { most_bytes } else { most_bytes / 2 };
        while let Some(text) = waiting.packets.pop_front() {
            if !letter.add(&text, share) {
                if Draft::new(from).fits(&text, most_bytes) {
                    waiting.packets.push_front(text);
                    break;
                }
                tracing::warn!(bytes = text.len(), "a packet is too large for the bus and was dropped");
            }
            waiting.bytes -= text.len();
        }
        let told = |organization_id: &OrganizationId, position: &mut i64| {
            letter.add(&format!(r#"{{"journal":["{organization_id}",{position}]}}"#), most_bytes)
        };
        waiting.positions.extract_if(told).for_each(drop);
        letter.finish()
    }
}

/// A letter that is being written.
struct Draft {
    text: String,
    empty: bool,
}

impl Draft {
    fn new(from: Uuid) -> Self {
        Self { text: format!(r#"{{"from":"{from}","packets":["#), empty: true }
    }

    fn fits(&self, packet: &str, most_bytes: usize) -> bool {
        self.text.len() + packet.len() + ",]}".len() <= most_bytes
    }

    /// `false` where it does not fit.
    fn add(&mut self, packet: &str, most_bytes: usize) -> bool {
        if !self.fits(packet, most_bytes) {
            return false;
        }
        if !std::mem::take(&mut self.empty) {
            self.text.push(',');
        }
        self.text.push_str(packet);
        true
    }

    /// `None` where nothing is in it.
    fn finish(mut self) -> Option<String> {
        self.text.push_str("]}");
        (!self.empty).then_some(self.text)
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
    fn packets_and_wake_ups_share_a_letter_and_packets_come_first() {
        let outbox = Outbox::default();
        let id = OrganizationId::new();
        outbox.put(Packet::Journal(id, 1));
        for text in ["a".repeat(300), "b".repeat(300)] {
            outbox.put(code(&text));
        }
        let letter = outbox.take(Uuid::nil(), 1_000).unwrap();
        assert!(matches!(read(&letter)[..], [Packet::Pairing(..), Packet::Journal(of, 1)] if of == id), "{letter}");
        assert!(matches!(read(&outbox.take(Uuid::nil(), 1_000).unwrap())[..], [Packet::Pairing(..)]));
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
