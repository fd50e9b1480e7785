//! What to run: the one thing that the shim reads before it starts an agent.

use std::{collections::BTreeMap, path::PathBuf};

use domain::RunId;
use serde::{Deserialize, Serialize};

/// How to start one agent. Lies as `spec.json` (0600) in the run's folder (0700).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    /// The run, also the mark by which its processes are found.
    pub run_id: RunId,
    /// The agent's program, looked up in `PATH` if it has no slash.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Where it runs: the attempt's worktree.
    pub cwd: PathBuf,
    /// Variables added to the inherited environment.
    #[serde(default)]
    pub env_set: BTreeMap<String, String>,
    /// Variables taken out of the inherited environment; a name may end in `*`.
    #[serde(default)]
    pub env_remove: Vec<String>,
    /// Bytes written to the agent's standard input first, before any command. They count as one applied command, so
    /// a restart never sends them twice.
    #[serde(default)]
    pub first_input: String,
}
