//! The bus over Postgres: one connection of its own that listens, and letters that are notified outside any transaction
//! of ours, without waiting for the disk.

use futures::FutureExt;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Acquire, Connection, PgPool};
use tokio::time::timeout;

use super::{Bus, PATIENCE, Retry, SILENCE, silent, store};
use crate::config::Secret;
use crate::error::{Error, Result};

/// Postgres takes payloads of less than 8,000 bytes.
const LETTER_BYTES: usize = 7_800;

pub async fn listen(url: &Secret, bus: &Bus) {
    let mut retry = Retry::new();
    loop {
        let begun = tokio::time::Instant::now();
        if let Err(error) = listen_once(url, bus).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "Postgres cannot be listened to; trying again");
        }
        bus.cease();
        if begun.elapsed() > SILENCE {
            retry = Retry::new();
        }
        retry.wait().await;
    }
}

async fn listen_once(url: &Secret, bus: &Bus) -> Result<()> {
    let options: PgConnectOptions = url.expose().parse()?;
    // a pool is what the listener asks for; it holds this one connection and is made anew after each loss
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(PATIENCE)
        .connect_with(options.application_name("switchboard bus"))
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(bus.channel()).await?;
    bus.begin();
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => bus.take(notification.payload()),
            Ok(Ok(None)) => return Err(Error::Unavailable("the connection has ended".into())),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => {
                let ping = async { listener.acquire().await?.ping().await };
                timeout(PATIENCE, ping.boxed()).await.map_err(silent)??;
            }
        }
    }
}

pub async fn tell(pool: &PgPool, bus: &Bus) {
    let mut retry = Retry::new();
    loop {
        let letter = bus.0.outbox.next(bus.node(), LETTER_BYTES).await;
        match store::notify(pool, bus.channel(), &letter).await {
            Ok(()) => retry = Retry::new(),
            Err(error) => {
                tracing::debug!(%error, "nothing can be told over Postgres");
                bus.0.outbox.clear();
                retry.wait().await;
            }
        }
    }
}
