//! What callers hand in and get back. Plain values, no behaviour.

use std::{path::PathBuf, time::SystemTime};

use serde::{Deserialize, Serialize};

use crate::Identity;

/// An operation that git is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InProgress {
    /// `git merge` waits for its conflicts.
    Merge,
    /// `git rebase` is not done.
    Rebase,
    /// `git cherry-pick` waits.
    CherryPick,
    /// `git revert` waits.
    Revert,
    /// `git bisect` is on.
    Bisect,
    /// `git am` is not done.
    Apply,
}

/// A local branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchFacts {
    /// Its name, without `refs/heads/`.
    pub name: String,
    /// The commit it points to.
    pub commit: String,
}

/// What a repository is like right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryFacts {
    /// Top level of the main checkout.
    pub root: PathBuf,
    /// The branch of the checkout; where HEAD is detached the configured initial branch if it exists.
    pub default_branch: Option<String>,
    /// The branch that is checked out; none where HEAD is detached.
    pub head_branch: Option<String>,
    /// The commit that is checked out; none before the first one.
    pub head_commit: Option<String>,
    /// Whether HEAD points to a commit and not to a branch.
    pub is_detached: bool,
    /// Whether there is any commit to start from.
    pub has_commits: bool,
    /// Whether history was cut off by a shallow clone.
    pub is_shallow: bool,
    /// Whether the repository has submodules.
    pub has_submodules: bool,
    /// What git is in the middle of in the main checkout.
    pub in_progress: Vec<InProgress>,
    /// The local branches, by name.
    pub branches: Vec<BranchFacts>,
}

/// What a project needs to know of its repository before work can start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectCheck {
    /// As `2.47.3`.
    pub git_version: String,
    /// Whether that version is new enough.
    pub is_git_supported: bool,
    /// What the repository is like.
    pub facts: RepositoryFacts,
    /// Whether the asked branch exists; true where none was asked for.
    pub branch_exists: bool,
    /// Who stands in commits: the user, or the fallback.
    pub identity: Identity,
    /// Whether the user has configured who they are.
    pub has_user_identity: bool,
}

/// The git worktree of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worktree {
    /// The attempt's id; names our refs and our record.
    pub id: String,
    /// Absolute path.
    pub path: PathBuf,
    /// Its branch, without `refs/heads/`.
    pub branch: String,
    /// The branch it started from; none for a bare commit.
    pub base_branch: Option<String>,
    /// The commit it started from.
    pub base_commit: String,
}

/// Asks for a worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateWorktree {
    /// The attempt's id: letters, digits and `-`. Asking again with the same id gives the same worktree.
    pub id: String,
    /// Directory of all worktrees; ours lies in `<workspaces>/<project hash>/<slug>`.
    pub workspaces: PathBuf,
    /// Title of the work; directory and branch are named after it.
    pub title: String,
    /// First part of the branch's name, as `ek`.
    pub prefix: String,
    /// Branch to start from; the checkout's own where none is given.
    pub base_branch: Option<String>,
    /// Commit to start from; the branch's tip where none is given.
    pub base_commit: Option<String>,
    /// Files that git ignores but the work needs: paths or patterns below the repository.
    pub carry: Vec<String>,
}

/// What became of one carried file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Carry {
    /// It stands in the worktree.
    Copied {
        /// Its size.
        bytes: u64,
    },
    /// It was left where it is.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// One carried file, or a pattern that matched none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedFile {
    /// Path below the repository.
    pub path: String,
    /// What became of it.
    pub carry: Carry,
}

/// A new worktree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedWorktree {
    /// The worktree.
    pub worktree: Worktree,
    /// What became of the carried files; empty where the worktree was there already.
    pub carried: Vec<CarriedFile>,
    /// What the user should know: submodules that were left empty, and so on.
    pub notes: Vec<String>,
    /// Whether this call made it; false where it was there already.
    pub is_new: bool,
}

/// Message and author of a commit of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The message.
    pub message: String,
    /// Author and committer; the user's own identity where none is given.
    pub author: Option<Identity>,
}

