//! Redis: the one that tests share, and servers of their own for those that kill it or count its keys.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use super::wait::eventually;

/// Where several nodes meet, and presence is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    Redis,
    Postgres,
}

impl Meeting {
    pub const BOTH: [Self; 2] = [Self::Redis, Self::Postgres];
}

/// A Redis that keeps nothing when it ends, as a cache is often run.
pub struct Redis {
    port: u16,
    folder: tempfile::TempDir,
    process: Mutex<Option<Child>>,
}

impl Redis {
    pub async fn start() -> Self {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let redis = Self { port, folder: tempfile::tempdir().unwrap(), process: Mutex::default() };
        redis.launch().await;
        redis
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub async fn launch(&self) {
        let folder: PathBuf = self.folder.path().into();
        let child = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--dir".as_ref(), folder.as_os_str()])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        *self.process.lock().unwrap() = Some(child);
        eventually("Redis answers", || async { self.connection().await }).await;
    }

    pub fn kill(&self) {
        if let Some(mut child) = self.process.lock().unwrap().take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub async fn connection(&self) -> Option<redis::aio::MultiplexedConnection> {
        let client = redis::Client::open(self.url()).unwrap();
        client.get_multiplexed_async_connection().await.ok()
    }

    /// All keys that match.
    pub async fn keys(&self, pattern: &str) -> Vec<String> {
        let mut connection = self.connection().await.expect("Redis answers");
        let mut keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(&mut connection).await.unwrap();
        keys.sort();
        keys
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
