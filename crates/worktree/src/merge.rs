//! Brings an attempt's work into its target branch, and takes it back, so that each ends exactly before or after, also
//! when it is killed.
//!
//! The new commit is computed first and written as objects, which touches nothing. Only then, under a lock and with a
//! log on the disk, the checkout is brought along, if it is on the target branch, and the branch is moved by
//! compare-and-swap. git's own commands are not enough: `update-ref` alone makes the user's next commit undo the
//! merge, and `read-tree` and `git merge` overwrite ignored files. Nothing else in this product moves a branch of the
//! user.

mod checkout;
mod conflict;
mod draft;
mod hooks;
mod hunks;
mod log;
mod look;
mod place;
mod recover;
mod replay;
mod sign;
mod take_back;

use std::{
    fs::File,
    io::{Seek, Write},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    Error, MergeAttempt, MergeEvidence, MergeLook, MergeOutcome, MergeRefusal, Preparation, PreparedMerge,
    RecoveredMerge, RevertMerge, TakeBack, fail_point, git::Git, name, own_dir, refs,
};
pub(crate) use conflict::merge_trees;
use draft::Draft;
use log::{Evidence, Guarded, Operation, Phase};

/// How often a merge is computed anew because the target keeps moving.
const TRIES_MAX: u32 = 5;

/// Where merges of a repository happen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) git: &'a Git,
    /// Top level of the main checkout.
    pub(crate) root: &'a Path,
    /// Names the repository in paths.
    pub(crate) project_hash: &'a str,
}

/// A change of the target branch that is going on.
struct Merge<'a> {
    git: &'a Git,
    root: &'a Path,
    lock: &'a File,
}

/// Computes a merge and does it; again, where the target moved meanwhile.
pub(crate) async fn merge_attempt(scene: Scene<'_>, request: &MergeAttempt) -> Result<MergeOutcome, Error> {
    for _ in 0..TRIES_MAX {
        let outcome = match request.hooks {
            // Hooks may take long: others merge meanwhile.
            Some(_) => match prepare_merge(scene, request).await? {
                Preparation::Ready(prepared) => place_merge(scene, &prepared).await?,
                Preparation::Stopped(outcome) => outcome,
            },
            None => merge_in_turn(scene, request).await?,
        };
        if !matches!(outcome, MergeOutcome::TargetMoved { .. }) {
            return Ok(outcome);
        }
    }
    Ok(busy(&scene.git.common_dir().join(format!("refs/heads/{}", request.target))))
}

/// Computes and places, with no other merge of ours in between.
async fn merge_in_turn(scene: Scene<'_>, request: &MergeAttempt) -> Result<MergeOutcome, Error> {
    name::check_id(&request.id)?;
    let lock = own_dir::lock(scene.git, "merge.lock").await?;
    let merge = Merge { git: scene.git, root: scene.root, lock: &lock };
    if let Some(busy) = merge.settle().await? {
        return Ok(busy);
    }
    match (Draft { scene, is_trial: false }).prepare(request).await? {
        Preparation::Ready(prepared) => merge.place(&prepared).await,
        Preparation::Stopped(outcome) => Ok(outcome),
    }
}

/// Computes a merge. Touches nothing but objects.
pub(crate) async fn prepare_merge(scene: Scene<'_>, request: &MergeAttempt) -> Result<Preparation, Error> {
    name::check_id(&request.id)?;
    if let Some(busy) = settle(scene).await? {
        return Ok(Preparation::Stopped(busy));
    }
    Draft { scene, is_trial: false }.prepare(request).await
}

/// What a merge would do now.
pub(crate) async fn look_at_merge(scene: Scene<'_>, request: &MergeAttempt) -> Result<MergeLook, Error> {
    look::look(scene, request).await
}

/// First lines of the attempt's commits that the target does not have.
pub(crate) async fn merge_subjects(git: &Git, request: &MergeAttempt) -> Result<Vec<String>, Error> {
    look::subjects(git, request).await
}

/// Does what was computed, if the target still is where it was.
pub(crate) async fn place_merge(scene: Scene<'_>, prepared: &PreparedMerge) -> Result<MergeOutcome, Error> {
    name::check_id(&prepared.id)?;
    let lock = own_dir::lock(scene.git, "merge.lock").await?;
    let merge = Merge { git: scene.git, root: scene.root, lock: &lock };
    if let Some(busy) = merge.settle().await? {
        return Ok(busy);
    }
    merge.place(prepared).await
}

