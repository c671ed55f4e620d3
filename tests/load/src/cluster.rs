//! The PostgreSQL that all of them write to, which must write to disk before it says so; each gets a database of its own.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};

use crate::Failure;
use crate::usage::Postgres;

const PREFIX: &str = "sb_bench_";

pub struct Cluster {
    options: PgConnectOptions,
    /// Up to the last `/`.
    base: String,
    pub version: String,
    /// Settings that say what its figures are worth.
    pub settings: Vec<(&'static str, String)>,
    pub processes: Postgres,
}

/// A database of the benchmark.
#[derive(Clone)]
pub struct Database {
    pub url: String,
    options: PgConnectOptions,
}

impl Cluster {
    /// # Errors
    /// Where it cannot be reached, or could lose what it confirmed.
    pub async fn find() -> Result<Self, Failure> {
        let url =
            std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
        let options: PgConnectOptions = url.parse()?;
        let base = url.rsplit_once('/').ok_or("TEST_DATABASE_URL names no database")?.0.to_owned();
        let mut connection = options.connect().await?;
        // without the packager's words
        let version = show(&mut connection, "server_version").await?;
        let version = version.split(' ').next().unwrap_or_default().to_owned();
        let mut settings = Vec::new();
        for name in ["fsync", "full_page_writes", "synchronous_commit"] {
            let value = show(&mut connection, name).await?;
            if value == "off" {
                return Err(format!("{name} is off: what this measures would not survive a power cut").into());
            }
            settings.push((name, value));
        }
        for name in ["shared_buffers", "max_wal_size", "wal_compression", "max_connections", "jit"] {
            settings.push((name, show(&mut connection, name).await?));
        }
        let processes = Postgres::of(&mut connection).await?;
        connection.close().await?;
        Ok(Self { options, base, version, settings, processes })
    }

    /// A new, empty database.
    pub async fn create(&self) -> Result<Database, Failure> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("{PREFIX}{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = self.options.connect().await?;
        connection.execute(AssertSqlSafe(format!("create database {name}"))).await?;
        connection.close().await?;
        Ok(Database { url: format!("{}/{name}", self.base), options: self.options.clone().database(&name) })
    }

    /// Drops the databases of this run, and those that runs which were killed left behind.
    pub async fn sweep(&self) -> Result<(), Failure> {
        let mut connection = self.options.connect().await?;
        let names = sqlx::query("select datname::text from pg_database where starts_with(datname, $1)")
            .bind(PREFIX)
            .fetch_all(&mut connection)
            .await?;
        for name in names {
            let name: String = name.try_get(0)?;
            let owner = name.trim_start_matches(PREFIX).split('_').next().unwrap_or_default();
            if owner == std::process::id().to_string() || !Path::new("/proc").join(owner).exists() {
                connection.execute(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await?;
            }
        }
        Ok(connection.close().await?)
    }
}

impl Database {
    pub async fn connect(&self) -> Result<PgConnection, Failure> {
        Ok(self.options.connect().await?)
    }

    /// The texts that a query gives.
    pub async fn texts(&self, sql: &'static str) -> Result<Vec<String>, Failure> {
        let rows = sqlx::query(sql).fetch_all(&mut self.connect().await?).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// The one number that a query gives.
    pub async fn count(&self, sql: &'static str) -> Result<usize, Failure> {
        let count: i64 = sqlx::query(sql).fetch_one(&mut self.connect().await?).await?.try_get(0)?;
        Ok(usize::try_from(count)?)
    }
}

async fn show(connection: &mut PgConnection, setting: &str) -> Result<String, Failure> {
    Ok(connection.fetch_one(AssertSqlSafe(format!("show {setting}"))).await?.try_get(0)?)
}
