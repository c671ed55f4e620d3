//! `serve`: the main job.

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::print_line;
use crate::app::{App, Ground, StartError};
use crate::clock::Clock;
use crate::config::Config;
use crate::event::store::find_incarnation;
use crate::inbox::Inbox;
use crate::operator::setup;
use crate::operator::store::user::is_nobody;

pub(super) async fn run(config: Config) -> Result<(), StartError> {
    let listener = listen(&config).await?;
    let (address, public_url) = (config.bind_addr, config.public_url.clone());
    let app = App::build(Ground::lay(config, Clock::system()).await?).await?;
    tracing::info!(%address, "Switchboard is ready: open {public_url}, read {public_url}/api/docs");
    if let Some(link) = setup_link(app.inbox()).await? {
        tracing::info!("nobody can sign in yet: open {link} to make the first administrator");
        print_line(&format!("Nobody can sign in yet. Open this to make the first administrator:\n\n  {link}\n"));
    }
    until_told(app, listener).await
}

/// Where the first administrator is made, while there is none. Whoever has it can become that, so it is shown to who starts the
/// server, and to nobody once somebody has an account.
async fn setup_link(inbox: &Inbox) -> Result<Option<String>, StartError> {
    if !is_nobody(&inbox.pool).await? {
        return Ok(None);
    }
    let token = setup::token(&inbox.keys.jwt, &find_incarnation(&inbox.pool).await?);
    Ok(Some(format!("{}/setup#token={token}", inbox.config.public_url.trim_end_matches('/'))))
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
