//! Agent processes: the shim that owns one, the journal it writes, and the protocols that agents speak.
//!
//! Owns everything between "start this agent in this folder" and "here is what it wrote, and how it ended". Knows no
//! SQL, no HTTP and no tasks; `README.md` beside this crate tells the formats and the promises.

mod adapter;
mod check;
mod connection;
mod error;
mod exit;
mod journal;
mod process;
mod protocol;
mod raw;
mod run;
mod scripted;
mod shell;
mod shim;
mod spec;
mod tail;

pub use adapter::{
    Adapter, AgentActivity, AgentLine, Partial, Signal, Translation, TurnEnd, TurnStart, adapter_for,
    ask::{Ask, AskAnswer, AskChannel, AskKind, BoardAction, BoardCall},
    launch::{Brought, Conversation, Image, LaunchRequest, UserMessage},
    request_id::{interrupt_request_id, mode_request_id, recall_request_id},
};
pub use check::{AgentCheck, check_agent, is_root_without_sandbox};
pub use error::Error;
pub use exit::{ExitOutcome, ExitRecord};
pub use protocol::{INPUT_BYTES_MAX, Stat as ShimStat};
pub use raw::RawStream;
pub use run::command::{Ack, RunCommand, RunHandle};
pub use run::start::{ShimProgram, Started, start_run};
pub use run::sweep::{SweepReport, sweep_run};
pub use run::{RunStanding, inspect_run};
pub use scripted::scripted_main;
pub use shell::{OUTPUT_TAIL_BYTES, OutputSeen, OutputWatch, ShellCommand};
pub use shim::shim_main;
pub use spec::RunSpec;
pub use tail::{JournalTail, OutputStream, RunEnd, TailBatch, TailEntry, TailRecord};

/// Result of this crate's fallible functions.
pub type Result<T> = std::result::Result<T, Error>;