/// What became of the work that an agent left uncommitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Leftovers {
    /// Everything was committed already.
    Clean {
        /// Where the branch stands.
        head: String,
    },
    /// The branch has a new commit.
    Committed {
        /// The commit.
        commit: String,
        /// Where the agent had gone (`refs/heads/…` or a detached commit); the branch was brought there.
        moved_from: Option<String>,
        /// Files too large or unreadable for a commit; they stay in the worktree.
        left_out: Vec<String>,
    },
    /// The worktree is in a state that must not become a commit of the branch; its files are kept by a ref.
    Snapshotted {
        /// The ref.
        snapshot_ref: String,
        /// Its commit.
        commit: String,
        /// Why it is no commit of the branch.
        reason: String,
        /// Where the branch stands.
        head: String,
    },
    /// A merge in the worktree still has conflict markers; its files are kept by a ref.
    Unresolved {
        /// The ref.
        snapshot_ref: String,
        /// The files that have markers.
        paths: Vec<String>,
        /// Where the branch stands.
        head: String,
    },
}

/// What stands in a commit under a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommittedContent {
    /// A file's bytes.
    Bytes(Vec<u8>),
    /// A file that was not read: too large, one too many, or its object is missing.
    Unread {
        /// Its size, where git knows it.
        byte_count: Option<u64>,
    },
    /// A symbolic link; it is not followed.
    Link,
    /// Another repository.
    Submodule,
}

/// One file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedFile {
    /// Path in the repository; other than UTF-8 with replacement characters.
    pub path: String,
    /// git's own name of the content.
    pub object_id: String,
    /// What stands there.
    pub content: CommittedContent,
}

/// How a file changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffStatus {
    /// New.
    Added,
    /// Content or mode changed.
    Modified,
    /// Gone.
    Deleted,
    /// Moved, perhaps changed, too.
    Renamed,
    /// Copied from another file.
    Copied,
    /// Became another kind of file: link, submodule.
    TypeChanged,
}

/// What is compared with the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffTarget {
    /// The worktree as it is, uncommitted and untracked work included.
    Worktree(Worktree),
    /// A branch or commit.
    Commit(String),
}

/// Asks for a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffRequest {
    /// Branch or commit.
    pub base: String,
    /// What is compared with it.
    pub target: DiffTarget,
    /// Whether the base itself is compared, and not its merge base with the target.
    pub is_exact: bool,
    /// Whether changes of blanks within lines do not count.
    pub hides_whitespace: bool,
}

impl DiffRequest {
    /// Everything since the merge base.
    #[must_use]
    pub const fn since_merge_base(base: String, target: DiffTarget) -> Self {
        Self { base, target, is_exact: false, hides_whitespace: false }
    }

    /// From this commit to that target.
    #[must_use]
    pub const fn exact(base: String, target: DiffTarget) -> Self {
        Self { base, target, is_exact: true, hides_whitespace: false }
    }
}

/// Which lines of a long file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineRange {
    /// Lines of the diff before the first one wanted.
    pub offset: usize,
    /// At most so many; the most that there is for 0.
    pub limit: usize,
}

/// One side of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before the change.
    Old,
    /// After it.
    New,
}

/// What a changed file holds on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SideContent {
    /// Its bytes; of a symbolic link its target.
    Bytes(Vec<u8>),
    /// It is larger than what was asked for.
    TooLarge,
    /// Nothing that could be shown: it is not there on this side, or another repository.
    Nothing,
}

/// A commit on the way from a base to a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitFacts {
    /// Its full name.
    pub id: String,
    /// First line of its message.
    pub subject: String,
    /// Its author's name.
    pub author: String,
    /// When it was made, in seconds since 1970.
    pub committed_s: i64,
    /// What it changed, old paths of moved files included; a merge has what it changed against all of its parents.
    pub paths: Vec<String>,
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffFile {
    /// Path after the change; other than UTF-8 is shown with replacement characters.
    pub path: String,
    /// Path before, where it moved.
    pub old_path: Option<String>,
    /// How it changed.
    pub status: DiffStatus,
    /// Lines added.
    pub additions: u32,
    /// Lines removed.
    pub deletions: u32,
    /// Whether it is not text.
    pub binary: bool,
    /// Whether it is too large to be shown.
    pub too_large: bool,
    /// Mode before in octal, as `100644`; none for a new file.
    pub old_mode: Option<String>,
    /// Mode after; none for a deleted file.
    pub new_mode: Option<String>,
    /// Whether it is a submodule, before or after.
    pub is_submodule: bool,
    /// Another one means that path, mode or content before or after are others. The same content has the same key in a
    /// worktree and in a commit.
    pub content_key: String,
}

