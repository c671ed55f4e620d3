//! The private PostgreSQL: the machine's own binaries, run for us under `DATA_DIR/postgres` when `DATABASE_URL` is unset.
//! Reached by a unix socket only. Processes of one `DATA_DIR` share it: whoever comes first starts it, the last to leave
//! stops it, and a process left behind does so when that one is killed. Never downloads, never listens on a network.

mod binaries;
mod home;
mod identity;
mod server;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

use crate::config::Config;
pub(crate) use binaries::OLDEST_MAJOR;
use home::take_lock;
use server::Server;

/// A server that runs as long as this or another process uses it.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    server: Server,
    in_use: Option<InUse>,
}

#[derive(Debug)]
struct InUse {
    users: File,
    stopping: Arc<AtomicBool>,
    supervisor: JoinHandle<Option<Child>>,
}

#[derive(Debug, thiserror::Error)]
pub enum EmbeddedPostgresError {
    #[error(
        "no PostgreSQL {OLDEST_MAJOR} or newer was found on this machine: install it (`apt-get install postgresql`), name the folder \
         of its programs in POSTGRES_BIN_DIR, or set DATABASE_URL"
    )]
    NoBinaries,
    #[error(
        "the private database was made by PostgreSQL {cluster}, this machine has {found}: install PostgreSQL {cluster}, or move the \
         data with pg_dump to a server named in DATABASE_URL"
    )]
    OtherVersion { cluster: u32, found: u32 },
    #[error(
        "PostgreSQL refuses to run as root and no other account can use {}: start as an ordinary user, put DATA_DIR where the \
         account `postgres` can reach it, or set DATABASE_URL", .dir.display()
    )]
    NoIdentity { dir: PathBuf },
    #[error("cannot {what} {}: {source}", .path.display())]
    Files { what: &'static str, path: PathBuf, source: io::Error },
    #[error("the private database could not be made: {said}")]
    NotMade { said: String },
    #[error("the private PostgreSQL did not start ({}): {said}", .log.display())]
    NotStarted { said: String, log: PathBuf },
    #[error("stopped while the private PostgreSQL was starting")]
    Stopping,
    #[error("the private PostgreSQL does not answer as it should: {0}")]
    Sql(#[from] sqlx::Error),
}

const DATABASE: &str = "switchboard";
/// How long a former server may hold the files, as one that was killed does until its last process has ended.
const PATIENCE: Duration = Duration::from_secs(60);

impl EmbeddedPostgres {
    /// The server of `DATA_DIR`, running and with our database in it: made, started or joined, whichever is needed.
    ///
    /// # Errors
    /// With what to do, if the machine has no PostgreSQL or the server cannot be started.
    pub async fn start(config: &Config) -> Result<Self, EmbeddedPostgresError> {
        let began = Instant::now();
        let server = Server::new(config)?;
        let new = !server.home.cluster().exists();
        let embedded = tokio::task::spawn_blocking(move || Self::join(server))
            .await
            .map_err(|_| EmbeddedPostgresError::Stopping)??;
        // A server that died in the moment it was joined is started again by our supervisor.
        while let Err(error) = embedded.make_database().await {
            if !is_away(&error) || began.elapsed() > PATIENCE {
                return Err(error.into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        tracing::info!(
            new,
            elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            folder = %embedded.server.home.dir().display(),
            "the private PostgreSQL is ready"
        );
        Ok(embedded)
    }

    /// The address for sqlx.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.home.url(DATABASE)
    }

    /// Leaves the server, and stops it unless another process uses it; a few seconds at most. Dropping does the same.
    pub async fn stop(mut self) {
        if let Err(error) = tokio::task::spawn_blocking(move || self.leave()).await {
            tracing::error!(%error, "stopping the private PostgreSQL failed");
        }
    }

    fn join(server: Server) -> Result<Self, EmbeddedPostgresError> {
        let users = take_lock(&server.home.users_lock(), true, PATIENCE).map_err(|e| server.home.failed("lock", e))?;
        let stopping = Arc::new(AtomicBool::new(false));
        let child = server.bring_up(&stopping)?;
        let supervisor = std::thread::Builder::new()
            .name("postgres".into())
            .spawn({
                let (server, stopping) = (server.clone(), Arc::clone(&stopping));
                move || server.supervise(child, &stopping)
            })
            .map_err(|source| server.home.failed("watch", source))?;
        Ok(Self { server, in_use: Some(InUse { users, stopping, supervisor }) })
    }

    fn leave(&mut self) {
        let Some(InUse { users, stopping, supervisor }) = self.in_use.take() else { return };
        stopping.store(true, Ordering::Relaxed);
        supervisor.thread().unpark();
        let child = supervisor.join().ok().flatten();
        self.server.leave(&users, child);
    }

    async fn make_database(&self) -> sqlx::Result<()> {
        let mut connection = PgConnection::connect(&self.server.home.url("postgres")).await?;
        let found = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(DATABASE);
        if found.fetch_optional(&mut connection).await?.is_none() {
            let made = sqlx::query("CREATE DATABASE switchboard").execute(&mut connection).await;
            // Another process made it in the same moment: 42P04 duplicate_database, or 23505 while it was at it.
            let twin = |error: &sqlx::Error| {
                error.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "42P04" || code == "23505")
            };
            match made {
                Err(error) if !twin(&error) => return Err(error),
                _ => {}
            }
        }
        connection.close().await
    }
}

/// The connection failed or broke, or the server is starting or stopping (57P01 to 57P03 in PostgreSQL's appendix A).
fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P0")),
        _ => false,
    }
}

impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        self.leave();
    }
}
