//! The repository and what can be asked of it. The work is done in the modules beside.

mod merging;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use sha2::{Digest, Sha256};

use crate::{
    Commit, CommitFacts, CommittedFile, CreateWorktree, CreatedWorktree, DiffRequest, DiffSummary, Error,
    FileDiff, FollowFiles, FollowedFile, GoneBack, Identity, KeptRef, Leftovers, LineRange, Orphan,
    ProjectCheck, PushBranch, PushOutcome, Remote, RemoveWorktree, Removed, RepositoryFacts, RestoredBranch,
    Side, SideContent, TakenCheckpoint, Worktree, WorktreeTree,
    blocking::blocking,
    checkpoint, commits, committed, create, diff,
    discover::{self, Place},
    expire, facts, follow,
    git::{Git, GitEnvironment},
    hardening::Overrides,
    leftovers, linked, own_dir, push,
    radar::{self, Clash, RadarMemory, RadarWork},
    recovery, refs, remove, sweep, tree,
};

/// A git repository with a main checkout. Cheap to clone.
///
/// Methods may be called at the same time and by several processes. Dropping the future of one that changes something
/// is like a crash in the middle of it: the next call, or [`Repository::recover_merges`], settles what was begun.
#[derive(Debug, Clone)]
pub struct Repository {
    place: Place,
    environment: GitEnvironment,
}

