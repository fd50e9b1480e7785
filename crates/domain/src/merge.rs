//! Merging: what it would do, what stands against it, and taking it back.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AttemptId, MergeStyle, ProjectId, TaskId, Timestamp};

/// What a merge would do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MergeForecast {
    /// It goes through.
    Clean,
    /// It would conflict.
    Conflict,
    /// Something else stands against it; `refusal` says what to do.
    Refused,
    /// The target has all of it already.
    AlreadyMerged,
}

/// One stretch of a file in conflict, with both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ConflictHunk {
    /// Line of the merged file at which it begins.
    pub line: i32,
    /// The target's lines.
    pub ours: String,
    /// The common ancestor's lines.
    pub base: String,
    /// The attempt's lines.
    pub theirs: String,
}

/// One file in conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ConflictFile {
    /// Its path.
    pub path: String,
    /// What kind: `content`, `add_add`, `modify_delete`, `rename`, `file_directory`, `binary`, `type`, `submodule`,
    /// `other`.
    pub kind: String,
    /// What git says about it.
    pub message: String,
    /// The stretches, for text.
    pub hunks: Vec<ConflictHunk>,
}

/// What merging an attempt would do now. Nothing is changed by asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct MergePreview {
    /// The branch it would go into.
    pub target: String,
    /// The commit of the attempt that would be merged.
    pub head: String,
    /// How it would be merged.
    pub style: MergeStyle,
    /// The message that a merge or squash commit would have; none for a rebase.
    pub message: Option<String>,
    /// Commits of the target that the attempt does not have.
    pub behind: i32,
    /// Commits of the attempt that the target does not have.
    pub ahead: i32,
    /// What it would do.
    pub forecast: MergeForecast,
    /// The files in conflict.
    pub conflicts: Vec<ConflictFile>,
    /// Why it would be refused, and what to do.
    pub refusal: Option<String>,
    /// Whether the user's checkout is on the target branch and would be brought along.
    pub updates_checkout: bool,
    /// Whether the gates run on the merged tree first.
    pub runs_gates: bool,
}

/// How a merge is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UndoMergeHow {
    /// The target goes back to where it was; only while nothing was built on the merge.
    Undo,
    /// A new commit on the target takes the changes back.
    Revert,
}

/// Body of taking a merge back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoMerge {
    /// How.
    pub how: UndoMergeHow,
}

/// Body of a merge, and of the merge in an approval. All may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MergeTask {
    /// How; the project's style if not given.
    #[ts(optional = nullable)]
    pub style: Option<MergeStyle>,
    /// Message of the merge or squash commit.
    #[ts(optional = nullable)]
    pub message: Option<String>,
    /// The commit that the reviewer saw: refused if the branch has moved since.
    #[ts(optional = nullable)]
    pub head: Option<String>,
}

/// State of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PullRequestState {
    /// Open.
    Open,
    /// Closed without a merge.
    Closed,
    /// Merged.
    Merged,
}

/// What a pull request's checks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChecksState {
    /// It has none.
    None,
    /// Some have not ended.
    Pending,
    /// All passed.
    Passing,
    /// Some failed.
    Failing,
}

/// A pull request of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct PullRequest {
    /// `owner/name` of the repository it is in.
    pub repository: String,
    /// Its number there.
    pub number: i32,
    /// Its page.
    pub url: String,
    /// Its state.
    pub state: PullRequestState,
    /// What its checks say.
    pub checks: ChecksState,
    /// Why its state could not be asked for the last time.
    pub error: Option<String>,
    /// When its state was last known.
    pub checked_at: Timestamp,
}

/// Where the token for GitHub comes from. The token itself is never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GithubTokenSource {
    /// The settings.
    Settings,
    /// A variable of the environment.
    Environment,
    /// The `gh` program.
    Gh,
    /// There is none.
    None,
}

/// How the board reaches GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Github {
    /// Where its token comes from.
    pub token_source: GithubTokenSource,
    /// Address of its API.
    pub api_url: String,
}

/// Body of a changed access to GitHub: what is given is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateGithub {
    /// The token; an empty one forgets it.
    #[ts(optional = nullable)]
    pub token: Option<String>,
    /// Address of the API; an empty one is GitHub's own.
    #[ts(optional = nullable)]
    pub api_url: Option<String>,
}

/// Two pieces of work that would not merge with each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Collision {
    /// The task whose newest attempt it is about.
    pub task_id: TaskId,
    /// The other task; none for the base branch.
    pub with_task_id: Option<TaskId>,
    /// The other task's number.
    pub with_number: Option<i32>,
    /// The files in conflict.
    pub paths: Vec<String>,
}

/// What collides in a project, by pairs; each pair of tasks stands there twice, once from either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Radar {
    /// The project.
    pub project_id: ProjectId,
    /// The collisions.
    pub collisions: Vec<Collision>,
    /// Attempts that are compared.
    pub attempt_ids: Vec<AttemptId>,
    /// When it was last computed; none before the first time.
    pub computed_at: Option<Timestamp>,
}