/// Brings the target back to where it was before the attempt's merge, if nothing was built on that.
pub(crate) async fn undo_merge(scene: Scene<'_>, request: &TakeBack) -> Result<MergeOutcome, Error> {
    name::check_id(&request.id)?;
    let lock = own_dir::lock(scene.git, "merge.lock").await?;
    let merge = Merge { git: scene.git, root: scene.root, lock: &lock };
    if let Some(busy) = merge.settle().await? {
        return Ok(busy);
    }
    merge.undo(request).await
}

/// Takes an attempt's merge back by a new commit; computed again where the target moved meanwhile.
pub(crate) async fn revert_merge(scene: Scene<'_>, request: &RevertMerge) -> Result<MergeOutcome, Error> {
    name::check_id(&request.merge.id)?;
    for _ in 0..TRIES_MAX {
        let lock = own_dir::lock(scene.git, "merge.lock").await?;
        let merge = Merge { git: scene.git, root: scene.root, lock: &lock };
        if let Some(busy) = merge.settle().await? {
            return Ok(busy);
        }
        let outcome = merge.revert(scene, request).await?;
        if !matches!(outcome, MergeOutcome::TargetMoved { .. }) {
            return Ok(outcome);
        }
    }
    Ok(busy(&scene.git.common_dir().join(format!("refs/heads/{}", request.merge.target))))
}

/// What the repository says about an attempt's merge.
pub(crate) async fn find_evidence(git: &Git, id: &str) -> Result<MergeEvidence, Error> {
    name::check_id(id)?;
    let merged = refs::resolve(git, &take_back::merged_ref(id)).await?;
    let reverted = refs::resolve(git, &take_back::reverted_ref(id)).await?;
    Ok(MergeEvidence { merged, reverted })
}

/// Settles what was interrupted.
pub(crate) async fn recover_merges(git: &Git, root: &Path) -> Result<Vec<RecoveredMerge>, Error> {
    if !log::exists(git.common_dir()) {
        return Ok(Vec::new());
    }
    let lock = own_dir::lock(git, "merge.lock").await?;
    let merge = Merge { git, root, lock: &lock };
    Ok(merge.recover().await?.into_iter().collect())
}

/// Settles before something is computed; `Busy` where that has to wait.
async fn settle(scene: Scene<'_>) -> Result<Option<MergeOutcome>, Error> {
    let lock = own_dir::lock(scene.git, "merge.lock").await?;
    Merge { git: scene.git, root: scene.root, lock: &lock }.settle().await
}

/// A move of the target that is wanted.
struct Aim<'a> {
    target: &'a str,
    old: &'a str,
    new: &'a str,
    what: &'a str,
    evidence: Vec<Evidence>,
    guarded: Option<Guarded>,
}

