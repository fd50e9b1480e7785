//! Events: the immutable, numbered entries of an attempt's log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    ApprovalState, Attachment, AttemptState, CriterionId, GateKind, GateRunId, GateState, QuestionItem,
    QuestionState, Timestamp,
};

/// Longest text that an event carries, in bytes. What was longer is cut at a character and says so; the journal keeps
/// the whole.
pub const TEXT_BYTES_MAX: usize = 256 * 1024;

/// One entry of an attempt's log. `seq` begins at 1 and has no gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Event {
    /// Place in the attempt's log.
    pub seq: i32,
    /// When the agent wrote the line, or when the board did what the event says.
    pub ts: Timestamp,
    /// Kind of the event in upper case, as `MESSAGE`.
    pub kind: String,
    /// What happened; its shape depends on `kind`, see [`EventBody`].
    pub payload: Value,
}

/// Events in order, with the sequence number of the attempt's last one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct EventPage {
    /// Events in ascending order.
    pub items: Vec<Event>,
    /// Sequence number to continue after, if there is more in the asked direction.
    pub next_cursor: Option<i32>,
    /// The attempt's last sequence number when the page was read.
    pub last_seq: i32,
}

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageRole {
    /// The person, or the board on their behalf.
    User,
    /// The agent.
    Assistant,
    /// The agent's own program.
    System,
}

/// Weight of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For the curious.
    Debug,
    /// Normal.
    Info,
    /// Something to notice.
    Warn,
    /// Something failed.
    Error,
}

/// Where a log line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogStream {
    /// The agent's standard output, outside its protocol.
    Stdout,
    /// The agent's standard error.
    Stderr,
    /// A protocol entry of a kind that this version does not know. Kept and counted.
    Unknown,
    /// The agent's program about itself.
    Agent,
    /// The board: worktree, supervision, merge.
    Board,
}

/// What an event says. Tagged by `kind`, the rest under `payload`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "kind", content = "payload", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventBody {
    /// The attempt changed its state.
    Status {
        /// State before; none for the first event.
        from: Option<AttemptState>,
        /// State after.
        to: AttemptState,
        /// Why, if there is more to say.
        reason: Option<String>,
    },
    /// Somebody said something, as Markdown.
    Message {
        /// Who.
        role: MessageRole,
        /// What, at most [`TEXT_BYTES_MAX`] bytes.
        text: String,
        /// Tool call of the subagent that speaks.
        parent_tool_use_id: Option<String>,
        /// Whether `text` was cut.
        is_truncated: bool,
        /// What was attached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        attachments: Option<Vec<Attachment>>,
    },
    /// The agent thought.
    Thinking {
        /// What it let us see.
        text: String,
        /// Tool call of the subagent that thinks.
        parent_tool_use_id: Option<String>,
    },
    /// The agent called a tool.
    ToolCall {
        /// Links the result to the call.
        tool_use_id: String,
        /// Name of the tool, as the agent gave it.
        name: String,
        /// Arguments, as the agent gave them (long texts cut).
        input: Value,
        /// Tool call of the subagent that calls.
        parent_tool_use_id: Option<String>,
    },
    /// A tool answered.
    ToolResult {
        /// The call that this answers.
        tool_use_id: String,
        /// Whether the tool says that it failed.
        is_error: bool,
        /// What the agent sees, as text.
        content: String,
        /// The structured result where the agent gives one: patch of an edit, output of a command.
        detail: Option<Value>,
        /// Tool call of the subagent that called.
        parent_tool_use_id: Option<String>,
        /// Whether `content` was cut.
        is_truncated: bool,
    },
    /// A tool call that needed a person: asked, and later answered or taken back.
    Approval {
        /// The request's id.
        approval_id: String,
        /// Where it stands.
        state: ApprovalState,
        /// Name of the tool.
        tool_name: String,
        /// The call's arguments; those it runs with, once allowed (long texts cut).
        tool_input: Value,
        /// What was said with the answer.
        message: Option<String>,
        /// Links it to the call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        tool_use_id: Option<String>,
        /// Who answered, or the rule that did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        resolved_by: Option<String>,
        /// Whether it was allowed with other arguments than those asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        is_edited: Option<bool>,
    },
    /// The agent asked a person something: asked, and later answered or taken back.
    Question {
        /// The question's id.
        question_id: String,
        /// Where it stands.
        state: QuestionState,
        /// What it wants to know.
        questions: Vec<QuestionItem>,
        /// The answers, by question.
        answers: Option<BTreeMap<String, String>>,
        /// What was said instead of an answer.
        message: Option<String>,
        /// Who answered.
        resolved_by: Option<String>,
    },
    /// The agent ticked a line of the task's checklist, or took the tick back.
    Criterion {
        /// The line.
        criterion_id: CriterionId,
        /// Its text.
        text: String,
        /// Whether it holds.
        done: bool,
        /// Why one may believe so.
        evidence: Option<String>,
    },
    /// The board ran a command for the attempt.
    Command {
        /// The command as typed.
        cmd: String,
        /// Where it ran.
        cwd: String,
    },
    /// A gate, the setup command, or a gate before a merge ended.
    GateResult {
        /// Its name.
        gate: String,
        /// What it was run for.
        purpose: GateKind,
        /// How it ended.
        state: GateState,
        /// Exit code, if it exited by itself.
        exit_code: Option<i32>,
        /// How long its command ran; none where it never began.
        duration_ms: Option<i32>,
        /// The run whose output it is.
        output_ref: GateRunId,
        /// What else is known about its end.
        message: Option<String>,
    },
    /// The attempt left something.
    Artifact {
        /// What it is: `commit`, `diff`, `merge`, …
        #[serde(rename = "kind")]
        #[ts(rename = "kind")]
        artifact_kind: String,
        /// Where it is: a commit, a path.
        #[serde(rename = "ref")]
        #[ts(rename = "ref")]
        artifact_ref: String,
        /// A line for people.
        title: Option<String>,
    },
    /// How far something is.
    Progress {
        /// What goes on, as `retry`, `worktree`.
        phase: String,
        /// Step reached.
        step: Option<i32>,
        /// Steps in all.
        total: Option<i32>,
        /// A line for people.
        message: String,
    },
    /// Tokens and cost so far.
    Usage(crate::Usage),
    /// A line of text.
    Log {
        /// Its weight.
        level: LogLevel,
        /// Where it came from.
        stream: LogStream,
        /// The text, at most [`TEXT_BYTES_MAX`] bytes.
        message: String,
        /// Whether `message` was cut.
        is_truncated: bool,
    },
    /// Something failed.
    Error {
        /// What happened.
        message: String,
        /// More for those who look: an error code, standard error's end.
        detail: Option<String>,
    },
}

