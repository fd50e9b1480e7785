//! The difference between an attempt and its merge base.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// How a file changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiffFileStatus {
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

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct DiffFile {
    /// Path in the repository, after the change.
    pub path: String,
    /// What the reviewer sees of it, as a key: another one means that the file has changed.
    pub content_key: String,
    /// Whether a reviewer marked exactly this content as seen.
    pub is_viewed: bool,
    /// Mode before in octal, as `100644`; none for a new file.
    pub old_mode: Option<String>,
    /// Mode after; none for a deleted file.
    pub new_mode: Option<String>,
    /// Whether it is a submodule, before or after.
    pub is_submodule: bool,
    /// Path before, where it moved.
    pub old_path: Option<String>,
    /// How it changed.
    pub status: DiffFileStatus,
    /// Lines added.
    pub additions: i32,
    /// Lines removed.
    pub deletions: i32,
    /// Whether it is not text.
    pub binary: bool,
    /// Whether it is too large to be shown.
    pub too_large: bool,
}

/// Which changes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiffScope {
    /// All since the merge base.
    #[default]
    All,
    /// Those since the last request for changes.
    LastReview,
    /// Those of the last turn.
    LastTurn,
    /// What is not committed.
    Uncommitted,
}

/// How many files a scope has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct DiffScopeCount {
    /// The scope.
    pub scope: DiffScope,
    /// Its changed files; none where there is no such scope, as before the first review.
    pub file_count: Option<i32>,
}

/// All changed files of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct AttemptDiff {
    /// Which changes.
    pub scope: DiffScope,
    /// What is compared against: the merge base, or the commit that the scope begins at.
    pub base: String,
    /// The commit compared; for a running attempt the tree of its worktree as it is.
    pub head: String,
    /// Whether uncommitted work is part of it.
    pub is_live: bool,
    /// The files, by path.
    pub files: Vec<DiffFile>,
}

/// What a line of a diff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct DiffLine {
    /// What it is.
    pub kind: DiffLineKind,
    /// Its number before.
    pub old_no: Option<i32>,
    /// Its number after.
    pub new_no: Option<i32>,
    /// Its text, without the line end.
    pub text: String,
}

/// Changed lines that stand together, with their context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct DiffHunk {
    /// First line before.
    pub old_start: i32,
    /// Lines before.
    pub old_lines: i32,
    /// First line after.
    pub new_start: i32,
    /// Lines after.
    pub new_lines: i32,
    /// The function or section it is in, as git finds it.
    pub section: String,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// The changed lines of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct DiffFileHunks {
    /// The file.
    pub file: DiffFile,
    /// Its hunks; none for binary and too large files.
    pub hunks: Vec<DiffHunk>,
    /// What to know besides: mode change, symbolic link, submodule, no newline at the end.
    pub notes: Vec<String>,
    /// `offset` of the next lines, where these are not all.
    pub next_offset: Option<i32>,
}
