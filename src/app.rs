//! Puts the process together: settings, store, keys, networks, inbox, doors; and takes it apart again.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

use crate::background::Background;
use crate::clock::Clock;
use crate::config::Config;
use crate::database::{self, Database};
use crate::gateway::Gateway;
use crate::http::{self, HttpState};
use crate::inbox::Inbox;
use crate::installation;
use crate::keys::Keys;
use crate::media::Media;
use crate::networks;
use crate::operator::gate::Gate;
use crate::socket::{self, Sockets};
use crate::telemetry;

/// Why the process does not start; the text is the last line that a user sees, and says what to do.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

/// How long tasks may take to end, after requests took [`http::server::DRAIN`].
const DRAIN: Duration = Duration::from_secs(3);
/// How often samples of figures are folded.
const UPKEEP: Duration = Duration::from_secs(5);

/// The store and the keys: what every command needs.
pub struct Ground {
    pub config: Config,
    pub clock: Clock,
    pub keys: Keys,
    pub database: Database,
    pub gate: Gate,
}

impl Ground {
    /// Connects, migrates, and refuses keys that the database does not know.
    ///
    /// # Errors
    /// With a text for the user.
    pub async fn lay(config: Config, clock: Clock) -> Result<Self, StartError> {
        let keys = Keys::load(&config)?;
        let database = database::connect(&config).await?;
        match Self::prepare(&database, &keys).await {
            Ok(()) => {
                let gate = Gate::new(database.pool.clone(), &keys.jwt, clock.clone());
                Ok(Self { config, clock, keys, database, gate })
            }
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }

    async fn prepare(database: &Database, keys: &Keys) -> Result<(), StartError> {
        database::migrate(&database.pool).await?;
        match installation::check_keys(&database.pool, keys).await? {
            Some(wrong) => Err(wrong.into()),
            None => Ok(()),
        }
    }
}

/// A node that is ready to serve.
pub struct App {
    inbox: Inbox,
    gate: Gate,
    database: Database,
    background: Background,
    metrics: PrometheusHandle,
}

impl App {
    /// Builds a node over its ground and starts what runs beside requests.
    ///
    /// # Errors
    /// With a text for the user.
    pub async fn build(ground: Ground) -> Result<Self, StartError> {
        let Ground { config, clock, keys, database, gate } = ground;
        let metrics = telemetry::install_metrics()?;
        let networks = networks::open(&config, &keys)?;
        let media = Media::open(&config, &keys)?;
        let background = Background::new();
        let inbox = Inbox::open(&database, config, keys, clock, networks, media, background.clone()).await?;
        inbox.start();
        Ok(Self { inbox, gate, database, background, metrics })
    }

    #[must_use]
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Serves until `stop` is done, then drains: no new connections, what is in flight is finished, sockets are closed, the
    /// store is left.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let state = HttpState::new(self.inbox.clone(), self.gate.clone());
        let sockets = Sockets::open(self.inbox.clone(), self.gate.clone());
        let gateway = Gateway::open(self.inbox.clone(), self.gate.clone());
        let router = http::router(state.clone(), &socket::asyncapi::document())
            .merge(sockets.router().layer(axum::middleware::from_fn(http::layers::unhurried)))
            .merge(gateway.router());
        let router = http::layers::around(router, &self.inbox.config.cors_origins);
        let metrics = self.metrics.clone();
        self.background.spawn_until_stop(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                metrics.run_upkeep();
            }
        });
        let stop = async {
            stop.await;
            tracing::info!("stopping: what is in flight is finished first");
        };
        // at once, since a client that polls a socket is a request in flight
        let closing = async {
            state.draining.cancelled().await;
            tokio::join!(sockets.close(), gateway.close());
        };
        tokio::join!(http::server::serve(listener, router, &state, stop), closing);
        if !self.background.finish(DRAIN).await {
            tracing::warn!("some tasks were cut off");
        }
        self.database.close().await;
    }
}
