//! The bus over Redis: one channel, one connection that listens and one that everything else shares. Both come back by
//! themselves after an outage; what was said meanwhile is lost.

use std::time::Duration;

use futures::StreamExt;
use redis::IntoConnectionInfo;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use tokio::time::timeout;

use super::{Bus, PATIENCE, Retry, SILENCE, silent};
use crate::config::Secret;
use crate::error::{Error, Result};

/// Bytes of a letter; more goes into the next one.
const LETTER_BYTES: usize = 64 * 1024;
/// A sign of life, a command, a connection: none takes longer.
const LIMIT: Duration = Duration::from_secs(1);
/// What was sent and is not acknowledged by then ends the connection.
#[cfg(target_os = "linux")]
const VANISHED: Duration = Duration::from_secs(5);

/// The Redis of this installation: one connection for all commands of this node; cheap to clone.
#[derive(Clone)]
pub struct Redis {
    client: redis::Client,
    shared: ConnectionManager,
}

impl Redis {
    /// Connects with the first command.
    ///
    /// # Errors
    /// Where the address cannot be used.
    pub fn open(url: &Secret) -> Result<Self> {
        let address = url.expose().into_connection_info().map_err(Error::internal)?;
        let client = redis::Client::open(address.set_tcp_settings(settings())).map_err(Error::internal)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(50))
            .set_connection_timeout(Some(LIMIT))
            .set_response_timeout(Some(LIMIT));
        let shared = ConnectionManager::new_lazy_with_config(client.clone(), config).map_err(Error::internal)?;
        Ok(Self { client, shared })
    }

    /// The shared connection. A command on it fails within about a second while Redis is away.
    #[must_use]
    pub fn connection(&self) -> ConnectionManager {
        self.shared.clone()
    }

    /// Where to connect to, for who listens to channels of its own.
    #[must_use]
    pub const fn client(&self) -> &redis::Client {
        &self.client
    }

    /// Whether Redis answers, within a second.
    pub async fn is_alive(&self) -> bool {
        let mut connection = self.connection();
        let command = redis::cmd("PING");
        let ping = command.query_async::<String>(&mut connection);
        matches!(timeout(LIMIT, ping).await, Ok(Ok(_)))
    }

    pub(super) async fn listen(&self, bus: &Bus) {
        let mut retry = Retry::new();
        loop {
            let begun = tokio::time::Instant::now();
            if let Err(error) = self.listen_once(bus).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "Redis cannot be listened to; trying again");
            }
            bus.cease();
            if begun.elapsed() > SILENCE {
                retry = Retry::new();
            }
            retry.wait().await;
        }
    }

    async fn listen_once(&self, bus: &Bus) -> Result<()> {
        let connected = timeout(PATIENCE, self.client.get_async_pubsub()).await.map_err(silent)?;
        let (mut sink, mut stream) = connected.map_err(away)?.split();
        timeout(PATIENCE, sink.subscribe(bus.channel())).await.map_err(silent)?.map_err(away)?;
        bus.begin();
        loop {
            match timeout(SILENCE, stream.next()).await {
                Ok(Some(message)) => match message.get_payload::<String>() {
                    Ok(text) => bus.take(&text),
                    Err(_) => bus.drop_junk("a letter"),
                },
                Ok(None) => return Err(Error::Unavailable("the connection has ended".into())),
                Err(_) => {
                    timeout(PATIENCE, sink.ping::<redis::Value>()).await.map_err(silent)?.map_err(away)?;
                }
            }
        }
    }

    pub(super) async fn tell(&self, bus: &Bus) {
        let mut retry = Retry::new();
        let mut connection = self.connection();
        loop {
            let letter = bus.0.outbox.next(bus.node(), LETTER_BYTES).await;
            let command = redis::cmd("PUBLISH").arg(bus.channel()).arg(letter).to_owned();
            match command.query_async::<u64>(&mut connection).await {
                Ok(_) => retry = Retry::new(),
                Err(error) => {
                    tracing::debug!(%error, "nothing can be told over Redis");
                    bus.0.outbox.clear();
                    retry.wait().await;
                }
            }
        }
    }
}

/// Without Nagle's delay; and a peer that has vanished without a goodbye is noticed where the system can.
fn settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(VANISHED);
    settings
}

/// A failure of Redis, as the callers' error: it passes.
pub fn away(error: redis::RedisError) -> Error {
    Error::Unavailable(error.into())
}
