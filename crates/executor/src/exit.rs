//! How a run ended, as the shim records it.

use serde::{Deserialize, Serialize};

/// How the agent's process ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExitOutcome {
    /// It exited by itself.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// A signal ended it.
    Signalled {
        /// The signal's number.
        signal: i32,
    },
    /// It never ran.
    FailedToStart {
        /// Why.
        message: String,
    },
    /// It ended and nobody could learn how. Never success.
    Unknown,
}

/// The end of a run: written once, after both streams were read to their end and the process tree was empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// How the agent's process ended.
    pub outcome: ExitOutcome,
    /// Whether a stop was asked for before it ended.
    pub was_stopped: bool,
    /// Bytes of standard output and error in all.
    pub output_bytes: u64,
    /// Processes that the agent left behind and that were ended after it.
    pub leftover_count: u32,
    /// Processes of its tree that could not be ended; empty unless the system refused.
    #[serde(default)]
    pub survivors: Vec<i32>,
    /// When, in microseconds since the Unix epoch.
    pub ended_at: i64,
}
