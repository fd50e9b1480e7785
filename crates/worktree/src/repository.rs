//! The repository and what can be asked of it.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::{
    Commit, CreateWorktree, CreatedWorktree, DiffRequest, DiffSummary, Error, FileDiff, Identity, Leftovers,
    MergeAttempt, MergeOutcome, Orphan, ProjectCheck, RecoveredMerge, RemoveWorktree, Removed,
    RepositoryFacts, Worktree,
};

/// A git repository with a main checkout. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Repository {
    root: PathBuf,
}

impl Repository {
    /// Finds the repository that `path` lies in, by its main checkout.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { root: path.to_path_buf() })
    }

    /// Top level of the main checkout.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the repository is like right now.
    pub async fn facts(&self) -> Result<RepositoryFacts, Error> {
        self.not_yet()
    }

    /// What a project needs to know before work can start; `branch` is the one that attempts would start from.
    pub async fn check(&self, _branch: Option<&str>) -> Result<ProjectCheck, Error> {
        self.not_yet()
    }

    /// Who stands in the user's commits; none where git knows nobody.
    pub async fn user_identity(&self) -> Result<Option<Identity>, Error> {
        self.not_yet()
    }

    /// The commit of a local branch; none where there is no such branch.
    pub async fn find_branch(&self, _branch: &str) -> Result<Option<String>, Error> {
        self.not_yet()
    }

    /// Makes the worktree of an attempt. Asking again with the same id gives the same one; a creation that was
    /// interrupted is finished.
    pub async fn create_worktree(&self, _request: &CreateWorktree) -> Result<CreatedWorktree, Error> {
        self.not_yet()
    }

    /// Commits everything that an agent left and git does not ignore on the attempt's branch, without hooks.
    pub async fn commit_leftovers(&self, _worktree: &Worktree, _commit: &Commit) -> Result<Leftovers, Error> {
        self.not_yet()
    }

    /// The changed files.
    pub async fn diff_summary(&self, _request: &DiffRequest) -> Result<DiffSummary, Error> {
        self.not_yet()
    }

    /// The changed lines of one file; none where it is not among the changed ones.
    pub async fn file_diff(&self, _request: &DiffRequest, _path: &str) -> Result<Option<FileDiff>, Error> {
        self.not_yet()
    }

    /// Merges an attempt's branch with a merge commit. Ends exactly before or after, whatever happens; everything
    /// but [`MergeOutcome::Merged`] has changed nothing.
    pub async fn merge_attempt(&self, _request: &MergeAttempt) -> Result<MergeOutcome, Error> {
        self.not_yet()
    }

    /// Settles a merge that was interrupted. To be called before the repository is used after a start.
    pub async fn recover_merges(&self) -> Result<Vec<RecoveredMerge>, Error> {
        self.not_yet()
    }

    /// Removes a worktree after everything in it that git does not ignore was saved by refs.
    pub async fn remove_worktree(
        &self,
        _worktree: &Worktree,
        _how: RemoveWorktree,
    ) -> Result<Removed, Error> {
        self.not_yet()
    }

    /// Removes worktrees of ours below `workspaces` whose ids are not `known`, saved by refs; what cannot be saved
    /// is left and reported. Branches stay.
    pub async fn sweep_orphans(&self, _workspaces: &Path, _known: &[String]) -> Result<Vec<Orphan>, Error> {
        self.not_yet()
    }

    /// Deletes keep, trash and undo refs that are older than `age`, and returns their names.
    pub async fn expire_refs(&self, _age: Duration, _now: SystemTime) -> Result<Vec<String>, Error> {
        self.not_yet()
    }

    fn not_yet<T>(&self) -> Result<T, Error> {
        Err(Error::UnusualLayout { path: self.root.clone(), reason: "not built yet".to_owned() })
    }
}
