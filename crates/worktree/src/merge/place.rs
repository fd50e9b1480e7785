//! Where the target branch is checked out, and what git is in the middle of there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Error, InProgress, MergeRefusal, facts,
    git::{Git, path_of},
    refs,
};

/// Files that name the branch to which an operation with a detached HEAD will return.
const RETURN_MARKS: [(&str, InProgress); 3] = [
    ("rebase-merge/head-name", InProgress::Rebase),
    ("rebase-apply/head-name", InProgress::Rebase),
    ("BISECT_START", InProgress::Bisect),
];

/// Whether the main checkout is on the target; a refusal where it must not be moved.
pub(super) async fn find_checkout(
    git: &Git,
    root: &Path,
    target: &str,
) -> Result<Result<bool, MergeRefusal>, Error> {
    let head_branch = refs::read_heads(git).await?.head_branch;
    let has_checkout = head_branch.as_deref() == Some(target);
    if let Some(operation) = operation_on(git.common_dir(), target, has_checkout) {
        return Ok(Err(MergeRefusal::OperationInProgress { operation, path: root.to_path_buf() }));
    }
    for other in linked_checkouts(git).await? {
        if other.branch.as_deref() == Some(format!("refs/heads/{target}").as_str()) {
            return Ok(Err(MergeRefusal::CheckedOutElsewhere { path: other.path }));
        }
    }
    Ok(refused_by_linked(git.common_dir(), target).map_or(Ok(has_checkout), Err))
}

/// What git is in the middle of that will come back to the target.
fn operation_on(git_dir: &Path, target: &str, is_on_target: bool) -> Option<InProgress> {
    let going_on = facts::in_progress(git_dir).into_iter().next().filter(|_| is_on_target);
    going_on.or_else(|| {
        RETURN_MARKS.iter().find(|(mark, _)| names(&git_dir.join(mark), target)).map(|mark| mark.1)
    })
}

fn names(mark: &Path, target: &str) -> bool {
    fs::read_to_string(mark).is_ok_and(|text| {
        let name = text.trim_end_matches('\n');
        name.strip_prefix("refs/heads/").unwrap_or(name) == target
    })
}

fn refused_by_linked(common_dir: &Path, target: &str) -> Option<MergeRefusal> {
    let entries = fs::read_dir(common_dir.join("worktrees")).ok()?;
    entries.flatten().find_map(|entry| {
        let operation = operation_on(&entry.path(), target, false)?;
        let file = fs::read_to_string(entry.path().join("gitdir")).unwrap_or_default();
        let path = Path::new(file.trim_end_matches('\n')).parent().map(Path::to_path_buf);
        Some(MergeRefusal::OperationInProgress { operation, path: path.unwrap_or_else(|| entry.path()) })
    })
}

struct LinkedCheckout {
    path: PathBuf,
    branch: Option<String>,
}

/// The linked worktrees that exist, or that the user has locked because they are elsewhere.
async fn linked_checkouts(git: &Git) -> Result<Vec<LinkedCheckout>, Error> {
    if !git.common_dir().join("worktrees").is_dir() {
        return Ok(Vec::new());
    }
    let output = git.call("worktree").args(["list", "--porcelain", "-z"]).run().await?;
    let mut checkouts: Vec<LinkedCheckout> = Vec::new();
    let mut is_prunable = false;
    for line in output.parts() {
        if let Some(path) = line.strip_prefix(b"worktree ") {
            is_prunable = false;
            checkouts.push(LinkedCheckout { path: path_of(path), branch: None });
        } else if let (Some(branch), Some(last)) = (line.strip_prefix(b"branch "), checkouts.last_mut()) {
            last.branch = Some(String::from_utf8_lossy(branch).into_owned());
        } else if line.starts_with(b"prunable") && !is_prunable {
            is_prunable = true;
            checkouts.pop();
        }
    }
    // The first one is the main checkout.
    Ok(checkouts.into_iter().skip(1).collect())
}
