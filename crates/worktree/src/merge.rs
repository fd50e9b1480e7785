//! Merges an attempt's branch into its target so that it ends exactly before or after, also when killed.
//!
//! The merge is computed first and written as objects, which touches nothing. Only then, under a lock and with a log
//! on the disk, the checkout is brought along, if it is on the target branch, and the branch is moved by
//! compare-and-swap. git's own commands are not enough: `update-ref` alone makes the user's next commit undo the
//! merge, and `read-tree` and `git merge` overwrite ignored files.

mod checkout;
mod conflict;
mod log;
mod place;
mod recover;

use std::{
    fs::File,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    Error, Identity, MergeAttempt, MergeOutcome, MergeRefusal, RecoveredMerge, fail_point, git::Git,
    leftovers::signed, linked, own_dir, refs,
};
use log::{Operation, Phase};

/// One merge that is going on.
struct Merge<'a> {
    git: &'a Git,
    root: &'a Path,
    lock: &'a File,
}

/// What a step ends with that goes no further.
type Stop = MergeOutcome;

/// Merges.
pub(crate) async fn merge_attempt(
    git: &Git,
    root: &Path,
    request: &MergeAttempt,
) -> Result<MergeOutcome, Error> {
    let lock = own_dir::lock(git, "merge.lock").await?;
    let merge = Merge { git, root, lock: &lock };
    match merge.recover().await {
        Err(Error::Busy { path }) => return Ok(busy(&path)),
        settled => settled?,
    };
    match merge.prepare(request).await? {
        Ok(operation) => merge.perform(operation).await,
        Err(stop) => Ok(stop),
    }
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

impl Merge<'_> {
    /// Computes the merge. Touches nothing but objects and our own refs.
    async fn prepare(&self, request: &MergeAttempt) -> Result<Result<Operation, Stop>, Error> {
        let (old, head) = match self.find_commits(request).await? {
            Ok(commits) => commits,
            Err(stop) => return Ok(Err(stop)),
        };
        let has_checkout = match place::find_checkout(self.git, self.root, &request.target).await? {
            Ok(has_checkout) => has_checkout,
            Err(reason) => return Ok(Err(MergeOutcome::Refused { reason })),
        };
        let tree = match conflict::merge_trees(self.git, &old, &head).await? {
            Ok(tree) => tree,
            Err(files) => return Ok(Err(MergeOutcome::Conflict { files })),
        };
        let new = self.write_commit(request, [&old, &head], &tree).await?;
        let id = operation_id();
        let operation = Operation {
            token: format!("eval-kanban {} {id}\n", std::process::id()),
            undo_ref: format!("refs/eval-kanban/undo/{id}"),
            id,
            target: request.target.clone(),
            old,
            new,
            has_checkout,
            phase: Phase::Begin,
        };
        Ok(Ok(operation))
    }

    async fn find_commits(&self, request: &MergeAttempt) -> Result<Result<(String, String), Stop>, Error> {
        let refused = |reason| Ok(Err(MergeOutcome::Refused { reason }));
        let actual = refs::find_branch(self.git, &request.branch).await?;
        let Some(head) = actual.clone().filter(|head| *head == request.expected_head) else {
            return refused(MergeRefusal::HeadMoved { actual });
        };
        let Some(old) = refs::find_branch(self.git, &request.target).await? else {
            return refused(MergeRefusal::TargetMissing);
        };
        if linked::is_ancestor(self.git, &head, &old).await? {
            return Ok(Err(MergeOutcome::AlreadyMerged { commit: old }));
        }
        if refs::merge_base(self.git, &old, &head).await?.is_none() {
            let is_shallow = self.git.common_dir().join("shallow").exists();
            return refused(MergeRefusal::UnrelatedHistories { is_shallow });
        }
        Ok(Ok((old, head)))
    }

    async fn write_commit(
        &self,
        request: &MergeAttempt,
        parents: [&str; 2],
        tree: &str,
    ) -> Result<String, Error> {
        let author = request.commit.author.clone().or_else(|| self.git.overrides().identity());
        let call = self.git.call("commit-tree").args(["-F", "-", "-p", parents[0], "-p", parents[1], tree]);
        signed(call, &author.unwrap_or_else(Identity::fallback))
            .input(request.commit.message.clone())
            .text()
            .await
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
        // Refused, raced or failed: the same way back as after a crash.
        self.recover().await?;
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
    async fn finish(&self, operation: &mut Operation, is_merged: bool) -> Result<(), Error> {
        operation.finish(self.git.common_dir())?;
        let mut orders = format!("delete refs/eval-kanban/merge/{}\n", operation.id);
        if !is_merged {
            orders.push_str(&format!("delete {}\n", operation.undo_ref));
        }
        let deleted = self.git.call("update-ref").arg("--stdin").input(orders).run().await;
        utils::OrLog::or_log(deleted, "deleting refs of a finished merge");
        Ok(())
    }

    /// Moves the target branch if it is still where it was.
    async fn move_branch(&self, operation: &Operation) -> Result<MergeOutcome, Error> {
        let Operation { target, old, new, undo_ref, .. } = operation;
        let reference = format!("refs/heads/{target}");
        let call = self.git.call("update-ref").args(["-m", "eval-kanban: merge", &reference, new, old]);
        let output = call.accept(&[0, 1, 128]).holding(self.hold()?).run().await?;
        if output.code != 0 {
            tracing::info!(
                complaint = output.complaint(),
                "the target branch was not moved: {}",
                output.complaint()
            );
            return Ok(busy(&self.git.common_dir().join(reference)));
        }
        Ok(MergeOutcome::Merged {
            commit: new.clone(),
            before: old.clone(),
            undo_ref: undo_ref.clone(),
            is_checkout_updated: operation.has_checkout,
        })
    }

    /// The lock once more, for a child: while it runs, nobody settles what it does.
    fn hold(&self) -> Result<File, Error> {
        self.lock.try_clone().map_err(Error::io("share", Path::new("merge.lock")))
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
