//! Adapters: how to launch an agent and what its lines mean. One trait, one module per protocol.
//!
//! Translation is stateless: a line alone decides what it becomes, so that a server may stop between any two lines.

mod claude;
mod scripted;

use std::{collections::BTreeMap, path::PathBuf};

use domain::{AgentAdapter, AgentLimits, EventBody, PermissionMode, RunId, SessionId, Usage};
use uuid::Uuid;

use crate::{OutputStream, RunSpec};

/// Whether the agent begins a conversation or takes one up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversation {
    /// A new one under this id.
    New(SessionId),
    /// An earlier one, after a crash or a restart.
    Resumed(SessionId),
}

impl Conversation {
    /// The conversation's id.
    pub const fn session_id(self) -> SessionId {
        match self {
            Self::New(id) | Self::Resumed(id) => id,
        }
    }
}

/// What the server knows about a run that is to start.
#[derive(Debug, Clone)]
pub struct LaunchRequest {
    /// The run's id.
    pub run_id: RunId,
    /// The agent's program. For the scripted agent: this program, with `leading_args` naming the role.
    pub program: PathBuf,
    /// Arguments before all others.
    pub leading_args: Vec<String>,
    /// The attempt's worktree.
    pub cwd: PathBuf,
    /// New or taken up again.
    pub conversation: Conversation,
    /// The first user message.
    pub prompt: String,
    /// Id of that message.
    pub prompt_id: Uuid,
    /// What the agent may do unasked.
    pub mode: PermissionMode,
    /// Model instead of the agent's default.
    pub model: Option<String>,
    /// Text added to the agent's instructions.
    pub append_prompt: Option<String>,
    /// Limits that the agent itself can hold.
    pub limits: AgentLimits,
    /// Variables added to the environment.
    pub env: BTreeMap<String, String>,
    /// Variables taken out of the inherited environment; a name may end in `*`.
    pub env_remove: Vec<String>,
    /// Arguments after all others.
    pub extra_args: Vec<String>,
}

/// One line that the agent wrote.
#[derive(Debug, Clone, Copy)]
pub struct AgentLine<'a> {
    /// Where it wrote it.
    pub stream: OutputStream,
    /// The line without its newline, as bytes.
    pub bytes: &'a [u8],
    /// Whether the line was longer than we keep in memory and is cut.
    pub is_truncated: bool,
}

/// What a line means: events to store and signals to act on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Translation {
    /// Events, in order.
    pub events: Vec<EventBody>,
    /// What else follows from the line.
    pub signals: Vec<Signal>,
}

/// Something that the server has to act on.
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    /// The agent began a turn.
    TurnStarted(TurnStart),
    /// The agent ended a turn. The run goes on until its process ends.
    TurnEnded(TurnEnd),
    /// What the agent does now.
    Activity(AgentActivity),
    /// Text that is still being written; never stored.
    Partial(Partial),
    /// Bytes to write to the agent's standard input, once, under this command id.
    Reply {
        /// Id of the command, the same each time the line is read.
        command_id: String,
        /// What to write.
        bytes: Vec<u8>,
    },
    /// The line is of a kind that this version does not know. It is in the events, too.
    Unknown,
}

/// Facts at the beginning of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnStart {
    /// The agent's conversation id; changes when the conversation is reset.
    pub session_id: Option<SessionId>,
    /// The model that answers.
    pub model: Option<String>,
    /// The permission mode in force, in the agent's own word.
    pub permission_mode: Option<String>,
    /// Version of the agent's program.
    pub version: Option<String>,
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnEnd {
    /// Whether the agent finished what it was asked. Only then is there something to review.
    pub is_ok: bool,
    /// The agent's own word for the reason, as `completed`, `api_error`, `max_turns`.
    pub reason: String,
    /// Why it did not finish, for people.
    pub error: Option<String>,
    /// Whether the error is a missing or refused login.
    pub is_login_problem: bool,
    /// Whether a limit of turns, cost or time was reached.
    pub is_limit: bool,
    /// The agent's last words.
    pub result: Option<String>,
    /// Tokens of this turn, cost of the whole conversation.
    pub usage: Usage,
    /// Turns that follow by themselves, because messages were queued.
    pub queued_turns: u32,
}

/// A status line for the card: "running `npm test`".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentActivity {
    /// As `running`, `editing`, `reading`, `thinking`, `writing`, `waiting for the model service`.
    pub verb: &'static str,
    /// What it acts on.
    pub object: Option<String>,
}

/// A piece of text that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partial {
    /// Whatever was partial is void: a new message begins, or the stored one arrived.
    Reset,
    /// More of the answer.
    Text(String),
    /// More of a thought.
    Thinking(String),
}

/// How to launch an agent and what its lines mean.
pub trait Adapter: Send + Sync {
    /// What to start, and the first bytes on its standard input.
    fn launch(&self, request: LaunchRequest) -> RunSpec;

    /// A user message, ready for standard input.
    fn user_message(&self, message_id: Uuid, text: &str) -> Vec<u8>;

    /// What tells the agent that no more messages come; standard input is closed after it.
    fn last_words(&self) -> Vec<u8>;

    /// What a line means. Never fails: what is not understood is kept as an unknown entry.
    fn translate(&self, line: AgentLine<'_>) -> Translation;
}

/// The adapter of an agent profile.
pub fn adapter_for(kind: AgentAdapter) -> &'static dyn Adapter {
    match kind {
        AgentAdapter::Claude => &claude::Claude,
        AgentAdapter::Scripted => &scripted::Scripted,
    }
}
