//! The folder of the private server: where its files, socket, log and locks are, and whether it answers.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::EmbeddedPostgresError;
use super::identity::Account;
use crate::keys::sha256_hex;

/// `DATA_DIR/postgres`.
#[derive(Debug, Clone)]
pub(super) struct Home {
    dir: PathBuf,
    socket_dir: PathBuf,
}

/// What the server's own files and its socket say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody listens: not running, or not yet, or no longer.
    Silent,
    /// It listens and refuses: recovering or shutting down.
    Busy,
    Ready,
}

/// The name of the socket in its folder: PostgreSQL's own, for port 5432.
const SOCKET: &str = ".s.PGSQL.5432";
/// Addresses of sockets end at 108 bytes on Linux and 104 on macOS, with a zero (unix(7)).
const LONGEST_SOCKET_BYTES: usize = 103;

impl Home {
    /// Makes the folders, which only their owner can enter.
    ///
    /// # Errors
    /// If they cannot be made, or if the folder of the socket belongs to somebody else.
    pub fn prepare(data_dir: &Path) -> Result<Self, EmbeddedPostgresError> {
        let dir = data_dir.join("postgres");
        let failed = |source| EmbeddedPostgresError::Files { what: "make", path: dir.clone(), source };
        std::fs::create_dir_all(data_dir).map_err(failed)?;
        private_dir(&dir).map_err(failed)?;
        let dir = dir.canonicalize().map_err(failed)?;
        let mut socket_dir = dir.join("run");
        if socket_dir.join(SOCKET).as_os_str().len() > LONGEST_SOCKET_BYTES {
            let name = sha256_hex(dir.as_os_str().as_encoded_bytes());
            socket_dir = Path::new("/tmp").join(format!("switchboard-{}", name.get(..16).unwrap_or(&name)));
        }
        private_dir(&socket_dir).map_err(failed)?;
        let owner = |path: &Path| std::fs::symlink_metadata(path).map(|found| (found.uid(), found.is_dir()));
        let (owner_of_home, _) = owner(&dir).map_err(failed)?;
        match owner(&socket_dir).map_err(failed)? {
            (uid, true) if uid == owner_of_home || uid == 0 => Ok(Self { dir, socket_dir }),
            _ => Err(EmbeddedPostgresError::Files {
                what: "trust",
                path: socket_dir,
                source: io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"),
            }),
        }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The database files.
    pub fn cluster(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    pub fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    /// Held shared by every process that uses the server, exclusively by who stops it.
    pub fn users_lock(&self) -> PathBuf {
        self.dir.join("users.lock")
    }

    /// Held by the process that makes or starts the server.
    pub fn start_lock(&self) -> PathBuf {
        self.dir.join("start.lock")
    }

    /// The address for sqlx: over the socket, whatever `PGPORT` and its kin say.
    pub fn url(&self, database: &str) -> String {
        let host: String = (self.socket_dir.as_os_str().as_encoded_bytes().iter())
            .map(|byte| match byte {
                b'/' | b'-' | b'_' | b'.' => char::from(*byte).to_string(),
                byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect();
        format!("postgres://postgres@localhost:5432/{database}?host={host}&sslmode=disable")
    }

    pub fn state(&self) -> State {
        if UnixStream::connect(self.socket_dir.join(SOCKET)).is_err() {
            return State::Silent;
        }
        if self.pid_file(7).as_deref() == Some("ready") { State::Ready } else { State::Busy }
    }

    /// The server's process number, as long as its files say that it runs.
    pub fn pid(&self) -> Option<u32> {
        self.pid_file(0)?.parse().ok()
    }

    /// A line of `postmaster.pid`: 0 is the process, 6 the shared memory, 7 the status (PostgreSQL's `miscadmin.h`).
    fn pid_file(&self, line: usize) -> Option<String> {
        let text = std::fs::read_to_string(self.cluster().join("postmaster.pid")).ok()?;
        text.lines().nth(line).map(|line| line.trim().to_owned())
    }

    /// Removes the lock files of a server that is surely gone, though its number is taken: by a process that is not reaped
    /// yet, or, after a container was started again, by any other. PostgreSQL itself cannot tell and would refuse to start.
    /// Linux only; elsewhere nothing is sure. The caller holds the start lock.
    pub fn discard_stale_lock_files(&self) -> bool {
        let folder_of = |pid: u32| std::fs::read_link(format!("/proc/{pid}/cwd"));
        let gone = match self.pid().map(folder_of) {
            None => true,
            Some(Ok(folder)) => folder != self.cluster(),
            Some(Err(error)) => error.kind() == io::ErrorKind::NotFound && Path::new("/proc/self/cwd").exists(),
        };
        if !gone || !self.memory_is_unused() {
            return false;
        }
        let files = [self.cluster().join("postmaster.pid"), self.socket_dir.join(format!("{SOCKET}.lock"))];
        files.iter().filter(|file| std::fs::remove_file(file).is_ok()).count() > 0
    }

    /// Whether no process of a former server is left: none has its shared memory attached (proc(5), `/proc/sysvipc/shm`).
    fn memory_is_unused(&self) -> bool {
        let Some(line) = self.pid_file(6) else { return true };
        let id = line.split_whitespace().nth(1).unwrap_or_default();
        let Ok(table) = std::fs::read_to_string("/proc/sysvipc/shm") else { return false };
        let attached = table.lines().find_map(|row| {
            let mut columns = row.split_whitespace().skip(1);
            (columns.next()? == id).then(|| columns.nth(4).map(str::to_owned))?
        });
        attached.is_none_or(|count| count == "0")
    }

    /// Gives the folder to `account`, and the database files too if they belong to somebody else.
    pub fn give_to(&self, account: Account) -> io::Result<()> {
        let log = self.log();
        File::options().append(true).create(true).open(&log)?;
        for path in [&self.dir, &self.socket_dir, &log] {
            chown(path, Some(account.uid), Some(account.gid))?;
        }
        let cluster = self.cluster();
        if std::fs::metadata(&cluster).is_ok_and(|found| found.uid() != account.uid) {
            let owner = format!("{}:{}", account.uid, account.gid);
            let given = Command::new("chown").args(["-R", "-h", &owner]).arg(&cluster).status()?;
            if !given.success() {
                return Err(io::Error::other("chown failed"));
            }
        }
        Ok(())
    }

    /// What the server wrote to its log from `offset` on, at most the last 2,000 bytes.
    pub fn log_since(&self, offset: u64) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(self.log())?;
            let start = offset.max(file.metadata()?.len().saturating_sub(2_000));
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()).unwrap_or_default()
    }

    pub fn failed(&self, what: &'static str, source: io::Error) -> EmbeddedPostgresError {
        EmbeddedPostgresError::Files { what, path: self.dir.clone(), source }
    }
}

/// Takes the lock at `path`, waiting at most `patience`; the operating system frees it when the process dies.
///
/// # Errors
/// `WouldBlock` if another process kept it.
pub(super) fn take_lock(path: &Path, shared: bool, patience: Duration) -> io::Result<File> {
    let file = match File::options().read(true).write(true).create(true).truncate(false).open(path) {
        // Made by root; reading is enough to lock.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(path)?,
        opened => opened?,
    };
    let began = Instant::now();
    loop {
        match if shared { file.try_lock_shared() } else { file.try_lock() } {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(20))
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn private_dir(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_deep_folder_gets_a_short_private_socket_folder_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let near = Home::prepare(dir.path()).unwrap();
        assert_eq!(near.socket_dir(), near.dir().join("run"));
        let deep = dir.path().join("d".repeat(120));
        let (deep, again) = (Home::prepare(&deep).unwrap(), Home::prepare(&deep).unwrap());
        assert_eq!(deep.socket_dir(), again.socket_dir());
        assert!(deep.socket_dir().join(SOCKET).as_os_str().len() <= LONGEST_SOCKET_BYTES);
        assert_eq!(std::fs::metadata(deep.socket_dir()).unwrap().mode() & 0o777, 0o700);
        std::fs::remove_dir(deep.socket_dir()).unwrap();
    }

    #[test]
    fn the_address_survives_any_folder_name() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::prepare(&dir.path().join("a b&c?ö%")).unwrap();
        let options: sqlx::postgres::PgConnectOptions = home.url("switchboard").parse().unwrap();
        assert_eq!(options.get_socket().unwrap(), home.socket_dir());
        assert_eq!(options.get_database(), Some("switchboard"));
    }

    #[test]
    fn a_lock_is_shared_by_users_and_kept_from_who_would_stop_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = take_lock(&path, true, Duration::ZERO).unwrap();
        let second = take_lock(&path, true, Duration::ZERO).unwrap();
        drop(first);
        assert_eq!(take_lock(&path, false, Duration::ZERO).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(second);
        take_lock(&path, false, Duration::ZERO).unwrap();
    }
}
