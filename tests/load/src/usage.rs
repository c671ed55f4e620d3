//! What processes use, from Linux's `/proc`: the machine is shared, so a figure alone does not say who was busy.

use sqlx::{PgConnection, Row};

use crate::Failure;
use crate::bench::Bench;
use crate::subject::Subject;

/// Processor time so far, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub server: f64,
    pub postgres: f64,
    pub generator: f64,
}

impl Usage {
    /// Of all nodes together.
    pub fn of(bench: &Bench, nodes: &[&Subject]) -> Result<Self, Failure> {
        Ok(Self {
            server: nodes.iter().map(|node| node.process.cpu_secs()).sum::<Result<f64, Failure>>()?,
            postgres: bench.cluster.processes.cpu_secs()?,
            generator: Process::own().cpu_secs()?,
        })
    }

    pub fn since(self, before: Self) -> Self {
        Self {
            server: self.server - before.server,
            postgres: self.postgres - before.postgres,
            generator: self.generator - before.generator,
        }
    }
}

/// A process under watch.
#[derive(Clone, Copy, Debug)]
pub struct Process(pub u32);

impl Process {
    pub fn own() -> Self {
        Self(std::process::id())
    }

    pub fn resident_kib(self) -> Result<f64, Failure> {
        self.memory_kib("VmRSS")
    }

    /// The most since the start, or since [`Self::forget_peak`].
    pub fn peak_kib(self) -> Result<f64, Failure> {
        self.memory_kib("VmHWM")
    }

    pub fn forget_peak(self) -> Result<(), Failure> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.0), "5")?)
    }

    fn memory_kib(self, field: &str) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status.lines().find(|line| line.starts_with(field)).ok_or("no such field")?;
        Ok(line.split_whitespace().nth(1).ok_or("no such figure")?.parse()?)
    }

    /// Processor time of all its threads.
    pub fn cpu_secs(self) -> Result<f64, Failure> {
        self.ticks(&[11, 12])
    }

    /// The same, with that of its children, also those that have ended.
    fn cpu_secs_of_family(self) -> Result<f64, Failure> {
        let mut sum = self.ticks(&[11, 12, 13, 14])?;
        for entry in std::fs::read_dir("/proc")?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // what ended meanwhile is counted with its parent the next time
            if Self(pid).parent().is_ok_and(|parent| parent == self.0) {
                sum += Self(pid).cpu_secs().unwrap_or_default();
            }
        }
        Ok(sum)
    }

    pub fn parent(self) -> Result<u32, Failure> {
        Ok(self.stat()?.get(1).ok_or("no such field")?.parse()?)
    }

    /// Fields after the name.
    fn stat(self) -> Result<Vec<String>, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        let fields = stat.rsplit_once(") ").ok_or("no such process")?.1;
        Ok(fields.split_whitespace().map(str::to_owned).collect())
    }

    /// Clock ticks are hundredths of a second on Linux.
    fn ticks(self, fields: &[usize]) -> Result<f64, Failure> {
        let stat = self.stat()?;
        let mut sum = 0.0;
        for field in fields {
            sum += stat.get(*field).ok_or("no such field")?.parse::<f64>()?;
        }
        Ok(sum / 100.0)
    }
}

/// The processes of the cluster; none where it is on another machine.
#[derive(Clone, Copy, Debug)]
pub struct Postgres(Option<Process>);

impl Postgres {
    pub async fn of(connection: &mut PgConnection) -> Result<Self, Failure> {
        let pid: i32 = sqlx::query("select pg_backend_pid()").fetch_one(connection).await?.try_get(0)?;
        let own = u32::try_from(pid)?;
        let name = std::fs::read_to_string(format!("/proc/{own}/comm")).unwrap_or_default();
        let postmaster = Process(own).parent().ok().filter(|_| name.starts_with("postgres"));
        Ok(Self(postmaster.map(Process)))
    }

    pub fn cpu_secs(self) -> Result<f64, Failure> {
        self.0.map_or(Ok(f64::NAN), Process::cpu_secs_of_family)
    }
}
