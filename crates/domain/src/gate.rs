//! Gates: the project's commands that must pass, and each run of one.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AttemptId, GateRunId, Timestamp};

/// Where a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// It never ran for this attempt.
    NotRun,
    /// It waits for the one before it.
    Queued,
    /// Its command runs.
    Running,
    /// Its command ended with 0.
    Passed,
    /// Its command ended with another code, by a signal, or could not be started.
    Failed,
    /// Its command was stopped at its time limit.
    TimedOut,
    /// A person stopped it.
    Cancelled,
    /// Nobody knows how it ended: its supervisor vanished.
    Lost,
}

impl GateState {
    /// Whether the command is still to end.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRun => "not_run",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
        }
    }
}

/// What a command of the project is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// Prepares a new worktree before the agent starts.
    Setup,
    /// Must pass on the attempt's work.
    Gate,
    /// A gate on the tree that a merge would make.
    Merge,
}

/// A run of one of the project's commands, or a gate that never ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct GateRun {
    /// Its id; none where the gate never ran.
    pub id: Option<GateRunId>,
    /// The attempt it ran for.
    pub attempt_id: AttemptId,
    /// The gate's name; `setup` for the setup command.
    pub name: String,
    /// What it was run for.
    pub kind: GateKind,
    /// The command as typed.
    pub command: String,
    /// Where it stands.
    pub state: GateState,
    /// The commit whose work it ran on.
    pub commit: Option<String>,
    /// Whether the attempt's work has another tree by now.
    pub is_stale: bool,
    /// Exit code, if it exited by itself.
    pub exit_code: Option<i32>,
    /// What else is known about its end: signal, time limit, why it could not be started.
    pub message: Option<String>,
    /// Seconds it may take.
    pub timeout_s: i32,
    /// Bytes of output so far.
    pub output_bytes: i32,
    /// The last lines of its output, once it has ended; at most 4 KiB.
    pub output_tail: String,
    /// When its command was started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What a card shows of a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct GateMark {
    /// The gate's name.
    pub name: String,
    /// Where it stands.
    pub state: GateState,
    /// Whether the attempt's work has another tree by now.
    pub is_stale: bool,
}
