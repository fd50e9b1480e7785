//! Branches, worktrees, diffs and merges of one git repository.
//!
//! Owns every call of git and everything below `refs/eval-kanban/` and `<git directory>/eval-kanban/`.
//! Knows nothing of tasks, SQL or HTTP, and never touches a file of the user's checkout that a merge
//! does not name.

mod base_merge;
mod blocking;
mod carry;
mod checkpoint;
mod clone;
mod commits;
mod committed;
mod create;
mod diff;
mod discover;
mod error;
mod expire;
mod facts;
mod fail_point;
mod follow;
mod git;
mod hardening;
mod identity;
mod ignored;
mod leftovers;
mod linked;
mod merge;
mod merge_model;
mod model;
mod name;
mod own_dir;
mod push;
mod radar;
mod recovery;
mod refs;
mod remove;
mod repository;
mod restore;
mod slug;
mod staged;
mod submodule;
mod sweep;
mod temporary;
mod tree;

pub use clone::{clone_name, clone_repository};
pub use diff::contents::diff_contents;
pub use error::Error;
pub use follow::{FollowFiles, FollowedFile};
pub use git::GitEnvironment;
pub use identity::Identity;
pub use merge_model::{
    BaseMerge, ConflictDetail, ConflictHunk, MergeAttempt, MergeEvidence, MergeForecast, MergeHooks,
    MergeLook, MergeStyle, Preparation, PreparedMerge, RestoredWorktree, RevertMerge, TakeBack,
    TemporaryCheckout,
};
pub use model::{
    BranchFacts, CarriedFile, Carry, Commit, CommitFacts, CommittedContent, CommittedFile, ConflictFile,
    ConflictKind, CreateWorktree, CreatedWorktree, DiffFile, DiffHunk, DiffLine, DiffLineKind, DiffRequest,
    DiffStatus, DiffSummary, DiffTarget, FileDiff, GoneBack, InProgress, KeptKind, KeptRef, Leftovers,
    LineRange, MergeOutcome, MergeRefusal, Orphan, OrphanFate, ProjectCheck, RecoveredMerge, RemoveWorktree,
    Removed, RepositoryFacts, RestoredBranch, Side, SideContent, TakenCheckpoint, Worktree,
};
pub use push::{PushBranch, PushOutcome, Remote};
pub use radar::{Clash, RadarMemory, RadarWork};
pub use repository::Repository;
pub use slug::slug;
pub use tree::WorktreeTree;
