//! What callers of a merge hand in and get back. Plain values, no behaviour.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{CarriedFile, Commit, ConflictFile, MergeOutcome, MergeRefusal, Worktree};

/// How work goes into the target branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeStyle {
    /// A merge commit.
    #[default]
    Merge,
    /// One commit with all changes.
    Squash,
    /// The commits, replayed on the target; the target then has no commit of ours.
    Rebase,
}

/// Asks for a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeAttempt {
    /// The attempt's id; `refs/eval-kanban/merged/<id>` is the evidence that it was merged.
    pub id: String,
    /// The attempt's branch.
    pub branch: String,
    /// The branch it goes into.
    pub target: String,
    /// The commit of `branch` that the user has seen.
    pub expected_head: String,
    /// How.
    pub style: MergeStyle,
    /// The merge or squash commit; a rebase takes nothing from it.
    pub commit: Commit,
    /// Where the repository's own `pre-merge-commit` and `commit-msg` hooks run, in a checkout of their own; none
    /// where no hook runs.
    pub hooks: Option<MergeHooks>,
}

/// Where hooks run. Which ones is not for the repository's own configuration to say: those of the folder that the user's
/// configuration names, else those in the git directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeHooks {
    /// Directory of all worktrees, as for [`crate::CreateWorktree`].
    pub workspaces: PathBuf,
    /// How many seconds each hook may take.
    pub seconds_max: u64,
}

/// A merge that is computed and not done: only objects were written. May be thrown away, or placed later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedMerge {
    /// The attempt's id.
    pub id: String,
    /// The attempt's branch.
    pub branch: String,
    /// The commit of the branch that goes in.
    pub head: String,
    /// The branch it goes into.
    pub target: String,
    /// Where the target is; the merge is placed only while it is there.
    pub target_before: String,
    /// Where the target will be.
    pub commit: String,
    /// The tree of that commit.
    pub tree: String,
}

/// What came of preparing a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preparation {
    /// It can be placed.
    Ready(PreparedMerge),
    /// It goes no further; nothing was changed. Never [`MergeOutcome::Merged`].
    Stopped(MergeOutcome),
}

/// What taking a merge back is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeBack {
    /// The attempt's id, as in [`MergeAttempt`].
    pub id: String,
    /// The branch it went into.
    pub target: String,
    /// The attempt's branch, which may have the merged commit without building on it.
    pub branch: Option<String>,
}

/// Asks for a commit that takes a merge back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevertMerge {
    /// Which merge.
    pub merge: TakeBack,
    /// The new commit.
    pub commit: Commit,
}

/// What the repository says about an attempt's merge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MergeEvidence {
    /// Where its merge brought the target; none where it was never merged, or that was undone.
    pub merged: Option<String>,
    /// The commit that took the merge back; none where nothing did.
    pub reverted: Option<String>,
}

/// A stretch of a file in conflict. Longer texts are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictHunk {
    /// Line of the merged file at which it begins.
    pub line: u32,
    /// The target's lines.
    pub ours: String,
    /// The common ancestor's lines.
    pub base: String,
    /// The attempt's lines.
    pub theirs: String,
}

/// A file in conflict with its stretches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictDetail {
    /// The file.
    pub file: ConflictFile,
    /// The stretches, for text that both sides changed; at most fifty.
    pub hunks: Vec<ConflictHunk>,
}

/// What a merge would do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeForecast {
    /// It goes through.
    Clean,
    /// It would conflict.
    Conflict {
        /// Where.
        files: Vec<ConflictDetail>,
    },
    /// It would be refused.
    Refused {
        /// Why.
        reason: MergeRefusal,
    },
    /// The target has all of it already.
    AlreadyMerged,
}

/// A merge looked at beforehand. Nothing is changed by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeLook {
    /// Commits of the target that the attempt does not have.
    pub behind: u32,
    /// Commits of the attempt that the target does not have.
    pub ahead: u32,
    /// Their first lines, oldest first; at most a hundred.
    pub subjects: Vec<String>,
    /// What it would do.
    pub forecast: MergeForecast,
    /// Whether the user's checkout is on the target and would be brought along.
    pub updates_checkout: bool,
}

/// A commit checked out for a while, detached, where gates or hooks look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemporaryCheckout {
    /// Absolute path.
    pub path: PathBuf,
    /// What became of carried files.
    pub carried: Vec<CarriedFile>,
}

/// A worktree that was had back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredWorktree {
    /// The worktree.
    pub worktree: Worktree,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// What came of merging the base into an attempt's worktree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BaseMerge {
    /// The branch has all of the base already.
    UpToDate,
    /// It is merged and waits to be committed; nothing conflicts.
    Clean,
    /// It is in the worktree with conflict markers, waiting to be resolved.
    Conflicts {
        /// The paths in conflict.
        paths: Vec<String>,
    },
}
