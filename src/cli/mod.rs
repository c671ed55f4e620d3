//! The commands of the binary, a file each; `switchboard` alone is `switchboard serve`.

mod check;
mod create_admin;
mod demo;
mod serve;
mod token;

use clap::{Parser, Subcommand};

use crate::app::{Ground, StartError};
use crate::clock::Clock;
use crate::config::Config;
use crate::telemetry;

/// Switchboard: an inbox backend. Settings come from the environment; see .env.example.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve REST, sockets and webhooks (the default).
    Serve,
    /// Serve with customers who write by themselves, an operator to sign in as and a web chat page; needs no accounts.
    Demo,
    /// Bring the database to this version, and stop.
    Migrate,
    /// Make an organization and its administrator; prints their ids as the last line.
    CreateAdmin(create_admin::Arguments),
    /// Print an access token for an operator.
    Token(token::Arguments),
    /// Read the configuration and reach the database, Redis and the networks; prints a line each.
    Check,
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// With a text for the user.
    pub async fn run(self) -> Result<(), StartError> {
        let config = Config::from_env()?;
        telemetry::start_logging(&config)?;
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::run(config).await,
            Command::Demo => demo::run(config).await,
            Command::Migrate => {
                Ground::lay(config, Clock::system()).await?.database.close().await;
                tracing::info!("the database is at this version");
                Ok(())
            }
            Command::CreateAdmin(arguments) => create_admin::run(config, arguments).await,
            Command::Token(arguments) => token::run(config, arguments).await,
            Command::Check => check::run(config).await,
        }
    }
}

/// Prints a result to stdout; a closed pipe is no error of ours.
fn print_line(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}
