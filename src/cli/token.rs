//! `token`: an access token for an operator, for scripts and first steps.

use clap::Args;

use super::print_line;
use crate::app::{Ground, StartError};
use crate::clock::Clock;
use crate::config::Config;
use crate::operator::create::token_for;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(long)]
    email: String,
}

pub(super) async fn run(config: Config, arguments: Arguments) -> Result<(), StartError> {
    let ground = Ground::lay(config, Clock::system()).await?;
    let token = token_for(&ground.database.pool, &ground.gate, &arguments.email).await;
    ground.database.close().await;
    print_line(&token.map_err(super::create_admin::described)?);
    Ok(())
}
