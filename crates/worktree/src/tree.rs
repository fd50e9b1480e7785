//! What a commit or a worktree holds, as the id of a tree.

use crate::{
    Error, Worktree,
    git::Git,
    linked,
    staged::{self, Scope},
};

/// Larger files are left out of the tree.
const FILE_MAX: u64 = 1 << 30;

/// A worktree's files as they are, committed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorktreeTree {
    /// The commit that its HEAD is at.
    pub commit: String,
    /// The tree of everything in it that git does not ignore.
    pub tree: String,
}

/// The tree of a commit.
pub(crate) async fn tree_of_commit(git: &Git, commit: &str) -> Result<String, Error> {
    git.call("rev-parse")
        .args(["--verify", "--end-of-options"])
        .arg(format!("{commit}^{{tree}}"))
        .text()
        .await
}

/// The tree of a worktree. Its index and files stay as they are.
pub(crate) async fn tree_of_worktree(git: &Git, worktree: &Worktree) -> Result<WorktreeTree, Error> {
    let linked = linked::open_linked(git, worktree).await?;
    let head = linked::read_head(&linked).await?;
    let staged = staged::stage(&linked.git, Scope::All, FILE_MAX).await?;
    let commit = head.commit.unwrap_or_else(|| worktree.base_commit.clone());
    Ok(WorktreeTree { commit, tree: staged.tree.clone() })
}
