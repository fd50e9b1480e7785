//! Computes what a merge would be: objects, and nothing else.

use crate::{
    Commit, Error, Identity, MergeAttempt, MergeOutcome, MergeRefusal, MergeStyle, Preparation,
    PreparedMerge,
    leftovers::signed,
    linked,
    merge::{Scene, conflict, hooks, place, sign},
    refs,
};

/// What a step ends with that goes no further.
pub(super) type Stop = MergeOutcome;

/// A merge that is being computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft<'a> {
    pub(super) scene: Scene<'a>,
    /// Whether nobody will place it: nothing is signed, and no hook runs.
    pub(super) is_trial: bool,
}

impl Draft<'_> {
    /// Computes the merge.
    pub(super) async fn prepare(&self, request: &MergeAttempt) -> Result<Preparation, Error> {
        let (old, head) = match self.find_commits(request).await? {
            Ok(commits) => commits,
            Err(stop) => return Ok(Preparation::Stopped(stop)),
        };
        let Scene { git, root, .. } = self.scene;
        if let Err(reason) = place::find_checkout(git, root, &request.target).await? {
            return Ok(Preparation::Stopped(MergeOutcome::Refused { reason }));
        }
        let made = match request.style {
            MergeStyle::Merge => self.join(request, &[&old, &head]).await?,
            MergeStyle::Squash => self.join(request, &[&old]).await?,
            MergeStyle::Rebase => self.replay(request, &old, &head).await?,
        };
        let commit = match made {
            Ok(commit) => commit,
            Err(stop) => return Ok(Preparation::Stopped(stop)),
        };
        let tree = self.tree_of(&commit).await?;
        Ok(Preparation::Ready(PreparedMerge {
            id: request.id.clone(),
            branch: request.branch.clone(),
            head,
            target: request.target.clone(),
            target_before: old,
            commit,
            tree,
        }))
    }

    /// Where target and attempt are.
    async fn find_commits(&self, request: &MergeAttempt) -> Result<Result<(String, String), Stop>, Error> {
        let git = self.scene.git;
        let refused = |reason| Ok(Err(MergeOutcome::Refused { reason }));
        let actual = refs::find_branch(git, &request.branch).await?;
        let Some(head) = actual.clone().filter(|head| *head == request.expected_head) else {
            return refused(MergeRefusal::HeadMoved { actual });
        };
        let Some(old) = refs::find_branch(git, &request.target).await? else {
            return refused(MergeRefusal::TargetMissing);
        };
        if linked::is_ancestor(git, &head, &old).await? {
            return Ok(Err(MergeOutcome::AlreadyMerged { commit: old }));
        }
        if refs::merge_base(git, &old, &head).await?.is_none() {
            let is_shallow = git.common_dir().join("shallow").exists();
            return refused(MergeRefusal::UnrelatedHistories { is_shallow });
        }
        Ok(Ok((old, head)))
    }

    /// One commit with everything, on these parents; the first one is the target.
    async fn join(&self, request: &MergeAttempt, parents: &[&str]) -> Result<Result<String, Stop>, Error> {
        let old = parents.first().copied().unwrap_or_default();
        let tree = match conflict::merge_trees(self.scene.git, old, &request.expected_head).await? {
            Ok(tree) => tree,
            Err(conflicts) => return Ok(Err(MergeOutcome::Conflict { files: conflicts.files() })),
        };
        if request.style == MergeStyle::Squash && tree == self.tree_of(old).await? {
            return Ok(Err(MergeOutcome::AlreadyMerged { commit: old.to_owned() }));
        }
        let refused = |reason| Ok(Err(MergeOutcome::Refused { reason }));
        let (tree, message) = match hooks::run(self, request, old, tree).await? {
            Ok(checked) => checked,
            Err(reason) => return refused(reason),
        };
        let commit = Commit { message, author: request.commit.author.clone() };
        match self.write_commit(&commit, parents, &tree).await? {
            Ok(commit) => Ok(Ok(commit)),
            Err(reason) => refused(reason),
        }
    }

    /// Who commits.
    pub(super) fn committer(&self, commit: &Commit) -> Identity {
        let user = || self.scene.git.overrides().identity();
        commit.author.clone().or_else(user).unwrap_or_else(Identity::fallback)
    }

    /// Writes a commit of the user, signed where their configuration wants that.
    pub(super) async fn write_commit(
        &self,
        commit: &Commit,
        parents: &[&str],
        tree: &str,
    ) -> Result<Result<String, MergeRefusal>, Error> {
        let call = self.scene.git.call("commit-tree").args(["-F", "-"]);
        let call = parents.iter().fold(call, |call, parent| call.args(["-p", parent]));
        let call = signed(call, &self.committer(commit)).input(commit.message.clone());
        sign::write(self, call, tree).await
    }

    /// Writes a commit that nobody keeps: it only says which tree comes after which commit.
    pub(super) async fn write_plain(&self, tree: &str, parent: &str) -> Result<String, Error> {
        let git = self.scene.git;
        let tree = git.call("rev-parse").args(["--verify", "--end-of-options", tree]).text().await?;
        let call = git.call("commit-tree").args(["-F", "-", "-p", parent, &tree]);
        signed(call, &Identity::fallback()).input("step\n").text().await
    }

    /// The tree of a commit.
    pub(super) async fn tree_of(&self, commit: &str) -> Result<String, Error> {
        let tree = format!("{commit}^{{tree}}");
        self.scene.git.call("rev-parse").args(["--verify", "--end-of-options", &tree]).text().await
    }
}
