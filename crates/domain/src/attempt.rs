//! Attempts: one run at a task, with its own worktree, branch, log and result.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    AgentId, AttemptId, AttemptState, GateMark, MergeStyle, PermissionMode, PullRequest, SessionId, TaskId,
    TaskStatus, Timestamp,
};

/// Tokens and cost of an attempt so far. Cost is the agent's own figure, the last one it gave.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS, ToSchema)]
pub struct Usage {
    /// Tokens sent, uncached.
    pub input_tokens: i32,
    /// Tokens written by the model.
    pub output_tokens: i32,
    /// Tokens read from the provider's cache.
    pub cache_read_tokens: i32,
    /// Tokens written to the provider's cache.
    pub cache_creation_tokens: i32,
    /// US dollars, as the agent reports them.
    pub cost_usd: f64,
    /// Model turns.
    pub turns: i32,
}

/// What the agent does now, for the card: a verb, its object, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Activity {
    /// As `running`, `editing`, `thinking`.
    pub verb: String,
    /// As `npm test` or `src/app.ts`; shown in the code font.
    pub object: Option<String>,
    /// When it began.
    pub since: Timestamp,
}

/// Why an attempt failed, for programs. The message says it for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The worktree could not be made.
    WorktreeFailed,
    /// The agent could not be started.
    StartFailed,
    /// The agent reported an error as the end of its turn.
    AgentError,
    /// The agent ended without saying how its turn ended.
    NoResult,
    /// The agent, or its supervisor, vanished: killed, or the machine went down.
    Lost,
    /// A limit of turns, time or cost was reached.
    LimitReached,
    /// The agent could not log in to its model service.
    NotLoggedIn,
    /// The work was done but could not be committed or read back.
    FinishFailed,
}

/// What went wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct AttemptError {
    /// For programs.
    pub code: FailureCode,
    /// For people.
    pub message: String,
}

/// What may be done with an attempt now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptAction {
    /// Stop it.
    Cancel,
    /// Accept its work.
    Approve,
    /// Accept its work and merge it in one step.
    ApproveAndMerge,
    /// Merge its accepted work.
    Merge,
    /// Throw its work away; a recovery ref stays for 30 days.
    Discard,
    /// Say something to its agent; after its end, go on in its session and worktree.
    Message,
    /// Stop what the agent does now without ending the attempt.
    Interrupt,
    /// Take the work of a stopped agent as it is: to Review.
    Finish,
    /// Let an agent that was lost or failed go on in its session and worktree.
    Resume,
    /// Change what the agent may do unasked.
    SetMode,
    /// Send it back with feedback: the next attempt goes on in its worktree and session.
    RequestChanges,
    /// Try again from the base, with feedback.
    RetryFresh,
    /// Merge the base into its worktree and let the agent resolve the conflicts.
    ResolveConflicts,
    /// Open a pull request.
    OpenPullRequest,
    /// Take its merge back.
    UndoMerge,
    /// Have its discarded work back.
    Restore,
    /// Run the project's gates on its work.
    RunGates,
    /// Bring its worktree back to a checkpoint.
    GoBack,
}

/// What decides what may be done with an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptFacts {
    /// Where it stands.
    pub state: AttemptState,
    /// Column of its task.
    pub status: TaskStatus,
    /// Whether its worktree is there.
    pub has_worktree: bool,
    /// Whether its turn was stopped and its agent waits for a message.
    pub is_stopped: bool,
    /// Whether it is its task's newest one.
    pub is_newest: bool,
}

/// How far the agent says it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Progress {
    /// What it does, as `writing tests`.
    pub phase: String,
    /// Step reached.
    pub step: Option<i32>,
    /// Steps in all.
    pub total: Option<i32>,
    /// A line for people.
    pub message: Option<String>,
}

