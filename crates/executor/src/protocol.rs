//! The words between a server and a shim: what the shim reports at its start, and the lines on its control socket.
//!
//! A server understands shims of the previous release, so a field may be added here, and none removed or renamed
//! without a new [`PROTOCOL`].

use serde::{Deserialize, Serialize};

use crate::process::ProcessIdentity;

/// Version of the words on the socket.
pub(crate) const PROTOCOL: u32 = 1;
/// Longest line on the socket; what is written to the agent follows its line and is not counted.
pub(crate) const LINE_BYTES_MAX: usize = 4096;
/// Most bytes that wait for the agent to read them, and so the most that one command has for it.
pub const INPUT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Name of the socket in the run's folder.
pub(crate) const SOCKET: &str = "ctl.sock";
/// Name of the file that says who the shim is.
pub(crate) const SHIM_FILE: &str = "shim.json";
/// Name of the file that says what to run.
pub(crate) const SPEC_FILE: &str = "spec.json";
/// Name of the file that says how it ended.
pub(crate) const EXIT_FILE: &str = "exit.json";
/// Name of the file that has the shim's standard error.
pub(crate) const LOG_FILE: &str = "shim.log";
/// Id of the command by which the spec's first input is written.
pub(crate) const FIRST_INPUT_ID: &str = "first-input";

/// What the shim says on its standard output before it lets go of it: one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Report {
    /// The agent runs.
    Started { shim_pid: i32, agent_pid: i32 },
    /// A shim of this run lives already.
    Exists,
    /// The run has ended before.
    Done,
    /// The run was started before and nobody knows how it ended.
    Lost,
    /// The agent could not be started, which is recorded.
    Failed { message: String },
    /// The shim could not begin.
    Error { message: String },
}

/// Who the shim is and what opens its socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShimCard {
    /// Version of the words on its socket.
    pub(crate) protocol: u32,
    /// To be said first on the socket.
    pub(crate) nonce: String,
    /// The shim's process.
    pub(crate) shim: Option<ProcessIdentity>,
    /// The agent's process.
    pub(crate) agent: Option<ProcessIdentity>,
}

/// The first line from either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Greeting {
    /// The version that the speaker wants, or speaks.
    pub(crate) protocol: u32,
    /// From the client: what [`ShimCard`] says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nonce: Option<String>,
}

/// A line from the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Request {
    /// Write the `byte_count` bytes that follow to the agent's standard input.
    WriteStdin { id: String, byte_count: usize },
    /// Write the `byte_count` bytes that follow, then close the agent's standard input.
    CloseStdin { id: String, byte_count: usize },
    /// End the agent's process tree.
    Stop { id: String, grace_ms: u32 },
    /// Tell how things stand.
    Stat,
    /// Say so whenever the journal has grown.
    Subscribe,
}

impl Request {
    /// How many bytes follow the line.
    pub(crate) const fn byte_count(&self) -> usize {
        match self {
            Self::WriteStdin { byte_count, .. } | Self::CloseStdin { byte_count, .. } => *byte_count,
            Self::Stop { .. } | Self::Stat | Self::Subscribe => 0,
        }
    }
}

/// A line from the shim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Reply {
    /// What became of a command. `applied` is only said once the journal has it.
    Ack { id: String, ack: Verdict },
    /// How things stand.
    Stat(Stat),
    /// The journal has grown.
    Grew,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It is in the journal and is being done.
    Applied,
    /// Its id was applied before.
    Duplicate,
    /// Standard input is closed.
    Closed,
    /// Too much waits already.
    Busy,
}

/// How things stand in a shim.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stat {
    /// Bytes of the journal that are written.
    pub journal_bytes: u64,
    /// Bytes of the journal that wait for room on the disk.
    pub backlog_bytes: u64,
    /// Whether the disk refuses, so that the agent's output waits in its pipe.
    pub is_disk_full: bool,
    /// Bytes that wait for the agent to read them.
    pub input_bytes: u64,
    /// Bytes of the agent's output so far.
    pub output_bytes: u64,
}
