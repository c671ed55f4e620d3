//! Who is under load: the server, or one of its peers. Both are spoken to in the same way.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::Failure;
use crate::bench::Bench;
use crate::cluster::Database;
use crate::deliveries::Inbound;
use crate::usage::{Process, Usage};

/// All of them prove the same tokens.
pub const JWT_SECRET: &str = "the-secret-key-of-the-benchmark-0123456789";

/// A server under load; it ends with this.
pub struct Subject {
    pub address: String,
    /// An operator's, who may publish too.
    pub token: String,
    pub process: Process,
    pub database: Database,
    /// Where its customers' messages are delivered, and how.
    pub inbound: Inbound,
    /// What ends it; none where another subject holds the same server.
    pub child: Option<Child>,
}

impl Subject {
    /// The request that delivers message number `n`, whose text begins with `n…`.
    pub fn deliver(&self, n: usize) -> Vec<u8> {
        self.inbound.message(n)
    }

    /// The header line of a program or an operator.
    pub fn bearer(&self) -> String {
        format!("authorization: Bearer {}\r\n", self.token)
    }

    /// Messages in its database, whoever's they are.
    pub async fn stored(&self) -> Result<usize, Failure> {
        self.database.count("select count(*) from messages").await
    }

    pub fn usage(&self, bench: &Bench) -> Result<Usage, Failure> {
        Usage::of(bench, &[self])
    }

    pub async fn stop(self) -> Result<(), Failure> {
        match self.child {
            Some(mut child) => Ok(child.kill().await?),
            None => Ok(()),
        }
    }
}

/// A free address on the loopback.
pub fn free_address() -> Result<String, Failure> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// Starts a server and waits until it says that it is ready.
pub async fn start(mut command: Command, address: &str) -> Result<Child, Failure> {
    let mut process = command.stdout(Stdio::null()).kill_on_drop(true).spawn()?;
    for _ in 0..300 {
        if is_ready(address).await {
            return Ok(process);
        }
        if let Some(status) = process.try_wait()? {
            return Err(format!("a server ended at once: {status}").into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("a server does not become ready".into())
}

async fn is_ready(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else { return false };
    let request = b"GET /health/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut answer = Vec::new();
    stream.write_all(request).await.is_ok()
        && stream.read_to_end(&mut answer).await.is_ok()
        && answer.starts_with(b"HTTP/1.1 200")
}
