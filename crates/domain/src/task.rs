//! Tasks: the cards of a board.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    AgentId, AttemptSummary, CriterionId, MergeStyle, PermissionMode, ProjectId, Rank, TaskId, TaskStatus,
    Timestamp,
};

/// How urgent a task is. The scheduler takes the most urgent first; none counts as medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// When nothing else is left.
    Low,
    /// Normal.
    Medium,
    /// Before the others.
    High,
    /// Before everything.
    Urgent,
}

/// How large a task is, as a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// Extra small.
    Xs,
    /// Small.
    S,
    /// Medium.
    M,
    /// Large.
    L,
    /// Extra large.
    Xl,
}

/// How a task's last attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LastOutcome {
    /// The agent ended its turn well.
    Ok,
    /// It failed.
    Failed,
    /// It was stopped by a person.
    Cancelled,
}

/// One line of a task's acceptance checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Criterion {
    /// Its id.
    pub id: CriterionId,
    /// What must hold.
    pub text: String,
    /// Whether it holds.
    pub done: bool,
    /// Why one may believe so.
    pub evidence: Option<String>,
}

/// What may be done with a task now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskAction {
    /// Start an attempt.
    Start,
    /// Stop the live attempt.
    Cancel,
    /// Accept the last attempt's work.
    Approve,
    /// Accept and merge in one step.
    ApproveAndMerge,
    /// Merge the accepted work.
    Merge,
    /// Send the task back to To Do with feedback.
    Reject,
    /// Throw the last attempt's work away; a recovery ref stays.
    Discard,
    /// Change title, description and the like.
    Edit,
    /// Delete the task.
    Delete,
}

/// A card of the board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its number in the project, shown as `#12`.
    pub number: i32,
    /// What it is called.
    pub title: String,
    /// What the human wants, as Markdown.
    pub description: String,
    /// Its column.
    pub status: TaskStatus,
    /// Its place in the column.
    pub rank: Rank,
    /// Its labels.
    pub labels: Vec<String>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// How large it is.
    pub size: Option<Size>,
    /// Its acceptance checklist.
    pub criteria: Vec<Criterion>,
    /// Paths to look at first.
    pub focus_files: Vec<String>,
    /// Tasks that must be done first.
    pub blocked_by: Vec<TaskId>,
    /// Tasks that wait for this one.
    pub blocks: Vec<TaskId>,
    /// Agent profile, where not the project's.
    pub agent_id: Option<AgentId>,
    /// What its agents may do unasked, where not what the settings or the profile say.
    pub mode: Option<PermissionMode>,
    /// The attempt that is queued or at work.
    pub live_attempt: Option<AttemptSummary>,
    /// The newest attempt, live or ended.
    pub last_attempt: Option<AttemptSummary>,
    /// How the last ended attempt ended.
    pub last_outcome: Option<LastOutcome>,
    /// Tool calls that wait for a person.
    pub pending_approvals: i32,
    /// Questions that wait for a person.
    pub pending_questions: i32,
    /// What went wrong with the last attempt.
    pub error_message: Option<String>,
    /// What the reviewer asked for; part of the next attempt's prompt.
    pub feedback: Option<String>,
    /// US dollars over all attempts.
    pub cost_usd: f64,
    /// Branch of the newest attempt.
    pub branch_name: Option<String>,
    /// Worktree of the newest attempt, while there is one.
    pub worktree_path: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// What may be done with it now.
    pub allowed_actions: Vec<TaskAction>,
    /// Columns that it may be moved to now; `in_progress` starts an attempt.
    pub allowed_moves: Vec<TaskStatus>,
}

/// What decides which actions a task allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskFacts {
    /// Its column.
    pub status: TaskStatus,
    /// State of its newest attempt.
    pub last_attempt: Option<crate::AttemptState>,
    /// Whether the newest attempt still has its worktree.
    pub has_worktree: bool,
}

/// Body of a new task.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateTask {
    /// Its project; needed where the address does not name it.
    #[ts(optional = nullable)]
    pub project_id: Option<ProjectId>,
    /// What it is called.
    pub title: String,
    /// What the human wants, as Markdown.
    #[ts(optional = nullable)]
    pub description: Option<String>,
    /// Its column; To Do if not given. In Progress and Blocked belong to the system.
    #[ts(optional = nullable)]
    pub status: Option<TaskStatus>,
    /// Its labels.
    #[ts(optional = nullable)]
    pub labels: Option<Vec<String>>,
    /// How urgent it is.
    #[ts(optional = nullable)]
    pub priority: Option<Priority>,
    /// How large it is.
    #[ts(optional = nullable)]
    pub size: Option<Size>,
    /// Texts of its acceptance checklist.
    #[ts(optional = nullable)]
    pub criteria: Option<Vec<String>>,
    /// Paths to look at first.
    #[ts(optional = nullable)]
    pub focus_files: Option<Vec<String>>,
    /// Tasks of the same project that must be done first.
    #[ts(optional = nullable)]
    pub blocked_by: Option<Vec<TaskId>>,
    /// Agent profile, where not the project's.
    #[ts(optional = nullable)]
    pub agent_id: Option<AgentId>,
    /// What its agents may do unasked.
    #[ts(optional = nullable)]
    pub mode: Option<PermissionMode>,
}

