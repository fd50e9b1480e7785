//! Having a removed worktree back: the same folder and branch, with what was uncommitted and what git ignores.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Error, RestoredWorktree, Worktree,
    blocking::blocking,
    create::{find_or_fill, is_whole, keep_ref},
    git::Git,
    ignored, linked, name,
    own_dir::{self, Record, RecordState},
    refs,
};

/// Makes the worktree again, or finds it.
pub(crate) async fn restore_worktree(
    git: &Git,
    id: &str,
    carry: &[String],
) -> Result<RestoredWorktree, Error> {
    name::check_id(id)?;
    // The lock of its creation: the two are one after the other.
    let name = format!("tmp/create-{id}.lock");
    let lock = own_dir::lock(git, &name).await?;
    let known = match own_dir::find_record(git.common_dir(), id)? {
        Some(record) if record.state == RecordState::Ready && is_whole(git, &record.worktree)? => {
            return Ok(RestoredWorktree { worktree: record.worktree, notes: Vec::new() });
        }
        Some(record) => Some(record),
        None => own_dir::find_removed(git.common_dir(), id)?,
    };
    let Some(Record { worktree, .. }) = known else {
        let reason = "nothing is known of it any more".to_owned();
        return Err(Error::WorktreeBroken { path: PathBuf::from(id), reason });
    };
    linked::check_names(&worktree)?;
    check_branch(git, &worktree).await?;
    let record = Record { worktree, state: RecordState::Creating, admin: None };
    if let Some(folder) = record.worktree.path.parent() {
        utils::create_private_dir(folder)?;
    }
    own_dir::write_record(git.common_dir(), &record)?;
    let created = find_or_fill(git, record, carry, &lock).await?;
    let mut notes = created.notes;
    notes.extend(put_back(git, &created.worktree).await?);
    own_dir::remove_file(&git.common_dir().join("eval-kanban").join(name))?;
    Ok(RestoredWorktree { worktree: created.worktree, notes })
}

/// The branch must be free, or still be where it was kept.
async fn check_branch(git: &Git, worktree: &Worktree) -> Result<(), Error> {
    let broken = |reason: String| Err(Error::WorktreeBroken { path: worktree.path.clone(), reason });
    let kept = refs::resolve(git, &keep_ref(&worktree.id)).await?;
    let tip = refs::find_branch(git, &worktree.branch).await?;
    match (kept, tip) {
        (None, _) => broken("its commits are not kept any more".to_owned()),
        (Some(kept), Some(tip)) if kept != tip => {
            broken(format!("a branch {} is there with other commits; rename that one", worktree.branch))
        }
        (Some(_), _) => Ok(()),
    }
}

/// Uncommitted and ignored files; what could not be had back is said.
async fn put_back(git: &Git, worktree: &Worktree) -> Result<Vec<String>, Error> {
    let mut notes: Vec<String> = put_back_uncommitted(git, worktree).await?.into_iter().collect();
    let target = worktree.clone();
    notes.extend(blocking("put ignored files back", move || ignored::put_back(&target)).await?);
    Ok(notes)
}

/// Writes the files of the last snapshot, if it was taken on the commit that the branch is at. From then on another ref
/// keeps it: what is put back is not put back again.
async fn put_back_uncommitted(git: &Git, worktree: &Worktree) -> Result<Option<String>, Error> {
    let trash = format!("refs/eval-kanban/trash/{}", worktree.id);
    let Some(snapshot) = refs::resolve(git, &trash).await? else { return Ok(None) };
    let linked = linked::open_linked(git, worktree).await?;
    let head = linked::read_head(&linked).await?.commit;
    let parent = refs::resolve(git, &parent_of(git, &snapshot).await?).await?;
    if head.is_none() || parent != head {
        return Ok(Some(format!("uncommitted files of another commit are kept at {trash}")));
    }
    linked.git.call("read-tree").args(["-m", "-u", "HEAD", &snapshot]).run().await?;
    linked.git.call("read-tree").arg("HEAD").run().await?;
    let tree = git.call("rev-parse").arg(format!("{snapshot}^{{tree}}")).text().await?;
    let short: String = tree.chars().take(12).collect();
    let orders = format!(
        "update refs/eval-kanban/leftover/{}-{short} {snapshot}\ndelete {trash} {snapshot}\n",
        worktree.id
    );
    git.call("update-ref").arg("--stdin").input(orders).run().await?;
    Ok(None)
}

async fn parent_of(git: &Git, commit: &str) -> Result<String, Error> {
    let call = git.call("rev-parse").args(["-q", "--verify", "--end-of-options", &format!("{commit}^1")]);
    call.accept(&[0, 1, 128]).text().await
}

/// Whether a path can be written below a folder without passing a link.
pub(crate) fn is_open(root: &Path, path: &Path) -> bool {
    let folders = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    let is_folder =
        |folder: &Path| fs::symlink_metadata(root.join(folder)).map_or(true, |found| found.is_dir());
    let is_free = fs::symlink_metadata(root.join(path)).map_or(true, |found| found.is_file());
    is_free && folders.into_iter().all(is_folder)
}
