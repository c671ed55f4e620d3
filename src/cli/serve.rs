//! `serve`: the main job.

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::{App, Ground, StartError};
use crate::clock::Clock;
use crate::config::Config;

pub(super) async fn run(config: Config) -> Result<(), StartError> {
    let address = config.bind_addr;
    // the port is taken first: a second node on it must not touch the store
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("BIND_ADDR {address} cannot be listened on: {error}"))?;
    let public_url = config.public_url.clone();
    let app = App::build(Ground::lay(config, Clock::system()).await?).await?;
    tracing::info!(%address, "Switchboard is ready: open {public_url}, read {public_url}/api/docs");
    if crate::operator::store::user::is_nobody(&app.inbox().pool).await? {
        tracing::info!(
            "nobody can sign in yet: switchboard create-admin --organization NAME --email E --password P makes the first administrator"
        );
    }
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
