//! A run as the server sees it: start it, ask how it stands, send it commands, sweep what it left behind.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{Error, ExitRecord, Result, RunSpec};

/// How to start a shim: this program in its role as shim. The run's folder becomes the last argument.
#[derive(Debug, Clone)]
pub struct ShimProgram {
    /// The program.
    pub program: PathBuf,
    /// Arguments that select the role.
    pub args: Vec<OsString>,
}

/// How a start went. Only `New` started an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// The agent runs.
    New {
        /// The shim's process id.
        shim_pid: i32,
        /// The agent's process id.
        agent_pid: i32,
    },
    /// A shim of this run already lives.
    Exists,
    /// This run has ended before.
    Done,
    /// This run was started before and its shim is gone; it is never started again.
    Lost,
    /// The agent's program could not be started; the exit record says so, too.
    Failed {
        /// Why.
        message: String,
    },
}

/// How a run stands. Decided by the shim's lock and the journal, never by a process id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunStanding {
    /// Its shim lives.
    Live,
    /// It ended.
    Ended(ExitRecord),
    /// It was started and its shim is gone without an exit record.
    Lost,
    /// It was never started.
    NeverStarted,
}

/// Something to do to a run. Applied once per command id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunCommand {
    /// Write to the agent's standard input.
    WriteStdin(Vec<u8>),
    /// Write these last bytes, then close the agent's standard input.
    CloseStdin {
        /// What [`crate::Adapter::last_words`] gave; may be empty.
        last_words: Vec<u8>,
    },
    /// End the agent's whole process tree: ask, wait `grace_ms`, kill. A second stop skips the wait.
    Stop {
        /// How long to wait between asking and killing.
        grace_ms: u32,
    },
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// It is in the journal and is being done.
    Applied,
    /// It was applied before.
    Duplicate,
    /// The agent's standard input, or the whole run, is closed.
    Closed,
    /// More than 8 MiB wait for the agent already; try again later.
    Busy,
}

/// What a sweep found and did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SweepReport {
    /// Processes that were ended.
    pub ended_count: u32,
    /// Processes that the system did not let us end.
    pub survivors: Vec<i32>,
}

/// A run to send commands to. Cheap to make and to clone: it is the run's folder.
#[derive(Debug, Clone)]
pub struct RunHandle {
    dir: PathBuf,
}

impl RunHandle {
    /// The run in this folder.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Sends a command. `Applied` means that it is in the journal; sent again under the same id it is a `Duplicate`,
    /// also after the run ended.
    ///
    /// # Errors
    /// When the shim lives and cannot be reached or does not answer within ten seconds. The command may have been
    /// applied; send it again under the same id.
    pub async fn send(&self, command_id: &str, command: RunCommand) -> Result<Ack> {
        Err(Error::Answer { dir: self.dir.clone(), answer: format!("{command_id} {command:?}") })
    }
}

/// Starts a run exactly once: makes its folder, writes its spec, and lets a shim start the agent.
///
/// # Errors
/// When the folder cannot be written or the shim cannot be started or gives up before it has a journal.
pub async fn start_run(shim: &ShimProgram, dir: &Path, spec: &RunSpec) -> Result<Started> {
    Err(Error::ShimGaveUp { dir: dir.to_owned(), message: format!("{shim:?} {spec:?}") })
}

/// How the run in this folder stands.
///
/// # Errors
/// When its files cannot be read.
pub fn inspect_run(dir: &Path) -> Result<RunStanding> {
    Err(Error::ShimGaveUp { dir: dir.to_owned(), message: String::new() })
}

/// Ends whatever a dead shim left behind, found by the run's mark in the environment. Blocks up to five seconds.
pub fn sweep_run(_run_id: domain::RunId) -> SweepReport {
    SweepReport::default()
}
