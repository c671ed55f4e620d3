#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::Path;
use std::process::{Command, Stdio};

use sqlx::{Connection, PgConnection, Row};

use super::home::{Home, State};
use super::*;

fn config(data_dir: &Path) -> Config {
    Config::from_lookup(&|name| (name == "DATA_DIR").then(|| data_dir.to_str().unwrap().to_owned())).unwrap()
}

async fn remember(url: &str, note: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query("CREATE TABLE IF NOT EXISTS notes (note text)").execute(&mut connection).await.unwrap();
    sqlx::query("INSERT INTO notes VALUES ($1)").bind(note).execute(&mut connection).await.unwrap();
}

async fn notes(url: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let rows = sqlx::query("SELECT note FROM notes ORDER BY note").fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Waits, a minute at most, until `true`.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "never {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn signal(signal: &str, process: &str) {
    assert!(Command::new("kill").args([signal, "--", process]).status().unwrap().success());
}

fn home(data_dir: &Path) -> Home {
    Home::prepare(data_dir).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_there_after_a_stop_and_a_start() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(&dir.path().join("data"));
    let first = EmbeddedPostgres::start(&config).await.unwrap();
    remember(&first.url(), "kept").await;
    first.stop().await;
    assert_eq!(home(&config.data_dir).state(), State::Silent);
    assert_eq!(home(&config.data_dir).pid(), None);
    let second = EmbeddedPostgres::start(&config).await.unwrap();
    assert_eq!(notes(&second.url()).await, ["kept"]);
    drop(second);
    assert_eq!(home(&config.data_dir).pid(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_private_and_durable() {
    let dir = tempfile::tempdir().unwrap();
    let postgres = EmbeddedPostgres::start(&config(dir.path())).await.unwrap();
    let mut connection = PgConnection::connect(&postgres.url()).await.unwrap();
    for (setting, value) in [
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("server_encoding", "UTF8"),
        ("max_connections", "100"),
        ("jit", "off"),
    ] {
        let row = sqlx::query("SELECT current_setting($1)").bind(setting).fetch_one(&mut connection).await.unwrap();
        assert_eq!(row.get::<String, _>(0), value, "{setting}");
    }
    let mode = |path: &Path| std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(path).unwrap()) & 0o777;
    let home = home(dir.path());
    assert_eq!((mode(home.dir()), mode(home.socket_dir()), mode(&home.cluster())), (0o700, 0o700, 0o700));
    let environment = std::fs::read(format!("/proc/{}/environ", home.pid().unwrap())).unwrap_or_default();
    assert!(!String::from_utf8_lossy(&environment).contains("CARGO"), "the server inherited our environment");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_one_server_and_the_last_to_leave_stops_it() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path());
    let (first, second) = tokio::join!(EmbeddedPostgres::start(&config), EmbeddedPostgres::start(&config));
    let (first, second) = (first.unwrap(), second.unwrap());
    let pid = home(dir.path()).pid().unwrap();
    first.stop().await;
    remember(&second.url(), "still here").await;
    assert_eq!(home(dir.path()).pid(), Some(pid));
    second.stop().await;
    assert_eq!(home(dir.path()).pid(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_is_started_again_with_its_data() {
    let dir = tempfile::tempdir().unwrap();
    let postgres = EmbeddedPostgres::start(&config(dir.path())).await.unwrap();
    remember(&postgres.url(), "before the crash").await;
    let killed = home(dir.path()).pid().unwrap();
    signal("-9", &killed.to_string());
    until("started again", || {
        home(dir.path()).state() == State::Ready && home(dir.path()).pid().is_some_and(|pid| pid != killed)
    });
    assert_eq!(notes(&postgres.url()).await, ["before the crash"]);
}

/// Not a claim by itself: the process that the next test kills. It holds a server until then.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_holds_the_server() {
    #[expect(clippy::disallowed_methods, reason = "how the next test tells this process what to hold")]
    let Ok(data_dir) = std::env::var(HOLD) else { return };
    let postgres = EmbeddedPostgres::start(&config(Path::new(&data_dir))).await.unwrap();
    remember(&postgres.url(), "from a process that was killed").await;
    std::fs::write(Path::new(&data_dir).join("held"), "").unwrap();
    std::future::pending::<()>().await;
}

const HOLD: &str = "SWITCHBOARD_TEST_HOLDS";

/// A process that dies with the test, also with one that fails.
struct Process(std::process::Child);

impl Process {
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn holder(data_dir: &Path) -> Process {
    let held = data_dir.join("held");
    let process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "embedded_postgres::tests::a_process_holds_the_server", "--nocapture"])
        .env(HOLD, data_dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("held", || held.exists());
    std::fs::remove_file(held).unwrap();
    Process(process)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_takes_the_server_with_it_and_the_next_start_finds_the_data() {
    let dir = tempfile::tempdir().unwrap();
    let mut holder = holder(dir.path());
    holder.kill();
    let postgres = EmbeddedPostgres::start(&config(dir.path())).await.unwrap();
    assert_eq!(notes(&postgres.url()).await, ["from a process that was killed"]);
    postgres.stop().await;
    let mut again = self::holder(dir.path());
    again.kill();
    until("stopped after its last user was killed", || home(dir.path()).pid().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_joined_keeps_the_server_when_the_one_that_started_it_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut holder = holder(dir.path());
    let joined = EmbeddedPostgres::start(&config(dir.path())).await.unwrap();
    let pid = home(dir.path()).pid().unwrap();
    holder.kill();
    remember(&joined.url(), "from the one that stayed").await;
    assert_eq!(home(dir.path()).pid(), Some(pid));
    joined.stop().await;
    until("stopped", || home(dir.path()).pid().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_left_by_a_machine_that_lost_power_are_recovered_though_their_process_number_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let mut holder = holder(dir.path());
    let pid = home(dir.path()).pid().unwrap();
    // Held still, it neither starts the server again nor lets it be stopped in order.
    signal("-STOP", &holder.0.id().to_string());
    signal("-9", &format!("-{pid}"));
    holder.kill();
    // The number in the file now belongs to a process that is no PostgreSQL: this test's own child.
    let other = Process(Command::new("sleep").arg("600").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let home = home(dir.path());
    for file in [home.cluster().join("postmaster.pid"), home.socket_dir().join(".s.PGSQL.5432.lock")] {
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replacen(&pid.to_string(), &other.0.id().to_string(), 1)).unwrap();
    }
    let postgres = EmbeddedPostgres::start(&config(dir.path())).await.unwrap();
    assert_eq!(notes(&postgres.url()).await, ["from a process that was killed"]);
    drop(other);
}
