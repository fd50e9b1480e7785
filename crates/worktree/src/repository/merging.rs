//! What moves a target branch, and what is asked before and after.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    BaseMerge, Error, MergeAttempt, MergeEvidence, MergeLook, MergeOutcome, Preparation, PreparedMerge,
    RecoveredMerge, Repository, RestoredWorktree, RevertMerge, TakeBack, TemporaryCheckout, Worktree,
    base_merge,
    merge::{self, Scene},
    restore,
    temporary::{self, Wanted},
};

impl Repository {
    /// Brings an attempt's branch into its target: [`Repository::prepare_merge`] and [`Repository::place_merge`], again
    /// where the target moved meanwhile. Ends exactly before or after, whatever happens; everything but
    /// [`MergeOutcome::Merged`] has changed nothing.
    ///
    /// # Errors
    /// When an earlier merge cannot be settled, or git fails.
    pub async fn merge_attempt(&self, request: &MergeAttempt) -> Result<MergeOutcome, Error> {
        let (git, hash) = (self.git().await?, self.project_hash());
        let scene = Scene { git: &git, root: self.root(), project_hash: &hash };
        merge::merge_attempt(scene, request).await
    }

    /// Computes a merge and runs the hooks that the request wants, so that the result can be looked at, by
    /// [`Repository::check_out`], before the target moves. Writes nothing but objects; what is not placed need not be
    /// given back.
    ///
    /// # Errors
    /// When an earlier merge cannot be settled, or git fails.
    pub async fn prepare_merge(&self, request: &MergeAttempt) -> Result<Preparation, Error> {
        let (git, hash) = (self.git().await?, self.project_hash());
        let scene = Scene { git: &git, root: self.root(), project_hash: &hash };
        merge::prepare_merge(scene, request).await
    }

    /// Does what was prepared, if the target still is at [`PreparedMerge::target_before`] and the branch at
    /// [`PreparedMerge::head`]; else says [`MergeOutcome::TargetMoved`], upon which the merge is prepared again.
    ///
    /// # Errors
    /// When an earlier merge cannot be settled, or git fails.
    pub async fn place_merge(&self, prepared: &PreparedMerge) -> Result<MergeOutcome, Error> {
        let (git, hash) = (self.git().await?, self.project_hash());
        let scene = Scene { git: &git, root: self.root(), project_hash: &hash };
        merge::place_merge(scene, prepared).await
    }

    /// What a merge would do now; nothing is changed, signed or run by it.
    ///
    /// # Errors
    /// When git fails.
    pub async fn look_at_merge(&self, request: &MergeAttempt) -> Result<MergeLook, Error> {
        let (git, hash) = (self.git().await?, self.project_hash());
        let scene = Scene { git: &git, root: self.root(), project_hash: &hash };
        merge::look_at_merge(scene, request).await
    }

    /// First lines of the attempt's commits that the target does not have, oldest first; at most a hundred.
    ///
    /// # Errors
    /// When git fails.
    pub async fn merge_subjects(&self, request: &MergeAttempt) -> Result<Vec<String>, Error> {
        merge::merge_subjects(&self.git().await?, request).await
    }

    /// Brings the target back to where it was before the attempt's merge, by the same recipe. Refused with
    /// [`MergeOutcome::BuiltOn`] where a branch, remote ones included, has something on top of it.
    ///
    /// # Errors
    /// When an earlier merge cannot be settled, or git fails.
    pub async fn undo_merge(&self, request: &TakeBack) -> Result<MergeOutcome, Error> {
        let (git, hash) = (self.git().await?, self.project_hash());
        let scene = Scene { git: &git, root: self.root(), project_hash: &hash };
        merge::undo_merge(scene, request).await
    }

    /// Takes the attempt's merge back by one new commit on the target, by the same recipe.
    ///
    /// # Errors
    /// When an earlier merge cannot be settled, or git fails.
    pub async fn revert_merge(&self, request: &RevertMerge) -> Result<MergeOutcome, Error> {
        let (git, hash) = (self.git().await?, self.project_hash());
        let scene = Scene { git: &git, root: self.root(), project_hash: &hash };
        merge::revert_merge(scene, request).await
    }

    /// What the repository says about an attempt's merge: the refs that changed in the same step as the target. To be
    /// asked after [`Repository::recover_merges`].
    ///
    /// # Errors
    /// When git cannot read the repository.
    pub async fn find_evidence(&self, id: &str) -> Result<MergeEvidence, Error> {
        merge::find_evidence(&self.git().await?, id).await
    }

    /// Settles a merge, undo or revert that was interrupted. To be called before the repository is used after a start.
    ///
    /// # Errors
    /// When it cannot be settled now: the index is locked by somebody else.
    pub async fn recover_merges(&self) -> Result<Vec<RecoveredMerge>, Error> {
        merge::recover_merges(&self.git().await?, self.root()).await
    }

    /// Checks a commit out, detached, in a folder of its own below `workspaces`, with copies of the ignored files that
    /// `carry` names. Submodules stay empty. To be given back to [`Repository::remove_checkout`].
    ///
    /// # Errors
    /// When git refuses.
    pub async fn check_out(
        &self,
        commit: &str,
        workspaces: &Path,
        carry: &[String],
    ) -> Result<TemporaryCheckout, Error> {
        let (git, hash) = (self.git().await?, self.project_hash());
        let scene = Scene { git: &git, root: self.root(), project_hash: &hash };
        temporary::check_out(scene, Wanted { workspaces, head: commit, tree: commit, carry }).await
    }

    /// Removes what [`Repository::check_out`] made, with everything in it. It is no error if it is gone.
    ///
    /// # Errors
    /// When it is no such checkout, or git refuses.
    pub async fn remove_checkout(&self, path: &Path) -> Result<(), Error> {
        temporary::remove(&self.git().await?, path).await
    }

    /// Removes such checkouts that were made before a moment and are not `used`; a start of the server knows which are.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn sweep_checkouts(
        &self,
        workspaces: &Path,
        before: SystemTime,
        used: &[PathBuf],
    ) -> Result<(), Error> {
        let folder: PathBuf = workspaces.join(self.project_hash());
        temporary::sweep(&self.git().await?, &folder, before, used).await
    }

    /// Makes a removed worktree again, in the same folder and on the same branch, with what was uncommitted and ignored
    /// in it. One that is there is found.
    ///
    /// # Errors
    /// When its commits are not kept any more, or folder or branch are somebody else's now.
    pub async fn restore_worktree(&self, id: &str, carry: &[String]) -> Result<RestoredWorktree, Error> {
        restore::restore_worktree(&self.git().await?, id, carry).await
    }

    /// Merges a base branch into an attempt's worktree and leaves that uncommitted, with markers where it conflicts. One
    /// that was begun is found. [`Repository::commit_leftovers`] concludes it once no markers are left.
    ///
    /// # Errors
    /// When the worktree has uncommitted work in the way, or git refuses.
    pub async fn begin_base_merge(&self, worktree: &Worktree, base: &str) -> Result<BaseMerge, Error> {
        base_merge::begin_base_merge(&self.git().await?, worktree, base).await
    }
}