/// All changed files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffSummary {
    /// The merge base that was compared with.
    pub base: String,
    /// The commit, or for a live worktree the tree, that was compared.
    pub head: String,
    /// Whether uncommitted work is part of it.
    pub is_live: bool,
    /// The files, by path.
    pub files: Vec<DiffFile>,
}

/// What a line of a diff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffLineKind {
    /// Unchanged.
    Context,
    /// Added.
    Added,
    /// Removed.
    Removed,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    /// What it is.
    pub kind: DiffLineKind,
    /// Its number before.
    pub old_no: Option<u32>,
    /// Its number after.
    pub new_no: Option<u32>,
    /// Its text, without the line end; other than UTF-8 with replacement characters.
    pub text: String,
}

/// Changed lines that stand together, with their context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffHunk {
    /// First line before.
    pub old_start: u32,
    /// Lines before.
    pub old_lines: u32,
    /// First line after.
    pub new_start: u32,
    /// Lines after.
    pub new_lines: u32,
    /// The function or section it is in, as git finds it.
    pub section: String,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// The changed lines of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDiff {
    /// The file.
    pub file: DiffFile,
    /// Its hunks; none for binary and too large files.
    pub hunks: Vec<DiffHunk>,
    /// What to know besides: mode change, symbolic link, submodule, no newline at the end.
    pub notes: Vec<String>,
    /// Offset of the next lines, where these are not all.
    pub next_offset: Option<usize>,
}

/// What kind of conflict a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Both changed the same lines.
    Content,
    /// Both added it.
    AddAdd,
    /// One changed it, the other deleted it.
    ModifyDelete,
    /// Renamed in different ways.
    Rename,
    /// A file here, a directory there.
    FileDirectory,
    /// Not text.
    Binary,
    /// Different kinds of file, or modes.
    Type,
    /// A submodule moved in both.
    Submodule,
    /// Another kind.
    Other,
}

/// One file in conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictFile {
    /// Its path.
    pub path: String,
    /// What kind.
    pub kind: ConflictKind,
    /// What git says about it.
    pub message: String,
}

/// Why a merge was not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MergeRefusal {
    /// The attempt's branch is not where the user has seen it.
    HeadMoved {
        /// Where it is; none where it is gone.
        actual: Option<String>,
    },
    /// The target branch does not exist.
    TargetMissing,
    /// Files of the checkout that the merge would write have changes of the user.
    DirtyFiles {
        /// Their paths.
        paths: Vec<String>,
    },
    /// Untracked or ignored files stand where the merge adds one.
    InTheWay {
        /// Their paths.
        paths: Vec<String>,
    },
    /// git is in the middle of something that concerns the target branch.
    OperationInProgress {
        /// What.
        operation: InProgress,
        /// In which checkout.
        path: PathBuf,
    },
    /// Another worktree has the target branch checked out.
    CheckedOutElsewhere {
        /// Which.
        path: PathBuf,
    },
    /// The two branches have no common commit.
    UnrelatedHistories {
        /// Whether history was cut off by a shallow clone, so that fetching more may help.
        is_shallow: bool,
    },
    /// Files would pass a program that this repository's own configuration names; we do not run it.
    LocalFilter {
        /// The filter's name.
        filter: String,
        /// Files that it applies to.
        paths: Vec<String>,
    },
    /// A commit of the attempt cannot be replayed on the target by itself, though all of them together merge.
    CannotReplay {
        /// The commit.
        commit: String,
        /// Files in conflict.
        paths: Vec<String>,
    },
    /// The user's configuration wants commits signed, and that failed.
    SigningFailed {
        /// What git says.
        message: String,
    },
    /// A hook of the repository refuses.
    HookFailed {
        /// Its name.
        hook: String,
        /// What it said.
        output: String,
    },
    /// There is no merge of ours that could be taken back, or it was taken back already.
    NotMerged,
    /// git refuses for a reason of its own.
    Other {
        /// What it says.
        message: String,
    },
}

