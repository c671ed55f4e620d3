//! `create-admin`: an organization and its administrator.

use clap::Args;

use super::print_line;
use crate::app::{Ground, StartError};
use crate::clock::Clock;
use crate::config::Config;
use crate::operator::create::create_admin;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name of the organization.
    #[arg(long)]
    organization: String,
    #[arg(long)]
    email: String,
    #[arg(long)]
    password: String,
    /// Also sees the figures of the whole server.
    #[arg(long)]
    server: bool,
}

pub(super) async fn run(config: Config, arguments: Arguments) -> Result<(), StartError> {
    let ground = Ground::lay(config, Clock::system()).await?;
    let Arguments { organization, email, password, server } = arguments;
    let created = create_admin(&ground.database.pool, &ground.clock, organization, email, password, server).await;
    ground.database.close().await;
    print_line(&serde_json::to_string(&created.map_err(described)?)?);
    Ok(())
}

/// Wrong fields with their messages, since a terminal shows one text.
pub(super) fn described(error: crate::error::Error) -> StartError {
    match error {
        crate::error::Error::Invalid(fields) => fields
            .iter()
            .map(|field| format!("{}: {}", field.field, field.message))
            .collect::<Vec<_>>()
            .join("\n")
            .into(),
        other => other.into(),
    }
}
