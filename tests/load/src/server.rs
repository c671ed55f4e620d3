//! The server itself: a release build on a database of its own, with one organization, its administrator and a bot's channel.

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::Failure;
use crate::bench::Bench;
use crate::cluster::Database;
use crate::deliveries::{Inbound, SECRET};
use crate::http::{Connection, request};
use crate::subject::{JWT_SECRET, Subject, free_address, start};

/// Where no network answers: what comes in needs none.
const NOBODY: &str = "http://127.0.0.1:9";

/// How to start the server.
pub struct Settings<'a> {
    /// Base of what the networks answer.
    pub networks: &'a str,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self { networks: NOBODY }
    }
}

/// The server and the folder that it keeps files in.
pub struct Server {
    pub subject: Subject,
    _folder: TempDir,
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
        let (database, address, folder) = (bench.cluster.create().await?, free_address()?, tempfile::tempdir()?);
        let command = || command(bench, &address, &database, &folder, settings);
        let mut serve = command();
        serve.arg("serve");
        let child = start(serve, &address).await?;

        let (email, password) = ("bench@example.com", "a password for the benchmark");
        let admin = ["create-admin", "--organization", "Bench", "--email", email, "--password", password];
        run(command(), &admin).await?;
        let token = run(command(), &["token", "--email", email]).await?;
        let body = json!({"name": "Bot", "provider": "telegram", "mode": "webhook",
            "credentials": {"token": "1:AAbenchmarkbenchmarkbenchmarkbenchmark", "secretToken": SECRET}});
        let id = create_channel(&address, &token, &body).await?;
        let inbound = Inbound::telegram(&format!("/webhooks/telegram/{id}"))?;
        let process = crate::usage::Process(child.id().ok_or("the server ended")?);
        let subject = Subject { address, token, process, database, inbound, child };
        Ok(Self { subject, _folder: folder })
    }
}

/// Makes a channel and gives its id.
pub async fn create_channel(address: &str, token: &str, body: &Value) -> Result<String, Failure> {
    let bearer = format!("authorization: Bearer {token}\r\n");
    let mut connection = Connection::open(address).await?;
    let answer = connection.post(&request("/api/channels", &bearer, &body.to_string())).await?;
    let channel: Value = serde_json::from_slice(answer)?;
    Ok(channel["id"].as_str().ok_or("a channel without an id")?.to_owned())
}

fn command(bench: &Bench, address: &str, database: &Database, folder: &TempDir, settings: &Settings<'_>) -> Command {
    let mut command = Command::new(&bench.binary);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(folder.path());
    command.env("BIND_ADDR", address).env("DATABASE_URL", &database.url).env("DATA_DIR", folder.path().join("data"));
    command.env("JWT_SECRET", JWT_SECRET).env("RATE_LIMIT", "off").env("LOG_LEVEL", "error").env("LOG_FORMAT", "text");
    command.env("TELEGRAM_API_URL", settings.networks).env("WABA_API_URL", settings.networks);
    command
}

/// Runs a command of the binary and returns the last line that it prints.
async fn run(mut command: Command, arguments: &[&str]) -> Result<String, Failure> {
    let output = command.args(arguments).output().await?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.lines().last().ok_or("the command printed nothing")?.to_owned())
}