impl EventBody {
    /// The event's kind as it stands on the wire.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Status { .. } => "STATUS",
            Self::Message { .. } => "MESSAGE",
            Self::Thinking { .. } => "THINKING",
            Self::ToolCall { .. } => "TOOL_CALL",
            Self::ToolResult { .. } => "TOOL_RESULT",
            Self::Approval { .. } => "APPROVAL",
            Self::Question { .. } => "QUESTION",
            Self::Criterion { .. } => "CRITERION",
            Self::Command { .. } => "COMMAND",
            Self::GateResult { .. } => "GATE_RESULT",
            Self::Artifact { .. } => "ARTIFACT",
            Self::Progress { .. } => "PROGRESS",
            Self::Usage(_) => "USAGE",
            Self::Log { .. } => "LOG",
            Self::Error { .. } => "ERROR",
        }
    }

    /// A line of the board about the attempt.
    pub fn board_log(level: LogLevel, message: impl Into<String>) -> Self {
        Self::Log { level, stream: LogStream::Board, message: message.into(), is_truncated: false }
    }
}

/// The first [`TEXT_BYTES_MAX`] bytes of `text`, cut at a character, and whether anything was cut.
pub fn bounded_text(text: &str) -> (String, bool) {
    if text.len() <= TEXT_BYTES_MAX {
        return (text.to_owned(), false);
    }
    let mut end = TEXT_BYTES_MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (text[..end].to_owned(), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_tagged_by_its_kind() {
        let body = EventBody::Status { from: None, to: AttemptState::Queued, reason: None };
        let json = serde_json::to_value(&body).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"kind": "STATUS", "payload": {"from": null, "to": "queued", "reason": null}})
        );
        assert_eq!(json["kind"], body.kind());
        let artifact =
            EventBody::Artifact { artifact_kind: "commit".into(), artifact_ref: "abc".into(), title: None };
        assert_eq!(serde_json::to_value(&artifact).unwrap()["payload"]["ref"], "abc");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let text = "é".repeat(TEXT_BYTES_MAX);
        let (cut, is_truncated) = bounded_text(&text);
        assert!(is_truncated && cut.len() <= TEXT_BYTES_MAX && text.starts_with(&cut));
        assert_eq!(bounded_text("short"), ("short".to_owned(), false));
    }
}