/// An attempt in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// The task it works on.
    pub task_id: TaskId,
    /// 1 for the task's first attempt.
    pub number: i32,
    /// Where it stands.
    pub state: AttemptState,
    /// The agent profile it runs with.
    pub agent_id: AgentId,
    /// The profile's name when it started.
    pub agent_name: String,
    /// What the agent may do unasked.
    pub mode: PermissionMode,
    /// Its branch, once the worktree stands.
    pub branch_name: Option<String>,
    /// The branch it started from and merges into.
    pub base_branch: String,
    /// The commit it started from.
    pub base_commit: Option<String>,
    /// The last commit of its branch, once its turn ended.
    pub head_commit: Option<String>,
    /// The tree of `head_commit`.
    pub head_tree: Option<String>,
    /// The commit that the reviewer saw when they last asked for changes.
    pub reviewed_commit: Option<String>,
    /// The commit on the base branch, once merged.
    pub merge_commit: Option<String>,
    /// How it was merged.
    pub merge_style: Option<MergeStyle>,
    /// The commit that took the merge back, where it was reverted.
    pub revert_commit: Option<String>,
    /// Its pull request.
    pub pull_request: Option<PullRequest>,
    /// The attempt whose worktree and session it goes on with.
    pub continues_id: Option<AttemptId>,
    /// The attempt that its worktree was made for; itself, unless it goes on with another's.
    pub worktree_id: AttemptId,
    /// Its gates, where they ran.
    pub gates: Vec<GateMark>,
    /// Its worktree, while there is one.
    pub worktree_path: Option<String>,
    /// The agent's conversation.
    pub session_id: Option<SessionId>,
    /// When it was asked for.
    pub queued_at: Timestamp,
    /// When its agent was started.
    pub started_at: Option<Timestamp>,
    /// When its agent ended.
    pub ended_at: Option<Timestamp>,
    /// What went wrong.
    pub error: Option<AttemptError>,
    /// What the agent says it did.
    pub summary: Option<String>,
    /// Tokens and cost.
    pub usage: Usage,
    /// What the agent does now.
    pub activity: Option<Activity>,
    /// How far the agent says it is.
    pub progress: Option<Progress>,
    /// Whether its turn was stopped by a person, and its agent waits for a message.
    pub is_stopped: bool,
    /// Files changed against the merge base, once its turn ended.
    pub files_changed: Option<i32>,
    /// Lines added.
    pub additions: Option<i32>,
    /// Lines removed.
    pub deletions: Option<i32>,
    /// Files of its work that would run code once an agent is started in the repository; look at them first.
    pub config_changes: Vec<String>,
    /// Entries of the agent's stream that this version does not know; they are in the log.
    pub unknown_entries: i32,
    /// Sequence number of its last event.
    pub last_seq: i32,
    /// What may be done with it now.
    pub allowed_actions: Vec<AttemptAction>,
}

/// What a card shows of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct AttemptSummary {
    /// Its id.
    pub id: AttemptId,
    /// 1 for the task's first attempt.
    pub number: i32,
    /// Where it stands.
    pub state: AttemptState,
    /// The agent profile it runs with.
    pub agent_id: AgentId,
    /// The profile's name when it started.
    pub agent_name: String,
    /// What the agent may do unasked.
    pub mode: PermissionMode,
    /// The branch it merges into.
    pub base_branch: String,
    /// When it was asked for.
    pub queued_at: Timestamp,
    /// When its agent was started.
    pub started_at: Option<Timestamp>,
    /// When its agent ended.
    pub ended_at: Option<Timestamp>,
    /// What went wrong.
    pub error: Option<AttemptError>,
    /// What the agent does now.
    pub activity: Option<Activity>,
    /// How far the agent says it is.
    pub progress: Option<Progress>,
    /// Whether its turn was stopped by a person, and its agent waits for a message.
    pub is_stopped: bool,
    /// US dollars so far.
    pub cost_usd: f64,
    /// Model turns so far.
    pub turns: i32,
    /// Files changed, once its turn ended.
    pub files_changed: Option<i32>,
    /// Lines added.
    pub additions: Option<i32>,
    /// Lines removed.
    pub deletions: Option<i32>,
    /// Its gates, where they ran.
    pub gates: Vec<GateMark>,
    /// Its pull request.
    pub pull_request: Option<PullRequest>,
}

/// Body of a start: which profile, mode and base branch, where not the project's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StartAttempt {
    /// Agent profile.
    #[ts(optional = nullable)]
    pub agent_id: Option<AgentId>,
    /// What the agent may do unasked.
    #[ts(optional = nullable)]
    pub mode: Option<PermissionMode>,
    /// Branch to start from and merge into.
    #[ts(optional = nullable)]
    pub base: Option<String>,
}
