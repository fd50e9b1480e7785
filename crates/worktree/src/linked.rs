//! An attempt's worktree, reached from the repository's side.
//!
//! Finds its git directory by our record and git's own registration, never by the `.git` file in the worktree: an
//! agent can replace that by another repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Error, Worktree, blocking::blocking, git::Git, hardening::Overrides, name, own_dir};

/// A worktree that git and our record agree on.
#[derive(Debug, Clone)]
pub(crate) struct Linked {
    /// Calls in the worktree.
    pub(crate) git: Git,
    /// Its git directory.
    pub(crate) admin: PathBuf,
}

/// Where HEAD of a worktree is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// `refs/heads/…`; none where it is detached.
    pub(crate) reference: Option<String>,
    /// None on a branch without commits.
    pub(crate) commit: Option<String>,
}

/// Reaches the files of a worktree.
pub(crate) async fn open_linked(git: &Git, worktree: &Worktree) -> Result<Linked, Error> {
    check_names(worktree)?;
    let (common_dir, id, path) = (git.common_dir().to_path_buf(), worktree.id.clone(), worktree.path.clone());
    let admin = blocking("find the worktree", move || find_admin(&common_dir, &id, &path)).await?;
    let bare = git.elsewhere(git.common_dir()).with_git_dir(&admin).with_work_tree(&worktree.path);
    Ok(Linked { git: harden(&bare).await?, admin })
}

/// The same calls, with what the configuration there makes necessary.
pub(crate) async fn harden(git: &Git) -> Result<Git, Error> {
    let git = git.clone().hardened(Overrides::default());
    let listing = git.call("config").args(["--list", "--show-scope", "-z", "--includes"]).run().await?;
    Ok(git.hardened(Overrides::from_listing(&listing.stdout)))
}

/// Accepts the names of a worktree: they become parts of orders to git.
pub(crate) fn check_names(worktree: &Worktree) -> Result<(), Error> {
    name::check_id(&worktree.id)?;
    if name::is_branch_name(&worktree.branch) && name::is_object_id(&worktree.base_commit) {
        return Ok(());
    }
    let reason = "its branch or base commit has no valid name".to_owned();
    Err(Error::WorktreeBroken { path: worktree.path.clone(), reason })
}

/// Reads HEAD of a worktree.
pub(crate) async fn read_head(linked: &Linked) -> Result<Head, Error> {
    let reference = linked.git.call("symbolic-ref").args(["-q", "HEAD"]).accept(&[0, 1]).text().await?;
    let commit = linked
        .git
        .call("rev-parse")
        .args(["-q", "--verify", "HEAD^{commit}"])
        .accept(&[0, 1, 128])
        .text()
        .await?;
    Ok(Head {
        reference: (!reference.is_empty()).then_some(reference),
        commit: (!commit.is_empty()).then_some(commit),
    })
}

/// Whether `older` is `newer` or one of its ancestors.
pub(crate) async fn is_ancestor(git: &Git, older: &str, newer: &str) -> Result<bool, Error> {
    let call = git.call("merge-base").args(["--is-ancestor", older, newer]).accept(&[0, 1]);
    Ok(call.run().await?.code == 0)
}

fn find_admin(common_dir: &Path, id: &str, path: &Path) -> Result<PathBuf, Error> {
    let broken = |reason: &str| Error::WorktreeBroken { path: path.to_path_buf(), reason: reason.to_owned() };
    let record = own_dir::find_record(common_dir, id)?;
    if record.as_ref().is_some_and(|record| record.worktree.path != path) {
        return Err(broken("our record of it names another folder"));
    }
    if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(broken("its folder is gone"));
    }
    let recorded = record.and_then(|record| record.admin).filter(|admin| is_admin_dir(common_dir, admin));
    let admin = match recorded {
        Some(admin) => Some(admin),
        None => own_dir::find_admin_dir(common_dir, path)?,
    };
    admin.ok_or_else(|| broken("git no longer knows it"))
}

/// A record is a file that an agent can reach: it must not lead us out of the repository.
fn is_admin_dir(common_dir: &Path, admin: &Path) -> bool {
    admin.parent() == Some(common_dir.join("worktrees").as_path())
        && fs::symlink_metadata(admin).is_ok_and(|metadata| metadata.is_dir())
        && admin.join("HEAD").exists()
}
