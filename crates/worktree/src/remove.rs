//! Removes worktrees without losing work.
//!
//! Everything that git does not ignore is saved by refs before anything is deleted, and git itself deletes: nothing
//! here walks a folder and removes it. What cannot be saved is left, with the reason.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    Error, Identity, RemoveWorktree, Removed, Worktree,
    create::{keep_ref, restore_git_file},
    git::Git,
    ignored,
    leftovers::signed,
    linked::{self, Head, Linked},
    name, own_dir, refs,
    staged::{self, LeftOut, LeftOutReason, Scope},
    submodule,
};

const REMOVE_LIMIT: Duration = Duration::from_secs(10 * 60);
/// Larger files are not saved by refs; a worktree that has one is left.
const SAVED_MAX: u64 = 1 << 30;

/// What stands in the way, as an early end.
type Left = Removed;

/// Saves and removes.
pub(crate) async fn remove_worktree(
    git: &Git,
    worktree: &Worktree,
    how: RemoveWorktree,
) -> Result<Removed, Error> {
    linked::check_names(worktree)?;
    let mut trash_ref = None;
    let has_folder = fs::symlink_metadata(&worktree.path).is_ok();
    if has_folder {
        let linked = match linked::open_linked(git, worktree).await {
            Err(Error::WorktreeBroken { reason, .. }) => return Ok(Removed::Left { reason }),
            other => other?,
        };
        match save(git, worktree, &linked).await? {
            Ok(saved) => trash_ref = saved,
            Err(left) => return Ok(left),
        }
    }
    let keep = keep_branch(git, worktree).await?;
    if has_folder || own_dir::find_admin_dir(git.common_dir(), &worktree.path)?.is_some() {
        let call = git.call("worktree").args(["remove", "--force", "--force", "--"]).arg(&worktree.path);
        call.time_limit(REMOVE_LIMIT).run().await?;
    }
    let is_branch_deleted = match (&keep, how.delete_branch) {
        (Some(tip), true) => delete_branch(git, &worktree.branch, tip).await?,
        _ => false,
    };
    own_dir::note_removed(git.common_dir(), &worktree.id)?;
    let keep_ref = keep.map(|_| keep_ref(&worktree.id));
    Ok(Removed::Done { trash_ref, keep_ref, is_branch_deleted })
}

/// Saves what is in the folder; gives the ref, if there was anything.
async fn save(
    git: &Git,
    worktree: &Worktree,
    linked: &Linked,
) -> Result<Result<Option<String>, Left>, Error> {
    let left = |reason: String| Ok(Err(Removed::Left { reason }));
    if !take_git_file(&worktree.path, &linked.admin)? {
        return left(
            "its `.git` is a repository of its own, whose commits are saved nowhere else".to_owned(),
        );
    }
    let staged = staged::stage(&linked.git, Scope::All, SAVED_MAX).await?;
    if let Some(file) = staged.left_out.first() {
        return left(describe(file));
    }
    if let Some(path) = submodule::find_unsaved(git, &linked.git.with_index(staged.index.path())).await? {
        let shown = path.display();
        return left(format!("the repository in {shown} has work that is saved nowhere else"));
    }
    ignored::keep_ignored(git, &linked.git, worktree).await?;
    let head = linked::read_head(linked).await?;
    let tip = refs::find_branch(git, &worktree.branch).await?;
    let index_tree = linked.git.call("write-tree").accept(&[0, 128]).text().await?;
    let head_tree = match &head.commit {
        Some(commit) => linked.git.call("rev-parse").arg(format!("{commit}^{{tree}}")).text().await?,
        None => String::new(),
    };
    let is_saved =
        head_tree == staged.tree && (index_tree.is_empty() || index_tree == head_tree) && head.commit == tip;
    if is_saved {
        return Ok(Ok(None));
    }
    let trash = Trash { linked, worktree, head: &head, tree: &staged.tree, index_tree: &index_tree };
    Ok(Ok(Some(trash.write(git).await?)))
}

