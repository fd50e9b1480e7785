//! What an attempt's work comes to at a commit: its merge base, its tree, and what it changes.

use db::{DiffTotals, WriteTx};
use domain::AttemptId;
use utils::{ErrorChain, OrLog};
use worktree::{DiffRequest, DiffSummary, DiffTarget, Repository, Worktree};

use crate::workflow::hand_over::config_changes;

/// Work that was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Measured {
    /// The commit.
    pub(crate) head: String,
    /// Its tree.
    pub(crate) tree: String,
    /// The merge base with the base branch.
    pub(crate) base: String,
    /// What changed since the merge base.
    pub(crate) totals: DiffTotals,
    /// Changed files that would run code once an agent is started in the repository.
    pub(crate) config_changes: Vec<String>,
}

/// Measures the work of a worktree's branch at the commit `head`.
///
/// # Errors
/// When git refuses.
pub(crate) async fn measure_work(
    repository: &Repository,
    worktree: &Worktree,
    head: String,
) -> Result<Measured, worktree::Error> {
    let tree = repository.tree_of_commit(&head).await?;
    let base = find_base(repository, worktree, &head).await;
    let request = DiffRequest::since_merge_base(base.clone(), DiffTarget::Commit(head.clone()));
    let diff = repository.diff_summary(&request).await?;
    let paths = diff
        .files
        .iter()
        .flat_map(|file| std::iter::once(file.path.as_str()).chain(file.old_path.as_deref()));
    let config_changes = config_changes(paths);
    Ok(Measured { totals: count(&diff), head, tree, base, config_changes })
}

/// The merge base with the base branch, so that what was merged from there does not count as the attempt's. Where the
/// branch is gone, or has all of the work already, the work is still compared with what it was compared with before.
async fn find_base(repository: &Repository, worktree: &Worktree, head: &str) -> String {
    let before = worktree.base_commit.clone();
    let Some(branch) = &worktree.base_branch else { return before };
    let found = repository.merge_base(branch, head).await;
    let found =
        found.map_err(|error| ErrorChain(&error).to_string()).or_log("finding the merge base of an attempt");
    found.flatten().filter(|base| base != head).unwrap_or(before)
}

/// Stores what was measured as the attempt's.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn store_measured(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    measured: &Measured,
) -> Result<(), db::Error> {
    db::set_head_commit(tx, attempt_id, &measured.head, &measured.tree).await?;
    db::set_base_commit(tx, attempt_id, &measured.base).await?;
    db::set_diff_totals(tx, attempt_id, measured.totals).await?;
    db::set_config_changes(tx, attempt_id, &measured.config_changes).await
}

fn count(diff: &DiffSummary) -> DiffTotals {
    let total = |count: fn(&worktree::DiffFile) -> u32| {
        i32::try_from(diff.files.iter().map(|file| u64::from(count(file))).sum::<u64>()).unwrap_or(i32::MAX)
    };
    DiffTotals {
        files_changed: i32::try_from(diff.files.len()).unwrap_or(i32::MAX),
        additions: total(|file| file.additions),
        deletions: total(|file| file.deletions),
    }
}
