//! The evidence of a merge, and taking it back: by going back where nothing was built on it, else by a new commit.

use crate::{
    Error, MergeOutcome, MergeRefusal, PreparedMerge, RevertMerge, TakeBack,
    create::{is_whole, keep_ref},
    git::Git,
    linked,
    merge::{Aim, Merge, Scene, conflict, draft::Draft, log::Evidence},
    own_dir, refs,
};

const NAMED_MAX: usize = 20;

/// Says where the target was brought by an attempt's merge.
pub(super) fn merged_ref(id: &str) -> String {
    format!("refs/eval-kanban/merged/{id}")
}

/// Says where the target was before that: after a squash or a rebase no history tells.
fn before_ref(id: &str) -> String {
    format!("refs/eval-kanban/before/{id}")
}

/// Says which commit took the merge back.
pub(super) fn reverted_ref(id: &str) -> String {
    format!("refs/eval-kanban/reverted/{id}")
}

/// What a merge leaves behind, in the same step as it moves the target.
pub(super) async fn merged_evidence(git: &Git, prepared: &PreparedMerge) -> Result<Vec<Evidence>, Error> {
    let wanted = [
        (merged_ref(&prepared.id), Some(prepared.commit.clone())),
        (before_ref(&prepared.id), Some(prepared.target_before.clone())),
        (reverted_ref(&prepared.id), None),
    ];
    evidence(git, wanted).await
}

async fn evidence<const N: usize>(
    git: &Git,
    wanted: [(String, Option<String>); N],
) -> Result<Vec<Evidence>, Error> {
    let mut all = Vec::with_capacity(N);
    for (name, after) in wanted {
        let before = refs::resolve(git, &name).await?;
        if before != after {
            all.push(Evidence { name, before, after });
        }
    }
    Ok(all)
}

/// A merge that the target has.
struct Done {
    /// Where it brought the target.
    commit: String,
    /// Where the target was before.
    before: String,
    /// Where the target is now.
    tip: String,
}

impl Merge<'_> {
    /// Brings the target back.
    pub(super) async fn undo(&self, request: &TakeBack) -> Result<MergeOutcome, Error> {
        let done = match self.find_done(request).await? {
            Ok(done) => done,
            Err(reason) => return Ok(MergeOutcome::Refused { reason }),
        };
        let builders = self.find_builders(request, &done).await?;
        if !builders.is_empty() {
            return Ok(MergeOutcome::BuiltOn { refs: builders });
        }
        let id = &request.id;
        let evidence =
            evidence(self.git, [(merged_ref(id), None), (before_ref(id), None), (reverted_ref(id), None)])
                .await?;
        let aim = Aim {
            target: &request.target,
            old: &done.commit,
            new: &done.before,
            what: "undo of a merge",
            evidence,
            guarded: None,
        };
        self.go(aim).await
    }

    /// Adds a commit that takes the merge's changes back.
    pub(super) async fn revert(
        &self,
        scene: Scene<'_>,
        request: &RevertMerge,
    ) -> Result<MergeOutcome, Error> {
        let merge = &request.merge;
        let done = match self.find_done(merge).await? {
            Ok(done) => done,
            Err(reason) => return Ok(MergeOutcome::Refused { reason }),
        };
        let draft = Draft { scene, is_trial: false };
        let opposite = draft.write_plain(&format!("{}^{{tree}}", done.before), &done.commit).await?;
        let tree = match conflict::merge_trees(self.git, &done.tip, &opposite).await? {
            Ok(tree) => tree,
            Err(conflicts) => return Ok(MergeOutcome::Conflict { files: conflicts.files() }),
        };
        if tree == draft.tree_of(&done.tip).await? {
            return Ok(MergeOutcome::AlreadyMerged { commit: done.tip });
        }
        let commit = match draft.write_commit(&request.commit, &[&done.tip], &tree).await? {
            Ok(commit) => commit,
            Err(reason) => return Ok(MergeOutcome::Refused { reason }),
        };
        let evidence = evidence(self.git, [(reverted_ref(&merge.id), Some(commit.clone()))]).await?;
        let (target, old, new) = (merge.target.as_str(), done.tip.as_str(), commit.as_str());
        self.go(Aim { target, old, new, what: "revert of a merge", evidence, guarded: None }).await
    }

    /// The attempt's merge, if the target has it and nothing took it back.
    async fn find_done(&self, request: &TakeBack) -> Result<Result<Done, MergeRefusal>, Error> {
        let Some(tip) = refs::find_branch(self.git, &request.target).await? else {
            return Ok(Err(MergeRefusal::TargetMissing));
        };
        let commit = refs::resolve(self.git, &merged_ref(&request.id)).await?;
        let before = refs::resolve(self.git, &before_ref(&request.id)).await?;
        let reverted = refs::resolve(self.git, &reverted_ref(&request.id)).await?;
        let (Some(commit), Some(before), None) = (commit, before, reverted) else {
            return Ok(Err(MergeRefusal::NotMerged));
        };
        if !linked::is_ancestor(self.git, &commit, &tip).await? {
            return Ok(Err(MergeRefusal::NotMerged));
        }
        Ok(Ok(Done { commit, before, tip }))
    }

    /// Branches that would still have the merge after an undo, remote ones included; the target, where it went on.
    async fn find_builders(&self, request: &TakeBack, done: &Done) -> Result<Vec<String>, Error> {
        if done.tip != done.commit {
            return Ok(vec![request.target.clone()]);
        }
        let call = self.git.call("for-each-ref").args(["--format=%(refname)", "--contains", &done.commit]);
        let listing = call.args(["refs/heads/", "refs/remotes/"]).text().await?;
        let own = [Some(request.target.as_str()), self.find_own_branch(request).await?];
        let is_own = |name: &str| own.iter().flatten().any(|own| name == format!("refs/heads/{own}"));
        let builders = listing.lines().filter(|name| !is_own(name));
        let short = |name: &str| {
            name.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/").to_owned()
        };
        Ok(builders.take(NAMED_MAX).map(short).collect())
    }

    /// The attempt's branch, if it still is the attempt's: another task's may have got its name. It is while the
    /// attempt's worktree is there, and while it stands at what the attempt keeps.
    async fn find_own_branch<'a>(&self, request: &'a TakeBack) -> Result<Option<&'a str>, Error> {
        let Some(branch) = &request.branch else { return Ok(None) };
        let tip = refs::find_branch(self.git, branch).await?;
        let is_kept = tip.is_some() && tip == refs::resolve(self.git, &keep_ref(&request.id)).await?;
        let record = own_dir::find_record(self.git.common_dir(), &request.id)?;
        let record = record.filter(|record| record.worktree.branch == *branch);
        let has_worktree = match record {
            Some(record) => is_whole(self.git, &record.worktree)?,
            None => false,
        };
        Ok((is_kept || has_worktree).then_some(branch))
    }
}
