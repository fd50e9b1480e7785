//! Checkpoints: the whole state of a worktree as a commit that no branch shows, and the way back to one.
//!
//! Taking one writes objects and one ref of ours; the worktree's files, index and branch stay as they are, so that it may
//! be done while an agent is at work. Going back is a new commit on the branch, never another history.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Commit, Error, GoneBack, Identity, Leftovers, TakenCheckpoint, Worktree,
    blocking::blocking,
    create::keep_ref,
    git::Git,
    leftovers::{self, install_index, signed},
    linked::{self, Linked},
    name, refs,
    staged::{self, LeftOut, Scope, Staged},
};

/// Larger files are in no checkpoint.
const FILE_MAX: u64 = 1 << 30;

/// The ref of a checkpoint.
pub(crate) fn checkpoint_ref(id: &str, number: u32) -> String {
    format!("refs/eval-kanban/checkpoint/{id}/{number}")
}

/// The first line of a checkpoint's message. Which worktree it is of tells how long it is kept.
fn message_of(worktree: &Worktree, number: u32) -> String {
    format!("checkpoint {number} of worktree {}\n", worktree.id)
}

/// The worktree's id in such a line.
pub(crate) fn worktree_id_of(subject: &str) -> Option<&str> {
    subject.strip_prefix("checkpoint ")?.split_once(" of worktree ").map(|(_, id)| id)
}

/// Keeps everything in the worktree that git does not ignore, under the attempt's `id`. The same number again replaces it.
pub(crate) async fn take_checkpoint(
    git: &Git,
    worktree: &Worktree,
    id: &str,
    number: u32,
) -> Result<TakenCheckpoint, Error> {
    name::check_id(id)?;
    let linked = linked::open_linked(git, worktree).await?;
    let head = linked::read_head(&linked).await?;
    let staged = staged::stage(&linked.git, Scope::All, FILE_MAX).await?;
    let parent = head.commit.as_deref().unwrap_or(&worktree.base_commit);
    let commit = keep(&linked.git, worktree, Kept { id, number, parent, tree: &staged.tree }).await?;
    let left_out = staged.left_out.iter().map(|file| file.path.to_string_lossy().into_owned()).collect();
    Ok(TakenCheckpoint { commit, tree: staged.tree.clone(), left_out })
}

/// Keeps the state of a commit as a checkpoint.
pub(crate) async fn keep_commit(
    git: &Git,
    worktree: &Worktree,
    id: &str,
    number: u32,
    commit: &str,
) -> Result<String, Error> {
    name::check_id(id)?;
    linked::check_names(worktree)?;
    let parent = refs::resolve_base(git, commit).await?;
    let tree = git.call("rev-parse").arg(format!("{parent}^{{tree}}")).text().await?;
    keep(git, worktree, Kept { id, number, parent: &parent, tree: &tree }).await
}

/// A checkpoint on its way to its ref.
struct Kept<'a> {
    id: &'a str,
    number: u32,
    parent: &'a str,
    tree: &'a str,
}

async fn keep(git: &Git, worktree: &Worktree, kept: Kept<'_>) -> Result<String, Error> {
    let call = git.call("commit-tree").args(["-F", "-", "-p", kept.parent]).arg(kept.tree);
    let call = signed(call, &Identity::fallback()).input(message_of(worktree, kept.number));
    let commit = call.text().await?;
    let name = checkpoint_ref(kept.id, kept.number);
    git.call("update-ref").args([&name, &commit]).run().await?;
    Ok(commit)
}

/// Brings files and branch of a worktree to the state of a commit. What was not committed becomes a commit first.
pub(crate) async fn go_back(
    git: &Git,
    worktree: &Worktree,
    to: &str,
    commit: &Commit,
) -> Result<GoneBack, Error> {
    let to = refs::resolve_base(git, to).await?;
    let settled = Commit { message: "Work before going back\n".to_owned(), author: commit.author.clone() };
    let head = match leftovers::commit_leftovers(git, worktree, &settled).await? {
        Leftovers::Clean { head } | Leftovers::Committed { commit: head, .. } => head,
        Leftovers::Snapshotted { reason, .. } => return Ok(GoneBack::Refused { reason }),
        Leftovers::Unresolved { paths, .. } => {
            let reason = format!("a merge in it has conflict markers in {}", paths.join(", "));
            return Ok(GoneBack::Refused { reason });
        }
    };
    let linked = linked::open_linked(git, worktree).await?;
    let staged = staged::stage(&linked.git, Scope::All, FILE_MAX).await?;
    let tree = git.call("rev-parse").arg(format!("{to}^{{tree}}")).text().await?;
    if staged.tree == tree {
        return Ok(GoneBack::Done { head, tree });
    }
    if let Some(reason) = find_obstacle(&linked, &staged, &tree).await? {
        return Ok(GoneBack::Refused { reason });
    }
    let back = Back { linked: &linked, worktree, head: &head, tree: &tree };
    let head = back.perform(&staged, commit).await?;
    Ok(GoneBack::Done { head, tree })
}

