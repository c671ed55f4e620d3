//! Who is measured: the server, or the Node server of `peer/` on the same database.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::Failure;
use crate::operator::Target;
use crate::server::{Server, is_ready};

/// A server under load.
pub struct Subject {
    pub address: String,
    /// An operator's.
    pub token: String,
    /// Of a program that publishes.
    pub key: String,
    pub pid: u32,
}

/// The peer while it runs.
pub struct Peer {
    _process: Child,
    pub subject: Subject,
}

impl Peer {
    /// Starts it; its packages are installed by `scripts/bench`.
    ///
    /// # Errors
    /// Where Node is missing, or the peer does not become ready.
    pub async fn start(server: &Server, target: &Target) -> Result<Self, Failure> {
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer/server.mjs");
        let process = Command::new("node")
            .arg(script)
            .env("PORT", address.port().to_string())
            .env("DATABASE_URL", &server.url)
            .env("JWT_SECRET", server.jwt_secret)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (address, pid) = (address.to_string(), process.id().ok_or("the peer ended")?);
        for _ in 0..100 {
            if is_ready(&address).await {
                let subject = Subject { address, token: target.token.clone(), key: target.token.clone(), pid };
                return Ok(Self { _process: process, subject });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("the peer does not become ready".into())
    }
}

impl Subject {
    pub fn resident_kib(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS")).ok_or("no such field")?;
        Ok(line.split_whitespace().nth(1).ok_or("no such figure")?.parse()?)
    }

    /// Processor time so far, of all threads; clock ticks are hundredths of a second on Linux.
    pub fn cpu_secs(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let fields: Vec<&str> = stat.rsplit_once(") ").ok_or("no such process")?.1.split(' ').collect();
        let ticks = |field: usize| -> Result<f64, Failure> { Ok(fields.get(field).ok_or("no such field")?.parse()?) };
        Ok((ticks(11)? + ticks(12)?) / 100.0)
    }
}
