//! The floor: what PostgreSQL alone takes for the rows that the server writes of a message, driven by `pgbench` with prepared
//! statements, on the server's own schema with all its indexes. Values are made where they are stored, so that not even
//! their way to the database is counted.

use std::path::PathBuf;
use std::time::Duration;

use futures::future::try_join_all;
use sqlx::Executor;
use tempfile::TempDir;
use tokio::process::Command;

use crate::Failure;
use crate::bench::Bench;
use crate::cluster::Database;
use crate::crowd::Crowd;
use crate::figures::Latencies;
use crate::http::Connection;
use crate::server::Server;

pub const NAME: &str = "PostgreSQL alone";
/// As the server gathers at most.
pub const BATCH: usize = 256;
/// Connections of those that commit batches: more do not make it faster on few cores.
const WRITERS: usize = 2;
const CLIENTS: usize = 8;
/// On which the samples come in.
const CONNECTIONS: usize = 50;

/// One row for each chat with what its next message is made of, taken from what the server itself wrote.
const SAMPLES: &str = "
    create sequence floor_ids cache 1000;
    create table floor_samples as
    select (row_number() over (order by m.chat_id))::integer as place, m.organization_id, m.chat_id, m.channel_id, m.from_me,
        m.sender_contact_id, m.sender_name, m.type, m.content, m.metadata::text as metadata, m.private, m.status,
        e.event, e.rooms, e.public, e.data::text as data, u.provider, u.body
    from messages m
    join events e on e.chat_id = m.chat_id and e.event = 'message:new'
    cross join (select provider, body from updates limit 1) u;
    alter table floor_samples add primary key (place);
    analyze;
";

/// The rows of a batch, of neighbouring chats: clients have chats of their own, so that they wait for one another only where
/// the server's writers would, at the organization's position.
const SCRIPT: &str = r"
\set first :client_id * :slice + random(1, :slice - :batch + 1)
\set last :first + :batch - 1
\startpipeline
begin;
update chat_activity a set last_seq = a.last_seq + 1, incoming_count = a.incoming_count + 1, active_at = now(),
    customer_at = now(), last_message_id = lpad(to_hex(nextval('floor_ids')), 32, '0')::uuid
    from floor_samples s where s.place between :first and :last and a.chat_id = s.chat_id;
insert into messages (id, organization_id, chat_id, channel_id, seq, incoming_count, from_me, sender_contact_id, sender_name,
        type, content, metadata, private, status, external_id, created_at, provider_at)
    select a.last_message_id, s.organization_id, s.chat_id, s.channel_id, a.last_seq, a.incoming_count, s.from_me,
        s.sender_contact_id, s.sender_name, s.type, s.content, s.metadata::json, s.private, s.status, a.last_seq::text,
        now(), now()
    from floor_samples s join chat_activity a using (chat_id) where s.place between :first and :last;
insert into updates (provider, channel_id, body)
    select s.provider, s.channel_id, s.body from floor_samples s where s.place between :first and :last;
with moved as (
    update event_positions set position = position + :batch::bigint returning organization_id, position - :batch::bigint as base
) insert into events (organization_id, position, id, event, rooms, chat_id, public, data)
    select m.organization_id, m.base + s.place - :first::bigint + 1, a.last_message_id, s.event, s.rooms, s.chat_id, s.public,
        s.data::json
    from moved m, floor_samples s join chat_activity a using (chat_id) where s.place between :first and :last;
commit;
\endpipeline
";

pub struct Floor {
    database: Database,
    chats: usize,
    pgbench: PathBuf,
    folder: TempDir,
}

/// What one turn measured.
pub struct Pass {
    pub per_second: f64,
    /// Milliseconds of PostgreSQL's processor time that a thousand messages took.
    pub cpu: f64,
}

impl Floor {
    /// A database that the server made and wrote one message of each of some customers to.
    pub async fn prepare(bench: &Bench) -> Result<Self, Failure> {
        let chats = bench.scale.floor_chats;
        let Server { subject, .. } = Server::start(bench).await?;
        let crowd = Crowd::open(&subject, 1, chats).await?;
        let some = async |first: usize| {
            let mut connection = Connection::open(&subject.address).await?;
            for n in (first..chats).step_by(CONNECTIONS) {
                connection.ask(&subject.deliver(n)).await?;
            }
            Ok::<_, Failure>(())
        };
        try_join_all((0..CONNECTIONS).map(some)).await?;
        crowd.wait_for(0..chats).await?;
        let database = subject.database.clone();
        subject.stop().await?;
        database.connect().await?.execute(SAMPLES).await?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("script.sql"), SCRIPT)?;
        Ok(Self { database, chats, pgbench: find_pgbench(), folder })
    }

    /// As many messages as it takes, 256 to a commit.
    pub async fn batches(&self, bench: &Bench, turn: Duration) -> Result<Pass, Failure> {
        self.full(bench, BATCH, WRITERS, turn).await
    }

    /// As many messages as it takes, each with a commit of its own.
    pub async fn single(&self, bench: &Bench, turn: Duration) -> Result<Pass, Failure> {
        self.full(bench, 1, CLIENTS, turn).await
    }

    /// How long messages take at a rate, each with a commit of its own.
    pub async fn paced(&self, per_second: u32, turn: Duration) -> Result<Latencies, Failure> {
        let rate = format!("--rate={per_second}");
        self.run(1, CLIENTS, turn, &[&rate, "--log", "--log-prefix=log"]).await?;
        let mut latencies = Vec::new();
        for entry in std::fs::read_dir(self.folder.path())?.flatten() {
            if entry.file_name().to_string_lossy().starts_with("log") {
                let log = std::fs::read_to_string(entry.path())?;
                std::fs::remove_file(entry.path())?;
                // client, transaction, microseconds since it was due …
                let fields = log.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok());
                latencies.extend(fields.map(Duration::from_micros));
            }
        }
        Ok(Latencies::of(latencies))
    }

    async fn full(&self, bench: &Bench, batch: usize, clients: usize, turn: Duration) -> Result<Pass, Failure> {
        let (before, count) = (bench.cluster.processes.cpu_secs()?, "select count(*) from messages");
        let had = self.database.count(count).await?;
        let text = self.run(batch, clients, turn, &[]).await?;
        let messages = crate::figures::figure(self.database.count(count).await? - had);
        let cpu = (bench.cluster.processes.cpu_secs()? - before) * 1_000_000.0 / messages;
        let transactions = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        let transactions: f64 = transactions.ok_or("pgbench gave no figure")?.parse()?;
        Ok(Pass { per_second: transactions * crate::figures::figure(batch), cpu })
    }

    async fn run(&self, batch: usize, clients: usize, turn: Duration, more: &[&str]) -> Result<String, Failure> {
        let mut command = Command::new(&self.pgbench);
        command.current_dir(self.folder.path()).args(["--no-vacuum", "--protocol=prepared", "--file=script.sql"]);
        command.arg(format!("--client={clients}")).arg(format!("--time={}", turn.as_secs().max(1)));
        command.arg(format!("--define=slice={}", self.chats / clients)).arg(format!("--define=batch={batch}"));
        let output = command.args(more).arg(&self.database.url).kill_on_drop(true).output().await?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("pgbench: {}", said.lines().next().unwrap_or_default()).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// On the PATH, or where Debian keeps it.
fn find_pgbench() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let kept = versions.map(|version| version.path().join("bin"));
    let mut places = std::env::split_paths(&path).chain(kept).map(|folder| folder.join("pgbench"));
    places.find(|file| file.exists()).unwrap_or_else(|| "pgbench".into())
}
