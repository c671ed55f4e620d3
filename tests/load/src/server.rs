//! The server under load: a release build on a database of its own, in a PostgreSQL that writes to disk before it says so.

use std::process::Stdio;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};
use tokio::process::{Child, Command};

use crate::Failure;

/// Both servers prove the same tokens.
const JWT_SECRET: &str = "the-secret-key-of-the-benchmark-0123456789";

pub struct Server {
    pub address: String,
    pub description: String,
    pub binary_mib: f64,
    binary: String,
    database: String,
    cluster: PgConnectOptions,
    pub url: String,
    pub jwt_secret: &'static str,
    folder: tempfile::TempDir,
    process: Child,
}

impl Server {
    /// `bot_api`: where the server finds Telegram.
    pub async fn start(binary: &str, bot_api: &str) -> Result<Self, Failure> {
        let cluster_url =
            std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
        let cluster: PgConnectOptions = cluster_url.parse()?;
        let mut connection = cluster.connect().await?;
        let version = show(&mut connection, "server_version").await?;
        for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
            let value = show(&mut connection, setting).await?;
            if value == "off" {
                return Err(format!("{setting} is off: what this measures would not survive a power cut").into());
            }
        }
        let database = format!("sb_bench_{}", std::process::id());
        connection.execute(AssertSqlSafe(format!("create database {database}"))).await?;
        connection.close().await?;
        let url =
            format!("{}/{database}", cluster_url.rsplit_once('/').ok_or("TEST_DATABASE_URL names no database")?.0);

        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let folder = tempfile::tempdir()?;
        let mut command = command(binary, &address, &url, &folder);
        command.env("TELEGRAM_API_URL", bot_api);
        let process = command.arg("serve").stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        let mut ready = false;
        for _ in 0..300 {
            ready = is_ready(&address).await;
            if ready {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if !ready {
            return Err("the server does not become ready".into());
        }
        let cores = std::thread::available_parallelism()?;
        let description = format!("{cores} cores, PostgreSQL {version} with fsync on, generator on the same machine");
        #[expect(clippy::cast_precision_loss, reason = "a size for people to read")]
        let binary_mib = std::fs::metadata(binary)?.len() as f64 / 1_048_576.0;
        Ok(Self {
            address,
            description,
            binary_mib,
            binary: binary.into(),
            database,
            cluster,
            url,
            jwt_secret: JWT_SECRET,
            folder,
            process,
        })
    }

    /// Runs a command of the binary and returns the last line that it prints.
    pub async fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = command(&self.binary, &self.address, &self.url, &self.folder).args(arguments).output().await?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(String::from_utf8(output.stdout)?.lines().last().ok_or("the command printed nothing")?.to_owned())
    }

    pub fn pid(&self) -> Result<u32, Failure> {
        Ok(self.process.id().ok_or("the server ended")?)
    }

    pub async fn count(&self, sql: &'static str) -> Result<i64, Failure> {
        let mut connection = self.cluster.clone().database(&self.database).connect().await?;
        Ok(sqlx::query(sql).fetch_one(&mut connection).await?.try_get(0)?)
    }

    pub fn resident_mib(&self) -> Result<f64, Failure> {
        self.memory_mib("VmRSS")
    }

    pub fn peak_mib(&self) -> Result<f64, Failure> {
        self.memory_mib("VmHWM")
    }

    fn memory_mib(&self, field: &str) -> Result<f64, Failure> {
        let pid = self.process.id().ok_or("the server ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find(|line| line.starts_with(field)).ok_or("no such field")?;
        let kib: f64 = line.split_whitespace().nth(1).ok_or("no such figure")?.parse()?;
        Ok(kib / 1_024.0)
    }

    pub async fn stop(mut self) -> Result<(), Failure> {
        self.process.kill().await?;
        let mut connection = self.cluster.connect().await?;
        connection.execute(AssertSqlSafe(format!("drop database {} with (force)", self.database))).await?;
        Ok(())
    }
}

fn command(binary: &str, address: &str, url: &str, folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(std::path::absolute(binary).unwrap_or_else(|_| binary.into()));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(folder.path());
    command.env("BIND_ADDR", address).env("DATABASE_URL", url).env("DATA_DIR", folder.path().join("data"));
    command.env("JWT_SECRET", JWT_SECRET).env("RATE_LIMIT", "off").env("LOG_LEVEL", "error").env("LOG_FORMAT", "text");
    command
}

async fn show(connection: &mut PgConnection, setting: &str) -> Result<String, Failure> {
    Ok(connection.fetch_one(AssertSqlSafe(format!("show {setting}"))).await?.try_get(0)?)
}

pub async fn is_ready(address: &str) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let Ok(mut stream) = tokio::net::TcpStream::connect(address).await else { return false };
    let request = b"GET /health/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut answer = Vec::new();
    stream.write_all(request).await.is_ok()
        && stream.read_to_end(&mut answer).await.is_ok()
        && answer.starts_with(b"HTTP/1.1 200")
}