/// Files that no checkpoint has and that the way back would write.
async fn find_obstacle(linked: &Linked, staged: &Staged, tree: &str) -> Result<Option<String>, Error> {
    let changed = async |filter: &'static str| -> Result<HashSet<PathBuf>, Error> {
        let args = ["-r", "-z", "--no-renames", "--name-only", filter, &staged.tree, tree];
        Ok(linked.git.call("diff-tree").args(args).run().await?.paths().into_iter().collect())
    };
    let (added, gone, other) = (
        changed("--diff-filter=A").await?,
        changed("--diff-filter=D").await?,
        changed("--diff-filter=MT").await?,
    );
    let is_in_it = |file: &&LeftOut| gone.contains(&file.path) || other.contains(&file.path);
    if let Some(file) = staged.left_out.iter().find(is_in_it) {
        return Ok(Some(format!(
            "{} could not be kept, and going back would replace it",
            file.path.display()
        )));
    }
    let root = linked.git.root().to_path_buf();
    let look = move || Ok(added.iter().find_map(|path| in_the_way(&root, path, &gone)));
    let found = blocking("look for files in the way", look).await?;
    Ok(found.map(|path| format!("{} is kept nowhere else, and going back would replace it", path.display())))
}

/// A file at the path, above it or below it that goes with no tracked one.
fn in_the_way(root: &Path, path: &Path, gone: &HashSet<PathBuf>) -> Option<PathBuf> {
    let is_loose = |path: &Path| {
        let metadata = root.join(path).symlink_metadata();
        metadata.is_ok_and(|metadata| !metadata.is_dir()) && !gone.contains(path)
    };
    let above = path.ancestors().filter(|above| !above.as_os_str().is_empty());
    above
        .into_iter()
        .find(|path| is_loose(path))
        .map(Path::to_path_buf)
        .or_else(|| loose_below(root, path, gone))
}

fn loose_below(root: &Path, folder: &Path, gone: &HashSet<PathBuf>) -> Option<PathBuf> {
    if root.join(folder).symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
        return (!gone.contains(folder)).then(|| folder.to_path_buf());
    }
    let entries = fs::read_dir(root.join(folder)).ok()?;
    entries.flatten().find_map(|entry| loose_below(root, &folder.join(entry.file_name()), gone))
}

/// A way back that nothing stands in.
struct Back<'a> {
    linked: &'a Linked,
    worktree: &'a Worktree,
    head: &'a str,
    tree: &'a str,
}

impl Back<'_> {
    /// Files first, then the branch, then the index. Killed in between, everything is still a commit, and the files are
    /// what the next look finds.
    async fn perform(&self, staged: &Staged, commit: &Commit) -> Result<String, Error> {
        let git = &self.linked.git;
        let author = commit.author.clone().or_else(|| git.overrides().identity());
        let call = git.call("commit-tree").args(["-F", "-", "-p", self.head]).arg(self.tree);
        let call = signed(call, &author.unwrap_or_else(Identity::fallback)).input(commit.message.clone());
        let new = call.text().await?;
        let own = git.with_index(staged.index.path());
        // Times that a copy of the index does not know are not changes.
        own.call("update-index").args(["-q", "--refresh"]).accept(&[0, 1]).run().await?;
        own.call("read-tree").args(["-m", "-u", &staged.tree, self.tree]).run().await?;
        let Worktree { id, branch, .. } = self.worktree;
        let orders =
            format!("update refs/heads/{branch} {new} {}\nupdate {} {new}\n", self.head, keep_ref(id));
        let reason = "eval-kanban: gone back to a checkpoint";
        git.call("update-ref").args(["-m", reason, "--stdin"]).input(orders).run().await?;
        install_index(staged, &self.linked.admin)?;
        Ok(new)
    }
}