impl Repository {
    /// Finds the repository that `path` lies in, by its main checkout.
    ///
    /// # Errors
    /// When there is none, it is bare, or git is missing or too old.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        Self::open_in(path, GitEnvironment::default()).await
    }

    /// The same, with variables for every call of git.
    ///
    /// # Errors
    /// As [`Repository::open`].
    pub async fn open_in(path: &Path, environment: GitEnvironment) -> Result<Self, Error> {
        facts::require_git().await?;
        let path = path.to_path_buf();
        let place = blocking("look for the repository", move || discover::find_place(&path)).await?;
        Ok(Self { place, environment })
    }

    /// Top level of the main checkout.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.place.root
    }

    /// The git directory that all worktrees share.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        &self.place.common_dir
    }

    /// Names this repository in paths: twelve hexadecimal digits that depend on its place only.
    #[must_use]
    pub fn project_hash(&self) -> String {
        use std::os::unix::ffi::OsStrExt;
        let digest = Sha256::digest(self.place.root.as_os_str().as_bytes());
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the repository is like right now.
    ///
    /// # Errors
    /// When git cannot read it.
    pub async fn facts(&self) -> Result<RepositoryFacts, Error> {
        facts::read_facts(&self.git().await?, &self.place.root).await
    }

    /// What a project needs to know before work can start; `branch` is the one that attempts would start from.
    ///
    /// # Errors
    /// When git cannot read it.
    pub async fn check(&self, branch: Option<&str>) -> Result<ProjectCheck, Error> {
        facts::check_project(&self.git().await?, &self.place.root, branch).await
    }

    /// Who stands in the user's commits; none where git knows nobody.
    ///
    /// # Errors
    /// When git cannot read its configuration.
    pub async fn user_identity(&self) -> Result<Option<Identity>, Error> {
        Ok(self.git().await?.overrides().identity())
    }

    /// The commit of a local branch; none where there is no such branch.
    ///
    /// # Errors
    /// When git cannot read the repository.
    pub async fn find_branch(&self, branch: &str) -> Result<Option<String>, Error> {
        refs::find_branch(&self.git().await?, branch).await
    }

    /// The first commit on `branch`'s own line that has `commit` in its history; none where the branch has it not.
    ///
    /// # Errors
    /// When git cannot read the repository.
    pub async fn find_merge(&self, commit: &str, branch: &str) -> Result<Option<String>, Error> {
        refs::find_merge(&self.git().await?, commit, branch).await
    }

    /// The files of a branch's or a commit's tree at or below these names of its top folder, in any case of their
    /// letters: some disks do not tell them apart.
    ///
    /// # Errors
    /// When there is no such commit, or git refuses.
    pub async fn read_committed(&self, commit: &str, names: &[&str]) -> Result<Vec<CommittedFile>, Error> {
        committed::read_committed(&self.git().await?, commit, names).await
    }

    /// Makes the worktree of an attempt. Asking again with the same id gives the same one; a creation that was
    /// interrupted is finished.
    ///
    /// # Errors
    /// When there is nothing to start from, a name cannot be used, or git refuses.
    pub async fn create_worktree(&self, request: &CreateWorktree) -> Result<CreatedWorktree, Error> {
        create::create_worktree(&self.git().await?, &self.project_hash(), request).await
    }

    /// Commits everything that an agent left and git does not ignore on the attempt's branch, without hooks.
    ///
    /// # Errors
    /// When the worktree is not what our record says, is still in use, or git refuses.
    pub async fn commit_leftovers(&self, worktree: &Worktree, commit: &Commit) -> Result<Leftovers, Error> {
        leftovers::commit_leftovers(&self.git().await?, worktree, commit).await
    }

    /// The tree of a commit.
    ///
    /// # Errors
    /// When there is no such commit, or git refuses.
    pub async fn tree_of_commit(&self, commit: &str) -> Result<String, Error> {
        tree::tree_of_commit(&self.git().await?, commit).await
    }

    /// What a worktree holds now, committed or not. Nothing of it is changed.
    ///
    /// # Errors
    /// When the worktree is not what our record says, or git refuses.
    pub async fn tree_of_worktree(&self, worktree: &Worktree) -> Result<WorktreeTree, Error> {
        tree::tree_of_worktree(&self.git().await?, worktree).await
    }

    /// The changed files.
    ///
    /// # Errors
    /// When base or target do not exist, or git refuses.
    pub async fn diff_summary(&self, request: &DiffRequest) -> Result<DiffSummary, Error> {
        diff::diff_summary(&self.git().await?, request).await
    }

    /// The changed lines of one file; none where it is not among the changed ones.
    ///
    /// # Errors
    /// When base or target do not exist, or git refuses.
    pub async fn file_diff(
        &self,
        request: &DiffRequest,
        path: &str,
        range: LineRange,
    ) -> Result<Option<FileDiff>, Error> {
        diff::file_diff(&self.git().await?, request, path, range).await
    }

    /// What a changed file holds on one side, if that is no more than `bytes_max`; none where it is not among the
    /// changed ones.
    ///
    /// # Errors
    /// When base or target do not exist, or git refuses.
    pub async fn read_side(
        &self,
        request: &DiffRequest,
        path: &str,
        side: Side,
        bytes_max: u64,
    ) -> Result<Option<SideContent>, Error> {
        diff::content::read_side(&self.git().await?, request, path, side, bytes_max).await
    }

    /// Keeps everything in the worktree that git does not ignore as checkpoint `number` of `id`, and touches neither its
    /// files nor its index nor its branch. The same number again replaces it.
    ///
    /// # Errors
    /// When the worktree is not what our record says, or git refuses.
    pub async fn take_checkpoint(
        &self,
        worktree: &Worktree,
        id: &str,
        number: u32,
    ) -> Result<TakenCheckpoint, Error> {
        checkpoint::take_checkpoint(&self.git().await?, worktree, id, number).await
    }

    /// Keeps the state of a commit as checkpoint `number` of `id`, and gives the hidden commit.
    ///
    /// # Errors
    /// When there is no such commit, or git refuses.
    pub async fn keep_commit(
        &self,
        worktree: &Worktree,
        id: &str,
        number: u32,
        commit: &str,
    ) -> Result<String, Error> {
        checkpoint::keep_commit(&self.git().await?, worktree, id, number, commit).await
    }

    /// Brings files and branch of a worktree to the state of the commit `to`, by a new commit on the branch. Loose work
    /// becomes a commit before.
    ///
    /// # Errors
    /// When the worktree is not what our record says, is still in use, or git refuses.
    pub async fn go_back(&self, worktree: &Worktree, to: &str, commit: &Commit) -> Result<GoneBack, Error> {
        checkpoint::go_back(&self.git().await?, worktree, to, commit).await
    }

    /// The commit that a worktree's HEAD is at; none on a branch without commits.
    ///
    /// # Errors
    /// When the worktree is not what our record says.
    pub async fn worktree_head(&self, worktree: &Worktree) -> Result<Option<String>, Error> {
        let linked = linked::open_linked(&self.git().await?, worktree).await?;
        Ok(linked::read_head(&linked).await?.commit)
    }

    /// The commit that a worktree was made from; none where we have no record of it.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn started_from(&self, id: &str) -> Result<Option<String>, Error> {
        let (common_dir, id) = (self.place.common_dir.clone(), id.to_owned());
        let record =
            blocking("read a worktree's record", move || own_dir::find_record(&common_dir, &id)).await?;
        Ok(record.map(|record| record.worktree.base_commit))
    }

    /// How many commits of a branch no other branch has, here or at a remote.
    ///
    /// # Errors
    /// When there is no such branch.
    pub async fn count_own_commits(&self, branch: &str) -> Result<u32, Error> {
        recovery::count_own_commits(&self.git().await?, branch).await
    }

    /// The tips of branches; none for one that is not there.
    ///
    /// # Errors
    /// When the library cannot read the repository.
    pub async fn read_tips(&self, branches: Vec<String>) -> Result<Vec<Option<String>>, Error> {
        radar::read_tips(&self.place.common_dir, branches).await
    }

    /// Which pieces of work would not merge with the branch they go into, or with each other. Work whose commit or branch
    /// is gone is left out.
    ///
    /// # Errors
    /// When the library cannot read the repository.
    pub async fn find_clashes(
        &self,
        works: Vec<RadarWork>,
        memory: &RadarMemory,
    ) -> Result<Vec<Clash>, Error> {
        radar::find_clashes(&self.place.common_dir, works, memory).await
    }

    /// What refs of ours keep of work that is nowhere else.
    ///
    /// # Errors
    /// When git refuses.
    pub async fn list_kept(&self) -> Result<Vec<KeptRef>, Error> {
        recovery::list_kept(&self.git().await?).await
    }

    /// Makes a branch of what a ref of ours keeps: `branch`, or one that is made up; none where nothing is kept there.
    ///
    /// # Errors
    /// When the name cannot be used, or git refuses.
    pub async fn restore_branch(
        &self,
        kept: &str,
        branch: Option<&str>,
        prefix: &str,
    ) -> Result<Option<RestoredBranch>, Error> {
        recovery::restore_branch(&self.git().await?, kept, branch, prefix).await
    }

    /// The commits of `head` that `base` does not have, oldest first; the last thousand.
    ///
    /// # Errors
    /// When one of them does not exist, or git refuses.
    pub async fn list_commits(&self, base: &str, head: &str) -> Result<Vec<CommitFacts>, Error> {
        commits::list_commits(&self.git().await?, base, head).await
    }

    /// The best common ancestor of two branches or commits; none where they have none.
    ///
    /// # Errors
    /// When one of them does not exist, or git refuses.
    pub async fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, Error> {
        let git = self.git().await?;
        let (one, other) = (refs::resolve_base(&git, one).await?, refs::resolve_base(&git, other).await?);
        refs::merge_base(&git, &one, &other).await
    }

    /// What became of files of a commit, by their paths there. A commit that is gone has no files.
    ///
    /// # Errors
    /// When the target does not exist, or git refuses.
    pub async fn follow_files(&self, request: &FollowFiles) -> Result<HashMap<String, FollowedFile>, Error> {
        follow::follow_files(&self.git().await?, request).await
    }

    /// The last commit of `head` that none of the `known` commits has and that changed one of these paths, or anything
    /// where there are none; none where there is no such commit.
    ///
    /// # Errors
    /// When `head` does not exist, or git refuses.
    pub async fn find_last_change(
        &self,
        head: &str,
        known: &[&str],
        paths: &[&str],
    ) -> Result<Option<String>, Error> {
        follow::find_last_change(&self.git().await?, head, known, paths).await
    }

    /// The remote that `base_branch` follows, else `origin`, else the only one; none where that is not clear.
    ///
    /// # Errors
    /// When git cannot read its configuration.
    pub async fn find_remote(&self, base_branch: &str) -> Result<Option<Remote>, Error> {
        push::find_remote(&self.git().await?, base_branch).await
    }

    /// Brings a branch of a remote to a commit. It is made, or moved forward from where this work was before; anything
    /// else is refused.
    ///
    /// # Errors
    /// When a name cannot be used, or git fails.
    pub async fn push_branch(&self, request: &PushBranch) -> Result<PushOutcome, Error> {
        push::push_branch(&self.git().await?, request).await
    }

    /// Removes a worktree after everything in it that git does not ignore was saved by refs.
    ///
    /// # Errors
    /// When git refuses.
    pub async fn remove_worktree(&self, worktree: &Worktree, how: RemoveWorktree) -> Result<Removed, Error> {
        remove::remove_worktree(&self.git().await?, worktree, how).await
    }

    /// Removes worktrees of ours below `workspaces` whose ids are not `known`, saved by refs; what cannot be saved
    /// is left and reported. Branches stay.
    ///
    /// # Errors
    /// When our records or the folder cannot be read.
    pub async fn sweep_orphans(&self, workspaces: &Path, known: &[String]) -> Result<Vec<Orphan>, Error> {
        let folder: PathBuf = workspaces.join(self.project_hash());
        sweep::sweep_orphans(&self.git().await?, &folder, known).await
    }

    /// Deletes trash and undo refs, and keep refs without a worktree, that are older than `age`; returns their names.
    ///
    /// # Errors
    /// When git refuses.
    pub async fn expire_refs(&self, age: Duration, now: SystemTime) -> Result<Vec<String>, Error> {
        expire::expire_refs(&self.git().await?, age, now).await
    }

    /// git with what must be overridden now: read for each operation, because an agent can change it at any time.
    async fn git(&self) -> Result<Git, Error> {
        let git =
            Git::bare(&self.place.common_dir, self.environment.clone()).with_work_tree(&self.place.root);
        let listing = git.call("config").args(["--list", "--show-scope", "-z", "--includes"]).run().await?;
        Ok(git.hardened(Overrides::from_listing(&listing.stdout)))
    }
}
