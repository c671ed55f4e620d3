//! Makes the private cluster, starts its server, watches that it stays up, and stops it after its last user.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::binaries::Binaries;
use super::home::{Home, State, take_lock};
use super::identity::Identity;
use super::{EmbeddedPostgresError, PATIENCE};
use crate::config::Config;

/// All that is needed to start the server, now and again.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub home: Home,
    bin_dir: Option<PathBuf>,
    search_path: Vec<PathBuf>,
    max_connections: u32,
}

/// How long stopping is waited for; a server that takes longer goes on stopping by itself.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
const LARGEST_LOG_BYTES: u64 = 16 << 20;

/// Written once into the new cluster's settings, where they may be changed; what must hold is on the command line instead.
const SETTINGS: &str = "
# Switchboard's choices for a small machine; listen_addresses, sockets, port and durability are set at each start.
shared_buffers = 128MB
max_wal_size = 1GB
wal_compression = on
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
log_checkpoints = off
# Refused statements are our business, and their texts may hold what customers wrote.
log_min_messages = log
log_min_error_statement = panic
";

impl Server {
    pub fn new(config: &Config) -> Result<Self, EmbeddedPostgresError> {
        Ok(Self {
            home: Home::prepare(&config.data_dir)?,
            bin_dir: config.postgres_bin_dir.clone(),
            search_path: config.search_path.clone(),
            max_connections: 100.max(config.db_pool.saturating_add(20)),
        })
    }