/// How a merge, or taking one back, ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MergeOutcome {
    /// The target branch has it.
    Merged {
        /// The merge commit.
        commit: String,
        /// Where the target was before.
        before: String,
        /// Keeps where the target was before.
        undo_ref: String,
        /// Whether the user's checkout was brought along, because it is on the target branch.
        is_checkout_updated: bool,
    },
    /// The target branch had it already, or a revert would change nothing.
    AlreadyMerged {
        /// Where the target is.
        commit: String,
    },
    /// Nothing was changed.
    Conflict {
        /// The files.
        files: Vec<ConflictFile>,
    },
    /// Nothing was changed.
    Refused {
        /// Why.
        reason: MergeRefusal,
    },
    /// The target is not where the merge was computed for: prepare it again. Nothing was changed.
    TargetMoved {
        /// Where it is.
        actual: Option<String>,
    },
    /// Something was built on the merge that was to be undone: revert it instead. Nothing was changed.
    BuiltOn {
        /// The branches that have it.
        refs: Vec<String>,
    },
    /// Somebody works in the checkout, or kept moving the branch meanwhile: try again. Nothing was changed.
    Busy {
        /// What is held.
        path: PathBuf,
        /// Since how many seconds, where that is known.
        age_s: Option<u64>,
    },
}

/// What became of an interrupted merge, undo or revert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveredMerge {
    /// The operation's id.
    pub operation: String,
    /// The target branch.
    pub target: String,
    /// Whether the target has moved; if not, everything is as before.
    pub is_merged: bool,
    /// Where the target is now.
    pub commit: String,
    /// Files that the user changed meanwhile; they were left alone.
    pub kept: Vec<String>,
}

/// The whole state of a worktree, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenCheckpoint {
    /// The hidden commit.
    pub commit: String,
    /// Its tree.
    pub tree: String,
    /// Files that are not in it: too large, unreadable, or repositories of their own.
    pub left_out: Vec<String>,
}

/// How going back to a checkpoint ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoneBack {
    /// Files and branch are in that state.
    Done {
        /// Where the branch is.
        head: String,
        /// Its tree.
        tree: String,
    },
    /// Nothing was changed but that loose work may have become a commit.
    Refused {
        /// What stands in the way.
        reason: String,
    },
}

/// What a ref of ours keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptKind {
    /// Commits of a branch whose worktree was removed.
    Branch,
    /// Files that were not committed when a worktree was removed.
    Uncommitted,
    /// Files of a turn that could not become a commit.
    Leftover,
    /// Where a branch was before a merge.
    BeforeMerge,
}

/// Something that can be had back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRef {
    /// The ref.
    pub name: String,
    /// What it keeps.
    pub kind: KeptKind,
    /// Id of the worktree that it comes from.
    pub worktree_id: Option<String>,
    /// The commit.
    pub commit: String,
    /// First line of its message.
    pub subject: String,
    /// Since when nothing else keeps it; none while its worktree stands.
    pub since: Option<SystemTime>,
    /// When the commit was made.
    pub made_at: SystemTime,
}

/// A branch of something that was had back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredBranch {
    /// Its name.
    pub branch: String,
    /// Its commit.
    pub commit: String,
}

/// How a worktree is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RemoveWorktree {
    /// Whether the branch goes, too. Its head stays under `refs/eval-kanban/keep/`.
    pub delete_branch: bool,
}

/// What became of a worktree that was to be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Removed {
    /// It is gone.
    Done {
        /// Keeps uncommitted and untracked work, where there was any.
        trash_ref: Option<String>,
        /// Keeps the branch's head.
        keep_ref: Option<String>,
        /// Whether the branch was deleted.
        is_branch_deleted: bool,
    },
    /// It was left, because something in it is saved nowhere else.
    Left {
        /// What.
        reason: String,
    },
}

/// A worktree of ours that no record of the caller knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    /// Where it is or was.
    pub path: PathBuf,
    /// Its id, where we have a record.
    pub id: Option<String>,
    /// What became of it.
    pub fate: OrphanFate,
}

/// What became of an orphan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OrphanFate {
    /// Saved by refs and removed; its branch stays.
    Removed {
        /// Keeps uncommitted and untracked work, where there was any.
        trash_ref: Option<String>,
    },
    /// Left as it is.
    Left {
        /// Why.
        reason: String,
    },
}
