//! Pairing codes: shown while a bridge waits to be scanned, kept in memory alone, gone after two minutes.

use std::time::Duration;

use moka::sync::Cache;

use crate::id::ChannelId;

pub struct Pairing(Cache<ChannelId, String>);

impl Default for Pairing {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(1_000).time_to_live(Duration::from_secs(120)).build())
    }
}

impl Pairing {
    /// Takes the newest code, or forgets the last one.
    pub fn note(&self, channel_id: ChannelId, code: Option<&str>) {
        match code {
            Some(code) => self.0.insert(channel_id, code.to_owned()),
            None => self.0.invalidate(&channel_id),
        }
    }

    #[must_use]
    pub fn code(&self, channel_id: ChannelId) -> Option<String> {
        self.0.get(&channel_id)
    }
}
