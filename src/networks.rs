//! The list of networks: the only place that names their crates. A new one is a crate and a line here.

pub mod pretend;

use std::sync::Arc;
use std::time::Duration;

use contract::Network;

use crate::channel::Networks;
use crate::config::Config;
use crate::keys::Keys;

/// How long a network may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// A network that cannot be set up with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum NetworksError {
    #[error("the HTTP client cannot be built: {0}")]
    Client(#[from] reqwest::Error),
    #[error("TELEGRAM_API_URL cannot be used: {0}")]
    Telegram(#[from] telegram::SetupError),
}

/// Builds all networks.
///
/// # Errors
/// If an address of the configuration cannot be used.
pub fn open(config: &Config, keys: &Keys) -> Result<Networks, NetworksError> {
    let http = client()?;
    let secret = |secret: &Option<crate::config::Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
    let networks: Vec<Arc<dyn Network>> = vec![
        Arc::new(telegram::Telegram::new(&config.telegram_api_url)?),
        Arc::new(whatsapp_cloud::WhatsappCloud::new(
            &config.waba_api_url,
            secret(&config.waba_app_secret),
            secret(&config.waba_verify_token),
            http.clone(),
        )),
        Arc::new(whatsapp_bridge::WhatsappBridge::new(&config.bridge_url, keys.bridge.expose().to_owned(), http)),
        Arc::new(direct::Webchat),
        Arc::new(direct::Api),
    ];
    Ok(Networks::new(networks))
}

/// Never follows a redirect: credentials go to configured addresses alone.
fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().connect_timeout(CONNECT).redirect(reqwest::redirect::Policy::none()).build()
}

/// Whether anything answers at a network's address, whatever it answers.
///
/// # Errors
/// Why not, without the address.
pub async fn reach(url: &str, patience: Duration) -> Result<(), reqwest::Error> {
    client()?.get(url).timeout(patience).send().await.map(|_| ()).map_err(reqwest::Error::without_url)
}
