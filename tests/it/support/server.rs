//! The real binary as a child process: started, killed, restarted, doubled. Nothing of the server is linked into the tests.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use sqlx::PgPool;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

use super::api::Api;
use super::database::Database;
use super::fake::{BRIDGE_SECRET, fakes};
use super::operator::Operator;
use super::redis::Meeting;
use super::wait::{eventually, within};

/// What the nodes of one installation share: database, folder, keys, settings.
pub struct Site {
    pub database: Database,
    env: BTreeMap<String, String>,
    /// The command by which nodes serve.
    verb: &'static str,
    /// Bounds the servers that run at a time, since a cluster takes 100 connections by default.
    _permit: OwnedSemaphorePermit,
}

impl Site {
    pub fn env(&self, name: &str) -> &str {
        self.env.get(name).map_or("", String::as_str)
    }
}

/// One node. Dropping it kills it; the last one of a site takes the database along.
pub struct Server {
    pub site: Arc<Site>,
    pub base: String,
    port: u16,
    log: PathBuf,
    output: PathBuf,
    process: Mutex<Option<(Child, PathBuf)>>,
}

/// Settings of a site that differ from the harness's own.
pub struct Builder {
    env: BTreeMap<String, String>,
    verb: &'static str,
    nodes: u32,
}

impl Builder {
    /// How many nodes the site will have at a time, if more than one.
    pub fn nodes(self, nodes: u32) -> Self {
        Self { nodes, ..self }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Where nodes meet; presence is kept there.
    pub fn meeting(self, meeting: Meeting) -> Self {
        match meeting {
            Meeting::Redis => self.env("REDIS_URL", "redis://127.0.0.1:6379"),
            Meeting::Postgres => self,
        }
    }

    /// Another command that serves.
    pub fn verb(self, verb: &'static str) -> Self {
        Self { verb, ..self }
    }

    pub async fn start(self) -> Server {
        static RUNNING: OnceCell<Arc<Semaphore>> = OnceCell::const_new();
        let running = RUNNING.get_or_init(|| async { Arc::new(Semaphore::new(4)) }).await;
        let permit = Arc::clone(running).acquire_many_owned(self.nodes).await.unwrap();
        let database = Database::create().await;
        let mut env = default_env(&database);
        env.extend(self.env);
        let server = Server::on(Arc::new(Site { database, env, verb: self.verb, _permit: permit }), free_port());
        server.launch().await;
        server
    }
}

fn default_env(database: &Database) -> BTreeMap<String, String> {
    let fakes = fakes();
    let key = || format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    [
        ("DATABASE_URL", database.url.clone()),
        ("DATA_DIR", database.file("data").display().to_string()),
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("JWT_SECRET", key()),
        ("SECRETS_KEY", key()),
        ("BRIDGE_SECRET", BRIDGE_SECRET.into()),
        ("WABA_APP_SECRET", key()),
        ("WABA_VERIFY_TOKEN", "verify-me".into()),
        ("RATE_LIMIT", "off".into()),
        ("LOG_FORMAT", "text".into()),
        ("DB_POOL", "6".into()),
        ("WEBHOOK_ALLOW_PRIVATE", "on".into()),
        ("TELEGRAM_API_URL", fakes.telegram.url.clone()),
        ("WABA_API_URL", fakes.graph.url.clone()),
        ("BRIDGE_URL", fakes.bridge.url.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// A port below the range that the system hands to outgoing connections, so that a restarted server finds it free.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = u16::try_from(std::process::id() % 9_000).unwrap_or(0);
    loop {
        let port = 20_000 + (offset + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Server {
    pub fn builder() -> Builder {
        Builder { env: BTreeMap::new(), verb: "serve", nodes: 1 }
    }

    /// A server for this test alone.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    fn on(site: Arc<Site>, port: u16) -> Self {
        let log = site.database.file(&format!("server-{port}.log"));
        let output = site.database.file(&format!("server-{port}.out"));
        Self { site, base: format!("http://127.0.0.1:{port}"), port, log, output, process: Mutex::new(None) }
    }

    /// A second node on the same database, folder and keys.
    pub async fn twin(&self) -> Self {
        let twin = Self::on(Arc::clone(&self.site), free_port());
        twin.launch().await;
        twin
    }

    /// Starts the process and waits until it says that it is ready.
    pub async fn launch(&self) {
        self.spawn();
        let ready = format!("{}/health/ready", self.base);
        eventually("the server is ready", || async {
            self.assert_running();
            let answer = super::api::http().get(&ready).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// Starts the process and waits for nothing.
    pub fn spawn(&self) {
        let mut command = self.command(&[self.site.verb]);
        let output = File::create(&self.output).unwrap();
        let child = command.stdout(output).stderr(self.log_file()).spawn().expect("the binary starts");
        let note = self.site.database.note_process(child.id());
        *self.process.lock().unwrap() = Some((child, note));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.args(arguments).env_clear().envs(&self.site.env).env("BIND_ADDR", format!("127.0.0.1:{}", self.port));
        // away from any .env of the source tree
        command.current_dir(&self.site.database.folder).stdin(Stdio::null());
        command
    }

    fn log_file(&self) -> File {
        OpenOptions::new().create(true).append(true).open(&self.log).unwrap()
    }

    fn assert_running(&self) {
        if let Some((child, _)) = self.process.lock().unwrap().as_mut()
            && let Some(status) = child.try_wait().unwrap()
        {
            panic!("the server ended with {status}");
        }
    }

    /// Ends the process as a power cut would.
    pub fn kill(&self) {
        if let Some((mut child, note)) = self.process.lock().unwrap().take() {
            let _ = child.kill();
            let _ = child.wait();
            let _ = std::fs::remove_file(note);
        }
    }

    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Asks the process to end and waits for it.
    pub async fn terminate(&self) -> ExitStatus {
        self.signal("-TERM");
        let (mut child, note) = self.process.lock().unwrap().take().expect("the server runs");
        let status = within(Duration::from_secs(20), "the server ends after SIGTERM", || {
            std::future::ready(child.try_wait().unwrap())
        })
        .await;
        let _ = std::fs::remove_file(note);
        status
    }

    /// `kill -9`, and the same port, database and folder again.
    pub async fn restart(&self) {
        self.kill();
        self.launch().await;
    }

    pub fn pid(&self) -> u32 {
        self.process.lock().unwrap().as_ref().expect("the server runs").0.id()
    }

    /// Runs a command of the binary to its end with the server's own settings.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[]).await
    }

    /// With these settings changed.
    pub async fn run_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        let mut command = self.command(arguments);
        command.envs(settings.iter().copied());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        tokio::task::spawn_blocking(move || command.output()).await.unwrap().expect("the binary starts")
    }

    /// Runs a command that must succeed, and returns the last line that it printed.
    pub async fn run_for_line(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`switchboard {}` ended with {}: {errors}", arguments[0], output.status);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().last().unwrap_or_else(|| panic!("`switchboard {}` printed nothing", arguments[0])).to_owned()
    }

    /// A new organization with its administrator, made by the command line.
    pub async fn admin(&self) -> Operator {
        self.admin_with(&[]).await
    }

    pub async fn admin_with(&self, flags: &[&str]) -> Operator {
        let email = format!("admin-{}@example.com", uuid::Uuid::new_v4().simple());
        let password = "correct horse battery staple";
        let mut arguments = vec!["create-admin", "--organization", "Acme", "--email", &email, "--password", password];
        arguments.extend(flags);
        let ids: Value = serde_json::from_str(&self.run_for_line(&arguments).await).unwrap();
        let token = self.run_for_line(&["token", "--email", &email]).await;
        Operator::new(self, &ids, &email, password, token.trim())
    }

    /// REST without a token.
    pub fn anonymous(&self) -> Api {
        Api::new(&self.base, None)
    }

    pub async fn pool(&self) -> PgPool {
        self.site.database.pool().await
    }

    pub fn env(&self, name: &str) -> &str {
        self.site.env(name)
    }

    /// What the running process printed.
    pub fn output_text(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap()
    }

    pub fn log_text(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Shows the end of the log where a test fails.
    pub fn show_log_if_panicking(&self) {
        if std::thread::panicking() {
            let text = self.log_text();
            let lines: Vec<&str> = text.lines().collect();
            eprintln!(
                "--- last lines of the server's log\n{}\n---",
                lines[lines.len().saturating_sub(40)..].join("\n")
            );
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.show_log_if_panicking();
        self.kill();
    }
}

/// The server that tests share when all they need is an organization of their own.
pub struct Shared(&'static Server);

impl std::ops::Deref for Shared {
    type Target = Server;

    fn deref(&self) -> &Server {
        self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.0.show_log_if_panicking();
    }
}

pub async fn shared() -> Shared {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    Shared(SERVER.get_or_init(Server::start).await)
}
