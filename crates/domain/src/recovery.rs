//! Having back: checkpoints of an attempt, what a discard would throw away, and what was thrown away.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AttemptId, TaskId, Timestamp};

/// The whole state of an attempt's worktree at the end of a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Checkpoint {
    /// The attempt.
    pub attempt_id: AttemptId,
    /// 0 for the state at its beginning, then one for each turn and each going back.
    pub number: i32,
    /// The hidden commit.
    pub commit: String,
    /// Why it was taken, as `turn 2` or `before going back to 1`.
    pub label: String,
    /// Files that changed since the one before.
    pub files_changed: i32,
    /// When it was taken.
    pub created_at: Timestamp,
}

/// What throwing an attempt's work away would lose. Nothing is changed by asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct DiscardPreview {
    /// Its branch.
    pub branch_name: Option<String>,
    /// Its worktree.
    pub worktree_path: Option<String>,
    /// Commits that no other branch has.
    pub commit_count: i32,
    /// Files changed against the base.
    pub files_changed: i32,
    /// Lines added.
    pub additions: i32,
    /// Lines removed.
    pub deletions: i32,
    /// Paths of work that is not committed.
    pub uncommitted: Vec<String>,
    /// Days for which all of it can be had back.
    pub kept_days: i32,
}

/// What kind of thing can be had back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryKind {
    /// Commits of a branch that was removed.
    Branch,
    /// Work that was not committed when its worktree was removed.
    Uncommitted,
    /// Files of a turn that could not become a commit.
    Leftover,
    /// Where a branch of the user was before a merge.
    BeforeMerge,
}

/// Something that was removed and can be had back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct RecoveryItem {
    /// The hidden ref that keeps it.
    pub reference: String,
    /// What it is.
    pub kind: RecoveryKind,
    /// The commit.
    pub commit: String,
    /// First line of its message.
    pub subject: String,
    /// The attempt it comes from, where that is known.
    pub attempt_id: Option<AttemptId>,
    /// The attempt's number.
    pub attempt_number: Option<i32>,
    /// The task it comes from.
    pub task_id: Option<TaskId>,
    /// The task's number.
    pub task_number: Option<i32>,
    /// The task's title.
    pub task_title: Option<String>,
    /// When it was put aside.
    pub created_at: Timestamp,
    /// Until when it is kept.
    pub expires_at: Timestamp,
}

/// Body of having something back: it becomes a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreItem {
    /// The hidden ref.
    pub reference: String,
    /// Name of the branch; one is made up if not given.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub branch: Option<String>,
}

/// What was had back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct RestoredItem {
    /// The branch it is on now.
    pub branch: String,
    /// Its commit.
    pub commit: String,
    /// The attempt that is ready for review again, where it was a discarded one.
    pub attempt_id: Option<AttemptId>,
}