impl Merge<'_> {
    /// Settles what an earlier operation left.
    async fn settle(&self) -> Result<Option<MergeOutcome>, Error> {
        match self.recover().await {
            Err(Error::Busy { path }) => Ok(Some(busy(&path))),
            settled => settled.map(|_| None),
        }
    }

    /// Does what was computed.
    async fn place(&self, prepared: &PreparedMerge) -> Result<MergeOutcome, Error> {
        let evidence = take_back::merged_evidence(self.git, prepared).await?;
        let guarded = Guarded { branch: prepared.branch.clone(), commit: prepared.head.clone() };
        let aim = Aim {
            target: &prepared.target,
            old: &prepared.target_before,
            new: &prepared.commit,
            what: "merge",
            evidence,
            guarded: Some(guarded),
        };
        self.go(aim).await
    }

    /// Moves the target, after a look at who else is there.
    async fn go(&self, aim: Aim<'_>) -> Result<MergeOutcome, Error> {
        let actual = refs::find_branch(self.git, aim.target).await?;
        if actual.as_deref() != Some(aim.old) {
            return Ok(MergeOutcome::TargetMoved { actual });
        }
        let has_checkout = match place::find_checkout(self.git, self.root, aim.target).await? {
            Ok(has_checkout) => has_checkout,
            Err(reason) => return Ok(MergeOutcome::Refused { reason }),
        };
        let id = operation_id();
        let operation = Operation {
            token: format!("eval-kanban {} {id}\n", std::process::id()),
            undo_ref: format!("refs/eval-kanban/undo/{id}"),
            id,
            target: aim.target.to_owned(),
            old: aim.old.to_owned(),
            new: aim.new.to_owned(),
            has_checkout,
            what: aim.what.to_owned(),
            evidence: aim.evidence,
            guarded: aim.guarded,
            phase: Phase::Begin,
        };
        // Once files are written such a lock would only be found by the branch that does not move.
        if let Some(lock) = self.find_lock(&operation.ref_locks(self.git.common_dir())).await {
            return Ok(busy(&lock));
        }
        self.perform(operation).await
    }

    /// Does what was prepared. From the first line of the log on, a crash is settled by `recover`.
    async fn perform(&self, mut operation: Operation) -> Result<MergeOutcome, Error> {
        self.keep_both_sides(&operation).await?;
        operation.write(self.git.common_dir())?;
        fail_point::reach("after_begin");
        let result = match operation.has_checkout {
            true => self.perform_in_checkout(&mut operation).await,
            false => self.move_branch(&operation).await,
        };
        if let Ok(outcome @ MergeOutcome::Merged { .. }) = result {
            self.finish(&mut operation, true).await?;
            return Ok(outcome);
        }
        // Refused, raced or failed: the same way back as after a crash. Only a git that was stopped leaves locks.
        match result {
            Err(Error::TimedOut { .. }) => self.recover().await.map(drop)?,
            _ => self.settle_own().await?,
        }
        result
    }

    /// Keeps both commits from being collected while the operation lasts, and the old one for an undo.
    async fn keep_both_sides(&self, operation: &Operation) -> Result<(), Error> {
        let Operation { undo_ref, id, old, new, .. } = operation;
        let orders = format!("create {undo_ref} {old}\ncreate refs/eval-kanban/merge/{id} {new}\n");
        self.git.call("update-ref").args(["--create-reflog", "--stdin"]).input(orders).run().await?;
        Ok(())
    }

    /// Notes the end, and lets go of the refs that were needed until then.
    async fn finish(&self, operation: &mut Operation, is_moved: bool) -> Result<(), Error> {
        operation.finish(self.git.common_dir())?;
        let mut orders = format!("delete refs/eval-kanban/merge/{}\n", operation.id);
        if !is_moved {
            orders.push_str(&format!("delete {}\n", operation.undo_ref));
        }
        let deleted = self.git.call("update-ref").arg("--stdin").input(orders).run().await;
        utils::OrLog::or_log(deleted, "deleting refs of a finished merge");
        Ok(())
    }

    /// Moves the target branch if it is still where it was, and writes the evidence of that.
    async fn move_branch(&self, operation: &Operation) -> Result<MergeOutcome, Error> {
        let Operation { what, old, new, undo_ref, .. } = operation;
        let message = format!("eval-kanban: {what}");
        let call = self.git.call("update-ref").args(["-m", &message, "--stdin"]);
        let orders = self.hold_with(operation.orders().as_bytes())?;
        let output = call.accept(&[0, 1, 128]).holding(orders).run().await?;
        if output.code != 0 {
            tracing::info!(
                complaint = output.complaint(),
                "the target branch was not moved: {}",
                output.complaint()
            );
            return self.explain_race(operation).await;
        }
        Ok(MergeOutcome::Merged {
            commit: new.clone(),
            before: old.clone(),
            undo_ref: undo_ref.clone(),
            is_checkout_updated: operation.has_checkout,
        })
    }

    /// Why git did not move the branch.
    async fn explain_race(&self, operation: &Operation) -> Result<MergeOutcome, Error> {
        let actual = refs::find_branch(self.git, &operation.target).await?;
        if actual.as_ref() != Some(&operation.old) {
            return Ok(MergeOutcome::TargetMoved { actual });
        }
        if let Some(Guarded { branch, commit }) = &operation.guarded {
            let actual = refs::find_branch(self.git, branch).await?;
            if actual.as_ref() != Some(commit) {
                return Ok(MergeOutcome::Refused { reason: MergeRefusal::HeadMoved { actual } });
            }
        }
        Ok(busy(&self.git.common_dir().join(format!("refs/heads/{}", operation.target))))
    }

    /// The lock once more, for a child: while it runs, nobody settles what it does.
    fn hold(&self) -> Result<File, Error> {
        self.lock.try_clone().map_err(Error::io("share", Path::new("merge.lock")))
    }

    /// The same, with something for the child to read: the lock file itself holds it, so that one descriptor is both.
    fn hold_with(&self, content: &[u8]) -> Result<File, Error> {
        let mut file = self.hold()?;
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(content));
        written.map_err(Error::io("write", Path::new("merge.lock")))?;
        Ok(file)
    }
}

/// Says that somebody else is at work.
fn busy(path: &Path) -> MergeOutcome {
    let age = path.symlink_metadata().and_then(|metadata| metadata.modified()).ok();
    let age_s = age.and_then(|modified| modified.elapsed().ok()).map(|age| age.as_secs());
    MergeOutcome::Busy { path: path.to_path_buf(), age_s }
}

fn operation_id() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{since}-{}", std::process::id())
}
