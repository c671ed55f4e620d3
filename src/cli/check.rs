//! `check`: reads the configuration and reaches what the server needs; a line each, and a failure at the end if one failed.

use std::time::Duration;

use super::print_line;
use crate::app::{Ground, StartError};
use crate::clock::Clock;
use crate::config::Config;

const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(config: Config) -> Result<(), StartError> {
    print_line("ok      configuration");
    let redis_url = config.redis_url.clone();
    let networks = [
        ("Telegram", config.telegram_api_url.clone()),
        ("WhatsApp Cloud", config.waba_api_url.clone()),
        ("WhatsApp bridge", config.bridge_url.clone()),
    ];
    let built = if crate::http::dashboard::is_built() {
        "ok      dashboard"
    } else {
        "missing dashboard: `make web` builds it, then build the server"
    };
    print_line(built);
    let mut failed = false;
    match Ground::lay(config, Clock::system()).await {
        Ok(ground) => {
            ground.database.close().await;
            print_line("ok      database, keys");
        }
        Err(error) => {
            failed = true;
            print_line(&format!("failed  database, keys: {error}"));
        }
    }
    match redis_url {
        None => print_line("unused  Redis: REDIS_URL is unset, nodes speak through PostgreSQL"),
        Some(url) => match reach_redis(url.expose()).await {
            Ok(()) => print_line("ok      Redis"),
            Err(error) => {
                failed = true;
                print_line(&format!("failed  Redis: {error}"));
            }
        },
    }
    for (name, url) in networks {
        // a network that is not used may well be out of reach
        match crate::networks::reach(&url, PATIENCE).await {
            Ok(()) => print_line(&format!("ok      {name}")),
            Err(error) => print_line(&format!("away    {name}: {error}")),
        }
    }
    if failed { Err("something that the server needs is not there".into()) } else { Ok(()) }
}

async fn reach_redis(url: &str) -> Result<(), StartError> {
    let client = redis::Client::open(url)?;
    let mut connection = tokio::time::timeout(PATIENCE, client.get_multiplexed_async_connection()).await??;
    let _: String = redis::cmd("PING").query_async(&mut connection).await?;
    Ok(())
}
