//! A database of its own for each site, dropped again whatever becomes of the test.
//!
//! A watchdog holds the other end of a pipe: when the site is dropped, or the test process dies, it ends the servers that are
//! still alive, drops the database and removes the folder.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Executor};

/// The server that test databases are made on; its user may create databases.
pub fn cluster_url() -> String {
    std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into())
}

const WATCHDOG: &str = r#"
trap '' INT TERM
cat >/dev/null
for pid in "$1"/pid.*; do [ -e "$pid" ] && kill -9 "${pid##*.}" 2>/dev/null; done
psql -q "$2" -c "drop database if exists $3 with (force)" >/dev/null 2>&1
rm -rf "$1"
"#;

pub struct Database {
    pub url: String,
    options: PgConnectOptions,
    /// Folder for `DATA_DIR`, logs and the list of live servers.
    pub folder: PathBuf,
    watchdog: Child,
}

impl Database {
    pub async fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("sb_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let cluster = cluster_url();
        let options: PgConnectOptions = cluster.parse().expect("TEST_DATABASE_URL is an address of PostgreSQL");
        let mut connection = options.connect().await.expect("PostgreSQL answers at TEST_DATABASE_URL");
        let sql = format!("drop database if exists {name} with (force)");
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(format!("create database {name}"))).await.unwrap();

        let folder = tempfile::Builder::new().prefix("switchboard-test-").tempdir().unwrap().keep();
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .args([folder.as_os_str(), cluster.as_ref(), name.as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (base, query) = cluster
            .split_once('?')
            .map_or((cluster.as_str(), String::new()), |(base, query)| (base, format!("?{query}")));
        let url = format!("{}/{name}{query}", base.rsplit_once('/').expect("an address names a database").0);
        Self { url, options: options.database(&name), folder, watchdog }
    }

    /// Connections for looking at outcomes; belongs to the calling test's runtime.
    pub async fn pool(&self) -> PgPool {
        PgPoolOptions::new().max_connections(3).connect_with(self.options.clone()).await.unwrap()
    }

    /// Ends all connections and lets no new ones in.
    pub async fn take_away(&self) {
        let name = self.options.get_database().unwrap();
        self.tell_cluster(format!("alter database {name} with allow_connections false")).await;
        self.tell_cluster(format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"))
            .await;
    }

    pub async fn give_back(&self) {
        let name = self.options.get_database().unwrap();
        self.tell_cluster(format!("alter database {name} with allow_connections true")).await;
    }

    async fn tell_cluster(&self, sql: String) {
        let options: PgConnectOptions = cluster_url().parse().unwrap();
        options.connect().await.unwrap().execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }

    /// Tells the watchdog which process to end; the file is removed when the process is known to be gone.
    pub fn note_process(&self, pid: u32) -> PathBuf {
        let path = self.folder.join(format!("pid.{pid}"));
        std::fs::write(&path, "").unwrap();
        path
    }

    pub fn file(&self, name: &str) -> PathBuf {
        Path::new(&self.folder).join(name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(mut pipe) = self.watchdog.stdin.take() {
            let _ = pipe.flush();
        }
    }
}