    /// Returns when the server takes connections: one that runs already, or a new child of ours. Blocks.
    ///
    /// # Errors
    /// If it cannot be made or started, or if `stopping` was set meanwhile.
    pub fn bring_up(&self, stopping: &AtomicBool) -> Result<Option<Child>, EmbeddedPostgresError> {
        let _starting = take_lock(&self.home.start_lock(), false, PATIENCE).map_err(|e| self.home.failed("lock", e))?;
        let mut child: Option<Child> = None;
        let mut log_offset = 0;
        let began = Instant::now();
        while !stopping.load(Ordering::Relaxed) {
            let ours = matches!(child.as_mut().map(Child::try_wait), Some(Ok(None)));
            match self.home.state() {
                State::Ready => return Ok(child.filter(|_| ours)),
                State::Silent if !ours => {
                    if child.is_some() {
                        let said = self.home.log_since(log_offset);
                        let held = said.contains("lock file") || said.contains("shared memory block");
                        if !held || began.elapsed() > PATIENCE {
                            return Err(EmbeddedPostgresError::NotStarted { said, log: self.home.log() });
                        }
                        if !self.home.discard_stale_lock_files() {
                            std::thread::sleep(Duration::from_millis(500));
                        }
                    }
                    let (started, offset) = self.spawn()?;
                    (child, log_offset) = (Some(started), offset);
                }
                // Recovering after a crash: as long as it takes, since nothing else can be done with these files.
                State::Silent | State::Busy => {}
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(EmbeddedPostgresError::Stopping)
    }

    /// Starts the server, after making its cluster if there is none; returns where in the log it begins.
    fn spawn(&self) -> Result<(Child, u64), EmbeddedPostgresError> {
        let home = &self.home;
        let version = std::fs::read_to_string(home.cluster().join("PG_VERSION")).ok();
        let major = version.and_then(|version| version.trim().parse().ok());
        let binaries = Binaries::find(self.bin_dir.as_deref(), &self.search_path, major)?;
        let identity = Identity::choose(home, &binaries)?;
        if major.is_none() {
            self.initialise(&binaries, &identity)?;
        }
        let log = home.log();
        let small = std::fs::metadata(&log).is_ok_and(|found| found.len() < LARGEST_LOG_BYTES);
        let open = || -> std::io::Result<(File, File, u64)> {
            if !small {
                File::create(&log)?;
            }
            let file = File::options().append(true).open(&log)?;
            Ok((file.try_clone()?, file.try_clone()?, file.metadata()?.len()))
        };
        let (out, err, offset) = open().map_err(|source| home.failed("write", source))?;
        let mut command = self.prepared(identity.command(&binaries.postgres));
        command.arg("-D").arg(home.cluster()).stdout(out).stderr(err);
        let socket_dir = format!("\"{}\"", home.socket_dir().to_string_lossy().replace('"', "\"\""));
        for (name, value) in [
            ("listen_addresses", ""),
            ("unix_socket_directories", socket_dir.as_str()),
            ("unix_socket_permissions", "0700"),
            ("port", "5432"),
            ("max_connections", &self.max_connections.to_string()),
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("synchronous_commit", "on"),
            ("logging_collector", "off"),
            ("log_destination", "stderr"),
        ] {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let child = command.spawn().map_err(|source| home.failed("start the server in", source))?;
        self.stop_with_last_user(child.id());
        Ok((child, offset))
    }

    /// `initdb` in a folder that gets its name only when complete: a start that was cut off is begun again.
    fn initialise(&self, binaries: &Binaries, identity: &Identity) -> Result<(), EmbeddedPostgresError> {
        let (home, unfinished) = (&self.home, self.home.dir().join("data.new"));
        let mut said = String::new();
        for locale in ["C.UTF-8", "C"] {
            if unfinished.exists() {
                std::fs::remove_dir_all(&unfinished).map_err(|source| home.failed("clear", source))?;
            }
            let mut initdb = self.prepared(identity.command(&binaries.initdb));
            initdb.arg("-D").arg(&unfinished).arg(format!("--locale={locale}"));
            initdb.args(["-U", "postgres", "--auth=trust", "-E", "UTF8"]);
            let output = initdb.output().map_err(|source| home.failed("run initdb for", source))?;
            if output.status.success() {
                let settings = unfinished.join("postgresql.conf");
                let text = std::fs::read_to_string(&settings).map_err(|source| home.failed("read", source))? + SETTINGS;
                std::fs::write(&settings, text).map_err(|source| home.failed("write", source))?;
                return std::fs::rename(&unfinished, home.cluster()).map_err(|source| home.failed("name", source));
            }
            said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        }
        Err(EmbeddedPostgresError::NotMade { said })
    }

    /// No secret of ours reaches the child, no `PG…` variable changes it, and Ctrl-C on the terminal is not meant for it.
    fn prepared(&self, mut command: Command) -> Command {
        let path = std::env::join_paths(&self.search_path).unwrap_or_default();
        command.env_clear().env("PATH", path).env("LC_ALL", "C").current_dir("/").process_group(0).stdin(Stdio::null());
        command
    }

    /// Leaves a process behind that waits until nobody holds the users' lock, however they ended, and stops the server
    /// then. Without `flock` on the machine a server whose users were all killed runs on, and the next start uses it.
    fn stop_with_last_user(&self, pid: u32) {
        const STOP: &str = r#"read -r pid < "$1" && [ "$pid" = "$2" ] && kill -INT "$2" || exit 0
            for _ in $(seq 20); do [ -e "$1" ] && kill -0 "$2" || exit 0; sleep 0.1; done"#;
        let mut watch = self.prepared(Command::new("flock"));
        watch.arg("-x").arg(self.home.users_lock()).args(["sh", "-c", STOP, "stop"]);
        watch.arg(self.home.cluster().join("postmaster.pid")).arg(pid.to_string());
        if let Err(error) = watch.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            tracing::debug!(%error, "the private PostgreSQL will outlive a kill of this process");
        }
    }

    /// Starts the server again whenever it ends, until `stopping`. Blocks; returns the child of ours that still runs.
    pub fn supervise(&self, mut child: Option<Child>, stopping: &AtomicBool) -> Option<Child> {
        loop {
            std::thread::park_timeout(Duration::from_secs(1));
            if stopping.load(Ordering::Relaxed) {
                return child;
            }
            let running = match &mut child {
                Some(child) => matches!(child.try_wait(), Ok(None)),
                None => self.home.state() != State::Silent,
            };
            if running {
                continue;
            }
            tracing::error!(log = %self.home.log().display(), "the private PostgreSQL has ended; starting it again");
            match self.bring_up(stopping) {
                Ok(started) => child = started,
                Err(error) => tracing::error!(%error, "the private PostgreSQL could not be started again"),
            }
        }
    }

    /// Gives up `users`, the lock of this process, and stops the server if nobody else holds it. Blocks, a few seconds at most.
    pub fn leave(&self, users: &File, child: Option<Child>) {
        // Files of a server that is gone may hold a number that is somebody else's by now.
        let pid = self.home.pid().filter(|_| self.home.state() != State::Silent);
        if let Err(error) = users.unlock() {
            tracing::warn!(%error, "the lock of the private PostgreSQL could not be given up");
        }
        // The process left behind may win the lock for a moment, or stop the server itself: both look like other users at first.
        for _ in 0..5 {
            if users.try_lock().is_ok() {
                if let Some(pid) = pid {
                    interrupt(pid);
                }
                return self.wait_until_gone(pid, child);
            }
            if self.home.state() != State::Ready {
                return self.wait_until_gone(pid, child);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        tracing::debug!("the private PostgreSQL goes on for other processes");
    }

    fn wait_until_gone(&self, pid: Option<u32>, mut child: Option<Child>) {
        let began = Instant::now();
        while began.elapsed() < STOP_PATIENCE {
            let reaped = child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
            if reaped && (pid.is_none() || self.home.pid() != pid) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        tracing::warn!("the private PostgreSQL is still stopping");
    }
}

/// PostgreSQL's "fast shutdown": sessions are ended, everything is written down (server-shutdown in its manual).
fn interrupt(pid: u32) {
    let kill = Command::new("sh").args(["-c", r#"kill -INT "$1""#, "kill", &pid.to_string()]).status();
    if !kill.is_ok_and(|status| status.success()) {
        tracing::warn!(pid, "the private PostgreSQL could not be asked to stop");
    }
}
