//! The connection to the store: its pool, its limits, and the refusal of a server that could lose what it confirmed.
//! Holds no statement of any noun; those are in the `store.rs` files.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, Executor, PgPool, Row};

use crate::config::{Config, Secret};
use crate::embedded_postgres::{EmbeddedPostgres, EmbeddedPostgresError, OLDEST_MAJOR};

/// The pool, and the private server it leads to when `DATABASE_URL` is unset.
#[derive(Debug)]
pub struct Database {
    pub pool: PgPool,
    /// For those who store what comes in, and nobody else: a transaction of theirs begins with `begin` alone, and their few
    /// connections stay warm.
    pub writers: PgPool,
    pub embedded: Option<EmbeddedPostgres>,
    /// Where the pool leads; for connections of one's own, such as a listener's.
    pub url: Secret,
}

#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error(transparent)]
    Embedded(#[from] EmbeddedPostgresError),
    #[error("DATABASE_URL cannot be used: {0}")]
    Address(#[source] sqlx::Error),
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[source] sqlx::Error),
    #[error("the database does not answer as it should: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("PostgreSQL {0} is too old: {OLDEST_MAJOR} or newer is needed")]
    TooOld(String),
    #[error(
        "the database has {0} off, so a crash would lose messages that were confirmed: turn it on in its configuration (`ALTER SYSTEM SET \
         {0} = on`, then restart it)"
    )]
    NotDurable(String),
    #[error("the database could not be brought to this version: {0}")]
    Migrations(#[from] MigrateError),
}

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// A caller that finds no free connection in this time is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long connections in use are waited for at the end.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// A connection that rested longer is asked whether it still lives before it is used: a restarted server leaves dead ones.
const FRESH: Duration = Duration::from_secs(1);
/// Batches that are stored at once; each has a connection of its own.
pub const WRITERS: u32 = 3;
/// As transactions that write begin (`crate::inbox::BEGIN`), but for the patience: a batch waits for another of its organization to commit, however long the
/// disk takes.
const WRITERS_SETTINGS: &[(&str, &str)] = &[
    ("lock_timeout", "1s"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("plan_cache_mode", "force_generic_plan"),
];
/// How long a server that is just starting is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The store, ready for use but not migrated: the pool of `DB_POOL` connections, to `DATABASE_URL` or to the private server.
///
/// # Errors
/// If it cannot be reached, is too old, or is set up so that it could lose what it confirmed.
pub async fn connect(config: &Config) -> Result<Database, DatabaseError> {
    let (embedded, url) = match &config.database_url {
        Some(url) => (None, url.clone()),
        None => {
            let embedded = EmbeddedPostgres::start(config).await?;
            let url = Secret::new(embedded.url());
            (Some(embedded), url)
        }
    };
    let pool = open(&url, config.db_pool, &[]).await?;
    refuse_unsafe(&pool).await?;
    let writers = open(&url, WRITERS, WRITERS_SETTINGS).await?;
    Ok(Database { pool, writers, embedded, url })
}

/// Applies the migrations that are missing. Nodes that start together take turns (an advisory lock of sqlx), and no time-out
/// of ours cuts a long one short.
///
/// # Errors
/// If one fails, or if the database was migrated by a newer version; nothing of a failed one remains.
pub async fn migrate(pool: &PgPool) -> Result<(), DatabaseError> {
    let mut connection = pool.connect_options().connect().await.map_err(DatabaseError::Unreachable)?;
    connection.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0").await?;
    MIGRATIONS.run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

impl Database {
    /// Closes the connections when they are done, then leaves the private server. At most some seconds.
    pub async fn close(self) {
        let closed = async { tokio::join!(self.pool.close(), self.writers.close()) };
        if tokio::time::timeout(CLOSE_TIMEOUT, closed).await.is_err() {
            tracing::warn!("a database connection was still in use at the end");
        }
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

async fn open(url: &Secret, size: u32, settings: &[(&str, &str)]) -> Result<PgPool, DatabaseError> {
    let options: PgConnectOptions = url.expose().parse().map_err(DatabaseError::Address)?;
    let options = unencrypted_at_home(options).application_name("switchboard").options([
        ("statement_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "2s"),
        ("timezone", "UTC"),
        // costs are guessed too high where plans are kept: compiling a statement, and starting workers for it, takes longer than
        // what they would save, and one operator's search is not to take all cores
        ("jit", "off"),
        ("max_parallel_workers_per_gather", "0"),
    ]);
    let options = options.options(settings.iter().copied());
    let pool = PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .after_connect(|_, _| {
            Box::pin(async {
                crate::nodelay::set_on_all();
                Ok(())
            })
        })
        .before_acquire(|connection, rested| {
            Box::pin(async move {
                if rested.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
    let began = Instant::now();
    loop {
        match options.connect().await {
            Ok(connection) => {
                connection.close().await.map_err(DatabaseError::Unreachable)?;
                return Ok(pool.connect_lazy_with(options));
            }
            Err(error) if is_starting(&error) && began.elapsed() < PATIENCE => {
                tracing::info!(%error, "waiting for the database");
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            Err(error) => return Err(DatabaseError::Unreachable(error)),
        }
    }
}

/// A connection that does not leave the machine is encrypted only where the address asks for it (`sslmode=require`): it costs
/// both ends time for every message, and hides nothing from anybody who could listen there.
fn unencrypted_at_home(options: PgConnectOptions) -> PgConnectOptions {
    // an address of IPv6 keeps its brackets
    let host = options.get_host().trim_matches(['[', ']']);
    let is_home = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match options.get_ssl_mode() {
        PgSslMode::Prefer if is_home => options.ssl_mode(PgSslMode::Disable),
        _ => options,
    }
}

/// 57P03: starting up, shutting down or recovering (PostgreSQL's appendix A). A refused connection is a server not up yet.
fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == "57P03"),
        _ => false,
    }
}

async fn refuse_unsafe(pool: &PgPool) -> Result<(), DatabaseError> {
    const SETTINGS: &str = "SELECT current_setting('server_version_num')::int / 10000 AS major, \
         current_setting('server_version') AS version, \
         (SELECT min(name) FROM pg_settings WHERE setting = 'off' \
             AND name IN ('fsync', 'full_page_writes', 'synchronous_commit')) AS off";
    let row = sqlx::query(SETTINGS).fetch_one(pool).await?;
    let major: i32 = row.try_get("major")?;
    if i64::from(major) < i64::from(OLDEST_MAJOR) {
        return Err(DatabaseError::TooOld(row.try_get("version")?));
    }
    match row.try_get("off")? {
        Some(off) => Err(DatabaseError::NotDurable(off)),
        None => Ok(()),
    }
}

/// Matches a part, with the wildcards of the text itself taken literally.
#[must_use]
pub fn containing(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn config(dir: &std::path::Path, database_url: Option<String>) -> Config {
        Config::from_lookup(&|name| match name {
            "DATA_DIR" => dir.to_str().map(Into::into),
            "DATABASE_URL" => database_url.clone(),
            "DB_POOL" => Some("3".into()),
            _ => None,
        })
        .unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_pool_has_its_size_and_its_connections_their_limits() {
        let dir = tempfile::tempdir().unwrap();
        let database = connect(&config(dir.path(), None)).await.unwrap();
        assert_eq!(database.pool.options().get_max_connections(), 3);
        for (setting, value) in [
            ("statement_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "2s"),
            ("lock_timeout", "0"),
            ("timezone", "UTC"),
            ("jit", "off"),
            ("max_parallel_workers_per_gather", "0"),
            ("application_name", "switchboard"),
        ] {
            let row = sqlx::query("SELECT current_setting($1)").bind(setting).fetch_one(&database.pool).await.unwrap();
            assert_eq!(row.get::<String, _>(0), value, "{setting}");
        }
        database.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nodes_that_start_together_migrate_once() {
        let dir = tempfile::tempdir().unwrap();
        let database = connect(&config(dir.path(), None)).await.unwrap();
        let (first, second) = tokio::join!(migrate(&database.pool), migrate(&database.pool));
        first.unwrap();
        second.unwrap();
        let row = sqlx::query("SELECT count(*) FROM _sqlx_migrations WHERE success").fetch_one(&database.pool).await;
        assert_eq!(row.unwrap().get::<i64, _>(0), i64::try_from(MIGRATIONS.iter().count()).unwrap());
        database.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_connection_that_died_while_it_rested_is_replaced_unseen() {
        let dir = tempfile::tempdir().unwrap();
        let database = connect(&config(dir.path(), None)).await.unwrap();
        let pid: i32 = sqlx::query("SELECT pg_backend_pid()").fetch_one(&database.pool).await.unwrap().get(0);
        let mut other = database.pool.connect_options().connect().await.unwrap();
        sqlx::query("SELECT pg_terminate_backend($1)").bind(pid).execute(&mut other).await.unwrap();
        let rested = Instant::now();
        while rested.elapsed() <= FRESH {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let now: i32 = sqlx::query("SELECT pg_backend_pid()").fetch_one(&database.pool).await.unwrap().get(0);
        assert_ne!(pid, now);
        other.close().await.unwrap();
        database.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_database_that_could_lose_what_it_confirmed_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let database = connect(&config(dir.path(), None)).await.unwrap();
        for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
            assert!(refuse_with_off(&database, setting).await.contains(setting));
        }
        database.close().await;
    }

    /// The message about a server where `setting` alone is off. It is put off for one database: fsync and full_page_writes
    /// cannot be, so a table of the same shape stands before `pg_settings` there.
    async fn refuse_with_off(database: &Database, setting: &str) -> String {
        let pool = &database.pool;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other; \
             CREATE TABLE other.pg_settings AS SELECT name, CASE WHEN name = '{setting}' THEN 'off' ELSE setting END AS setting \
             FROM pg_catalog.pg_settings; \
             ALTER DATABASE switchboard SET search_path = other, pg_catalog"
        )))
        .execute(pool)
        .await
        .unwrap();
        let shadowed = open(&database.url, 2, &[]).await.unwrap();
        refuse_unsafe(&shadowed).await.unwrap_err().to_string()
    }

    #[test]
    fn a_connection_within_the_machine_is_encrypted_where_the_address_asks_for_it() {
        for (address, plain) in [
            ("localhost/x", true),
            ("127.0.0.1:5432/x", true),
            ("[::1]/x", true),
            ("127.0.0.1/x?sslmode=require", false),
            ("10.0.0.1/x", false),
            ("db.example.com/x", false),
        ] {
            let options: PgConnectOptions = format!("postgres://user@{address}").parse().unwrap();
            let mode = unencrypted_at_home(options).get_ssl_mode();
            assert_eq!(matches!(mode, PgSslMode::Disable), plain, "{address}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_address_that_nobody_answers_is_refused_without_its_password() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("postgres://user:canary@localhost/x?host={}", dir.path().display());
        let error = connect(&config(dir.path(), Some(url))).await.unwrap_err();
        assert!(matches!(error, DatabaseError::Unreachable(_)), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
