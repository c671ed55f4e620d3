//! Where and when the figures were taken.

use std::process::Command;

use serde_json::{Value, json};

use crate::Failure;
use crate::bench::Bench;

pub struct Machine {
    pub date: String,
    pub commit: String,
    pub cores: usize,
    pub processor: String,
    pub memory_gib: f64,
    pub kernel: String,
    pub node: String,
    pub postgres: String,
    pub settings: Vec<(&'static str, String)>,
}

impl Machine {
    pub fn look(bench: &Bench) -> Result<Self, Failure> {
        let cluster = &bench.cluster;
        let field = |file: &str, name: &str| -> Option<String> {
            let text = std::fs::read_to_string(file).ok()?;
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory_kib: f64 = field("/proc/meminfo", "MemTotal").unwrap_or_default().replace(" kB", "").parse()?;
        Ok(Self {
            date: chrono::Utc::now().format("%Y-%m-%d").to_string(),
            commit: said("git", &["describe", "--always", "--dirty", "--exclude=*"]),
            cores: std::thread::available_parallelism()?.get(),
            processor: field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into()),
            memory_gib: memory_kib / 1_048_576.0,
            kernel: std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            node: said("node", &["--version"]),
            postgres: cluster.version.clone(),
            settings: cluster.settings.clone(),
        })
    }

    /// In a sentence or two.
    pub fn text(&self) -> String {
        let settings: Vec<String> = self.settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
        format!(
            "{}, commit {}. {} cores ({}), {:.0} GiB of memory, Linux {}; PostgreSQL {} ({}); Node {}. Servers, PostgreSQL and \
             the generator share the machine.",
            self.date,
            self.commit,
            self.cores,
            self.processor,
            self.memory_gib,
            self.kernel,
            self.postgres,
            settings.join(", "),
            self.node,
        )
    }

    pub fn object(&self) -> Value {
        let settings: Value = self.settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        json!({"date": self.date, "commit": self.commit, "cores": self.cores, "processor": self.processor,
            "memoryGib": self.memory_gib, "kernel": self.kernel, "node": self.node,
            "postgres": {"version": self.postgres, "settings": settings}})
    }
}

/// What a program says in one line; `unknown` where there is no such program.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text =
        output.ok().filter(|output| output.status.success()).and_then(|output| String::from_utf8(output.stdout).ok());
    text.map_or_else(|| "unknown".into(), |text| text.trim().to_owned())
}