/// A snapshot on its way to a ref.
struct Trash<'a> {
    linked: &'a Linked,
    worktree: &'a Worktree,
    head: &'a Head,
    tree: &'a str,
    index_tree: &'a str,
}

impl Trash<'_> {
    /// Files as the tree, HEAD as the first parent, the index as the second; an earlier snapshot stays reachable.
    async fn write(&self, git: &Git) -> Result<String, Error> {
        let name = format!("refs/eval-kanban/trash/{}", self.worktree.id);
        let earlier = refs::resolve(git, &name).await?;
        let mut parents: Vec<String> = self.head.commit.iter().cloned().collect();
        if name::is_object_id(self.index_tree) {
            parents.push(self.commit("index", self.index_tree, &parents).await?);
        }
        parents.extend(earlier);
        let commit = self.commit("worktree", self.tree, &parents).await?;
        git.call("update-ref").args(["--create-reflog", &name, &commit]).run().await?;
        Ok(name)
    }

    async fn commit(&self, what: &str, tree: &str, parents: &[String]) -> Result<String, Error> {
        let call = self.linked.git.call("commit-tree").args(["-F", "-"]);
        let call = parents.iter().fold(call, |call, parent| call.args(["-p", parent]));
        let message = format!("{what} of {} when it was removed\n", self.worktree.branch);
        signed(call, &Identity::fallback()).arg(tree).input(message).text().await
    }
}

/// Makes sure that the folder's `.git` leads to our registration. False where a whole repository stands there.
fn take_git_file(path: &Path, admin: &Path) -> Result<bool, Error> {
    let file = path.join(".git");
    if fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(false);
    }
    let back = admin.join("gitdir");
    fs::write(&back, format!("{}\n", file.display())).map_err(Error::io("write", &back))?;
    restore_git_file(path, admin)?;
    Ok(true)
}

fn describe(file: &LeftOut) -> String {
    let shown = file.path.display();
    match file.reason {
        LeftOutReason::TooLarge => format!("{shown} is too large to be saved"),
        LeftOutReason::NestedRepository => format!("{shown} is a repository of its own"),
        LeftOutReason::Unreadable => format!("{shown} cannot be read"),
    }
}

/// Keeps the head of the branch by a ref, and gives it.
async fn keep_branch(git: &Git, worktree: &Worktree) -> Result<Option<String>, Error> {
    let Some(tip) = refs::find_branch(git, &worktree.branch).await? else {
        return refs::resolve(git, &keep_ref(&worktree.id)).await;
    };
    let name = keep_ref(&worktree.id);
    git.call("update-ref").args(["--create-reflog", &name, &tip]).run().await?;
    Ok(Some(tip))
}

/// Deletes a branch that still is where it was kept. False where it has moved or is gone.
async fn delete_branch(git: &Git, branch: &str, tip: &str) -> Result<bool, Error> {
    let name = format!("refs/heads/{branch}");
    let call = git.call("update-ref").args(["-d", &name, tip]).accept(&[0, 1, 128]);
    Ok(call.run().await?.code == 0)
}

/// Takes away a worktree that was never handed out, so that there is no work in it.
pub(crate) async fn discard_unfinished(git: &Git, worktree: &Worktree) -> Result<(), Error> {
    if let Some(admin) = own_dir::find_admin_dir(git.common_dir(), &worktree.path)? {
        if worktree.path.exists() {
            restore_git_file(&worktree.path, &admin)?;
        }
        let call = git.call("worktree").args(["remove", "--force", "--force", "--"]).arg(&worktree.path);
        call.time_limit(REMOVE_LIMIT).run().await?;
    }
    let folder: &PathBuf = &worktree.path;
    if folder.exists() {
        fs::remove_dir(folder).map_err(Error::io("delete", folder))?;
    }
    if refs::resolve(git, &keep_ref(&worktree.id)).await?.is_some() {
        delete_branch(git, &worktree.branch, &worktree.base_commit).await?;
    }
    own_dir::note_removed(git.common_dir(), &worktree.id)
}
