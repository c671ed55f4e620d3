//! The server itself: a release build on a database of its own, with organizations that have an administrator and a bot's
//! channel each.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::Failure;
use crate::bench::Bench;
use crate::cluster::Database;
use crate::deliveries::{Inbound, SECRET};
use crate::http::{Connection, request};
use crate::subject::{JWT_SECRET, Subject, free_address, start};
use crate::usage::Process;

/// Where no network answers: what comes in needs none.
const NOBODY: &str = "http://127.0.0.1:9";

/// How to start the server.
pub struct Settings<'a> {
    /// Base of what the networks answer.
    pub networks: &'a str,
    /// Of the Redis that joins several nodes.
    pub redis: Option<&'a str>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self { networks: NOBODY, redis: None }
    }
}

/// The server and what it keeps.
pub struct Server {
    /// Its first organization.
    pub subject: Subject,
    home: Home,
}

/// What all nodes of an installation have in common.
struct Home {
    binary: PathBuf,
    database: Database,
    folder: TempDir,
    networks: String,
    redis: Option<String>,
}

impl Server {
    /// # Errors
    /// Where it does not become ready.
    pub async fn start(bench: &Bench) -> Result<Self, Failure> {
        Self::with(bench, &Settings::default()).await
    }

    /// # Errors
    /// Where it does not become ready.
    pub async fn with(bench: &Bench, settings: &Settings<'_>) -> Result<Self, Failure> {
        let home = Home {
            binary: bench.binary.clone(),
            database: bench.cluster.create().await?,
            folder: tempfile::tempdir()?,
            networks: settings.networks.to_owned(),
            redis: settings.redis.map(str::to_owned),
        };
        let (address, process, child) = home.serve().await?;
        let subject = Subject { child: Some(child), ..home.organization(1, address, process).await? };
        Ok(Self { subject, home })
    }

    /// One more organization; the first one's number is 1.
    pub async fn organization(&self, number: usize) -> Result<Subject, Failure> {
        self.home.organization(number, self.subject.address.clone(), self.subject.process).await
    }

    /// A new token for the first organization's operator: one is good for a quarter of an hour.
    pub async fn sign_in(&mut self) -> Result<(), Failure> {
        self.subject.token = self.home.token(&self.subject.address, 1).await?;
        Ok(())
    }

    /// One more node, with the first organization.
    pub async fn node(&self) -> Result<Subject, Failure> {
        let (address, process, child) = self.home.serve().await?;
        let (token, database) = (self.subject.token.clone(), self.home.database.clone());
        Ok(Subject { address, token, process, database, inbound: self.subject.inbound.clone(), child: Some(child) })
    }
}

impl Home {
    async fn serve(&self) -> Result<(String, Process, Child), Failure> {
        let address = free_address()?;
        let mut serve = self.command(&address);
        serve.arg("serve");
        let child = start(serve, &address).await?;
        let process = Process(child.id().ok_or("the server ended")?);
        Ok((address, process, child))
    }

    async fn organization(&self, number: usize, address: String, process: Process) -> Result<Subject, Failure> {
        let (name, email) = (format!("Bench {number}"), email(number));
        let admin = ["create-admin", "--organization", &name, "--email", &email, "--password", "a long password of it"];
        run(self.command(&address), &admin).await?;
        let token = self.token(&address, number).await?;
        let bot = format!("{number}:AAbenchmarkbenchmarkbenchmarkbenchmark");
        let body = json!({"name": "Bot", "provider": "telegram", "mode": "webhook",
            "credentials": {"token": bot, "secretToken": SECRET}});
        let id = create_channel(&address, &token, &body).await?;
        let inbound = Inbound::telegram(&format!("/webhooks/telegram/{id}"))?;
        Ok(Subject { address, token, process, database: self.database.clone(), inbound, child: None })
    }

    async fn token(&self, address: &str, number: usize) -> Result<String, Failure> {
        run(self.command(address), &["token", "--email", &email(number)]).await
    }

    fn command(&self, address: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(self.folder.path());
        command.env("BIND_ADDR", address).env("DATABASE_URL", &self.database.url);
        command.env("DATA_DIR", self.folder.path().join("data")).env("JWT_SECRET", JWT_SECRET);
        command.env("RATE_LIMIT", "off").env("LOG_LEVEL", "error").env("LOG_FORMAT", "text");
        command.env("TELEGRAM_API_URL", &self.networks).env("WABA_API_URL", &self.networks);
        command.envs(self.redis.iter().map(|url| ("REDIS_URL", url)));
        command
    }
}

/// Of an organization's administrator.
fn email(number: usize) -> String {
    format!("bench{number}@example.com")
}

/// Makes a channel and gives its id.
pub async fn create_channel(address: &str, token: &str, body: &Value) -> Result<String, Failure> {
    let bearer = format!("authorization: Bearer {token}\r\n");
    let mut connection = Connection::open(address).await?;
    let answer = connection.ask(&request("/api/channels", &bearer, &body.to_string())).await?;
    let channel: Value = serde_json::from_slice(answer)?;
    Ok(channel["id"].as_str().ok_or("a channel without an id")?.to_owned())
}

/// Runs a command of the binary and returns the last line that it prints.
async fn run(mut command: Command, arguments: &[&str]) -> Result<String, Failure> {
    let output = command.args(arguments).output().await?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.lines().last().ok_or("the command printed nothing")?.to_owned())
}
