//! What waits for a person: tool calls, plans and questions of an agent, and what was remembered of the answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    ApprovalId, AttemptId, DiffFileHunks, PermissionMode, ProjectId, QuestionId, RuleId, TaskId, Timestamp,
};

/// Where an approval stands. Only a pending one can be answered, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Waits for a person.
    Pending,
    /// The tool may run, or the plan be carried out.
    Allowed,
    /// The tool must not run, or the plan be made anew.
    Denied,
    /// The agent took the request back, or ended: an answer means nothing any more.
    Withdrawn,
}

/// What is to be approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalKind {
    /// A tool call.
    Tool,
    /// A plan, as Markdown under `plan` of the input.
    Plan,
}

/// A tool call or plan that waits, or waited, for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its task.
    pub task_id: TaskId,
    /// Its attempt.
    pub attempt_id: AttemptId,
    /// What is to be approved.
    pub kind: ApprovalKind,
    /// Where it stands.
    pub state: ApprovalState,
    /// Name of the tool, as the agent gave it.
    pub tool_name: String,
    /// Arguments of the call, whole: what is shown is what runs.
    pub tool_input: Value,
    /// Links it to the call in the log.
    pub tool_use_id: Option<String>,
    /// The agent's own words about the call.
    pub description: Option<String>,
    /// Why the agent asks, in its program's words.
    pub reason: Option<String>,
    /// Whether a subagent asks.
    pub is_subagent: bool,
    /// Folder in which the call runs: the attempt's worktree.
    pub cwd: Option<String>,
    /// Rules that would allow this call and others like it, the narrowest first.
    pub suggestions: Vec<RuleProposal>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it was answered or taken back.
    pub resolved_at: Option<Timestamp>,
    /// Who answered, as `Firefox on Linux`, or the rule that did.
    pub resolved_by: Option<String>,
    /// What was said with the answer.
    pub message: Option<String>,
    /// Whether the call was allowed with other arguments than those asked for.
    pub is_edited: bool,
}

/// The answer to an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Let it run.
    Allow,
    /// Do not.
    Deny,
}

/// How far an answer is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleScope {
    /// For this attempt.
    Attempt,
    /// For every attempt of this project.
    Project,
}

/// Body of an answer to an approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveApproval {
    /// The answer.
    pub decision: Decision,
    /// Words for the agent; a denial without any gets plain ones.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub message: Option<String>,
    /// Arguments to run with instead of those asked for.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub updated_input: Option<Value>,
    /// Allow calls like this one from now on.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub remember: Option<RuleScope>,
    /// The rule to remember; the first suggestion if not given.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub rule: Option<RulePattern>,
    /// With a denial: stop the turn, too.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub stop: Option<bool>,
    /// With an allowed plan: the mode to go on in.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub mode: Option<PermissionMode>,
}

/// Which calls a rule allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulePattern {
    /// The tool.
    pub tool_name: String,
    /// Which of its calls: `npm test *` for commands, `src/**` for files, a host for addresses; none is all of them.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub pattern: Option<String>,
}

/// A rule that could be remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct RuleProposal {
    /// The tool.
    pub tool_name: String,
    /// Which of its calls; none is all of them.
    pub pattern: Option<String>,
    /// What it allows, in words.
    pub text: String,
}

/// What was remembered: calls that are allowed unasked. Kept in the database only, never in the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// Its project.
    pub project_id: ProjectId,
    /// The attempt that it holds for; none is every attempt of the project.
    pub attempt_id: Option<AttemptId>,
    /// The tool.
    pub tool_name: String,
    /// Which of its calls; none is all of them.
    pub pattern: Option<String>,
    /// What it allows, in words.
    pub text: String,
    /// Calls that it has allowed.
    pub hit_count: i32,
    /// When it last allowed one.
    pub last_hit_at: Option<Timestamp>,
    /// When it was remembered.
    pub created_at: Timestamp,
}

/// What an allowed call would do to a file, against the file as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct ApprovalPreview {
    /// The file, relative to the worktree where it is inside.
    pub path: Option<String>,
    /// Whether the file is inside the worktree.
    pub is_inside: bool,
    /// Whether the file does not exist yet.
    pub is_new: bool,
    /// The change.
    pub diff: Option<DiffFileHunks>,
    /// Why there is no change to show, as `the text to replace is not in the file`.
    pub problem: Option<String>,
}

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionState {
    /// Waits for a person.
    Pending,
    /// Was answered.
    Answered,
    /// A person will not answer: the agent decides.
    Declined,
    /// The agent took it back, or ended.
    Withdrawn,
}

/// One of the answers that an agent offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct QuestionOption {
    /// The answer.
    pub label: String,
    /// What it means.
    pub description: Option<String>,
}

/// One thing that an agent wants to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct QuestionItem {
    /// What it wants to know; the key of the answer.
    pub question: String,
    /// A word for it.
    pub header: Option<String>,
    /// Answers that it offers; another one may be given.
    pub options: Vec<QuestionOption>,
    /// Whether several may be chosen; they are joined by `, `.
    pub multi_select: bool,
}

/// What an agent asks, or asked, a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Question {
    /// Its id.
    pub id: QuestionId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its task.
    pub task_id: TaskId,
    /// Its attempt.
    pub attempt_id: AttemptId,
    /// Where it stands.
    pub state: QuestionState,
    /// What it wants to know, one to a few things.
    pub questions: Vec<QuestionItem>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When the project's default answer is given, where it has one.
    pub default_at: Option<Timestamp>,
    /// When it was answered or taken back.
    pub resolved_at: Option<Timestamp>,
    /// Who answered.
    pub resolved_by: Option<String>,
    /// The answers, by question.
    pub answers: Option<BTreeMap<String, String>>,
    /// What was said instead of an answer.
    pub message: Option<String>,
}

/// Body of an answer to a question: answers, or words why there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResolveQuestion {
    /// Answers by question. Not every question needs one.
    #[ts(optional = nullable)]
    pub answers: Option<BTreeMap<String, String>>,
    /// Instead of answers: the agent decides, and gets these words.
    #[ts(optional = nullable)]
    pub message: Option<String>,
}
