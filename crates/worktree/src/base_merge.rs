//! Merging the base into an attempt's worktree, with the conflicts left in the files for somebody to resolve.
//!
//! Moves no branch: the merge stays uncommitted until the end of the agent's turn.

use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

use crate::{
    BaseMerge, Error, Identity, InProgress, Worktree, facts,
    git::Git,
    leftovers::{clear_stale_locks, signed},
    linked::{self, Linked},
    merge::merge_trees,
    own_dir, refs,
};

const MERGE_LIMIT: Duration = Duration::from_secs(20 * 60);
const SCANNED_MAX: u64 = 64 << 20;

/// Begins the merge, or finds it begun.
pub(crate) async fn begin_base_merge(git: &Git, worktree: &Worktree, base: &str) -> Result<BaseMerge, Error> {
    let linked = linked::open_linked(git, worktree).await?;
    // Kept by git as well: one that a killed caller left at work is waited for.
    let name = format!("tmp/base-{}.lock", worktree.id);
    let lock = own_dir::lock(git, &name).await?;
    let merged = find_or_begin(git, &linked, (worktree, base), lock).await?;
    own_dir::remove_file(&git.common_dir().join("eval-kanban").join(name))?;
    Ok(merged)
}

async fn find_or_begin(
    git: &Git,
    linked: &Linked,
    (worktree, base): (&Worktree, &str),
    lock: File,
) -> Result<BaseMerge, Error> {
    clear_stale_locks(git, linked, &worktree.branch).await?;
    let commit = refs::resolve_base(git, base).await?;
    match facts::in_progress(&linked.admin).as_slice() {
        [] => {}
        [InProgress::Merge] => return describe(linked).await,
        operations => {
            let reason = format!("git is in the middle of {operations:?} there");
            return Err(Error::WorktreeBroken { path: worktree.path.clone(), reason });
        }
    }
    if linked::is_ancestor(&linked.git, &commit, "HEAD").await? {
        return Ok(BaseMerge::UpToDate);
    }
    let message = format!("Merge branch '{base}' into {}", worktree.branch);
    let call = linked.git.call("merge").args(["--no-commit", "--no-ff", "--no-verify", "--no-edit", "-q"]);
    let call = call.args(["--no-autostash", "--no-verify-signatures", "-m", &message, &commit]);
    let identity = linked.git.overrides().identity().unwrap_or_else(Identity::fallback);
    let call = signed(call, &identity).config("merge.conflictStyle", "diff3");
    let output = call.holding(lock).accept(&[0, 1]).time_limit(MERGE_LIMIT).run().await?;
    if facts::in_progress(&linked.admin) == [InProgress::Merge] {
        return describe(linked).await;
    }
    let code = Some(output.code);
    Err(Error::Git { command: "merge".to_owned(), code, message: output.complaint() })
}

async fn describe(linked: &Linked) -> Result<BaseMerge, Error> {
    let output = linked.git.call("ls-files").args(["--unmerged", "-z"]).run().await?;
    let path_of = |entry: &[u8]| {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        Some(String::from_utf8_lossy(&entry[tab + 1..]).into_owned())
    };
    let mut paths: Vec<String> = output.parts().filter_map(path_of).collect();
    paths.dedup();
    Ok(if paths.is_empty() { BaseMerge::Clean } else { BaseMerge::Conflicts { paths } })
}

/// The files of a merge in a worktree that still have conflict markers, also where they were added with them.
pub(crate) async fn find_unresolved(linked: &Linked, merged: &[String]) -> Result<Vec<String>, Error> {
    let mut unresolved = Vec::new();
    for commit in merged {
        let Err(conflicts) = merge_trees(&linked.git, "HEAD", commit).await? else { continue };
        let root = linked.git.root();
        let files = conflicts.files().into_iter().map(|file| file.path);
        unresolved.extend(files.filter(|path| has_markers(&root.join(path))));
    }
    Ok(unresolved)
}

fn has_markers(path: &Path) -> bool {
    let is_small =
        fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() <= SCANNED_MAX);
    let content = if is_small { fs::read(path).unwrap_or_default() } else { Vec::new() };
    let has = |marker: &[u8]| content.split(|byte| *byte == b'\n').any(|line| line.starts_with(marker));
    has(b"<<<<<<< ") && has(b">>>>>>> ")
}
