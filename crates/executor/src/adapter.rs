//! Adapters: how to launch an agent and what its lines mean. One trait, one module per protocol.
//!
//! Translation is stateless: a line alone decides what it becomes, so that a server may stop between any two lines.

pub(crate) mod ask;
mod claude;
pub(crate) mod launch;
pub(crate) mod request_id;
mod scripted;

use domain::{AgentAdapter, EventBody, PermissionMode, SessionId, Usage};
use serde_json::Value;
use uuid::Uuid;

use self::{
    ask::{Ask, AskAnswer, AskChannel, BoardCall},
    launch::{LaunchRequest, UserMessage},
};
use crate::{OutputStream, RunSpec};

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

impl Translation {
    /// Only this event.
    pub(crate) fn of_event(event: EventBody) -> Self {
        Self { events: vec![event], signals: Vec::new() }
    }

    /// Only this signal.
    pub(crate) fn of_signal(signal: Signal) -> Self {
        Self { events: Vec::new(), signals: vec![signal] }
    }

    /// And this signal.
    pub(crate) fn with_signal(mut self, signal: Signal) -> Self {
        self.signals.push(signal);
        self
    }
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
    /// The agent asks and waits, for as long as it takes: answer it with [`Adapter::answer_ask`].
    Asked(Ask),
    /// The agent took back what it asked under this id: an answer means nothing any more.
    AskWithdrawn {
        /// [`Ask::request_id`], or [`BoardCall::request_id`].
        request_id: String,
    },
    /// The same for a call of one of the board's tools, which the agent knows by another id: that of
    /// [`AskChannel::Tool`] and of [`BoardCall::rpc_id`].
    CallWithdrawn {
        /// Id of the call within its channel; unique within a run.
        rpc_id: Value,
    },
    /// The agent has taken up a message: it cannot be had back. May be said more than once.
    MessageTaken {
        /// The id given to [`Adapter::user_message`].
        message_id: Uuid,
    },
    /// What became of a message that was to be had back, also where an interrupt took it back. May be said more than
    /// once. A message that was taken stays taken, one that was recalled stays recalled: whatever is said first holds.
    /// (The program says of the messages of an interrupted turn, too, that they are recalled.)
    MessageRecalled {
        /// The message.
        message_id: Uuid,
        /// Whether the agent will never see it; false: it was too late.
        is_recalled: bool,
    },
    /// What the agent may do unasked now. Said at each beginning of a turn, too.
    ModeChanged {
        /// The mode in force.
        mode: PermissionMode,
    },
    /// The mode stays what it was.
    ModeRefused {
        /// Why, in the agent's words.
        message: String,
    },
    /// The agent calls a tool of the board's and waits: answer it with [`Adapter::answer_call`].
    BoardCall(BoardCall),
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
    /// The agent's own word for the reason, as `completed`, `api_error`, `max_turns`, `aborted_tools`.
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
    /// Turns that follow by themselves, because messages were queued. 0 does not mean that none follows: one does if
    /// a message was sent that is neither taken nor recalled.
    pub queued_turns: u32,
}

impl TurnEnd {
    /// Whether it was cut short, by an interrupt, a denial that stops, or a message that could not wait. Then it is
    /// never ok.
    pub fn is_aborted(&self) -> bool {
        self.reason.starts_with("aborted_")
    }

    /// Whether the conversation that was to be taken up is not there: the agent ended before it had kept any of it.
    /// A new one has to begin, with everything that the first message said.
    pub fn is_conversation_missing(&self) -> bool {
        self.error.as_deref().is_some_and(|error| error.starts_with("No conversation found"))
    }
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

    /// A user message, ready for standard input. Its id comes back in [`Signal::MessageTaken`]. An id serves once in a
    /// conversation: a second message under it is dropped without a word, also when the first one was recalled.
    fn user_message(&self, message_id: Uuid, message: &UserMessage) -> Vec<u8>;

    /// The answer to what the agent asked. `tool_input` is the [`Ask`]'s own.
    fn answer_ask(
        &self,
        request_id: &str,
        channel: &AskChannel,
        tool_input: &Value,
        answer: &AskAnswer,
    ) -> Vec<u8>;

    /// The result of a call of one of the board's tools.
    fn answer_call(&self, request_id: &str, rpc_id: &Value, text: &str, is_error: bool) -> Vec<u8>;

    /// Stops the turn, not the run; harmless between turns. Messages that wait become the next turn, or are recalled
    /// with `is_queue_cancelled`. A message that cannot wait is written right *behind* an interrupt: before it, an idle
    /// agent would have its turn stopped. The id is one of [`crate::interrupt_request_id`].
    fn interrupt(&self, request_id: &str, is_queue_cancelled: bool) -> Vec<u8>;

    /// Changes what the agent may do unasked. The id is one of [`crate::mode_request_id`].
    fn set_mode(&self, request_id: &str, mode: PermissionMode) -> Vec<u8>;

    /// Takes a message back that the agent has not taken up. The id is one of [`crate::recall_request_id`] for the
    /// same message.
    fn recall_message(&self, request_id: &str, message_id: Uuid) -> Vec<u8>;

    /// What tells the agent that no more messages come; standard input is closed after it. It stops a turn that runs,
    /// and with it a message that was sent just before.
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
