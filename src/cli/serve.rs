//! `serve`: the main job.

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::{App, Ground, StartError};
use crate::clock::Clock;
use crate::config::Config;

pub(super) async fn run(config: Config) -> Result<(), StartError> {
    let listener = listen(&config).await?;
    let (address, public_url) = (config.bind_addr, config.public_url.clone());
    let app = App::build(Ground::lay(config, Clock::system()).await?).await?;
    tracing::info!(%address, "Switchboard is ready: open {public_url}, read {public_url}/api/docs");
    if crate::operator::store::user::is_nobody(&app.inbox().pool).await? {
        tracing::info!(
            "nobody can sign in yet: switchboard create-admin --organization NAME --email E --password P makes the first administrator"
        );
    }
    until_told(app, listener).await
}

/// Takes the port; that comes first, since a second node on it must not touch the store.
pub(super) async fn listen(config: &Config) -> Result<TcpListener, StartError> {
    let address = config.bind_addr;
    let listener = TcpListener::bind(address).await;
    Ok(listener.map_err(|error| format!("BIND_ADDR {address} cannot be listened on: {error}"))?)
}

/// Serves until the process is told to end.
pub(super) async fn until_told(app: App, listener: TcpListener) -> Result<(), StartError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    app.serve(listener, stop).await;
    Ok(())
}