/// A criterion as a client sends it: with its id it is changed, without it is new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CriterionPatch {
    /// Which one; none for a new one.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub id: Option<CriterionId>,
    /// What must hold.
    pub text: String,
    /// Whether it holds.
    #[serde(default)]
    pub done: bool,
    /// Why one may believe so.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub evidence: Option<String>,
}

impl From<Criterion> for CriterionPatch {
    fn from(criterion: Criterion) -> Self {
        let Criterion { id, text, done, evidence } = criterion;
        Self { id: Some(id), text, done, evidence }
    }
}

/// Tells a field that was left out from one that was set to `null`.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Body of a changed task: what is given is replaced, `null` empties what can be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateTask {
    /// What it is called.
    #[ts(optional = nullable)]
    pub title: Option<String>,
    /// What the human wants, as Markdown.
    #[ts(optional = nullable)]
    pub description: Option<String>,
    /// Its labels.
    #[ts(optional = nullable)]
    pub labels: Option<Vec<String>>,
    /// How urgent it is.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[ts(as = "Option<Priority>", optional = nullable)]
    #[schema(value_type = Option<Priority>)]
    pub priority: Option<Option<Priority>>,
    /// How large it is.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[ts(as = "Option<Size>", optional = nullable)]
    #[schema(value_type = Option<Size>)]
    pub size: Option<Option<Size>>,
    /// The whole acceptance checklist in order.
    #[ts(optional = nullable)]
    pub criteria: Option<Vec<CriterionPatch>>,
    /// Paths to look at first.
    #[ts(optional = nullable)]
    pub focus_files: Option<Vec<String>>,
    /// Tasks of the same project that must be done first.
    #[ts(optional = nullable)]
    pub blocked_by: Option<Vec<TaskId>>,
    /// Agent profile, where not the project's.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[ts(as = "Option<AgentId>", optional = nullable)]
    #[schema(value_type = Option<String>)]
    pub agent_id: Option<Option<AgentId>>,
    /// What its agents may do unasked.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[ts(as = "Option<PermissionMode>", optional = nullable)]
    #[schema(value_type = Option<PermissionMode>)]
    pub mode: Option<Option<PermissionMode>>,
}

/// Body of a move: the column, and the neighbours in it. Neighbours that are not in that column any more are passed
/// over; without any the task goes to the column's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveTask {
    /// The column.
    pub status: TaskStatus,
    /// The card that shall stand directly below this one.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub before: Option<TaskId>,
    /// The card that shall stand directly above this one.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub after: Option<TaskId>,
}

/// Body of an approval of a task.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApproveTask {
    /// Whether to merge in the same step.
    pub merge: bool,
    /// The commit that the reviewer saw: refused if the branch has moved since.
    #[ts(optional = nullable)]
    pub head: Option<String>,
    /// How to merge; the project's style if not given.
    #[ts(optional = nullable)]
    pub style: Option<MergeStyle>,
    /// Message of the merge or squash commit, and of the pull request.
    #[ts(optional = nullable)]
    pub message: Option<String>,
}

/// What to do with an approved attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApproveAction {
    /// Merge it into its base branch.
    Merge,
    /// Open a pull request.
    Pr,
    /// Keep worktree and branch as they are.
    #[default]
    Keep,
}

/// Body of an approval of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApproveAttempt {
    /// What to do with it.
    pub action: ApproveAction,
    /// The commit that the reviewer saw: refused if the branch has moved since.
    #[ts(optional = nullable)]
    pub head: Option<String>,
    /// How to merge; the project's style if not given.
    #[ts(optional = nullable)]
    pub style: Option<MergeStyle>,
    /// Message of the merge or squash commit, and of the pull request.
    #[ts(optional = nullable)]
    pub message: Option<String>,
}

/// Body of a rejection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectTask {
    /// What is missing; part of the next attempt's prompt.
    pub feedback: String,
    /// Whether the next attempt starts at once.
    #[serde(default)]
    pub restart: bool,
}

/// Answer to a merge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct MergeResult {
    /// The task, now done.
    pub task: Task,
    /// The commit on the base branch.
    pub commit: String,
    /// What to know besides, as an untouched checkout.
    pub note: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Page<T: TS> {
    /// The entries.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

impl<T: TS> Page<T> {
    /// The whole list as one page.
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_tells_null_from_absent() {
        let absent: UpdateTask = serde_json::from_str("{}").unwrap();
        let null: UpdateTask = serde_json::from_str(r#"{"priority": null}"#).unwrap();
        let high: UpdateTask = serde_json::from_str(r#"{"priority": "high"}"#).unwrap();
        assert_eq!(
            (absent.priority, null.priority, high.priority),
            (None, Some(None), Some(Some(Priority::High)))
        );
        assert!(serde_json::from_str::<UpdateTask>(r#"{"titel": "x"}"#).is_err());
    }
}
