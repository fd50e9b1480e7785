//! The processes of a lab: found by their mark, told from strangers, ended with the lab.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use uuid::Uuid;

/// A variable that whatever a lab starts inherits.
#[derive(Debug)]
pub(crate) struct Mark(String);

impl Mark {
    pub(crate) const NAME: &str = "LAB_MARK";

    pub(crate) fn new() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    pub(crate) fn value(&self) -> &str {
        &self.0
    }

    /// Who bears it and lives.
    pub(crate) fn bearers(&self) -> Vec<i32> {
        let wanted = format!("{}={}", Self::NAME, self.0);
        bearers_of(&wanted)
    }
}

/// The living processes with this variable in their environment, as `NAME=value`.
pub(crate) fn bearers_of(variable: &str) -> Vec<i32> {
    // A system without it leaves only the cards of the shims to go by.
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_bearer = |pid: &i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|found| found == variable.as_bytes())
    };
    pids.filter(is_bearer).collect()
}

/// A process that can be told from a later one with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    start_time: u64,
}

impl Process {
    fn of_card(card: &Value) -> Option<Self> {
        let pid = i32::try_from(card["pid"].as_i64()?).ok()?;
        Some(Self { pid, start_time: card["start_time"].as_u64()? })
    }

    /// Whether it runs; one that has ended and was not waited for does not.
    pub(crate) fn lives(self) -> bool {
        let Ok(stat) = fs::read_to_string(format!("/proc/{}/stat", self.pid)) else { return false };
        let fields: Vec<_> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
        fields[0] != "Z" && fields[19].parse() == Ok(self.start_time)
    }

    /// Holds it, or lets it go on.
    pub(crate) fn pause(self, is_held: bool) {
        let signal = if is_held { Signal::SIGSTOP } else { Signal::SIGCONT };
        kill(Pid::from_raw(self.pid), signal).unwrap();
    }

    pub(crate) fn kill(self) {
        if self.lives() {
            // It may end just now.
            kill(Pid::from_raw(self.pid), Signal::SIGKILL).unwrap_or_default();
        }
    }
}

/// A run's shim and agent, as its card names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunProcesses {
    pub(crate) shim: Process,
    pub(crate) agent: Process,
    /// The run's id, which is its folder's name.
    pub(crate) id: String,
}

impl RunProcesses {
    /// Of the newest run of an attempt.
    pub(crate) fn find(home: &Path, attempt: &str) -> Option<Self> {
        let mut runs: Vec<_> = run_dirs(home).into_iter().filter(|dir| is_of(dir, attempt)).collect();
        runs.sort();
        Self::of_dir(&runs.pop()?)
    }

    fn of_dir(dir: &Path) -> Option<Self> {
        let card: Value = serde_json::from_slice(&fs::read(dir.join("shim.json")).ok()?).ok()?;
        Some(Self {
            shim: Process::of_card(&card["shim"])?,
            agent: Process::of_card(&card["agent"])?,
            id: dir.file_name()?.to_str()?.to_owned(),
        })
    }

    /// Who bears the run's mark and lives.
    pub(crate) fn tree(&self) -> Vec<i32> {
        bearers_of(&format!("EVAL_KANBAN_RUN={}", self.id))
    }
}

fn run_dirs(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.join("runs")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn is_of(dir: &Path, attempt: &str) -> bool {
    let spec = fs::read(dir.join("spec.json")).unwrap_or_default();
    serde_json::from_slice::<Value>(&spec).is_ok_and(|spec| spec["env_set"]["EVAL_KANBAN_ATTEMPT"] == attempt)
}

/// Ends whatever a lab has left running, shims first.
pub(crate) fn end_all(home: &Path, mark: &Mark) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        run_dirs(home).iter().filter_map(|dir| RunProcesses::of_dir(dir)).for_each(|run| run.shim.kill());
        let left = mark.bearers();
        if left.is_empty() || Instant::now() > deadline {
            return;
        }
        for pid in left {
            // It may end just now.
            kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap_or_default();
        }
    }
}

/// Resident memory of a process, in bytes.
pub(crate) fn memory_of(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
