//! Pairing codes: shown while a bridge waits to be scanned, kept in the memory of all nodes alone, gone after two minutes.

use std::time::Duration;

use moka::sync::Cache;

use crate::bus::{Bus, Packet};
use crate::id::ChannelId;

pub struct Pairing {
    codes: Cache<ChannelId, String>,
    bus: Bus,
}

impl Pairing {
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { codes: Cache::builder().max_capacity(1_000).time_to_live(Duration::from_secs(120)).build(), bus }
    }

    /// Takes the newest code, or forgets the last one, on all nodes; `true` where there is another one.
    pub fn note(&self, channel_id: ChannelId, code: Option<&str>) -> bool {
        let changed = self.code(channel_id).as_deref() != code;
        if changed {
            self.bus.publish(Packet::Pairing(channel_id, code.map(str::to_owned)));
        }
        self.heard(channel_id, code);
        changed && code.is_some()
    }

    /// What another node has noted.
    pub fn heard(&self, channel_id: ChannelId, code: Option<&str>) {
        match code {
            Some(code) => self.codes.insert(channel_id, code.to_owned()),
            None => self.codes.invalidate(&channel_id),
        }
    }

    #[must_use]
    pub fn code(&self, channel_id: ChannelId) -> Option<String> {
        self.codes.get(&channel_id)
    }
}
